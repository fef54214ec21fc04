"""The intake: which events are taken, in which order, and that only one with an outcome counts as finished."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog
from structlog.testing import capture_logs

from app.adapters.telemetry.log_lines import LogLines
from app.backoff import Backoff
from app.core.events.offsets import OffsetLedger, Remembered, decode_finished
from app.core.events.record import Record
from app.core.events.requeue import Requeue, requeue_headers
from app.core.limits import RefusalLimits
from app.stream.intake import settlement
from app.stream.intake.intake import Intake, IntakeLimits
from app.stream.intake.settlement import Settlement, SettlementLimits
from schemas.dead_letter import DeadLetter, read_headers
from schemas.errors import Dependency, Held, HoldReason, Reason, Rejected, Unavailable, WorkerHalted
from schemas.origin import Origin
from schemas.replay import REPLAY_PREFIX, ReplayOrder, read_order
from schemas.review import ReplayNote
from tests.fakes.clock import FakeClock
from tests.fakes.halt_memory import FakeHaltMemory
from tests.patience import PATIENCE_S

TOPIC = "submissions"
SOON = Backoff(first_s=0.001, max_s=0.01)
LIMITS = IntakeLimits(in_flight_max=4, buffer_max=8)
SETTLEMENT = SettlementLimits(backoff=SOON)


class Event:
    """As much of a Faust event as the intake looks at."""

    def __init__(
        self,
        offset: int,
        *,
        key: bytes | None = b"student",
        generation: int = 1,
        headers: tuple[tuple[str, bytes | None], ...] = (("h", b"1"), ("null", None)),
    ) -> None:
        self.message = SimpleNamespace(
            topic=TOPIC,
            partition=0,
            offset=offset,
            key=key,
            value=b"value",
            headers=list(headers),
            timestamp=1.5,
            generation_id=generation,
        )


class Stream:
    """A stream of prepared events."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events

    async def events(self) -> AsyncIterator[Event]:
        for event in self._events:
            yield event


