"""A circuit breaker per dependency: an outage is waited out, not hammered.

After `failures_max` failures in a row the circuit opens: callers wait. When its pause is over one of them, the
first in line, is let through as a probe; its success closes the circuit for all, its failure doubles the pause.
How many calls run at once is the dependency's to say, too: see `app.stream.resilience.concurrency`.
Outcomes are counted so that an event which keeps failing while others get through can be told from an outage.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from app.backoff import Backoff
from app.core.telemetry import UNTOLD, DependencyBack, DependencyLost, DependencyOverrun, Telemetry
from app.stream.resilience.concurrency import ConcurrencyLimit
from app.stream.resilience.outcomes import CallKind, CallTally, Outcomes, note_own
from schemas.errors import Dependency, Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BreakerLimits:
    """When a circuit opens and how long it stays open, in seconds."""

    failures_max: int = 3
    """Failures in a row, each after its own fast attempts: fewer would trip on a single bad event."""
    pause_min_s: float = 1.0
    """First pause: a restart of the dependency takes about as long."""
    pause_max_s: float = 30.0
    """Longest pause without a word from the dependency: bounds how late work resumes after an outage."""
    retry_after_max_s: float = 600.0
    """Longest pause that a dependency's `Retry-After` can ask for."""
    calls_max: int = 64
    """Calls at once, if the dependency keeps up: as many as events are worked on."""


class CircuitBreaker:
    """The circuit to one dependency, shared by everything in this process that calls it."""

    def __init__(
        self,
        dependency: Dependency,
        limits: BreakerLimits = BreakerLimits(),
        *,
        clock: Callable[[], float] | None = None,
        chance: Callable[[], float] = random.random,
        telemetry: Telemetry = UNTOLD,
    ) -> None:
        self.dependency = dependency
        self._limits = limits
        self._clock = clock
        self._chance = chance
        self._telemetry = telemetry
        self._tally = CallTally()
        self._slots = ConcurrencyLimit(limits.calls_max)
        self._failures = 0
        self._backoff = Backoff(limits.pause_min_s, limits.pause_max_s)
        self._pauses = 1
        """Pauses of this outage, the first one included: each failed probe adds one."""
        self._open_until: float | None = None
        self._opened_at = 0.0
        self.detail = ""
        """What the last failure of an outage said."""
        self._probing = False
        self._line: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Whether callers have to wait."""
        return self._open_until is not None

    @property
    def open_s(self) -> float | None:
        """How long callers have had to wait, or None."""
        return self._now() - self._opened_at if self.is_open else None

    @property
    def calls_max(self) -> int:
        """Calls that the dependency gets at once."""
        return self._slots.limit

    def outcomes(self, kind: CallKind = CallKind.WORK) -> Outcomes:
        """How calls of that kind have ended since the start."""
        return self._tally.of((self.dependency, kind))

    async def call(
        self,
        operation: Callable[[], Awaitable[T]],
        *,
        kind: CallKind = CallKind.WORK,
        has_asked: Callable[[T], bool] = lambda _result: True,
    ) -> T:
        """Run `operation` when the circuit lets it and a slot is free, and learn from how it ends.

        A read that succeeds does not close the circuit: writes may fail all the same. `has_asked` tells of a result
        whether it came from the dependency: one that was remembered proves nothing.
        """
        await self._slots.enter()
        try:
            return await self._call(operation, kind, has_asked)
        finally:
            self._slots.leave()

    async def _call(self, operation: Callable[[], Awaitable[T]], kind: CallKind, has_asked: Callable[[T], bool]) -> T:
        probe = await self._admit()
        try:
            result = await operation()
        except BaseException as exc:
            if isinstance(exc, Unavailable) and exc.dependency is self.dependency:
                self._count(kind, succeeded=False)
                self._failed(exc, probe=probe)
            else:
                # A refusal, a hold, a bug, a cancellation or another's outage says nothing about the dependency.
                self._learned_nothing(probe=probe)
            raise
        asked = has_asked(result)
        if asked:
            self._count(kind, succeeded=True)
            self._note(succeeded=True)
        if asked and kind is CallKind.WORK:
            self._succeeded()
        else:
            self._learned_nothing(probe=probe)
        return result

    def _count(self, kind: CallKind, *, succeeded: bool) -> None:
        self._tally.note((self.dependency, kind), succeeded=succeeded)
        note_own((self.dependency, kind), succeeded=succeeded)

    def _learned_nothing(self, *, probe: bool) -> None:
        """Let the next in line probe."""
        if probe:
            self._probing = False
            self._wake_next()

    async def _admit(self) -> bool:
        """Wait for a turn. True: the caller is the probe."""
        while self._open_until is not None:
            if not self._probing and self._now() >= self._open_until:
                self._probing = True
                return True
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._line.append(turn)
            self._arm()
            try:
                await turn
            except asyncio.CancelledError:
                if turn in self._line:
                    self._line.remove(turn)
                else:
                    self._wake_next()
                raise
        return False

    def _succeeded(self) -> None:
        self._failures = 0
        self._probing = False
        self._pauses = 1
        if self._open_until is None:
            return
        self._open_until = None
        self._telemetry.emit(DependencyBack(self.dependency, len(self._line)))
        while self._line:
            self._release(self._line.popleft())

    def _failed(self, error: Unavailable, *, probe: bool) -> None:
        self._failures += 1
        if probe:
            self._probing = False
            self._pauses += 1
        elif self._open_until is not None:
            return
        else:
            self._note(succeeded=False)
            if self._failures < self._limits.failures_max:
                return
        pause_s = self._backoff.wait_s(self._pauses) * (0.5 + self._chance() / 2)
        if error.retry_after_s is not None:
            pause_s = max(pause_s, min(error.retry_after_s, self._limits.retry_after_max_s))
        opened = self._open_until is None
        self._open_until = self._now() + pause_s
        self.detail = error.detail
        if opened:
            self._opened_at = self._now()
            lost = DependencyLost(self.dependency, error.detail, quota_exhausted=error.quota_exhausted, pause_s=pause_s)
            self._telemetry.emit(lost)
        self._arm()

    def _note(self, *, succeeded: bool) -> None:
        """Learn how much the dependency can take. While the circuit is open its failures say nothing about that."""
        if self._slots.note(succeeded=succeeded):
            self._telemetry.emit(DependencyOverrun(self.dependency, self._slots.limit))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._open_until is not None and self._line and not self._probing:
            delay_s = max(0.0, self._open_until - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._wake_next)

    def _wake_next(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                self._release(turn)
                return

    @staticmethod
    def _release(turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_result(None)

    def _now(self) -> float:
        return self._clock() if self._clock is not None else asyncio.get_running_loop().time()
