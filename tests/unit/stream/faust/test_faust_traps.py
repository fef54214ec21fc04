"""Traps of faust-streaming 0.15.3 that this project closes: each shown on stock Faust, then on ours.

When one of the stock halves fails after an upgrade, the trap is gone there and our part of it can go too.
"""

import asyncio
import inspect
from collections import defaultdict
from types import SimpleNamespace
from typing import Any, cast

import faust
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError
from faust.tables.recovery import Recovery, ServiceStopped
from faust.transport import consumer as stock
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from intervaltree import IntervalTree

from app.backoff import Backoff
from app.config import load_settings
from app.core.events.offsets import OffsetLedger
from app.core.history.entries import pack
from app.stream.faust.app import SUPPORTED_FAUST, ReviewApp
from app.stream.faust.consumer import NOTHING_ACTIVE_S, LedgerConsumer
from app.stream.faust.consumer_thread import FETCH_WAIT_MS, LedgerConsumerThread, check_offset_fetches
from app.stream.faust.tables import PatientRecovery
from app.stream.faust.transport import IdempotentProducer, LedgerTransport
from app.wiring.faust_app import new_app
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.origin import Origin
from tables.confirmed import ConfirmedTable

PARTITION = TP("submissions", 0)


def test_stock_faust_reads_other_workers_changelogs() -> None:
    """By default each worker keeps a copy of another's tables up to date."""
    assert faust.App("stock").conf.table_standby_replicas == 1


def test_a_worker_reads_the_changelogs_of_its_own_partitions() -> None:
    """A copy that nobody takes in costs reading and unpacking all of it."""
    assert new_app(load_settings(None)).conf.table_standby_replicas == 0


def stock_new_offset(acked: list[int], committed: int | None) -> int | None:
    """What stock Faust would commit, given the acked offsets and the last commit."""
    consumer = SimpleNamespace(
        _acked=defaultdict(list, {PARTITION: acked}),
        _acked_index=defaultdict(set, {PARTITION: set(acked)}),
        _gap=defaultdict(IntervalTree),
        _committed_offset=defaultdict(lambda: None, {PARTITION: committed}),
    )
    return stock.Consumer._new_offset(cast(Any, consumer), PARTITION)


@pytest.mark.parametrize(("in_flight", "acked", "committed"), [(0, [1, 2], None), (0, [1, 2], 0), (5, [6, 7], 5)])
def test_stock_faust_commits_past_a_message_in_flight(in_flight: int, acked: list[int], committed: int | None) -> None:
    """With the head in flight stock Faust commits beyond it: a crash now loses that message (upstream issue 606)."""
    offset = stock_new_offset(list(acked), committed)
    assert offset is not None
    assert offset > in_flight


@pytest.mark.parametrize(("in_flight", "acked"), [(0, [1, 2]), (5, [6, 7])])
def test_the_ledger_does_not_commit_past_a_message_in_flight(in_flight: int, acked: list[int]) -> None:
    """The same course of events through our consumer holds the commit at the head."""
    ledger = OffsetLedger()
    ledger.assign([PARTITION])
    for offset in (in_flight, *acked):
        assert ledger.start(PARTITION, offset)
    for offset in acked:
        ledger.finish(PARTITION, offset)
    consumer = cast(LedgerConsumer, SimpleNamespace(_review_app=SimpleNamespace(ledger=ledger)))
    assert LedgerConsumer._new_offset(consumer, PARTITION) == in_flight


@pytest.mark.parametrize(("ours", "theirs"), [(LedgerConsumer, driver.Consumer), (IdempotentProducer, driver.Producer)])
def test_every_override_still_overrides_something(ours: type, theirs: type) -> None:
    """A private method that Faust renames would silently leave us with its own behaviour."""
    added = {
        "committed_offsets", "_through_outages", "_refuse_beyond_ends", "_discard", "delivered_to", "fetched_to",
        "ask_ends", "_groups",
    }  # fmt: skip
    overridden = [name for name, value in vars(ours).items() if inspect.isfunction(value) and name not in added]
    assert overridden
    for name in overridden:
        assert hasattr(theirs, name), name
        mine, stock_one = getattr(ours, name), getattr(theirs, name)
        if name != "create_topic":  # which does nothing, with whatever it gets
            assert list(inspect.signature(mine).parameters) == list(inspect.signature(stock_one).parameters), name