class Bench:
    """An intake with its surroundings, recorded."""

    def __init__(
        self,
        handler: Callable[[Record], Awaitable[None]],
        limits: IntakeLimits = LIMITS,
        settlement: SettlementLimits = SETTLEMENT,
    ) -> None:
        self.ledger = OffsetLedger()
        self.ledger.assign([(TOPIC, 0)])
        self.dead_letters: list[DeadLetter] = []
        self.crashes: list[BaseException] = []
        self.paused: list[tuple[str, int]] = []
        self.resumed: list[tuple[str, int]] = []
        self.generation = 1
        self.clock = FakeClock()
        self.acknowledged = asyncio.Event()
        self.acknowledged.set()
        self.intake = Intake(
            Settlement(
                "reviewer",
                handler,
                clock=self.clock,
                dead_letters=self.bury,
                breakers={},
                limits=settlement,
                suspended=lambda: False,
                halt_memory=FakeHaltMemory(),
                telemetry=LogLines(),
            ),
            ledger=self.ledger,
            limits=limits,
            generation=lambda: self.generation,
            on_crash=self.crash,
            pause=self.paused.append,
            resume=self.resumed.append,
        )

    async def bury(self, letter: DeadLetter) -> None:
        self.dead_letters.append(letter)
        await self.acknowledged.wait()

    async def crash(self, reason: BaseException) -> None:
        self.crashes.append(reason)

    async def feed(self, *events: Event) -> None:
        stream: Any = Stream(list(events))
        await self.intake.agent(stream)
        await self.idle()

    async def idle(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.intake.lanes.waiting or self.intake.lanes.running:
                await asyncio.sleep(0.001)

    @property
    def committable(self) -> int | None:
        return self.ledger.committable((TOPIC, 0))


async def nothing(_: Record) -> None:
    return


async def test_a_handled_event_may_be_committed() -> None:
    """After success the offset behind the event is committable, and no dead letter was written."""
    bench = Bench(nothing)
    await bench.feed(Event(0), Event(1))
    assert (bench.committable, bench.dead_letters) == (2, [])


async def test_a_refused_event_is_finished_only_once_its_dead_letter_is_acknowledged() -> None:
    """The sink waits an outage out; meanwhile nothing may be committed past the event."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse)
    bench.acknowledged.clear()
    feeding = asyncio.create_task(bench.feed(Event(0)))
    while not bench.dead_letters:
        await asyncio.sleep(0.001)
    assert bench.committable in (None, 0)
    bench.acknowledged.set()
    await feeding
    assert bench.committable == 1


async def test_an_event_delivered_twice_is_worked_on_once() -> None:
    """Faust may deliver an offset again within one assignment."""
    seen: list[int] = []

    async def note(record: Record) -> None:
        seen.append(record.position.offset)

    bench = Bench(note)
    await bench.feed(Event(0), Event(1), Event(0), Event(1), Event(2))
    assert seen == [0, 1, 2]


async def test_an_event_from_before_the_rebalance_is_not_taken() -> None:
    """Whoever owns its partition now reads it again."""
    bench = Bench(nothing)
    bench.generation = 2
    await bench.feed(Event(0, generation=1))
    assert bench.ledger.in_flight == 0
    assert bench.committable is None


async def test_work_cancelled_by_a_drain_holds_the_commit_back() -> None:
    """What the grace did not suffice for stays unfinished, so that it is done again."""

    async def slow(record: Record) -> None:
        await asyncio.sleep(30 if record.position.offset == 0 else 0)

    bench = Bench(slow)
    stream: Any = Stream([Event(0, key=b"a"), Event(1, key=b"b")])
    await bench.intake.agent(stream)
    assert await bench.intake.lanes.drain(0.05) == 1
    assert bench.committable == 0


async def test_an_error_in_the_intake_itself_stops_the_worker() -> None:
    """No exception leaves the agent, for Faust would count the event as done; it is handed to the app instead."""
    bench = Bench(nothing)
    broken: Any = Event(0)
    broken.message.offset = -1
    await bench.feed(broken)
    assert [type(reason) for reason in bench.crashes] == [ValueError]


REPLAYED: tuple[tuple[str, bytes | None], ...] = ((REPLAY_PREFIX + "id", b"replay-1"),)


async def test_what_is_made_again_holds_up_nothing_live_of_the_same_student() -> None:
    """It has a lane of its own, in which it stays in order; live events of the student stay in theirs."""
    release = asyncio.Event()
    done: list[int] = []

    async def note(record: Record) -> None:
        if record.headers == REPLAYED:
            await release.wait()
        elif record.position.offset == 1:
            await asyncio.sleep(0.01)
        done.append(record.position.offset)

    bench = Bench(note)
    events = [Event(0, headers=REPLAYED), Event(1), Event(2), Event(3, headers=REPLAYED), Event(4)]
    feeding = asyncio.create_task(bench.feed(*events))
    async with asyncio.timeout(PATIENCE_S):
        while len(done) < 3:
            await asyncio.sleep(0.001)
    assert done == [1, 2, 4]
    assert bench.committable in (None, 0), "what is done behind it is not committed"
    release.set()
    await feeding
    assert (done, bench.committable) == ([1, 2, 4, 0, 3], 5)


async def test_a_requeued_one_that_is_made_again_keeps_its_headers_and_its_lane() -> None:
    """Refused, its dead letter has them byte for byte; requeued, the reviewer reads the same order."""
    orders: list[object] = []

    async def refuse(record: Record) -> None:
        orders.append(read_order(record.headers))
        raise Rejected(Reason.MODEL_REFUSED, "no")

    order = ReplayOrder(note=ReplayNote(replay_id="replay-1", reason="почему", is_shadow=True), is_fresh=True)
    bench = Bench(refuse)
    await bench.feed(Event(0, headers=order.headers()))
    (letter,) = bench.dead_letters
    assert read_headers(letter.record_headers()).original == order.headers()
    requeue = requeue_headers(Requeue(letter.origin, 1))
    again = Event(5, headers=(*read_headers(letter.record_headers()).original, *requeue))
    await bench.feed(again)
    assert orders == [order, order]
    assert bench.dead_letters[1].headers == order.headers()


@pytest.mark.parametrize("concurrent", [2, 4])
async def test_students_do_not_wait_for_each_other(concurrent: int) -> None:
    """A slow call for one student holds up nobody else, and one student's events stay in order."""
    order: list[int] = []

    async def work(record: Record) -> None:
        await asyncio.sleep(0.05 if record.key == b"slow" else 0)
        order.append(record.position.offset)

    bench = Bench(work, IntakeLimits(in_flight_max=concurrent, buffer_max=8))
    await bench.feed(Event(0, key=b"slow"), Event(1, key=b"slow"), Event(2, key=b"fast"), Event(3, key=b"fast"))
    assert order == [2, 3, 0, 1]


async def test_one_partitions_backlog_holds_back_that_partition_only() -> None:
    """Beyond its share the partition is paused, and flows again when half of it is done."""
    gate = asyncio.Event()

    async def work(_: Record) -> None:
        await gate.wait()

    bench = Bench(work, IntakeLimits(in_flight_max=2, buffer_max=100, partition_held_max=4))
    stream: Any = Stream([Event(offset) for offset in range(6)])
    await bench.intake.agent(stream)
    assert bench.paused == [(TOPIC, 0), (TOPIC, 0)]
    assert bench.resumed == []
    gate.set()
    await bench.idle()
    assert bench.resumed == [(TOPIC, 0)]
    assert bench.committable == 6


ORIGINAL = (("h", b"1"), ("null", None))
REQUEUED = (*ORIGINAL, *requeue_headers(Requeue(Origin(topic=TOPIC, partition=0, offset=3), 2)))
STRICT = SettlementLimits(backoff=SOON, refusals=RefusalLimits(share_max=0.5, window=8, events_min=4))


async def test_a_requeued_event_keeps_its_origin() -> None:
    """The handler sees where the event first stood, and the original headers alone; the ledger where it stands."""
    seen: list[Record] = []

    async def note(record: Record) -> None:
        seen.append(record)

    bench = Bench(note)
    await bench.feed(Event(9, headers=REQUEUED))
    assert (seen[0].origin.offset, seen[0].position.offset, seen[0].headers) == (3, 9, ORIGINAL)
    assert bench.committable == 10


async def test_a_stage_waits_for_the_next_one_that_has_enough_in_hand() -> None:
    """A round that runs and a round that waits is enough; one done or set aside lets the earlier stage go on."""
    gate = asyncio.Event()

    async def wait(_: Record) -> None:
        await gate.wait()

    compared: list[int] = []

    async def compare(record: Record) -> None:
        compared.append(record.position.offset)

    reviewing, comparing = Bench(wait, IntakeLimits(in_flight_max=2)), Bench(compare)
    comparing.intake.keep_pace_with(reviewing.intake)
    stream: Any = Stream([Event(n, key=str(n).encode()) for n in range(3)])
    await reviewing.intake.agent(stream)
    assert not comparing.intake.is_ahead
    await comparing.feed(Event(0))
    await reviewing.intake.agent(cast("Any", Stream([Event(3, key=b"3")])))
    assert comparing.intake.is_ahead
    await comparing.intake.agent(cast("Any", Stream([Event(1)])))
    await asyncio.sleep(0.01)
    assert compared == [0]
    gate.set()
    await reviewing.idle()
    await comparing.idle()
    assert compared == [0, 1]
    assert not comparing.intake.is_ahead


async def test_one_student_who_fills_the_next_stage_holds_nobody_up() -> None:
    """Events that wait for their own student's turn are no round: others find a free slot."""
    gate = asyncio.Event()

    async def wait(_: Record) -> None:
        await gate.wait()

    reviewing, comparing = Bench(wait, IntakeLimits(in_flight_max=2)), Bench(nothing)
    comparing.intake.keep_pace_with(reviewing.intake)
    await reviewing.intake.agent(cast("Any", Stream([Event(n) for n in range(9)])))
    assert (reviewing.intake.lanes.running, reviewing.intake.lanes.waiting) == (1, 8)
    assert not comparing.intake.is_ahead
    await comparing.feed(Event(0))
    assert comparing.committable == 1
    gate.set()
    await reviewing.idle()


async def test_nothing_overtakes_the_event_that_the_worker_stopped_on() -> None:
    """What waits behind it, a student's next submission above all, is not worked on any more, and nothing committed."""
    worked_on: list[int] = []

    async def refuse(record: Record) -> None:
        worked_on.append(record.position.offset)
        if record.position.offset < 4:
            raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    bench = Bench(refuse, replace(LIMITS, in_flight_max=1), STRICT)
    await bench.feed(*(Event(offset) for offset in range(8)))
    assert worked_on == [0, 1, 2, 3]
    assert ([type(reason) for reason in bench.crashes], bench.committable) == ([WorkerHalted], 3)


async def test_a_refusal_is_logged_under_its_own_student() -> None:
    """What an agent said of one event is not said of the next, which ends before it is understood; its key names it."""

    async def admit(record: Record) -> None:
        if record.key == b"mallory":
            raise Rejected(Reason.NOT_JSON, "line 1")
        structlog.contextvars.bind_contextvars(student="anna", submission="anna-1")

    bench = Bench(admit, replace(LIMITS, in_flight_max=1))
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        await bench.feed(Event(0, key=b"anna"), Event(1, key=b"mallory"), Event(2, key=None))
    fields = ("event", "origin", "student", "submission")
    assert [tuple(line.get(field) for field in fields) for line in logged] == [
        ("event_done", "submissions[0]@0", "anna", "anna-1"),
        ("event_refused", "submissions[0]@1", "mallory", None),
        ("event_done", "submissions[0]@2", "anna", "anna-1"),
    ]


def over_budget(clock: FakeClock, wait_s: float = 3600) -> Held:
    """A hold for an hour."""
    until = clock.now() + timedelta(seconds=wait_s)
    return Held(HoldReason.BUDGET_STUDENT_DAY, "spent", until=until, cure="raise it")


class Purse:
    """A handler that holds one student's events until its day turns, and notes what it reviewed, in order."""

    def __init__(self, student: bytes = b"held") -> None:
        self.student = student
        self.bench: Bench | None = None
        self.reviewed: list[int] = []
        self.asked: list[int] = []
        self.wait_s = 3600.0

    async def __call__(self, record: Record) -> None:
        assert self.bench is not None
        self.asked.append(record.position.offset)
        if record.key == self.student and self.wait_s:
            raise over_budget(self.bench.clock, self.wait_s)
        self.reviewed.append(record.position.offset)


def a_purse(monkeypatch: pytest.MonkeyPatch, limits: IntakeLimits = LIMITS) -> tuple[Purse, Bench]:
    """A purse in its bench; looks at the clock come quickly."""
    monkeypatch.setattr(settlement, "HELD_LOOK_S", 0.001)
    purse = Purse()
    purse.bench = Bench(purse, limits)
    return purse, purse.bench


async def test_a_held_student_is_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one slot and a buffer of two, twenty others are reviewed while one student's ten wait, and none is lost."""
    purse, bench = a_purse(monkeypatch, IntakeLimits(in_flight_max=1, buffer_max=2, partition_held_max=4))
    held = [Event(offset, key=b"held") for offset in range(10)]
    others = [Event(offset, key=b"other-%d" % (offset % 3)) for offset in range(10, 30)]
    async with asyncio.timeout(PATIENCE_S):
        await bench.feed(*held, *others)
    assert purse.asked == [0, *range(10, 30)]
    assert bench.committable == 0
    metadata = bench.ledger.partitions[TOPIC, 0].metadata(0)
    assert decode_finished(0, metadata) == Remembered(30, tuple(range(10)))
    assert set(bench.resumed) <= set(bench.paused)
    purse.wait_s = 0
    bench.clock.move(3601)
    async with asyncio.timeout(PATIENCE_S):
        while len(purse.reviewed) < 30:
            await asyncio.sleep(0.001)
        await bench.idle()
    assert purse.reviewed[20:] == list(range(10))
    assert (bench.committable, bench.dead_letters, bench.crashes) == (30, [], [])


async def test_a_partition_that_was_held_back_flows_once_its_events_are_set_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What waits on purpose does not count against the partition, also where it was paused before that was known."""
    purse, bench = a_purse(monkeypatch, IntakeLimits(in_flight_max=1, buffer_max=100, partition_held_max=4))
    gate = asyncio.Event()
    look = purse.__call__

    async def after_the_gate(record: Record) -> None:
        await gate.wait()
        await look(record)

    bench.intake._settlement._handler = after_the_gate
    stream: Any = Stream([Event(offset, key=b"held") for offset in range(8)])
    await bench.intake.agent(stream)
    assert (len(bench.paused), bench.resumed) == (4, [])
    gate.set()
    await bench.idle()
    assert bench.resumed == [(TOPIC, 0)]
    await bench.intake.lanes.drain(0)


async def test_what_is_made_again_is_held_in_its_own_lane(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes back there, and the student's live events, which are held too, keep their order."""
    purse, bench = a_purse(monkeypatch)
    again = [Event(offset, key=b"held", headers=REPLAYED) for offset in (0, 2)]
    live = [Event(offset, key=b"held") for offset in (1, 3)]
    await bench.feed(again[0], live[0], again[1], live[1])
    assert purse.asked == [0, 1]
    purse.wait_s = 0
    bench.clock.move(3601)
    async with asyncio.timeout(PATIENCE_S):
        while len(purse.reviewed) < 4:
            await asyncio.sleep(0.001)
        await bench.idle()
    made_again, handed_in = ([n for n in purse.reviewed if n % 2 == rest] for rest in (0, 1))
    assert (made_again, handed_in) == ([0, 2], [1, 3]), "each lane in its order; which lane is faster is open"
    assert (bench.committable, bench.dead_letters, bench.crashes) == (4, [], [])


async def test_a_hold_is_told_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each event that begins to wait: why, until when, what lets it go on, and whose it is."""
    _, bench = a_purse(monkeypatch)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logged:
        await bench.feed(Event(0, key=b"held"), Event(1, key=b"held"))
    fields = ("event", "log_level", "student", "reason", "detail", "until", "cure")
    told = ("review_held", "warning", "held", "budget_student_day", "spent", "2026-03-02T13:00:00+00:00", "raise it")
    assert [tuple(line[field] for field in fields) for line in logged] == [told]
    await bench.intake.lanes.drain(0)


async def test_a_hold_is_neither_poison_nor_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held a hundred days in a row, an event is still no dead letter, and the failures before it are forgotten."""
    purse, bench = a_purse(monkeypatch)
    purse.wait_s = 86_400
    await bench.feed(Event(0, key=b"held"))
    for day in range(2, 102):
        bench.clock.move(86_401)
        async with asyncio.timeout(PATIENCE_S):
            while len(purse.asked) < day:
                await asyncio.sleep(0.001)
    assert (bench.dead_letters, bench.crashes, bench.committable) == ([], [], 0)
    await bench.intake.lanes.drain(0)


async def test_an_outage_during_a_hold_is_waited_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the hold the event is an event like others: it may meet an outage, and then be held again."""
    monkeypatch.setattr(settlement, "HELD_LOOK_S", 0.001)
    clock = FakeClock()
    ends: list[Exception | None] = [
        over_budget(clock), Unavailable(Dependency.LLM, "away"), over_budget(clock, 7200), None,
    ]  # fmt: skip

    async def next_end(_: Record) -> None:
        end = ends.pop(0)
        if end is not None:
            raise end

    bench = Bench(next_end)
    bench.clock.move(0)
    await bench.feed(Event(0))
    for _ in range(2):
        bench.clock.move(3601)
        await asyncio.sleep(0.05)
    await bench.idle()
    assert (ends, bench.committable, bench.dead_letters) == ([], 1, [])


async def test_a_drain_releases_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebalance does not wait for the day to turn: the event comes again to whoever has its partition then."""
    purse, bench = a_purse(monkeypatch)
    await bench.feed(Event(0, key=b"held"), Event(1, key=b"held"), Event(2, key=b"other"))
    async with asyncio.timeout(PATIENCE_S):
        assert await bench.intake.lanes.drain(3600) == 0
    assert (purse.reviewed, bench.committable) == ([2], 0)
