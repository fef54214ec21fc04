"""What our consumer fetches: each topic what its stage has room for, whatever the others have."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.errors import ConsumerStoppedError
from aiokafka.structs import OffsetAndMetadata
from faust.types import TP

from app.core.events.offsets import OffsetLedger
from app.stream.faust.app import ReviewApp
from app.stream.faust.consumer import FETCH_TIMEOUT_S, NO_ROOM_S, NOTHING_ACTIVE_S, LedgerConsumer
from app.stream.faust.consumer_thread import LedgerConsumerThread
from app.stream.faust.turns import Turns
from schemas.errors import StartRefused

PARTITION = TP("submissions", 0)


def fetched(tp: TopicPartition, offsets: range) -> FetchResult:
    """What aiokafka has fetched of a partition."""
    numbers = list(offsets)

    def getall(max_records: int) -> list[Any]:
        taken, numbers[:] = numbers[:max_records], numbers[max_records:]
        return [SimpleNamespace(topic=tp.topic, offset=number) for number in taken]

    result = FetchResult.__new__(FetchResult)
    result.getall = getall
    result.has_more = lambda: bool(numbers)
    return result


def a_fetcher(**counts: int) -> Any:
    """A fetcher of aiokafka's that has fetched so many records of partition 0 of each topic, in this order."""
    fetcher: Any = Fetcher.__new__(Fetcher)
    fetcher._closed = False
    fetcher._subscriptions = SimpleNamespace(
        reassignment_in_progress=False, is_assigned=lambda _: True, fetch_context=nullcontext
    )
    places = {TopicPartition(topic, 0): count for topic, count in counts.items()}
    fetcher._records = {tp: fetched(tp, range(count)) for tp, count in places.items()}
    fetcher._fetch_waiters = set()
    fetcher._wait_consume_future = None
    fetcher._loop = asyncio.get_running_loop()
    return fetcher


def a_thread(fetcher: Any) -> Any:
    """Our consumer's thread around it, whose calls stay in this one."""
    thread: Any = LedgerConsumerThread.__new__(LedgerConsumerThread)
    client = SimpleNamespace(_closed=False, _fetcher=fetcher)
    thread.consumer = SimpleNamespace(flow_active=True)
    thread._ensure_consumer = lambda: client
    thread._turns = Turns()

    async def call_thread(fun: Any, *args: Any) -> Any:
        return await fun(*args)

    thread.call_thread = call_thread
    return thread


async def test_a_backlog_of_one_topic_hides_the_others_from_stock_aiokafka() -> None:
    """It serves what came first until its one limit is reached; ours gives each topic what its stage has room for."""
    wanted = [TopicPartition("submissions", 0), TopicPartition("comparisons", 0), TopicPartition("reviews", 0)]
    stock_one = a_fetcher(submissions=2000, comparisons=50, reviews=50)
    taken = await Fetcher.fetched_records(stock_one, set(wanted), max_records=32)
    assert {tp.topic: len(records) for tp, records in taken.items()} == {"submissions": 32}

    thread = a_thread(a_fetcher(submissions=2000, comparisons=50, reviews=50))
    groups = [({TP(topic, 0)}, room) for topic, room in {"reviews": 16, "comparisons": 3, "submissions": 16}.items()]
    found = await thread.take_turns(groups, 1.0)
    assert [(tp.topic, len(records)) for tp, records in found.items()] == [
        ("reviews", 16),
        ("comparisons", 3),
        ("submissions", 16),
    ]


async def test_a_look_waits_until_something_comes_that_it_asks_for() -> None:
    """What comes of a stage without room stays where it is, and ends no wait."""
    fetcher = a_fetcher(submissions=5)
    looking = asyncio.create_task(a_thread(fetcher).take_turns([({TP("reviews", 0)}, 4)], 30.0))
    for topic in ("comparisons", "reviews"):
        while not fetcher._fetch_waiters:
            await asyncio.sleep(0)
        assert not looking.done()
        tp = TopicPartition(topic, 0)
        fetcher._records[tp] = fetched(tp, range(2))
        for waiter in list(fetcher._fetch_waiters):
            fetcher._notify(waiter)
        await asyncio.sleep(0)
    assert [tp.topic for tp in await looking] == ["reviews"]
    assert {tp.topic for tp in fetcher._records} == {"submissions", "comparisons"}
    assert not fetcher._fetch_waiters


async def test_a_look_that_finds_nothing_ends_in_time_or_with_the_consumer() -> None:
    """Commits and seeks wait behind it; and a consumer that was stopped says so."""
    fetcher = a_fetcher()
    assert await a_thread(fetcher).take_turns([({PARTITION}, 4)], 0.01) == {}
    fetcher._closed = True
    with pytest.raises(ConsumerStoppedError):
        await a_thread(fetcher).take_turns([({PARTITION}, 4)], 0.01)
    paused = a_thread(fetcher)
    paused.consumer.flow_active = False
    assert await paused.take_turns([({PARTITION}, 4)], 0.01) == {}