def test_the_stock_producer_is_not_idempotent_outside_transactions() -> None:
    """Ours always is, with acks from all replicas."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", autodiscover=False)
    producer: Any = SimpleNamespace(app=app)
    assert driver.Producer._settings_extra(producer) == {}
    assert IdempotentProducer._settings_extra(producer) == {"acks": "all", "enable_idempotence": True}


def test_another_faust_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is overridden is private to one version; another must be looked at before it may commit offsets."""
    assert faust.__version__ == SUPPORTED_FAUST
    monkeypatch.setattr(faust, "__version__", "0.16.0")
    with pytest.raises(StartRefused, match=r"0\.16\.0"):
        ReviewApp("x")


def test_the_app_uses_our_transport() -> None:
    """Consumer and producer come from the transport that knows the ledger."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", autodiscover=False)
    assert isinstance(app.transport, LedgerTransport)
    assert isinstance(app.producer, IdempotentProducer)


class Changelog:
    """Stands where the broker does: acknowledges when told to, in the order of sending."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, asyncio.Future[Any]]] = []

    async def has(self, count: int) -> None:
        """Wait until so many were sent."""
        while len(self.sent) < count:
            await asyncio.sleep(0)

    async def __call__(self, topic: str, key: bytes, value: bytes, partition: int) -> Any:
        acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.sent.append((key, acknowledged))
        offset = len(self.sent) - 1
        await acknowledged
        return SimpleNamespace(topic=topic, partition=partition, offset=offset)


def an_entry(offset: int) -> bytes:
    """An entry that was written for the event at `offset` of partition 0."""
    return pack(Origin(topic="t", partition=0, offset=offset), 0, offset)


def a_record(offset: int, key: bytes) -> Any:
    """A record as recovery reads it."""
    return SimpleNamespace(offset=offset, key=key, value=an_entry(offset))


def a_table(changelog: Changelog, failures: list[Exception] | None = None) -> tuple[ConfirmedTable, list[int]]:
    """A table in memory that notes how far its store says it is."""
    failures = [] if failures is None else failures
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    table = ConfirmedTable(app, send=changelog, on_failure=failures.append, name="t", partitions=1)
    persisted: list[int] = []
    data: Any = table.data
    data.set_persisted_offset = lambda _, offset: persisted.append(offset)
    return table, persisted


async def test_a_failed_changelog_send_leaves_the_table_as_it_was() -> None:
    """Stock Faust writes locally first: a retried event would find itself done and be lost."""
    changelog = Changelog()
    table, persisted = a_table(changelog)
    put = asyncio.create_task(table.put(0, b"k", an_entry(0), is_new=True))
    await changelog.has(1)
    assert b"k" not in table.data
    changelog.sent[0][1].set_exception(Unavailable(Dependency.KAFKA, "lost"))
    with pytest.raises(Unavailable):
        await put
    assert b"k" not in table.data
    assert persisted == []


async def test_a_table_counts_its_entries() -> None:
    """A key that is written again is no new entry; one that failed is none."""
    changelog = Changelog()
    table, _ = a_table(changelog)
    for number, (key, is_new) in enumerate([(b"a", True), (b"b", True), (b"a", False)]):
        put = asyncio.create_task(table.put(0, key, an_entry(number), is_new=is_new))
        await changelog.has(number + 1)
        changelog.sent[number][1].set_result(None)
        await put
    assert (table.entries, table.stamps()) == (2, {0: 2})
    failing = asyncio.create_task(table.put(0, b"c", an_entry(3), is_new=True))
    await changelog.has(4)
    changelog.sent[3][1].set_exception(Unavailable(Dependency.KAFKA, "lost"))
    with pytest.raises(Unavailable):
        await failing
    assert (table.entries, table.stamps()) == (2, {0: 2})


async def test_the_stores_offset_never_passes_a_write_under_way() -> None:
    """Acknowledgements may be handled in any order; recovery must not skip a record that was not written."""
    changelog = Changelog()
    table, persisted = a_table(changelog)
    first = asyncio.create_task(table.put(0, b"a", an_entry(1), is_new=True))
    second = asyncio.create_task(table.put(0, b"b", an_entry(2), is_new=True))
    await changelog.has(2)
    changelog.sent[1][1].set_result(None)
    await second
    assert table.data[b"b"] == an_entry(2)
    assert persisted == []
    changelog.sent[0][1].set_result(None)
    await first
    assert persisted == [0, 1]


