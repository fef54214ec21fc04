"""The settlement: every event ends as an output or as a dead letter, or the worker stops on it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from app.adapters.telemetry.log_lines import LogLines
from app.adapters.telemetry.readers import Readers
from app.backoff import Backoff
from app.core.events.record import Record, receive
from app.core.events.requeue import Requeue, requeue_headers
from app.core.limits import RefusalLimits
from app.core.telemetry import AttemptFailed, EventDone, EventRefused
from app.stream.intake.settlement import Settlement, SettlementLimits
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.outcomes import CallKind
from schemas.dead_letter import DeadLetter, Header
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable, WorkerHalted
from schemas.origin import Origin
from tests.fakes.clock import FakeClock
from tests.fakes.halt_memory import FakeHaltMemory
from tests.fakes.telemetry import FakeTelemetry
from tests.patience import PATIENCE_S

TOPIC = "submissions"
SOON = Backoff(first_s=0.001, max_s=0.01)
LIMITS = SettlementLimits(poison_after_s=60, backoff=SOON)
STRICT = SettlementLimits(backoff=SOON, refusals=RefusalLimits(share_max=0.5, window=8, events_min=4))
HARDLY_EVER_OPEN = BreakerLimits(failures_max=100)
ORIGINAL: tuple[Header, ...] = (("h", b"1"), ("null", None))
REQUEUED = (*ORIGINAL, *requeue_headers(Requeue(Origin(topic=TOPIC, partition=0, offset=3), 2)))


def a_record(offset: int, headers: tuple[Header, ...] = ORIGINAL) -> Record:
    return receive(Origin(topic=TOPIC, partition=0, offset=offset), b"student", b"value", headers)


async def succeed() -> None:
    """A call that does."""


class Bench:
    """A settlement with its surroundings, recorded."""

    def __init__(
        self,
        handler: Callable[[Record], Awaitable[None]],
        limits: SettlementLimits = LIMITS,
        memory: FakeHaltMemory | None = None,
        breaker: BreakerLimits = HARDLY_EVER_OPEN,
    ) -> None:
        self.dead_letters: list[DeadLetter] = []
        self.settled: list[int] = []
        self.clock = FakeClock()
        self.telemetry = FakeTelemetry()
        self.suspended = False
        self.memory = memory or FakeHaltMemory()
        self.breaker = CircuitBreaker(Dependency.LLM, breaker)
        self.refused_by: StartRefused | None = None
        self.settlement = Settlement(
            "reviewer",
            handler,
            clock=self.clock,
            dead_letters=self.bury,
            breakers={Dependency.LLM: self.breaker},
            limits=limits,
            suspended=lambda: self.suspended,
            halt_memory=self.memory,
            telemetry=Readers(LogLines(), self.telemetry),
        )

    async def bury(self, letter: DeadLetter) -> None:
        if self.refused_by is not None:
            raise self.refused_by
        self.dead_letters.append(letter)

    async def let_others_through(self, kind: CallKind = CallKind.WORK) -> None:
        """A call of another event's succeeds."""
        call = self.breaker.call(succeed, kind=kind)
        await asyncio.get_running_loop().create_task(call, context=Context())

    async def settle(self, *records: Record) -> None:
        """One after the other, as the events of one student."""
        async with asyncio.timeout(PATIENCE_S):
            for record in records:
                await self.settlement.settle(record)
                self.settled.append(record.position.offset)