class Recovering:
    """Notes what it takes in."""

    def __init__(self) -> None:
        self.taken: list[TP] = []

    def take_in(self, found: dict[TP, list[Any]]) -> None:
        self.taken += found


class Asked:
    """The consumer's thread as the consumer sees it: notes what it was asked for, and gives two records of each."""

    def __init__(self) -> None:
        self.groups: list[dict[TP, int]] = []
        self.waits: list[float] = []

    async def take_turns(self, groups: list[tuple[set[TP], int]], wait_s: float) -> dict[TP, list[Any]]:
        self.groups.append({tp: room for tps, room in groups for tp in tps})
        self.waits.append(wait_s)
        return {tp: [SimpleNamespace(offset=6), SimpleNamespace(offset=8)] for tps, _ in groups for tp in tps}


def a_consumer(**rooms: int) -> tuple[Any, Asked, list[float]]:
    """Our consumer on such a thread, with so much room for each topic; and how long it slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    asked = Asked()
    consumer: Any = LedgerConsumer.__new__(LedgerConsumer)
    consumer.app = SimpleNamespace(
        tables=SimpleNamespace(changelog_topics={"t-changelog"}, recovery=Recovering()),
        rooms=lambda: rooms,
        consumer_generation_id=1,
    )
    consumer.flow_active = True
    consumer._thread = asked
    consumer.sleep = sleep
    return consumer, asked, slept


async def test_nothing_of_a_source_partition_is_fetched_before_its_seek() -> None:
    """Ours fetches changelogs alone until then, and with nothing to fetch asks aiokafka for nothing."""
    changelog = TP("t-changelog", 0)
    consumer, asked, slept = a_consumer(submissions=4)
    await consumer._getmany({PARTITION, changelog}, 1.0)
    await consumer._getmany({PARTITION}, 1.0)
    consumer._sought = {PARTITION}
    await consumer._getmany({PARTITION}, 1.0)
    await consumer._getmany(set(), 1.0)
    assert [set(groups) for groups in asked.groups] == [{changelog}, {PARTITION}]
    assert slept == [NOTHING_ACTIVE_S] * 2


@pytest.mark.parametrize("change", ["nothing", "flow", "generation"])
async def test_what_comes_of_a_changelog_goes_to_its_table_and_to_no_stream(change: str) -> None:
    """What was fetched before a rebalance, which seeks anew, goes nowhere."""
    changelog = TP("t-changelog", 0)
    consumer, asked, _ = a_consumer(submissions=4)
    consumer._sought = {PARTITION}
    stock = asked.take_turns

    async def take_turns(groups: Any, wait_s: float) -> Any:
        if change == "flow":
            consumer.flow_active = False
        elif change == "generation":
            consumer.app.consumer_generation_id += 1
        return await stock(groups, wait_s)

    asked.take_turns = take_turns  # type: ignore[method-assign]
    assert set(await consumer._getmany({PARTITION, changelog}, 1.0)) == {PARTITION}
    assert consumer.app.tables.recovery.taken == ([changelog] if change == "nothing" else [])


async def test_a_stage_without_room_is_not_fetched_for_and_holds_nobody() -> None:
    """What its channel could not take would hold every topic. It is looked at again soon."""
    rooms = {"reviews": 7, "submissions": 0}
    consumer, asked, slept = a_consumer()
    consumer.app.rooms = lambda: rooms
    review = TP("reviews", 0)
    consumer._sought = {PARTITION, review}
    await consumer._getmany({PARTITION, review}, 1.0)
    await consumer._getmany({PARTITION}, 1.0)
    rooms["submissions"] = 5
    await consumer._getmany({PARTITION, review}, 1.0)
    assert asked.groups == [{review: 7}, {review: 7, PARTITION: 5}]
    assert asked.waits == [NO_ROOM_S, FETCH_TIMEOUT_S]
    assert slept == [NO_ROOM_S]


async def test_room_is_what_a_channel_takes_without_a_wait_downstream_first() -> None:
    """Faust's conductor waits for a full channel with every topic: what is fetched has to fit."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False, stream_buffer_maxsize=16)
    app.intakes = cast("Any", {"submissions": None, "comparisons": None, "reviews": None})
    assert list(app.rooms().items()) == [("reviews", 16), ("comparisons", 16), ("submissions", 16)]
    channel: Any = app.topic("comparisons").clone(is_iterator=True)
    app.topics.add(channel)
    for _ in range(5):
        channel.queue.put_nowait("event")
    assert app.rooms() == {"reviews": 16, "comparisons": 11, "submissions": 16}