async def test_a_failed_write_does_not_hold_the_stores_offset() -> None:
    """A write behind one that failed moves the offset when the failed one leaves the line."""
    changelog = Changelog()
    table, persisted = a_table(changelog)
    first = asyncio.create_task(table.put(0, b"a", an_entry(1), is_new=True))
    second = asyncio.create_task(table.put(0, b"b", an_entry(2), is_new=True))
    await changelog.has(2)
    changelog.sent[1][1].set_result(None)
    await second
    changelog.sent[0][1].set_exception(Unavailable(Dependency.KAFKA, "lost"))
    with pytest.raises(Unavailable):
        await first
    assert persisted == [1]


async def test_a_write_under_way_survives_the_cancellation_of_its_caller() -> None:
    """What a drain cuts off while it is being saved may be an answer that was paid for."""
    changelog = Changelog()
    table, persisted = a_table(changelog)
    put = asyncio.create_task(table.put(0, b"k", an_entry(0), is_new=True))
    await changelog.has(1)
    put.cancel()
    await asyncio.sleep(0)
    changelog.sent[0][1].set_result(None)
    with pytest.raises(asyncio.CancelledError):
        await put
    assert table.data[b"k"] == an_entry(0)
    assert persisted == [0]


async def test_a_cancelled_write_does_not_wait_for_a_broker_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up after `LAST_WRITE_S`, and leaves the line."""
    monkeypatch.setattr("tables.confirmed.LAST_WRITE_S", 0.01)
    changelog = Changelog()
    table, persisted = a_table(changelog)
    put = asyncio.create_task(table.put(0, b"a", an_entry(1), is_new=True))
    await changelog.has(1)
    put.cancel()
    with pytest.raises(asyncio.CancelledError):
        await put
    following = asyncio.create_task(table.put(0, b"b", an_entry(2), is_new=True))
    await changelog.has(2)
    changelog.sent[1][1].set_result(None)
    await following
    assert b"a" not in table.data
    assert persisted == [1]


async def test_a_start_waits_for_a_broker_that_has_just_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock Faust ends the worker; ours drops what the failed attempt left open and tries again."""
    monkeypatch.setattr("app.stream.faust.outages.BROKER_BACKOFF", Backoff(first_s=0, max_s=0))
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    with pytest.raises(KafkaConnectionError):
        await driver.Producer.on_start(cast(Any, stock_one := IdempotentProducer(app.transport)))
    await stock_one._discard()
    producer = IdempotentProducer(app.transport)
    made: list[Any] = []

    class Reachable:
        async def start(self) -> None:
            return

    def new_producer() -> Any:
        made.append(driver.Producer._new_producer(producer) if not made else Reachable())
        return made[-1]

    monkeypatch.setattr(producer, "_new_producer", new_producer)
    await producer.on_start()
    assert [type(one).__name__ for one in made] == ["AIOKafkaProducer", "Reachable"]


def test_a_failing_recovery_is_reported_instead_of_logged_away() -> None:
    """Faust logs `Error in recovery` and goes on with a half-filled table; ours tells whoever stops the worker."""
    failures: list[Exception] = []
    table, _ = a_table(Changelog(), failures)
    broken: Any = {}  # not hashable, as no key is
    tp = TP(table.changelog_topic_name, 0)
    with pytest.raises(TypeError):
        table.take_in(tp, [a_record(0, broken)])
    assert [type(failure) for failure in failures] == [TypeError]
    recovery = cast("Any", table.app.tables).recovery
    recovery.active_tps.add(tp)
    recovery.tp_to_table[tp] = table
    recovery.active_offsets[tp], recovery.active_highwaters[tp] = -1, 0
    recovery._set_recovery_started()
    recovery.take_in({tp: [a_record(0, broken)]})
    assert (len(failures), recovery.active_offsets[tp], recovery.in_recovery) == (2, -1, True)
    assert not recovery.signal_recovery_end.is_set()