async def test_a_refused_event_becomes_a_dead_letter_byte_for_byte() -> None:
    """Key, value and headers survive, null headers too; ours name stage, reason and attempts."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse)
    await bench.settle(a_record(7))
    (letter,) = bench.dead_letters
    assert (letter.key, letter.value, letter.headers) == (b"student", b"value", (("h", b"1"), ("null", None)))
    assert (letter.stage, letter.reason, letter.attempts, letter.origin.offset) == ("reviewer", Reason.NOT_JSON, 1, 7)
    assert dict(letter.record_headers())["__reviewstream.errors.reason"] == b"not_json"
    assert bench.settled == [7]


async def test_an_unavailable_dependency_is_waited_for() -> None:
    """The event is tried again until it succeeds; nothing is dead-lettered, nothing settled meanwhile."""
    attempts = 0
    bench: Bench

    async def third_time(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            assert bench.settled == []
            raise Unavailable(Dependency.LLM, "down")

    bench = Bench(third_time)
    await bench.settle(a_record(0))
    assert (attempts, bench.dead_letters, bench.settled) == (3, [], [0])


async def test_an_event_that_fails_while_others_succeed_is_poison() -> None:
    """After the allowance an event that alone fails is given up; an outage never is."""
    bench: Bench

    async def fail(_: Record) -> None:
        bench.clock.move(LIMITS.poison_after_s)
        await bench.let_others_through()
        raise Unavailable(Dependency.LLM, "500")

    bench = Bench(fail)
    await bench.settle(a_record(0))
    assert [(letter.reason, letter.attempts) for letter in bench.dead_letters] == [(Reason.POISON, 3)]


@pytest.mark.parametrize("kind", CallKind)
async def test_an_event_does_not_vouch_against_itself(kind: CallKind) -> None:
    """What it reads or does itself before it fails says nothing about others."""
    attempts = 0

    async def fail(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        bench.clock.move(LIMITS.poison_after_s)
        await bench.breaker.call(succeed, kind=kind)
        if attempts < 9:
            raise Unavailable(Dependency.LLM, "500")

    bench = Bench(fail)
    await bench.settle(a_record(0))
    assert (bench.dead_letters, bench.settled) == ([], [0])


@pytest.mark.parametrize(("others", "own"), [(CallKind.READ, CallKind.WORK), (CallKind.WORK, CallKind.READ)])
async def test_calls_of_another_kind_vouch_for_nothing(others: CallKind, own: CallKind) -> None:
    """A database whose disk is full answers reads; writes that nobody waits for say nothing of reads."""
    attempts = 0

    async def fail(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        bench.clock.move(LIMITS.poison_after_s)
        await bench.let_others_through(others)
        if attempts < 9:
            await bench.breaker.call(be_full, kind=own)

    async def be_full() -> None:
        raise Unavailable(Dependency.LLM, "full")

    bench = Bench(fail)
    await bench.settle(a_record(0))
    assert (bench.dead_letters, bench.settled) == ([], [0])


async def test_an_event_whose_reads_fail_alone_is_poison() -> None:
    """Where others only read as well: nobody has to write for that."""

    async def fail(_: Record) -> None:
        bench.clock.move(LIMITS.poison_after_s)
        await bench.let_others_through(CallKind.READ)
        await bench.breaker.call(be_down, kind=CallKind.READ)

    async def be_down() -> None:
        raise Unavailable(Dependency.LLM, "500")

    bench = Bench(fail)
    await bench.settle(a_record(0))
    assert [(letter.reason, letter.attempts) for letter in bench.dead_letters] == [(Reason.POISON, 3)]


async def test_nothing_is_poison_while_the_circuit_is_open() -> None:
    """Whoever got through before it opened: now nobody does."""
    attempts = 0

    async def fail(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        bench.clock.move(LIMITS.poison_after_s)
        if attempts < 4:
            await bench.let_others_through()
        if attempts == 9:
            await bench.let_others_through()
            return
        await bench.breaker.call(be_down)

    async def be_down() -> None:
        raise Unavailable(Dependency.LLM, "down")

    bench = Bench(fail, breaker=BreakerLimits(failures_max=1, pause_min_s=0.001, pause_max_s=0.001))
    await bench.settle(a_record(0))
    assert (bench.dead_letters, bench.settled) == ([], [0])


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
    feeding = asyncio.create_task(bench.settle(a_record(0)))
    while len(tried) < 6:  # five times the allowance
        await asyncio.sleep(0.001)
    assert bench.dead_letters == []
    over = True
    await feeding
    assert (bench.dead_letters, bench.settled) == ([], [0])


async def test_the_third_equal_unmapped_error_is_a_bug() -> None:
    """What nobody mapped is retried, then buried with its place in the code and without its message."""

    async def broken(_: Record) -> None:
        raise ZeroDivisionError("student said: hunter2")

    bench = Bench(broken)
    await bench.settle(a_record(0), a_record(1))
    assert [(letter.reason, letter.attempts) for letter in bench.dead_letters] == [(Reason.BUG, 3)] * 2
    assert "test_settlement.py" in bench.dead_letters[0].detail
    assert "hunter2" not in bench.dead_letters[0].detail
    assert bench.settled == [0, 1]


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
        await bench.settle(a_record(0))
    waits = [line["attempt"] for line in logged if line["event"] == "attempt_failed"]
    assert (waits[-1], bench.dead_letters, bench.settled) == (2_000, [], [0])


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
        await bench.let_others_through()
        if attempts > 5:
            raise Rejected(Reason.NOT_JSON, "line 1")
        raise Unavailable(Dependency.LLM, "500")

    bench = Bench(fail)
    await bench.settle(a_record(0))
    (letter,) = bench.dead_letters
    assert (letter.reason, letter.attempts) == (Reason.NOT_JSON, 6)
    assert letter.last_failed_at - letter.first_failed_at == pytest.approx(5)


async def test_nothing_is_begun_while_the_partitions_may_be_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was frozen would pay for calls whose answers it may not keep."""
    monkeypatch.setattr("app.stream.intake.settlement.SUSPENDED_LOOK_S", 0.001)
    begun: list[int] = []

    async def handler(record: Record) -> None:
        begun.append(record.position.offset)

    bench = Bench(handler)
    bench.suspended = True
    feeding = asyncio.create_task(bench.settle(a_record(0)))
    await asyncio.sleep(0.02)
    assert begun == []
    bench.suspended = False
    await feeding
    assert begun == [0]