async def test_what_is_handed_over_is_known() -> None:
    """One past the last record of each partition, of this assignment alone."""
    consumer, _, _ = a_consumer(submissions=4)
    consumer._sought = {PARTITION}
    consumer._delivered = {}
    assert consumer.delivered_to(PARTITION) is None
    await consumer._getmany({PARTITION}, 1.0)
    assert consumer.delivered_to(PARTITION) == 9


class Broker:
    """The consumer's thread as a seek sees it: what the group has committed, where partitions begin and end."""

    def __init__(self, committed: dict[TP, int]) -> None:
        self.committed = committed
        self.ends: dict[TP, int] = {}
        self.sought: dict[TP, int] = {}

    async def committed_described(self, partitions: Any) -> dict[TP, OffsetAndMetadata]:
        return {TP(*place): OffsetAndMetadata(self.committed.get(TP(*place), -1), "") for place in partitions}

    async def call_thread(self, fun: Any, *args: Any) -> Any:
        return fun(*args)

    def commit_described(self, offsets: dict[TP, OffsetAndMetadata]) -> None:
        self.committed |= {tp: found.offset for tp, found in offsets.items()}

    def seek_all(self, offsets: dict[TP, int]) -> None:
        self.sought |= offsets


class SeekingApp:
    """As much of the app as a seek looks at; keeps why it was stopped."""

    def __init__(self, *partitions: TP) -> None:
        self.ledger = OffsetLedger()
        self.ledger.assign((tp.topic, tp.partition) for tp in partitions)
        self.conf = SimpleNamespace(id="reviewstream")
        self.consumer_generation_id = 1
        self.failure: BaseException | None = None

    @property
    def should_stop(self) -> bool:
        return self.failure is not None

    async def crash(self, reason: BaseException) -> None:
        self.failure = reason


def seeking(committed: dict[TP, int], ends: dict[TP, int]) -> tuple[Any, Broker, SeekingApp]:
    """Our consumer before its seek. Each partition begins at 3."""

    async def highwaters(*tps: TP) -> dict[TP, int]:
        return {tp: ends[tp] for tp in tps}

    async def earliest(*tps: TP) -> dict[TP, int]:
        return dict.fromkeys(tps, 3)

    consumer: Any = LedgerConsumer.__new__(LedgerConsumer)
    broker, app = Broker(committed), SeekingApp(*ends)
    consumer.app, consumer._thread, consumer.flow_active = app, broker, True
    consumer._read_offset, consumer._committed_offset = {}, {}
    consumer.highwaters, consumer.earliest_offsets = highwaters, earliest
    return consumer, broker, app


async def test_a_seek_goes_where_the_commits_stand_and_commits_where_there_are_none() -> None:
    """Also to a commit at the very end, to one that was set back, and to one below the first record that is left."""
    topics = ("submissions", "comparisons", "reviews", "decisions")
    submissions, comparisons, reviews, decisions = (TP(topic, 0) for topic in topics)
    consumer, broker, app = seeking(
        {submissions: 9, comparisons: 4, reviews: 1}, {submissions: 9, comparisons: 9, reviews: 9, decisions: 9}
    )
    await consumer.perform_seek()
    assert app.failure is None
    assert broker.sought == {submissions: 9, comparisons: 4, reviews: 1, decisions: 3}
    assert broker.committed[decisions] == 3
    assert consumer._sought == set(broker.sought)


async def test_a_commit_beyond_the_end_refuses_the_start_and_stays() -> None:
    """The topic was made anew, or lost its last records: what it holds below the commit would be skipped unsaid."""
    decisions, reviews = TP("decisions", 1), TP("reviews", 0)
    consumer, broker, app = seeking({decisions: 500}, {decisions: 480, reviews: 7})
    await consumer.perform_seek()
    assert isinstance(app.failure, StartRefused)
    assert "decisions[1] ends at 480, committed 500" in app.failure.cause
    assert "--group reviewstream --reset-offsets --to-earliest --topic decisions:1 --execute" in app.failure.cure
    assert (broker.committed, broker.sought, consumer._sought) == ({decisions: 500}, {}, frozenset())


async def test_a_start_that_was_refused_commits_nothing() -> None:
    """A recovery that goes on for a step would commit the earliest offsets, and the next start would not be refused."""
    consumer, broker, app = seeking({}, {PARTITION: 7})
    await app.crash(StartRefused("the offsets were forgotten", "set them"))
    await consumer.perform_seek()
    assert (broker.committed, broker.sought) == ({}, {})