def test_recovery_takes_in_nothing_that_is_not_ours() -> None:
    """A rebalance that cuts a recovery short hands over records of lost partitions, or of another table."""
    table, _ = a_table(Changelog())
    recovery = cast("Any", table.app.tables).recovery
    ours, lost, foreign = TP(table.changelog_topic_name, 0), TP(table.changelog_topic_name, 1), TP("other", 0)
    recovery.active_tps.add(ours)
    recovery.tp_to_table.update({ours: table, lost: table})
    recovery.take_in({tp: [a_record(0, tp.topic.encode())] for tp in (lost, foreign)})
    assert len(table.data) == 0
    recovery.take_in({ours: [a_record(0, b"k")]})
    assert list(table.data) == [b"k"]


def test_recovery_ends_with_the_last_record_and_takes_each_once() -> None:
    """Stock Faust's next recovery may find the signal of the one before; ours begins without it."""
    table, _ = a_table(Changelog())
    recovery = cast("Any", table.app.tables).recovery
    tp = TP(table.changelog_topic_name, 0)
    recovery.active_tps.add(tp)
    recovery.tp_to_table[tp] = table
    recovery.active_highwaters[tp] = 3
    recovery.active_offsets[tp] = 0
    recovery._set_recovery_started()
    recovery.take_in({tp: [a_record(offset, f"k{offset}".encode()) for offset in (0, 1)]})
    assert (recovery.active_offsets[tp], list(table.data), recovery.in_recovery) == (1, [b"k1"], True)
    assert not recovery.signal_recovery_end.is_set()
    recovery.take_in({tp: [a_record(offset, f"k{offset}".encode()) for offset in (1, 2, 3)]})
    assert (recovery.active_offsets[tp], list(table.data)) == (3, [b"k1", b"k2", b"k3"])
    assert recovery.signal_recovery_end.is_set()
    assert not recovery.in_recovery
    recovery._set_recovery_started()
    assert not recovery.signal_recovery_end.is_set()


async def test_aiokafka_leaves_a_partition_committed_at_zero_where_it_is() -> None:
    """Its `seek_to_committed`, which Faust trusts before it resumes, skips offset 0; ours seeks there too."""
    sought: list[tuple[int, int]] = []
    partitions = {TopicPartition("submissions", 0): 0, TopicPartition("submissions", 1): 7}

    async def committed(tp: TopicPartition) -> int:
        return partitions[tp]

    client: Any = SimpleNamespace(
        _subscription=SimpleNamespace(assigned_partitions=lambda: set(partitions)),
        _fetcher=SimpleNamespace(seek_to=lambda tp, offset: sought.append((tp.partition, offset))),
        committed=committed,
    )
    await AIOKafkaConsumer.seek_to_committed(client)
    assert sought == [(1, 7)]

    ours: list[tuple[int, int]] = []
    thread: Any = SimpleNamespace(
        _ensure_consumer=lambda: SimpleNamespace(seek=lambda tp, offset: ours.append((tp.partition, offset)))
    )
    await LedgerConsumerThread.seek_all(thread, {TP(*tp): offset for tp, offset in partitions.items()})
    assert ours == [(0, 0), (1, 7)]


async def test_an_empty_choice_of_partitions_means_all_to_aiokafka() -> None:
    """Faust hands over its live set of active partitions; emptied meanwhile, paused ones are fetched and dropped."""
    paused = TopicPartition("submissions", 0)
    fetched = FetchResult.__new__(FetchResult)
    fetched.getall = lambda _: ["record"]
    fetched.has_more = lambda: True
    fetcher: Any = SimpleNamespace(
        _subscriptions=SimpleNamespace(reassignment_in_progress=False, is_assigned=lambda _: True),
        _records={paused: fetched},
        _notify=lambda _: None,
        _wait_consume_future=None,
    )
    assert await Fetcher.fetched_records(fetcher, set()) == {paused: ["record"]}


async def test_a_fetch_that_finds_nothing_is_not_held_for_long_and_no_aborted_record_is_read() -> None:
    """A broker answers one request of a connection at a time: what recovery asks waits behind an idle fetch.

    And stock Faust reads what a transaction of a producer aborted.
    """
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    thread: Any = cast(LedgerConsumer, app.consumer)._thread
    stock_one = driver.AIOKafkaConsumerThread._create_worker_consumer(thread, cast(Any, app.transport))
    ours = thread._create_worker_consumer(app.transport)
    for consumer in (stock_one, ours):
        await consumer.stop()
    thread.thread_loop.close()
    assert (stock_one._fetch_max_wait_ms, ours._fetch_max_wait_ms) == (1500, FETCH_WAIT_MS)
    assert (stock_one._isolation_level, ours._isolation_level) == ("read_uncommitted", "read_committed")


