"""The watch over partitions, on a worker whose consumer is played."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, cast

import pytest
from aiokafka.errors import KafkaConnectionError
from faust.types import TP

from app.core.readiness import StageLevels
from app.core.telemetry import PartitionMoves, PartitionStalled
from app.stream.faust.app import ReviewApp
from app.stream.faust.watch import PartitionWatch
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from schemas.errors import Dependency, Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.telemetry import FakeTelemetry

PARTITION = ("submissions", 0)


class PlayedConsumer:
    """What the watch asks of the consumer. `answer` is how the question for the ends goes on."""

    def __init__(self) -> None:
        self.ends = {PARTITION: 10}
        self.position: int | None = 10
        self.answer: Callable[[], Awaitable[None]] = self._at_once
        self.asked = 0

    async def ask_ends(self, tps: Iterable[TP]) -> Mapping[TP, int]:
        self.asked += 1
        await self.answer()
        return {tp: self.ends[tp.topic, tp.partition] for tp in tps}

    def fetched_to(self, tp: TP) -> int | None:
        return self.position

    def delivered_to(self, tp: TP) -> int | None:
        return None

    async def _at_once(self) -> None:
        return


class PlayedIntake:
    """A stage with nothing in its lanes."""

    stage = "comparator"
    refused_share = 0.25
    is_ahead = False

    def __init__(self) -> None:
        self.lanes = self
        self.running, self.waiting = 1, 2

    def aside(self) -> Iterable[object]:
        return iter(())

    def count_aside(self, partition: object) -> int:
        return 0


class Bench:
    """A worker that holds one partition, recovered, with ten records of which none is taken."""

    def __init__(self) -> None:
        self.telemetry = FakeTelemetry()
        self.clock = FakeClock()
        options: dict[str, Any] = {"store": "memory://", "autodiscover": False, "broker_request_timeout": 30}
        self.app = ReviewApp("x", broker="kafka://127.0.0.1:1", telemetry=self.telemetry, **options)
        self.consumer = PlayedConsumer()
        parts: Any = self.app
        parts._consumer = self.consumer
        parts.intakes = {"submissions": PlayedIntake()}
        parts.tables.actives_ready = True
        self.app.ledger.assign([PARTITION])
        self.app.ledger.resume(PARTITION, 0, "")
        self.breaker = CircuitBreaker(
            Dependency.ARCHIVE_ROOT, BreakerLimits(failures_max=1), clock=self.clock.monotonic, chance=lambda: 1.0
        )
        breakers = {Dependency.ARCHIVE_ROOT: self.breaker}
        self.watch = PartitionWatch(
            self.app, breakers, lambda: {"t": 3}, stall_after_s=60, monotonic=self.clock.monotonic
        )

    async def pass_time(self, seconds: int) -> None:
        """Tick once a second, the loop turning in between."""
        for _ in range(seconds):
            self.clock.move(1)
            self.watch.tick()
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    @property
    def told(self) -> list[tuple[type, str, int]]:
        return [
            (type(event), event.topic, event.partition)
            for event in self.telemetry.told
            if isinstance(event, PartitionStalled | PartitionMoves)
        ]


STALLED = (PartitionStalled, *PARTITION)


async def test_a_partition_that_stops_is_named_within_70_seconds() -> None:
    """Records to take, and none is: named once, with its lag; finished events take it back."""
    bench = Bench()
    bench.consumer.position = 0
    await bench.pass_time(70)
    assert bench.told == [STALLED]
    levels = bench.watch.read_levels()
    assert (levels.lags, list(levels.stalled_s)) == ({PARTITION: 10}, [PARTITION])
    assert bench.app.ledger.start(PARTITION, 0)
    bench.app.ledger.finish(PARTITION, 0)
    await bench.pass_time(10)
    assert bench.told == [STALLED, (PartitionMoves, *PARTITION)]


async def test_an_outage_of_its_dependency_explains_it() -> None:
    """While the circuit is open nothing is called stalled; after it the whole time passes again."""
    bench = Bench()
    bench.consumer.position = 0

    async def fail() -> None:
        raise Unavailable(Dependency.ARCHIVE_ROOT, "no such folder")

    with pytest.raises(Unavailable):
        await bench.breaker.call(fail)
    await bench.pass_time(200)
    assert bench.told == []
    assert bench.watch.read_levels().breakers[Dependency.ARCHIVE_ROOT].detail == "no such folder"

    async def succeed() -> None:
        return

    await bench.breaker.call(succeed)
    await bench.pass_time(59)
    assert bench.told == []
    await bench.pass_time(11)
    assert bench.told == [STALLED]


async def test_a_stage_that_keeps_pace_with_the_next_one_is_not_stalled() -> None:
    """It starts nothing while the next stage has enough in hand, for as long as that takes."""
    bench = Bench()
    bench.consumer.position = 0
    stage = cast("Any", bench.app.intakes["submissions"])
    stage.is_ahead = True
    await bench.pass_time(200)
    assert bench.told == []
    stage.is_ahead = False
    await bench.pass_time(70)
    assert bench.told == [STALLED]


async def test_a_broker_that_does_not_answer_explains_it() -> None:
    """It is a cause of its own, since the first question that failed."""
    bench = Bench()
    bench.consumer.position = 0
    await bench.pass_time(10)

    async def fail() -> None:
        raise KafkaConnectionError

    bench.consumer.answer = fail
    await bench.pass_time(200)
    assert bench.told == []
    unheard_s = bench.watch.read_levels().unheard_s
    assert unheard_s is not None
    assert 190 <= unheard_s <= 200
    bench.consumer.answer = bench.consumer._at_once
    await bench.pass_time(10)
    assert bench.watch.read_levels().unheard_s is None


async def test_a_consumer_that_answers_nothing_is_a_stall() -> None:
    """The consumer's thread itself hangs: what is known of the lag is enough to name the partition."""
    bench = Bench()
    bench.consumer.position = 0
    await bench.pass_time(12)

    async def hang() -> None:
        await asyncio.Event().wait()

    bench.consumer.answer = hang
    asked = bench.consumer.asked
    await bench.pass_time(60)
    assert bench.told == [STALLED]
    assert bench.consumer.asked == asked + 1, "one question at a time"
    question = bench.watch._question
    assert question is not None
    await bench.watch.close()
    assert question.cancelled(), "a stop would leave it behind"


