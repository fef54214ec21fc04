"""The intake: every event ends as an output or a dead letter, and only then counts as finished."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from app.backoff import Backoff
from app.core.events.offsets import OffsetLedger
from app.core.events.record import Record
from app.core.events.requeue import Requeue, requeue_headers
from app.core.limits import RefusalLimits
from app.stream.intake.intake import Intake, IntakeLimits
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from schemas.dead_letter import DeadLetter
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable, WorkerHalted
from schemas.origin import Origin
from tests.fakes.clock import FakeClock

TOPIC = "submissions"
SOON = Backoff(first_s=0.001, max_s=0.01)
LIMITS = IntakeLimits(in_flight_max=4, buffer_max=8, poison_after_s=60, backoff=SOON)


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


class FakeHaltMemory:
    """Port `HaltMemory`."""

    def __init__(self, reason: Reason | None = None) -> None:
        self.reason = reason

    def write(self, reason: Reason) -> None:
        self.reason = reason

    def take(self) -> Reason | None:
        reason, self.reason = self.reason, None
        return reason


async def fail_at(offset: int, record: Record) -> None:
    """Refuse one event."""
    if record.position.offset == offset:
        raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")


class Bench:
    """An intake with its surroundings, recorded."""

    def __init__(
        self,
        handler: Callable[[Record], Awaitable[None]],
        limits: IntakeLimits = LIMITS,
        memory: FakeHaltMemory | None = None,
    ) -> None:
        self.ledger = OffsetLedger()
        self.ledger.assign([(TOPIC, 0)])
        self.letters: list[DeadLetter] = []
        self.crashes: list[BaseException] = []
        self.paused: list[tuple[str, int]] = []
        self.resumed: list[tuple[str, int]] = []
        self.generation = 1
        self.clock = FakeClock()
        self.suspended = False
        self.memory = memory or FakeHaltMemory()
        self.breaker = CircuitBreaker(Dependency.LLM, BreakerLimits(failures_max=100))
        self.intake = Intake(
            "reviewer",
            handler,
            clock=self.clock,
            ledger=self.ledger,
            dead_letters=self.bury,
            breakers={Dependency.LLM: self.breaker},
            limits=limits,
            generation=lambda: self.generation,
            suspended=lambda: self.suspended,
            halt_memory=self.memory,
            on_crash=self.crash,
            pause=self.paused.append,
            resume=self.resumed.append,
        )

    async def bury(self, letter: DeadLetter) -> None:
        self.letters.append(letter)

    async def crash(self, reason: BaseException) -> None:
        self.crashes.append(reason)

    async def feed(self, *events: Event) -> None:
        stream: Any = Stream(list(events))
        await self.intake.agent(stream)
        await self.idle()

    async def idle(self) -> None:
        async with asyncio.timeout(5):
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
    assert (bench.committable, bench.letters) == (2, [])


async def test_a_refused_event_becomes_a_dead_letter_byte_for_byte() -> None:
    """Key, value and headers survive, null headers too; ours name stage, reason and attempts."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse)
    await bench.feed(Event(7))
    (letter,) = bench.letters
    assert (letter.key, letter.value, letter.headers) == (b"student", b"value", (("h", b"1"), ("null", None)))
    assert (letter.stage, letter.reason, letter.attempts, letter.origin.offset) == ("reviewer", Reason.NOT_JSON, 1, 7)
    assert dict(letter.record_headers())["__reviewstream.errors.reason"] == b"not_json"
    assert bench.committable == 8