async def test_work_resumes_as_soon_as_partitions_may_be_fetched_again() -> None:
    """Stock Faust sleeps for a second whenever nothing may be fetched, which is so during each rebalance."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    consumer: Any = LedgerConsumer.__new__(LedgerConsumer)
    consumer.app = SimpleNamespace(client_only=False, rooms=dict, tables=SimpleNamespace(changelog_topics=set()))
    consumer.flow_active = True
    consumer.not_waiting_next_records = asyncio.Event()
    consumer._get_active_partitions = set
    consumer.sleep = sleep
    assert await stock.Consumer._wait_next_records(consumer, 1.0) == ({}, set())
    assert await consumer._wait_next_records(1.0) == ({}, set())
    assert slept == [1, NOTHING_ACTIVE_S]


class LoadingCoordinator:
    """A coordinator that is still loading: an error for the whole answer, and none for any partition."""

    def __init__(self, code: int) -> None:
        self.group_id = "g"
        self.dead = False
        self._code = code

    async def _send_req(self, request: Any) -> Any:
        return SimpleNamespace(topics=[("submissions", [(0, -1, "", 0)])], error_code=self._code)

    def coordinator_dead(self) -> None:
        self.dead = True


@pytest.mark.parametrize(("code", "dead"), [(14, False), (16, True)])
async def test_a_coordinator_that_is_not_ready_does_not_pass_for_an_empty_one(code: int, dead: bool) -> None:
    """Aiokafka overlooks the answer's own error and finds no offsets; checked, it raises one that is retried."""
    coordinator: Any = LoadingCoordinator(code)
    wanted = [TopicPartition("submissions", 0)]
    assert await GroupCoordinator._do_fetch_commit_offsets(coordinator, wanted) == {}
    check_offset_fetches(coordinator)
    with pytest.raises(KafkaError) as raised:
        await GroupCoordinator._do_fetch_commit_offsets(coordinator, wanted)
    assert raised.value.retriable
    assert coordinator.dead is dead


async def test_stock_recovery_takes_a_slow_broker_for_its_own_stop() -> None:
    """A step that takes longer than its limit ends recovery for good; ours waits until it is done."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)

    async def slow_step() -> None:
        await asyncio.sleep(0.05)

    with pytest.raises(ServiceStopped):
        await Recovery(app, app.tables)._wait(slow_step(), timeout=0.01)
    assert isinstance(cast("Any", app.tables).recovery, PatientRecovery)
    await cast("Any", app.tables).recovery._wait(slow_step(), timeout=0.01)


async def test_recovery_cut_short_by_a_rebalance_seeks_no_partition_whose_offset_it_does_not_know() -> None:
    """Stock Faust seeks the new partitions to None, on which aiokafka's error ends the worker."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    sought: list[dict[TP, int | None]] = []

    async def seek_wait(offsets: dict[TP, int | None]) -> None:
        sought.append(offsets)

    consumer: Any = SimpleNamespace(seek_wait=seek_wait)
    new, known = TP("changelog", 0), TP("changelog", 1)
    offsets: Any = {new: None, known: 7}
    await Recovery(app, app.tables)._seek_offsets(consumer, {new, known}, offsets, "standby")
    await cast("Any", app.tables).recovery._seek_offsets(consumer, {new, known}, offsets, "standby")
    assert sought == [{new: None, known: 7}, {known: 7}]


async def test_recovery_asks_again_when_the_broker_is_away() -> None:
    """Stock Faust ends the worker on the first error."""
    answers: list[Any] = [KafkaTimeoutError(), {PARTITION: 7}]

    async def highwaters(*_: TP) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(_: float) -> None:
        return

    consumer: Any = LedgerConsumer.__new__(LedgerConsumer)
    consumer._thread = SimpleNamespace(highwaters=highwaters)
    consumer._stopped = asyncio.Event()
    consumer._crashed = asyncio.Event()
    consumer.beacon = SimpleNamespace(root=None)
    consumer.sleep = sleep
    assert await consumer.highwaters(PARTITION) == {PARTITION: 7}