@pytest.mark.parametrize("state", ["recovering", "suspended", "unassigned"])
async def test_what_holds_all_partitions_is_told_as_such(state: str) -> None:
    """Recovery, a suspension or no assignment are causes of their own, since they began, and no stall."""
    bench = Bench()
    bench.consumer.position = 0
    if state == "recovering":
        cast("Any", bench.app.tables).actives_ready = False
    elif state == "suspended":
        cast("Any", bench.app)._fence.is_closed = lambda _: True
    else:
        bench.app.ledger.assign([])
    await bench.pass_time(100)
    assert bench.told == []
    levels = bench.watch.read_levels()
    ages = {"recovering": levels.recovering_s, "suspended": levels.suspended_s, "unassigned": levels.unassigned_s}
    assert {name: age for name, age in ages.items() if age is not None} == {state: 99.0}


async def test_levels_are_those_of_the_moment() -> None:
    """Stages, tables and circuits as they stand, without waiting for a tick."""
    bench = Bench()
    levels = bench.watch.read_levels()
    assert levels.stages == {"comparator": StageLevels(in_flight=1, waiting=2, set_aside=0, refused_share=0.25)}
    assert (levels.assigned, levels.table_entries, levels.recovery_left) == (1, {"t": 3}, 0)
    assert levels.breakers[Dependency.ARCHIVE_ROOT].open_s is None
