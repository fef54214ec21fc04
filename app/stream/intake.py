"""From a Faust stream to an outcome: each event ends as an output or as a dead letter, never in between.

The intake owns everything that is the same for every stage: the ledger, the lanes, retries, dead letters. What is
particular to a stage is its handler, an agent from `agents/`.
"""

import asyncio
import time
import traceback
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import faust
import structlog
from faust.streams import _current_event
from faust.types import StreamT

from app.core.limits import MIB, RefusalLimits
from app.core.offsets import OffsetLedger, Partition
from app.core.ports import HaltMemory
from app.core.record import Record, receive
from app.core.refusals import RefusalWindow, halt
from app.stream.breaker import CircuitBreaker
from app.stream.lanes import Lanes
from schemas.dead_letter import DeadLetter
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.origin import Origin

Handler = Callable[[Record], Awaitable[None]]
DeadLetterSink = Callable[[DeadLetter], Awaitable[None]]

SUSPENDED_LOOK_S = 0.1
"""Between two looks whether this worker, which was frozen for long, knows by now what it still holds."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """Bounds of one stage."""

    in_flight_max: int = 64
    """Events worked on at a time: with calls of 3 s this makes 20 reviews a second."""
    buffer_max: int = 256
    """Events that wait in lanes; beyond it the consumer waits."""
    bytes_max: int = 256 * MIB
    """Size of all values that are held: submissions may have megabytes, and thousands of small ones should fit."""
    partition_held_max: int = 128
    """Events of one partition in hand: beyond it that partition waits, so that a student who hands in a thousand
    times holds up the partition's neighbours and nobody else's."""
    poison_after_s: float = 3600.0
    """How long one event may keep failing while others get through, before it is a dead letter `poison`."""
    bug_attempts_max: int = 3
    """Equal unmapped errors of one event, all dependencies healthy, before it is a dead letter `bug`."""
    pause_min_s: float = 0.2
    """First wait between two attempts at one event."""
    pause_max_s: float = 30.0
    """Longest wait between two attempts at one event."""
    refusals: RefusalLimits = field(default_factory=RefusalLimits)
    """When so much is refused that the worker stops."""


@dataclass(slots=True)
class _Trouble:
    """What has gone wrong with one event so far."""

    attempts: int = 0
    first_at: float = 0.0
    successes_at_first: Mapping[Dependency, int] | None = None
    equal_bugs: int = 0
    last_bug: str = ""


class Intake:
    """One stage's way in. `agent` is the body of its Faust agent."""

    def __init__(
        self,
        stage: str,
        handler: Handler,
        *,
        ledger: OffsetLedger,
        dead_letters: DeadLetterSink,
        breakers: Mapping[Dependency, CircuitBreaker],
        limits: IntakeLimits,
        generation: Callable[[], int],
        suspended: Callable[[], bool],
        halt_memory: HaltMemory,
        on_crash: Callable[[BaseException], Awaitable[None]],
        pause: Callable[[Partition], None],
        resume: Callable[[Partition], None],
    ) -> None:
        self.stage = stage
        self.limits = limits
        self._handler = handler
        self._ledger = ledger
        self._dead_letters = dead_letters
        self._breakers = breakers
        self._generation = generation
        self._suspended = suspended
        self._on_crash = on_crash
        self._pause_partition = pause
        self._resume_partition = resume
        self._refusals = RefusalWindow(limits.refusals)
        self._halt_memory = halt_memory
        self._halted: Exception | None = None
        self.lanes: Lanes[bytes, faust.EventT[Any]] = Lanes(
            self._work,
            in_flight_max=limits.in_flight_max,
            buffer_max=limits.buffer_max,
            bytes_max=limits.bytes_max,
            size=lambda event: len(event.message.value or b""),
        )
        self._held_back: set[Partition] = set()

    async def agent(self, stream: StreamT[bytes]) -> None:
        """Take every event of `stream`. No exception leaves: Faust would count the event as done."""
        async for event in stream.events():
            try:
                await self._take(event)
            except Exception as exc:  # noqa: BLE001 - whatever it is, the worker must not carry on past it
                await self._on_crash(exc)
                return

    async def _take(self, event: faust.EventT[Any]) -> None:
        message = event.message
        if message.generation_id != self._generation():
            return  # fetched before the last rebalance: whoever owns the partition now reads it again
        partition = (message.topic, message.partition)
        if not self._ledger.start(partition, message.offset):
            return  # delivered twice within this assignment, or no longer ours
        if await self.lanes.put(message.key or b"", event):
            self._hold_back(partition)

    async def recall_halt(self) -> None:
        """Take up where this stage stopped an earlier worker, if it did."""
        reason = self._halt_memory.take()
        if reason is not None:
            log.warning(
                "halted_before", stage=self.stage, reason=reason.value, detail="one more refusal stops it again"
            )
            self._refusals.resume(reason)

    def open(self) -> None:
        """Accept events; every partition of the new assignment flows."""
        self._held_back.clear()
        self.lanes.open()

    def _hold_back(self, partition: Partition) -> None:
        if self._ledger.held(partition) > self.limits.partition_held_max:
            self._held_back.add(partition)
            self._pause_partition(partition)

    def _let_flow(self, partition: Partition) -> None:
        few = self._ledger.held(partition) <= self.limits.partition_held_max // 2
        if partition in self._held_back and few and not self.lanes.closed:
            self._held_back.discard(partition)
            self._resume_partition(partition)

    async def _work(self, event: faust.EventT[Any]) -> None:
        if self._halted is not None:
            return  # a student's next event must not overtake the one that the worker stopped on
        _current_event.set(weakref.ref(event))
        message = event.message
        position = Origin(topic=message.topic, partition=message.partition, offset=message.offset)
        timestamp_ms = int((message.timestamp or 0) * 1000)
        record = receive(position, message.key, message.value, _headers(message.headers), timestamp_ms)
        generation = message.generation_id
        # The key names the student also where nothing can be read of the rest.
        about = {"student": record.key.decode("utf-8", "backslashreplace")} if record.key else {}
        with structlog.contextvars.bound_contextvars(stage=self.stage, origin=str(record.origin), **about):
            try:
                await self._settle(record)
            except Exception as exc:  # noqa: BLE001 - an event without an outcome would hold its partition unseen
                self._halted = self._halted or exc
                await self._on_crash(exc)
                return
        if generation == self._generation():
            self._ledger.finish((position.topic, position.partition), position.offset)
            self._let_flow((position.topic, position.partition))

    async def _settle(self, record: Record) -> None:
        """Work on one event until it has an outcome."""
        trouble = _Trouble()
        started = time.monotonic()
        while True:
            trouble.attempts += 1
            # Nothing is begun, and paid for, that may be another worker's by now.
            while self._suspended():  # noqa: ASYNC110 - a clock tells, so there is no event to wait for
                await asyncio.sleep(SUSPENDED_LOOK_S)
            try:
                await self._handler(record)
            except Rejected as exc:
                await self._refuse(record, trouble, exc.reason, exc.detail, exc)
                return
            except Unavailable as exc:
                self._note_failure(trouble)
                if self._is_poison(trouble, exc):
                    await self._refuse(record, trouble, Reason.POISON, exc.detail, exc)
                    return
                await self._pause(trouble, exc)
            except Exception as exc:  # noqa: BLE001 - the one place where an error that nobody mapped arrives
                self._note_failure(trouble)
                if self._is_bug(trouble, exc):
                    await self._refuse(record, trouble, Reason.BUG, _where(exc), exc)
                    return
                await self._pause(trouble, exc)
            else:
                if not record.requeued:
                    self._refusals.note_done()
                duration_ms = round((time.monotonic() - started) * 1000)
                log.info("event_done", attempts=trouble.attempts, duration_ms=duration_ms)
                return

    def _note_failure(self, trouble: _Trouble) -> None:
        if trouble.successes_at_first is None:
            trouble.first_at = time.time()
            trouble.successes_at_first = {d: b.successes for d, b in self._breakers.items()}

    def _is_poison(self, trouble: _Trouble, error: Unavailable) -> bool:
        """Whether only this event fails: an outage, however long, is never an event's fault."""
        breaker = self._breakers.get(error.dependency)
        if breaker is None or trouble.successes_at_first is None:
            return False
        others_succeed = breaker.successes > trouble.successes_at_first[error.dependency]
        return others_succeed and time.time() - trouble.first_at > self.limits.poison_after_s

    def _is_bug(self, trouble: _Trouble, error: Exception) -> bool:
        signature = f"{type(error).__qualname__} at {_where(error)}"
        trouble.equal_bugs = trouble.equal_bugs + 1 if signature == trouble.last_bug else 1
        trouble.last_bug = signature
        log.error("unmapped_error", attempt=trouble.attempts, error=signature, traceback=_frames(error))
        healthy = not any(breaker.is_open for breaker in self._breakers.values())
        return healthy and trouble.equal_bugs >= self.limits.bug_attempts_max

    async def _pause(self, trouble: _Trouble, error: Exception) -> None:
        wait_s = min(self.limits.pause_min_s * 2 ** (trouble.attempts - 1), self.limits.pause_max_s)
        log.warning("attempt_failed", attempt=trouble.attempts, error=_name(error), wait_s=round(wait_s, 2))
        await asyncio.sleep(wait_s)

    async def _refuse(self, record: Record, trouble: _Trouble, reason: Reason, detail: str, error: Exception) -> None:
        """Write the dead letter, and do not give up: a refusal that nobody sees would be a loss.

        Raises `WorkerHalted`, with no letter written, where too much is refused. What an operator requeued does
        not count: it was refused before, and may be again.
        """
        if self._halted is not None:
            raise self._halted
        surge = None if record.requeued else self._refusals.note_refused(reason)
        if surge is not None:
            try:
                self._halt_memory.write(surge.reason)
            except OSError as exc:
                log.warning("halt_not_remembered", error=type(exc).__name__)
            raise halt(self.stage, surge, self.limits.refusals)
        now = time.time()
        letter = DeadLetter(
            origin=record.origin,
            key=record.key,
            value=record.value,
            headers=record.headers,
            stage=self.stage,
            reason=reason,
            detail=detail,
            exception=type(error).__qualname__,
            attempts=trouble.attempts,
            first_failed_at=trouble.first_at or now,
            last_failed_at=now,
            requeue_attempt=record.requeue_attempt,
        )
        attempt = 0
        while True:
            try:
                await self._dead_letters(letter)
            except Unavailable as exc:
                attempt += 1
                wait_s = min(self.limits.pause_min_s * 2**attempt, self.limits.pause_max_s)
                log.warning("dead_letter_waits", error=_name(exc), wait_s=round(wait_s, 2))
                await asyncio.sleep(wait_s)
            else:
                log.warning("event_refused", reason=reason.value, detail=detail, attempts=trouble.attempts)
                return


def _headers(headers: Any) -> tuple[tuple[str, bytes | None], ...]:
    pairs = headers.items() if isinstance(headers, Mapping) else (headers or ())
    return tuple((name, value) for name, value in pairs)


def _name(error: Exception) -> str:
    if isinstance(error, Unavailable):
        return f"{error.dependency.value}: {error.detail}"
    return type(error).__qualname__


def _where(error: BaseException) -> str:
    """File and line of ours or a library's where `error` was raised; its message may quote a student's text."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rsplit('/', 2)[-1]}:{frames[-1].lineno}" if frames else "?"


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames]
