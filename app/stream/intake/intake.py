"""From a Faust stream to an outcome: each event ends as an output or as a dead letter, never in between.

The intake owns everything that is the same for every stage: the ledger, the lanes, retries, dead letters. What is
particular to a stage is its handler, an agent from `agents/`.
"""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import faust
import structlog
from faust.streams import _current_event
from faust.types import StreamT

from app.backoff import Backoff
from app.core.events.offsets import OffsetLedger, Partition
from app.core.events.record import Record, receive
from app.core.events.refusals import RefusalWindow, halt
from app.core.limits import MIB, RefusalLimits
from app.core.ports import Clock, HaltMemory
from app.stream.intake.lanes import Lanes
from app.stream.intake.trouble import Refusal, Trouble, frames, tell_wait, where
from app.stream.resilience.breaker import CircuitBreaker
from schemas.dead_letter import DeadLetter
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.origin import Origin

Handler = Callable[[Record], Awaitable[None]]
DeadLetterSink = Callable[[DeadLetter], Awaitable[None]]
"""Returns once the letter is acknowledged, however long the broker is away."""

SUSPENDED_LOOK_S = 0.1
"""Between two looks whether this worker, which was frozen for long, knows by now what it still holds."""

BACKOFF = Backoff(first_s=0.2, max_s=30.0)

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
    backoff: Backoff = BACKOFF
    """Between two attempts at one event."""
    refusals: RefusalLimits = field(default_factory=RefusalLimits)
    """When so much is refused that the worker stops."""


class Intake:
    """One stage's way in. `agent` is the body of its Faust agent."""

    def __init__(
        self,
        stage: str,
        handler: Handler,
        *,
        clock: Clock,
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
        self._clock = clock
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
        record = receive(position, message.key, message.value, _headers(message.headers))
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
        trouble = Trouble()
        started = self._clock.monotonic()
        refusal = await self.limits.backoff.outlast(
            lambda: self._attempt(record, trouble),
            passing=lambda error: not isinstance(error, StartRefused),
            on_wait=tell_wait,
        )
        if refusal is not None:
            await self._refuse(record, trouble, refusal)
            return
        if not record.requeued:
            self._refusals.note_done()
        duration_ms = round((self._clock.monotonic() - started) * 1000)
        log.info("event_done", attempts=trouble.attempts, duration_ms=duration_ms)

    async def _attempt(self, record: Record, trouble: Trouble) -> Refusal | None:
        """Try the event once; why it is refused, or None once it is done. Raises what another attempt may mend.

        `StartRefused` is about the worker, not about the event: no attempt mends it, and it refuses nothing.
        """
        trouble.attempts += 1
        # Nothing is begun, and paid for, that may be another worker's by now.
        while self._suspended():  # noqa: ASYNC110 - a clock tells, so there is no event to wait for
            await asyncio.sleep(SUSPENDED_LOOK_S)
        try:
            await self._handler(record)
        except Rejected as exc:
            return Refusal(exc.reason, exc.detail, exc)
        except StartRefused:
            raise
        except Unavailable as exc:
            self._note_failure(trouble)
            if self._is_poison(trouble, exc):
                return Refusal(Reason.POISON, exc.detail, exc)
            raise
        except Exception as exc:  # the one place where an error that nobody mapped arrives
            self._note_failure(trouble)
            if self._is_bug(trouble, exc):
                return Refusal(Reason.BUG, where(exc), exc)
            raise
        return None

    def _note_failure(self, trouble: Trouble) -> None:
        if trouble.successes_at_first is None:
            trouble.first_at = self._clock.monotonic()
            trouble.successes_at_first = {d: b.successes for d, b in self._breakers.items()}

    def _is_poison(self, trouble: Trouble, error: Unavailable) -> bool:
        """Whether only this event fails: an outage, however long, is never an event's fault."""
        breaker = self._breakers.get(error.dependency)
        if breaker is None or trouble.successes_at_first is None:
            return False
        others_succeed = breaker.successes > trouble.successes_at_first[error.dependency]
        return others_succeed and self._clock.monotonic() - trouble.first_at > self.limits.poison_after_s

    def _is_bug(self, trouble: Trouble, error: Exception) -> bool:
        signature = f"{type(error).__qualname__} at {where(error)}"
        trouble.equal_bugs = trouble.equal_bugs + 1 if signature == trouble.last_bug else 1
        trouble.last_bug = signature
        log.error("unmapped_error", attempt=trouble.attempts, error=signature, traceback=frames(error))
        healthy = not any(breaker.is_open for breaker in self._breakers.values())
        return healthy and trouble.equal_bugs >= self.limits.bug_attempts_max

    async def _refuse(self, record: Record, trouble: Trouble, refusal: Refusal) -> None:
        """Write the dead letter; the sink waits an outage out, for a refusal that nobody sees would be a loss.

        Raises `WorkerHalted`, with no letter written, where too much is refused. What an operator requeued does
        not count: it was refused before, and may be again.
        """
        if self._halted is not None:
            raise self._halted
        surge = None if record.requeued else self._refusals.note_refused(refusal.reason)
        if surge is not None:
            try:
                self._halt_memory.write(surge.reason)
            except OSError as exc:
                log.warning("halt_not_remembered", error=type(exc).__name__)
            raise halt(self.stage, surge, self.limits.refusals)
        last_at = self._clock.now().timestamp()
        # The wall clock may have been set meanwhile: how long it went on is told by the other one.
        failed_for_s = self._clock.monotonic() - trouble.first_at if trouble.successes_at_first is not None else 0.0
        await self._dead_letters(
            DeadLetter(
                origin=record.origin,
                key=record.key,
                value=record.value,
                headers=record.headers,
                stage=self.stage,
                reason=refusal.reason,
                detail=refusal.detail,
                exception=type(refusal.error).__qualname__,
                attempts=trouble.attempts,
                first_failed_at=last_at - failed_for_s,
                last_failed_at=last_at,
                requeue_attempt=record.requeue_attempt,
            )
        )
        log.warning("event_refused", reason=refusal.reason.value, detail=refusal.detail, attempts=trouble.attempts)


def _headers(headers: Any) -> tuple[tuple[str, bytes | None], ...]:
    pairs = headers.items() if isinstance(headers, Mapping) else (headers or ())
    return tuple((name, value) for name, value in pairs)
