"""Outages of any shape against one event that fails alone, in simulated time."""

import asyncio
import random
from collections.abc import Sequence

from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.events.record import Record, receive
from app.stream.intake.poison import SPAN_MAX_S, PoisonClock
from app.stream.intake.settlement import Settlement, SettlementLimits
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.outcomes import CallKind, Calls, Outcomes
from schemas.dead_letter import DeadLetter
from schemas.errors import Dependency, Reason, Unavailable
from schemas.origin import Origin
from tests.fakes.halt_memory import FakeHaltMemory
from tests.fakes.simulated_time import LoopClock, run_simulated

HOUR_S = 3600.0
CALLS: Calls = (Dependency.MONGODB, CallKind.WORK)
ALONE = 1_000_000
"""The offsets of events that fail alone begin here."""
SPANS = st.lists(st.tuples(st.floats(0, 10_000), st.integers(0, 5), st.integers(0, 5)), max_size=50)


def clocked(spans: Sequence[tuple[float, int, int]]) -> PoisonClock:
    """A clock after a failure and these spans: how long, and how many of others' calls succeeded and failed."""
    clock, now_s, others = PoisonClock(), 0.0, Outcomes()
    clock.note_failure(now_s, {CALLS: others}, CALLS)
    for length_s, succeeded, failed in spans:
        now_s += length_s
        others = Outcomes(others.succeeded + succeeded, others.failed + failed)
        clock.note_failure(now_s, {CALLS: others}, CALLS)
    return clock


@given(spans=SPANS)
def test_the_clock_runs_no_longer_than_others_get_through(spans: list[tuple[float, int, int]]) -> None:
    """A few successes never add up to an hour, however long an outage lasts; each counts one span at the most."""
    ran_s = clocked(spans).ran_s
    assert ran_s <= SPAN_MAX_S * sum(succeeded > 0 for _, succeeded, _ in spans)
    assert ran_s <= sum(length_s for length_s, _, _ in spans)


@given(spans=st.lists(st.floats(0, SPAN_MAX_S), max_size=50))
def test_beside_others_that_all_get_through_the_clock_is_a_clock(spans: list[float]) -> None:
    """From the first failure to the last."""
    assert abs(clocked([(length_s, 1, 0) for length_s in spans]).ran_s - sum(spans)) < 1e-6


def test_where_hardly_anybody_calls_the_clock_waits_for_one_who_does() -> None:
    """A quiet night does not make it slower than a busy day, and proves nothing by itself."""
    assert clocked([(30, 0, 0)] * 3 + [(30, 1, 0)]).ran_s == 120
    assert clocked([(30, 0, 0)] * 100).ran_s == 0
    assert clocked([(30, 0, 0)] * 3 + [(30, 1, 1)]).ran_s == 60


class Scene:
    """A database behind its circuit, and events that read something of it and then write to it."""

    def __init__(self, *, reads: bool, seed: int = 0) -> None:
        self.circuit = CircuitBreaker(Dependency.MONGODB, BreakerLimits(), chance=random.Random(seed).random)
        self.letters: list[DeadLetter] = []
        self.buried_at: dict[int, float] = {}
        self.done: set[int] = set()
        self.reads = reads
        self.clock = LoopClock()
        self.settlement = Settlement(
            "publisher",
            self.publish,
            clock=self.clock,
            dead_letters=self.bury,
            breakers={Dependency.MONGODB: self.circuit},
            limits=SettlementLimits(),
            suspended=lambda: False,
            halt_memory=FakeHaltMemory(),
        )

    async def publish(self, record: Record) -> None:
        offset = record.position.offset
        if self.reads:
            await self.circuit.call(self.read, kind=CallKind.READ)
        await self.circuit.call(lambda: self.write(offset))
        self.done.add(offset)

    async def read(self) -> None:
        await asyncio.sleep(0.01)

    async def write(self, offset: int) -> None:
        raise NotImplementedError

    async def bury(self, letter: DeadLetter) -> None:
        self.letters.append(letter)
        self.buried_at[letter.origin.offset] = self.clock.monotonic()

    def settle(self, offset: int) -> asyncio.Task[None]:
        place = Origin(topic="reviews", partition=0, offset=offset)
        return asyncio.create_task(self.settlement.settle(receive(place, b"k", b"v", ())))