async def test_an_unavailable_dependency_is_waited_for() -> None:
    """The event is tried again until it succeeds; nothing is dead-lettered, nothing committed meanwhile."""
    attempts = 0
    bench: Bench

    async def third_time(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            assert bench.committable in (None, 0)
            raise Unavailable(Dependency.LLM, "down")

    bench = Bench(third_time)
    await bench.feed(Event(0))
    assert (attempts, bench.letters, bench.committable) == (3, [], 1)


async def test_an_event_that_fails_while_others_succeed_is_poison() -> None:
    """After the allowance an event that alone fails is given up; an outage never is."""
    bench: Bench

    async def fail(_: Record) -> None:
        bench.clock.move(LIMITS.poison_after_s)
        await bench.breaker.call(succeed)  # others get through
        raise Unavailable(Dependency.LLM, "500")

    async def succeed() -> None:
        return

    bench = Bench(fail)
    await bench.feed(Event(0))
    assert [letter.reason for letter in bench.letters] == [Reason.POISON]


async def test_an_outage_is_not_poison_however_long_it_lasts() -> None:
    """While nobody succeeds against the dependency, no event is given up."""
    over = False

    async def down(_: Record) -> None:
        bench.clock.move(LIMITS.poison_after_s)
        tried.append(True)
        if not over:
            raise Unavailable(Dependency.LLM, "down")

    bench = Bench(down)
    tried: list[bool] = []
    feeding = asyncio.create_task(bench.feed(Event(0)))
    while len(tried) < 6:  # five times the allowance
        await asyncio.sleep(0.001)
    assert bench.letters == []
    over = True
    await feeding
    assert (bench.letters, bench.committable) == ([], 1)


async def test_the_third_equal_unmapped_error_is_a_bug() -> None:
    """What nobody mapped is retried, then buried with its place in the code and without its message."""

    async def broken(_: Record) -> None:
        raise ZeroDivisionError("student said: hunter2")

    bench = Bench(broken)
    await bench.feed(Event(0), Event(1))
    assert [(letter.reason, letter.attempts) for letter in bench.letters] == [(Reason.BUG, 3)] * 2
    assert "test_intake.py" in bench.letters[0].detail
    assert "hunter2" not in bench.letters[0].detail
    assert bench.committable == 2


async def test_a_refused_event_is_finished_only_once_its_dead_letter_is_acknowledged() -> None:
    """The sink waits an outage out; meanwhile nothing may be committed past the event."""
    acknowledged = asyncio.Event()

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.NOT_JSON, "line 1")

    async def bury(letter: DeadLetter) -> None:
        bench.letters.append(letter)
        await acknowledged.wait()

    bench = Bench(refuse)
    bench.intake._dead_letters = bury
    feeding = asyncio.create_task(bench.feed(Event(0)))
    while not bench.letters:
        await asyncio.sleep(0.001)
    assert bench.committable in (None, 0)
    acknowledged.set()
    await feeding
    assert bench.committable == 1


