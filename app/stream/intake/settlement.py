"""One event to its outcome: it ends as an output or as a dead letter, never in between.

The settlement owns attempts and the waits between them, the judgement of poison and bugs, dead letters, and the halt
of a stage that refuses too much. What is particular to a stage is its handler, an agent from `agents/`. It knows
records alone, no stream and no Faust.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from app.backoff import Backoff
from app.core.events.record import Record
from app.core.events.refusals import RefusalWindow, halt
from app.core.limits import RefusalLimits
from app.core.ports import Clock, HaltMemory
from app.core.telemetry import UNTOLD, EventDone, EventHeld, EventRefused, Telemetry
from app.core.tracing import UNTRACED, Tracing
from app.stream.intake.trouble import RefusalCause, Trouble, frames, repeated, where
from app.stream.resilience.breaker import CircuitBreaker
from app.stream.resilience.outcomes import CallKind, Calls, Outcomes, own_calls
from schemas.dead_letter import DeadLetter
from schemas.errors import Dependency, Held, Reason, Rejected, StartRefused, Unavailable

Handler = Callable[[Record], Awaitable[None]]
DeadLetterSink = Callable[[DeadLetter], Awaitable[None]]
"""Returns once the dead letter is acknowledged, however long the broker is away."""

SUSPENDED_LOOK_S = 0.1
"""Between two looks whether this worker, which was frozen for long, knows by now what it still holds."""

HELD_LOOK_S = 30.0
"""Between two looks at the clock while an event is held: a laptop may sleep, and a clock may be set."""

ATTEMPTS_BACKOFF = Backoff(first_s=0.2, max_s=30.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SettlementLimits:
    """When one event, or a stage, is given up."""

    poison_after_s: float = 3600.0
    """How long one event may keep failing while others get through, before it is a dead letter `poison`; see
    `PoisonClock`."""
    bug_attempts_max: int = 3
    """Equal unmapped errors of one event, all dependencies healthy, before it is a dead letter `bug`."""
    backoff: Backoff = ATTEMPTS_BACKOFF
    """Between two attempts at one event."""
    refusals: RefusalLimits = field(default_factory=RefusalLimits)
    """When so much is refused that the worker stops."""


class Settlement:
    """How the events of one stage find their outcomes."""

    def __init__(
        self,
        stage: str,
        handler: Handler,
        *,
        clock: Clock,
        dead_letters: DeadLetterSink,
        breakers: Mapping[Dependency, CircuitBreaker],
        limits: SettlementLimits,
        suspended: Callable[[], bool],
        halt_memory: HaltMemory,
        telemetry: Telemetry = UNTOLD,
        tracing: Tracing = UNTRACED,
    ) -> None:
        self.stage = stage
        self._handler = handler
        self._clock = clock
        self._dead_letters = dead_letters
        self._breakers = breakers
        self._limits = limits
        self._suspended = suspended
        self._halt_memory = halt_memory
        self._telemetry = telemetry
        self._tracing = tracing
        self._refusals = RefusalWindow(limits.refusals)
        self._stopped_by: Exception | None = None

    @property
    def has_stopped(self) -> bool:
        """Whether an event was left without an outcome: nothing that waits behind it may be settled any more."""
        return self._stopped_by is not None

    @property
    def refused_share(self) -> float:
        """Share of the stage's recent events that were refused."""
        return self._refusals.share

    async def recall_halt(self) -> None:
        """Take up where this stage stopped an earlier worker, if it did."""
        reason = self._halt_memory.take()
        if reason is not None:
            log.warning(
                "halted_before", stage=self.stage, reason=reason.value, detail="one more refusal stops it again"
            )
            self._refusals.resume(reason)

    async def settle(self, record: Record) -> None:
        """Work on one event until it has an outcome.

        What it raises is about the worker and has to end it: `WorkerHalted`, `StartRefused`, or an error of the
        settlement's own. The event is left as it was, and comes again after a start. Only `Held` is about the event:
        it is to be settled again once that time has come (`outwait`).
        """
        try:
            with self._tracing.stage(self.stage, record):
                await self._settle(record)
        except Held as held:
            until = held.until.isoformat()
            self._telemetry.emit(EventHeld(self.stage, held.reason, held.detail, until, held.cure))
            raise
        except Exception as exc:
            self._stopped_by = self._stopped_by or exc
            raise

    async def outwait(self, held: Held) -> None:
        """Return when `held` has come to its time, by the wall clock, which may be set meanwhile."""
        while (left_s := (held.until - self._clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock tells
            await asyncio.sleep(min(left_s, HELD_LOOK_S))

    async def _settle(self, record: Record) -> None:
        trouble = Trouble()
        started = self._clock.monotonic()
        verdict = await self._limits.backoff.outlast(
            lambda: self._attempt(record, trouble),
            passing=lambda error: not isinstance(error, StartRefused | Held),
            on_wait=lambda failed: self._telemetry.emit(repeated(self.stage, failed)),
        )
        if verdict is not None:
            await self._refuse(record, trouble, verdict)
            lasted_s = self._clock.monotonic() - started
            told = EventRefused(self.stage, verdict.reason, verdict.detail, trouble.attempts, lasted_s)
            self._telemetry.emit(told)
            return
        if not record.requeued:
            self._refusals.note_done()
        self._telemetry.emit(EventDone(self.stage, trouble.attempts, self._clock.monotonic() - started))

    async def _attempt(self, record: Record, trouble: Trouble) -> RefusalCause | None:
        """Try the event once; why it is refused, or None once it is done. Raises what another attempt may mend.

        `StartRefused` is about the worker, not about the event: no attempt mends it, and it refuses nothing. `Held` is
        no failure: another attempt would find the same.
        """
        trouble.attempts += 1
        # Nothing is begun, and paid for, that may be another worker's by now.
        while self._suspended():  # noqa: ASYNC110 - a clock tells, so there is no event to wait for
            await asyncio.sleep(SUSPENDED_LOOK_S)
        try:
            with own_calls(trouble.calls):
                await self._handler(record)
        except Rejected as exc:
            return RefusalCause(exc.reason, exc.detail, exc)
        except (StartRefused, Held):
            raise
        except Unavailable as exc:
            self._note_failure(trouble, exc.dependency)
            if self._is_poison(trouble, exc.dependency):
                return RefusalCause(Reason.POISON, exc.detail, exc)
            raise
        except Exception as exc:  # the one place where an error that nobody mapped arrives
            self._note_failure(trouble, None)
            if self._is_bug(trouble, exc):
                return RefusalCause(Reason.BUG, where(exc), exc)
            raise
        return None

    def _note_failure(self, trouble: Trouble, dependency: Dependency | None) -> None:
        now_s = self._clock.monotonic()
        if trouble.first_at is None:
            trouble.first_at = now_s
        calls = None if dependency is None else (dependency, trouble.calls.failed_last(dependency))
        trouble.poison.note_failure(now_s, self._others(trouble), calls)

    def _others(self, trouble: Trouble) -> dict[Calls, Outcomes]:
        """How everybody else's calls have ended so far."""
        return {
            (dependency, kind): breaker.outcomes(kind).minus(trouble.calls.of((dependency, kind)))
            for dependency, breaker in self._breakers.items()
            for kind in CallKind
        }

    def _is_poison(self, trouble: Trouble, dependency: Dependency) -> bool:
        """Whether only this event fails: an outage, however long, is never an event's fault."""
        breaker = self._breakers.get(dependency)
        if breaker is None or breaker.is_open:
            return False
        return trouble.poison.ran_s > self._limits.poison_after_s

    def _is_bug(self, trouble: Trouble, error: Exception) -> bool:
        signature = f"{type(error).__qualname__} at {where(error)}"
        trouble.equal_bugs = trouble.equal_bugs + 1 if signature == trouble.last_bug else 1
        trouble.last_bug = signature
        log.error("unmapped_error", attempt=trouble.attempts, error=signature, traceback=frames(error))
        healthy = not any(breaker.is_open for breaker in self._breakers.values())
        return healthy and trouble.equal_bugs >= self._limits.bug_attempts_max

    async def _refuse(self, record: Record, trouble: Trouble, verdict: RefusalCause) -> None:
        """Write the dead letter; the sink waits an outage out, for a refusal that nobody sees would be a loss.

        Raises `WorkerHalted`, with no dead letter written, where too much is refused. What an operator requeued does
        not count: it was refused before, and may be again.
        """
        if self._stopped_by is not None:
            raise self._stopped_by
        surge = None if record.requeued else self._refusals.note_refused(verdict.reason)
        if surge is not None:
            try:
                self._halt_memory.write(surge.reason)
            except OSError as exc:
                log.warning("halt_not_remembered", error=type(exc).__name__)
            raise halt(self.stage, surge, self._limits.refusals)
        last_at = self._clock.now().timestamp()
        # The wall clock may have been set meanwhile: how long it went on is told by the other one.
        failed_for_s = 0.0 if trouble.first_at is None else self._clock.monotonic() - trouble.first_at
        await self._dead_letters(
            DeadLetter(
                origin=record.origin,
                key=record.key,
                value=record.value,
                headers=record.headers,
                stage=self.stage,
                reason=verdict.reason,
                detail=verdict.detail,
                exception=type(verdict.error).__qualname__,
                attempts=trouble.attempts,
                first_failed_at=last_at - failed_for_s,
                last_failed_at=last_at,
                requeue_attempt=record.requeue_attempt,
            )
        )