class Outage(Scene):
    """Nothing is written for so long, but what was under way when it began, and lucky calls."""

    def __init__(self, lasts_s: float, lucky: frozenset[int], *, reads: bool, seed: int) -> None:
        super().__init__(reads=reads, seed=seed)
        self.lasts_s = lasts_s
        self.lucky = lucky
        self.under_way: dict[int, float] = {}
        self.calls = 0

    async def write(self, offset: int) -> None:
        self.calls += 1
        late_s = self.under_way.pop(offset, None)
        if late_s is not None:
            await asyncio.sleep(late_s)
            return
        is_lucky = self.calls in self.lucky
        await asyncio.sleep(0.05)
        if self.clock.monotonic() < self.lasts_s and not is_lucky:
            raise Unavailable(Dependency.MONGODB, "away")

    async def run(self, waiting: int, under_way: Sequence[float]) -> None:
        self.under_way = {1000 + number: late_s for number, late_s in enumerate(under_way)}
        late = [self.settle(offset) for offset in self.under_way]
        await asyncio.gather(*late, *(self.settle(offset) for offset in range(waiting)))


@settings(max_examples=12)
@example(waiting=60, under_way=[0.1, 1.0, 30.0], lucky=frozenset({60, 61, 90, 200}), hours=12, reads=True, seed=1)
@given(
    waiting=st.integers(1, 60),
    under_way=st.lists(st.floats(0, 120), max_size=10),
    lucky=st.frozensets(st.integers(1, 500), max_size=8),
    hours=st.integers(1, 12),
    reads=st.booleans(),
    seed=st.integers(0, 99),
)
def test_no_outage_makes_poison(  # noqa: PLR0917 -- Hypothesis gives them by name
    waiting: int, under_way: list[float], lucky: frozenset[int], hours: int, reads: bool, seed: int
) -> None:
    """It begins unevenly, some probes get through, reads are answered all the time: nothing is refused, all is done."""
    outage = Outage(hours * HOUR_S, lucky, reads=reads, seed=seed)
    run_simulated(outage.run(waiting, under_way))
    assert outage.letters == []
    assert len(outage.done) == waiting + len(under_way)


class Poisoned(Scene):
    """Events from `ALONE` on are never taken; others come every few seconds and are."""

    async def write(self, offset: int) -> None:
        await asyncio.sleep(0.05)
        if offset >= ALONE:
            raise Unavailable(Dependency.MONGODB, "an answer that nobody knows")

    async def run(self, poisonous: int, every_s: float, lasts_s: float) -> None:
        failing = [self.settle(ALONE + number) for number in range(poisonous)]
        others = []
        for number in range(int(lasts_s / every_s)):
            await asyncio.sleep(every_s)
            others.append(self.settle(number))
        await asyncio.gather(*others)
        for one in failing:
            one.cancel()
        await asyncio.gather(*failing, return_exceptions=True)


@settings(max_examples=10)
@given(every_s=st.floats(1, 10), reads=st.booleans(), seed=st.integers(0, 99))
def test_an_event_that_fails_alone_goes_after_its_hour(every_s: float, reads: bool, seed: int) -> None:
    """Not sooner, and hardly later: the next attempt is at most half a minute away."""
    scene = Poisoned(reads=reads, seed=seed)
    run_simulated(scene.run(1, every_s, 1.2 * HOUR_S))
    assert [letter.reason for letter in scene.letters] == [Reason.POISON]
    assert HOUR_S < scene.buried_at[ALONE] < 1.05 * HOUR_S
    assert len(scene.done) == int(1.2 * HOUR_S / every_s)


def test_many_that_fail_alone_go_too() -> None:
    """Ten of them make the database look ill to each other, and beside one review a minute; it takes them longer."""
    scene = Poisoned(reads=True)
    run_simulated(scene.run(10, 60, 12 * HOUR_S))
    assert [letter.reason for letter in scene.letters] == [Reason.POISON] * 10
    assert len(scene.done) == 12 * 60
