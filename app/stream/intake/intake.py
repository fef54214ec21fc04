"""From a Faust stream into the lanes: which events are taken, when, and in which order.

The intake owns what is the same for every stage before and after an event's settlement: the ledger, the lanes, the
pauses of a partition that has too much in hand. How one event finds its outcome is the settlement's.
"""

import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import faust
import structlog
from faust.streams import _current_event
from faust.types import StreamT

from app.core.events.offsets import OffsetLedger, Partition
from app.core.events.record import Record, receive
from app.core.limits import MIB
from app.stream.intake.lanes import Lanes
from app.stream.intake.settlement import Settlement
from schemas.errors import Held
from schemas.origin import Origin
from schemas.replay import REPLAY_PREFIX


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds on what one stage has in hand."""

    in_flight_max: int = 64
    """Events worked on at a time: with calls of 3 s this makes 20 reviews a second."""
    buffer_max: int = 256
    """Events that wait in lanes; beyond it the consumer waits."""
    bytes_max: int = 256 * MIB
    """Size of all values that are held: submissions may have megabytes, and thousands of small ones should fit."""
    partition_held_max: int = 128
    """Events of one partition in hand, those set aside not counted: beyond it that partition waits, so that a student
    who hands in a thousand times holds up the partition's neighbours and nobody else's."""


class Intake:
    """One stage's way in. `agent` is the body of its Faust agent."""

    def __init__(
        self,
        settlement: Settlement,
        *,
        ledger: OffsetLedger,
        limits: IntakeLimits,
        generation: Callable[[], int],
        on_crash: Callable[[BaseException], Awaitable[None]],
        pause: Callable[[Partition], None],
        resume: Callable[[Partition], None],
    ) -> None:
        self.stage = settlement.stage
        self._settlement = settlement
        self._ledger = ledger
        self._limits = limits
        self._generation = generation
        self._on_crash = on_crash
        self._pause_partition = pause
        self._resume_partition = resume
        self.lanes: Lanes[bytes, faust.EventT[Any]] = Lanes(
            self._work,
            in_flight_max=limits.in_flight_max,
            buffer_max=limits.buffer_max,
            bytes_max=limits.bytes_max,
            size=lambda event: len(event.message.value or b""),
            may_start=lambda: not self.is_ahead,
            on_done=self._let_earlier_go_on,
        )
        self._next: Intake | None = None
        self._earlier: Intake | None = None
        self._held_back: set[Partition] = set()

    async def agent(self, stream: StreamT[bytes]) -> None:
        """Take every event of `stream`. No exception leaves: Faust would count the event as done."""
        async for event in stream.events():
            try:
                await self._take(event)
            except Exception as exc:  # noqa: BLE001 - whatever it is, the worker must not carry on past it
                await self._on_crash(exc)
                return

    def keep_pace_with(self, following: "Intake") -> None:
        """Start nothing while the stage that takes what this one makes has enough to go on with.

        What is made ahead takes the processor from what is waited for. Where the next stage waits out an outage this
        one waits with it, and is done again before the next has caught up.
        """
        self._next = following
        following._earlier = self  # noqa: SLF001 - another of us

    @property
    def is_ahead(self) -> bool:
        """Whether the next stage has all that it can do, and another round of it, in hand."""
        return self._next is not None and self._next.lanes.has_a_round_waiting

    @property
    def refused_share(self) -> float:
        """Share of the stage's recent events that were refused."""
        return self._settlement.refused_share

    def count_aside(self, partition: Partition) -> int:
        """Events of `partition` that are held on purpose, and those behind them."""
        return sum(_partition_of(event) == partition for event in self.lanes.aside())

    def open(self) -> None:
        """Accept events; every partition of the new assignment flows."""
        self._held_back.clear()
        self.lanes.open()

    async def _take(self, event: faust.EventT[Any]) -> None:
        message = event.message
        if message.generation_id != self._generation():
            return  # fetched before the last rebalance: whoever owns the partition now reads it again
        partition = _partition_of(event)
        if not self._ledger.start(partition, message.offset):
            return  # delivered twice within this assignment, or no longer ours
        if await self.lanes.put(_lane_of(event), event):
            self._hold_back(partition)

    def _hold_back(self, partition: Partition) -> None:
        if self._has_more_than(self._limits.partition_held_max, partition):
            self._held_back.add(partition)
            self._pause_partition(partition)

    def _let_flow(self, partition: Partition) -> None:
        if partition not in self._held_back or self.lanes.closed:
            return
        if not self._has_more_than(self._limits.partition_held_max // 2, partition):
            self._held_back.discard(partition)
            self._resume_partition(partition)

    def _has_more_than(self, count: int, partition: Partition) -> bool:
        """Whether so many events of `partition` are in hand, without those that wait on purpose."""
        held = self._ledger.held(partition)
        return held > count and held - self.count_aside(partition) > count

    async def _work(self, event: faust.EventT[Any]) -> None:
        if self._settlement.has_stopped:
            return  # a student's next event must not overtake the one that the worker stopped on
        _current_event.set(weakref.ref(event))
        message = event.message
        position = Origin(topic=message.topic, partition=message.partition, offset=message.offset)
        record = receive(position, message.key, message.value, _headers(message.headers))
        partition, generation = _partition_of(event), message.generation_id
        # The key names the student also where nothing can be read of the rest.
        about = {"student": record.key.decode("utf-8", "backslashreplace")} if record.key else {}
        with structlog.contextvars.bound_contextvars(stage=self.stage, origin=str(record.origin), **about):
            try:
                await self._settle(event, record)
            except Exception as exc:  # noqa: BLE001 - an event without an outcome would hold its partition unseen
                await self._on_crash(exc)
                return
        if generation == self._generation():
            self._ledger.finish(partition, position.offset)
            self._let_flow(partition)

    def _let_earlier_go_on(self) -> None:
        if self._earlier is not None:
            self._earlier.lanes.start_ready()

    async def _settle(self, event: faust.EventT[Any], record: Record) -> None:
        """Settle the event; while it is held its place is others'. A commit's metadata tells what is done behind it."""
        while True:
            try:
                await self._settlement.settle(record)
            except Held as held:
                async with self.lanes.set_aside(_lane_of(event), event):
                    self._let_flow(_partition_of(event))
                    await self._settlement.outwait(held)
            else:
                return


def _partition_of(event: faust.EventT[Any]) -> Partition:
    return event.message.topic, event.message.partition


def _lane_of(event: faust.EventT[Any]) -> bytes:
    """The student's lane. What a replay made again has another one: nothing live of the student waits for it."""
    key = event.message.key or b""
    is_replayed = any(name.startswith(REPLAY_PREFIX) for name, _ in _headers(event.message.headers))
    return REPLAY_PREFIX.encode() + key if is_replayed else key


def _headers(headers: Any) -> tuple[tuple[str, bytes | None], ...]:
    pairs = headers.items() if isinstance(headers, Mapping) else (headers or ())
    return tuple((name, value) for name, value in pairs)