async def test_an_outage_of_two_thousand_attempts_is_waited_out() -> None:
    """However often an event was tried, the next wait is the longest one: doubling for ever would overflow."""
    attempts = 0

    async def down(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 2_000:
            raise Unavailable(Dependency.LLM, "down")

    bench = Bench(down, replace(LIMITS, backoff=Backoff(first_s=1e-9, max_s=1e-9)))
    with capture_logs() as logged:
        await bench.feed(Event(0))
    waits = [line["attempt"] for line in logged if line["event"] == "attempt_failed"]
    assert (waits[-1], bench.letters, bench.crashes, bench.committable) == (2_000, [], [], 1)


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
async def test_a_wall_clock_that_jumps_makes_no_poison(jump_s: float) -> None:
    """How long an event has been failing is told by the clock that nobody sets; so are its letter's two times."""
    attempts = 0

    async def fail(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 2:
            bench.clock.set_wall(jump_s)
        bench.clock.move(1)
        await bench.breaker.call(succeed)  # others get through
        if attempts > 5:
            raise Rejected(Reason.NOT_JSON, "line 1")
        raise Unavailable(Dependency.LLM, "500")

    async def succeed() -> None:
        return

    bench = Bench(fail)
    await bench.feed(Event(0))
    (letter,) = bench.letters
    assert (letter.reason, letter.attempts) == (Reason.NOT_JSON, 6)
    assert letter.last_failed_at - letter.first_failed_at == pytest.approx(5)


@pytest.mark.parametrize("attempts_before", [0, 7])
async def test_what_is_about_the_worker_ends_it_and_refuses_no_event(attempts_before: int) -> None:
    """`StartRefused` out of a guard, an index conflict say: no letter, nothing committed, nothing done after it."""
    attempts = 0
    refusal = StartRefused("the index student_id means something else", "drop it")

    async def conflict(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > attempts_before:
            raise refusal
        raise Unavailable(Dependency.MONGODB, "down")

    bench = Bench(conflict)
    with capture_logs() as logged:
        await bench.feed(Event(0), Event(1))
    assert bench.crashes == [refusal]
    assert {line["event"] for line in logged} <= {"attempt_failed"}, "it is no bug"
    assert (bench.letters, bench.committable) == ([], 0)
    assert attempts == attempts_before + 1


async def test_what_a_dead_letters_topic_refuses_ends_the_worker() -> None:
    """A topic that may not be written to is an operator's matter: it is not tried again as another failed attempt."""
    tried = 0
    refusal = StartRefused("Kafka refuses: TopicAuthorizationFailedError", "grant it")

    async def refuse(_: Record) -> None:
        nonlocal tried
        tried += 1
        raise Rejected(Reason.NOT_JSON, "line 1")

    async def bury(_: DeadLetter) -> None:
        raise refusal

    bench = Bench(refuse)
    bench.intake._dead_letters = bury
    await bench.feed(Event(0))
    assert (tried, bench.crashes, bench.committable) == (1, [refusal], 0)


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


async def test_nothing_is_begun_while_the_partitions_may_be_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was frozen would pay for calls whose answers it may not keep."""
    monkeypatch.setattr("app.stream.intake.intake.SUSPENDED_LOOK_S", 0.001)
    begun: list[int] = []

    async def handler(record: Record) -> None:
        begun.append(record.position.offset)

    bench = Bench(handler)
    bench.suspended = True
    feeding = asyncio.create_task(bench.feed(Event(0)))
    await asyncio.sleep(0.02)
    assert begun == []
    bench.suspended = False
    await feeding
    assert begun == [0]


async def test_an_error_in_the_intake_itself_stops_the_worker() -> None:
    """No exception leaves the agent, for Faust would count the event as done; it is handed to the app instead."""
    bench = Bench(nothing)
    broken: Any = Event(0)
    broken.message.offset = -1
    await bench.feed(broken)
    assert [type(reason) for reason in bench.crashes] == [ValueError]


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
STRICT = IntakeLimits(
    in_flight_max=1,
    buffer_max=16,
    backoff=SOON,
    refusals=RefusalLimits(share_max=0.5, window=8, events_min=4),
)


async def test_a_requeued_event_keeps_its_origin() -> None:
    """The handler sees where the event first stood, and the original headers alone; the ledger where it stands."""
    seen: list[Record] = []

    async def note(record: Record) -> None:
        seen.append(record)

    bench = Bench(note)
    await bench.feed(Event(9, headers=REQUEUED))
    assert (seen[0].origin.offset, seen[0].position.offset, seen[0].headers) == (3, 9, ORIGINAL)
    assert bench.committable == 10


async def test_a_requeued_event_that_is_refused_again_piles_nothing_up() -> None:
    """Its dead letter has the first origin, the original headers byte for byte, and says that it was requeued."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "still not there")

    bench = Bench(refuse)
    await bench.feed(Event(9, headers=REQUEUED))
    (letter,) = bench.letters
    assert (letter.origin.offset, letter.headers, letter.requeue_attempt) == (3, ORIGINAL, 2)


async def test_a_surge_of_refusals_stops_the_worker_before_the_next_dead_letter() -> None:
    """Three refusals are written; the fourth of four events is more than half: no letter, no commit, a way out."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    bench = Bench(refuse, STRICT)
    await bench.feed(*(Event(offset) for offset in range(6)))
    assert len(bench.letters) == 3
    assert bench.committable == 3
    (halted,) = bench.crashes
    assert isinstance(halted, WorkerHalted)
    assert "the reviewer refused 4 of its last 4 events" in halted.cause
    assert "archive_missing" in halted.cause
    assert "REFUSED_SHARE_MAX" in halted.cure


async def test_a_restart_by_itself_lets_no_further_letters_through() -> None:
    """A worker that was stopped takes its suspicion up again: its first refusal stops it, without a letter."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    first = Bench(refuse, STRICT)
    await first.feed(*(Event(offset) for offset in range(6)))
    for _ in range(3):
        again = Bench(refuse, STRICT, first.memory)
        await again.intake.recall_halt()
        await again.feed(Event(3), Event(4))
        assert again.letters == []
        assert isinstance(again.crashes[0], WorkerHalted)


async def test_what_was_mended_goes_on_after_a_restart() -> None:
    """Once others are done, a refusal among them is one of many again; the halt is remembered once."""
    mended = Bench(lambda record: fail_at(3, record), STRICT, FakeHaltMemory(Reason.ARCHIVE_MISSING))
    await mended.intake.recall_halt()
    await mended.feed(*(Event(offset) for offset in range(6)))
    assert (len(mended.letters), mended.crashes) == (1, [])
    assert mended.memory.take() is None


async def test_nothing_overtakes_the_event_that_the_worker_stopped_on() -> None:
    """What waits behind it, a student's next submission above all, is not worked on any more."""
    worked_on: list[int] = []

    async def refuse(record: Record) -> None:
        worked_on.append(record.position.offset)
        if record.position.offset < 4:
            raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    bench = Bench(refuse, STRICT)
    await bench.feed(*(Event(offset) for offset in range(8)))
    assert worked_on == [0, 1, 2, 3]


async def test_some_refusals_among_many_stop_nobody() -> None:
    """Half of the events may be refused."""

    async def refuse_every_other(record: Record) -> None:
        if record.position.offset % 2:
            raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse_every_other, STRICT)
    await bench.feed(*(Event(offset) for offset in range(40)))
    assert (bench.crashes, len(bench.letters), bench.committable) == ([], 20, 40)


async def test_what_an_operator_requeued_does_not_stop_the_worker() -> None:
    """It was refused before, and may be refused again, all of it."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "still not there")

    bench = Bench(refuse, STRICT)
    await bench.feed(*(Event(offset, headers=REQUEUED) for offset in range(4, 24)))
    assert (bench.crashes, len(bench.letters)) == ([], 20)


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