async def test_a_requeued_event_that_is_refused_again_piles_nothing_up() -> None:
    """Its dead letter has the first origin, the original headers byte for byte, and says that it was requeued."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "still not there")

    bench = Bench(refuse)
    await bench.settle(a_record(9, REQUEUED))
    (letter,) = bench.dead_letters
    assert (letter.origin.offset, letter.headers, letter.requeue_attempt) == (3, ORIGINAL, 2)


async def test_what_was_mended_goes_on_after_a_restart() -> None:
    """Once others are done, a refusal among them is one of many again; the halt is remembered once."""

    async def refuse_one(record: Record) -> None:
        if record.position.offset == 3:
            raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    mended = Bench(refuse_one, STRICT, FakeHaltMemory(Reason.ARCHIVE_MISSING))
    await mended.settlement.recall_halt()
    await mended.settle(*(a_record(offset) for offset in range(6)))
    assert (len(mended.dead_letters), len(mended.settled)) == (1, 6)
    assert mended.memory.take() is None


async def test_some_refusals_among_many_stop_nobody() -> None:
    """Half of the events may be refused."""

    async def refuse_every_other(record: Record) -> None:
        if record.position.offset % 2:
            raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse_every_other, STRICT)
    await bench.settle(*(a_record(offset) for offset in range(40)))
    assert (len(bench.dead_letters), len(bench.settled)) == (20, 40)


async def test_what_an_operator_requeued_does_not_stop_the_worker() -> None:
    """It was refused before, and may be refused again, all of it."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "still not there")

    bench = Bench(refuse, STRICT)
    await bench.settle(*(a_record(offset, REQUEUED) for offset in range(4, 24)))
    assert (len(bench.dead_letters), len(bench.settled)) == (20, 20)


