"""A worker looks at itself: which partitions have stopped, and how everything stands for `/ready` and `/metrics`.

It is called from the worker's tick and never waits. The ends of partitions are asked for in a task of their own, since
an answer may take as long as a broker is away.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, cast

from aiokafka.errors import KafkaError
from faust.types import TP

from app.core.events.offsets import Partition
from app.core.readiness import BreakerLevels, StageLevels, WorkerLevels
from app.core.stalls import WAITED_FOR, PartitionReading, Progress, StallDetector
from app.core.telemetry import PartitionMoves, PartitionStalled
from app.stream.faust.app import ReviewApp
from app.stream.faust.consumer import LedgerConsumer
from app.stream.faust.tables import PatientTables
from app.stream.resilience.breaker import CircuitBreaker
from schemas.errors import Dependency

LOOKS: Final = 12
"""Within `stall_after_s`: a stall is named so much of that time late at the most."""
LOOK_MAX_S: Final = 5.0
ANSWER_BEYOND_TIMEOUT_S: Final = 5.0
"""Beyond the client's own time limit: a question that is neither answered nor refused by then is stuck itself."""


class PartitionWatch:
    """Watches the partitions of `app`, its circuits and its tables, whose entries `count_entries` tells.

    `monotonic` is in seconds; `tick` is called several times a second.
    """

    def __init__(
        self,
        app: ReviewApp,
        breakers: Mapping[Dependency, CircuitBreaker],
        count_entries: Callable[[], Mapping[str, int]],
        *,
        stall_after_s: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._app = app
        self._breakers = breakers
        self._count_entries = count_entries
        self._monotonic = monotonic
        self._detector = StallDetector(stall_after_s)
        self._look_every_s = min(LOOK_MAX_S, stall_after_s / LOOKS)
        self._patience_s = app.conf.broker_request_timeout + ANSWER_BEYOND_TIMEOUT_S
        self._ends: dict[Partition, int] = {}
        self._question: asyncio.Task[Mapping[TP, int]] | None = None
        self._asked_at = float("-inf")
        self._since: dict[str, float] = {}

    def tick(self) -> None:
        """Look, if it is time to."""
        now_s = self._monotonic()
        self._note_states(now_s)
        if self._question is None:
            if now_s - self._asked_at >= self._look_every_s:
                self._ask(now_s)
            return
        if not self._question.done():
            if now_s - self._asked_at > self._patience_s:
                self._judge(now_s)
            return
        question, self._question = self._question, None
        error = None if question.cancelled() else question.exception()
        if error is None and not question.cancelled():
            self._ends = {(tp.topic, tp.partition): end for tp, end in question.result().items()}
            self._since.pop("unheard", None)
        elif isinstance(error, KafkaError):
            self._since.setdefault("unheard", self._asked_at)
        self._judge(now_s)

    async def close(self) -> None:
        """Give up a question that is still under way."""
        if self._question is not None:
            self._question.cancel()
            await asyncio.gather(self._question, return_exceptions=True)

    def read_levels(self) -> WorkerLevels:
        """The worker as it stands now."""
        now_s = self._monotonic()
        self._note_states(now_s)
        readings = self._readings()
        return WorkerLevels(
            assigned=len(self._app.ledger.partitions),
            stages={
                intake.stage: StageLevels(
                    in_flight=intake.lanes.running,
                    waiting=intake.lanes.waiting,
                    set_aside=sum(1 for _ in intake.lanes.aside()),
                    refused_share=intake.refused_share,
                )
                for intake in self._app.intakes.values()
            },
            lags={partition: reading.lag for partition, reading in readings.items()},
            stalled_s={partition: now_s - since for partition, since in self._detector.stalled.items()},
            breakers={
                dependency: BreakerLevels(breaker.calls_max, breaker.open_s, breaker.detail)
                for dependency, breaker in self._breakers.items()
            },
            table_entries=self._count_entries(),
            recovery_left=self._recovery_left(),
            unassigned_s=self._age("unassigned", now_s),
            recovering_s=self._age("recovering", now_s),
            suspended_s=self._age("suspended", now_s),
            unheard_s=self._age("unheard", now_s),
        )

    def _note_states(self, now_s: float) -> None:
        """Keep since when each of them has been so."""
        assigned = bool(self._app.ledger.partitions)
        states = {
            "unassigned": not assigned,
            "recovering": assigned and self._is_recovering,
            "suspended": self._app.suspended,
        }
        for name, holds in states.items():
            if holds:
                self._since.setdefault(name, now_s)
            else:
                self._since.pop(name, None)

    def _age(self, state: str, now_s: float) -> float | None:
        since = self._since.get(state)
        return None if since is None else now_s - since

    @property
    def _is_recovering(self) -> bool:
        return self._app.in_recovery or not self._app.tables.actives_ready

    def _recovery_left(self) -> int:
        recovery = cast(PatientTables, self._app.tables).recovery
        return sum(stats.remaining for stats in recovery.active_stats().values()) if self._is_recovering else 0

    def _ask(self, now_s: float) -> None:
        """Ask where the partitions end; nothing while none is held, or a rebalance or a recovery holds them all."""
        held = list(self._app.ledger.partitions)
        if not held or self._app.rebalancing or self._is_recovering or self._app.should_stop:
            self._detector.observe(now_s, {})
            return
        consumer = cast(LedgerConsumer, self._app.consumer)
        self._asked_at = now_s
        asking = consumer.ask_ends([TP(topic, number) for topic, number in held])
        self._question = asyncio.get_running_loop().create_task(asking)

    def _judge(self, now_s: float) -> None:
        seen = {partition: self._progress(partition, reading) for partition, reading in self._readings().items()}
        began, ended = self._detector.observe(now_s, seen)
        for topic, number in began:
            silent_s = now_s - self._detector.stalled[topic, number]
            lag = seen[topic, number].left_to_do
            self._app.telemetry.emit(PartitionStalled(topic, number, lag, silent_s))
        for topic, number in ended:
            self._app.telemetry.emit(PartitionMoves(topic, number))

    def _progress(self, partition: Partition, reading: PartitionReading) -> Progress:
        intake = self._app.intakes[partition[0]]
        waits = any(self._breakers[d].is_open for d in WAITED_FOR[intake.stage] if d in self._breakers)
        excused = waits or intake.is_ahead or "unheard" in self._since or self._is_recovering or self._app.suspended
        return Progress(reading.left_to_do, self._app.ledger.partitions[partition].finished, excused=excused)

    def _readings(self) -> dict[Partition, PartitionReading]:
        """The partitions that are held and whose ends are known."""
        consumer = cast(LedgerConsumer, self._app.consumer) if self._app.ledger.partitions else None
        readings: dict[Partition, PartitionReading] = {}
        for partition, ledger in self._app.ledger.partitions.items():
            if consumer is None or partition not in self._ends:
                continue
            tp = TP(*partition)
            readings[partition] = PartitionReading(
                end=self._ends[partition],
                fetched_to=consumer.fetched_to(tp),
                delivered_to=consumer.delivered_to(tp),
                taken_to=ledger.end,
                in_hand=len(ledger.in_flight),
                set_aside=self._app.intakes[partition[0]].count_aside(partition),
            )
        return readings