@pytest.mark.parametrize("attempts_before", [0, 7])
async def test_what_is_about_the_worker_ends_it_and_refuses_no_event(attempts_before: int) -> None:
    """`StartRefused` out of a guard, an index conflict say: no dead letter, no outcome, and no further attempt."""
    attempts = 0
    refusal = StartRefused("the index student_id means something else", "drop it")

    async def conflict(_: Record) -> None:
        nonlocal attempts
        attempts += 1
        if attempts > attempts_before:
            raise refusal
        raise Unavailable(Dependency.MONGODB, "down")

    bench = Bench(conflict)
    with capture_logs() as logged, pytest.raises(StartRefused) as raised:
        await bench.settle(a_record(0), a_record(1))
    assert (raised.value, bench.settlement.has_stopped) == (refusal, True)
    assert {line["event"] for line in logged} <= {"attempt_failed"}, "it is no bug"
    assert (bench.dead_letters, bench.settled) == ([], [])
    assert attempts == attempts_before + 1


async def test_what_a_dead_letters_topic_refuses_ends_the_worker() -> None:
    """A topic that may not be written to is an operator's matter: it is not tried again as another failed attempt."""
    tried = 0
    refusal = StartRefused("Kafka refuses: TopicAuthorizationFailedError", "grant it")

    async def refuse(_: Record) -> None:
        nonlocal tried
        tried += 1
        raise Rejected(Reason.NOT_JSON, "line 1")

    bench = Bench(refuse)
    bench.refused_by = refusal
    with pytest.raises(StartRefused) as raised:
        await bench.settle(a_record(0))
    assert (tried, raised.value, bench.settled) == (1, refusal, [])


async def test_a_surge_of_refusals_stops_the_worker_before_the_next_dead_letter() -> None:
    """Three are refused; the fourth of four is more than half: no dead letter, no outcome, a way out."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    bench = Bench(refuse, STRICT)
    with pytest.raises(WorkerHalted) as halted:
        await bench.settle(*(a_record(offset) for offset in range(6)))
    assert len(bench.dead_letters) == 3
    assert bench.settled == [0, 1, 2]
    assert "the reviewer refused 4 of its last 4 events" in halted.value.cause
    assert "archive_missing" in halted.value.cause
    assert "REFUSED_SHARE_MAX" in halted.value.cure


async def test_a_restart_by_itself_lets_no_further_letters_through() -> None:
    """A worker that was stopped takes its suspicion up again: its first refusal stops it, without a letter."""

    async def refuse(_: Record) -> None:
        raise Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    first = Bench(refuse, STRICT)
    with pytest.raises(WorkerHalted):
        await first.settle(*(a_record(offset) for offset in range(6)))
    for _ in range(3):
        again = Bench(refuse, STRICT, first.memory)
        await again.settlement.recall_halt()
        with pytest.raises(WorkerHalted):
            await again.settle(a_record(3), a_record(4))
        assert again.dead_letters == []


async def test_each_outcome_is_told() -> None:
    """Attempts that are repeated, what is done and what is refused, each with its stage; the share refused follows."""

    async def handle(record: Record) -> None:
        if record.position.offset == 1:
            raise Rejected(Reason.NOT_JSON, "line 1")
        if bench.telemetry.told == []:
            raise Unavailable(Dependency.LLM, "HTTP 500")
        bench.clock.move(2.5)

    bench = Bench(handle)
    await bench.settle(a_record(0), a_record(1))
    failed, done, refused = bench.telemetry.told
    assert isinstance(failed, AttemptFailed)
    assert (failed.stage, failed.attempt, failed.dependency) == ("reviewer", 1, Dependency.LLM)
    assert done == EventDone("reviewer", 2, 2.5)
    assert refused == EventRefused("reviewer", Reason.NOT_JSON, "line 1", 1, 0.0)
    assert bench.settlement.refused_share == 0.5
