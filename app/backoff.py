"""How long to wait between attempts, and how to outlast an outage: one value for everybody who waits.

The waits are tenacity's. Doubling by hand ends in an overflow after a thousand attempts, and an outage may take more.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from schemas.errors import Unavailable

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FailedTry:
    """One attempt that failed and will be repeated: `attempt` counts from 1, `wait_s` is the pause that follows."""

    attempt: int
    error: Exception
    wait_s: float


def tell_failed_try(failed: FailedTry) -> None:
    """One line for whoever sets LOG_LEVEL to DEBUG, for most pass unnoticed; the error's message may quote students."""
    error = failed.error
    log.debug(
        "call_failed",
        attempt=failed.attempt,
        dependency=error.dependency.value if isinstance(error, Unavailable) else None,
        error=type(error.__cause__ or error).__name__,
        wait_s=round(failed.wait_s, 2),
    )


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after each failure: `first_s` after the first one, `max_s` at most, both in seconds.

    `attempts` counts the first one; None: as many as it takes. The defaults are those of a call over the network.
    """

    first_s: float = 0.5
    max_s: float = 30.0
    attempts: int | None = None

    def __post_init__(self) -> None:
        if self.first_s < 0 or self.max_s < 0 or (self.attempts is not None and self.attempts < 1):
            raise ValueError("a backoff needs at least one attempt and waits that are not negative")

    def wait_s(self, attempt: int) -> float:
        """The wait after the `attempt`-th failure, 1 being the first; any number of attempts has one."""
        state = RetryCallState(AsyncRetrying(), None, (), {})
        state.attempt_number = attempt
        return wait_exponential(multiplier=self.first_s, max=self.max_s)(state)

    async def outlast(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        passing: Callable[[Exception], bool],
        on_wait: Callable[[FailedTry], None],
        sleep: Sleep = asyncio.sleep,
    ) -> T:
        """Await `call()` until it succeeds, however often and long it takes, `attempts` times where that is set.

        What is not `passing` leaves at once, a cancellation too. `on_wait` hears of each failure before its wait.
        """
        return await self._repeat(call, passing, lambda attempt, _error: self.wait_s(attempt), on_wait, sleep)

    async def retry(
        self,
        call: Callable[[], Awaitable[T]],
        *,
        on_wait: Callable[[FailedTry], None] = tell_failed_try,
        sleep: Sleep = asyncio.sleep,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> T:
        """A few quick attempts at a dependency that stumbles; only `Unavailable` is tried again.

        Each wait is drawn between 0 and `wait_s`: full jitter, so that many workers do not come back in step after an
        outage. A dependency that names a time (`retry_after_s`) gets at least that. Where it asks for more than
        `max_s`, no further attempt is made: its `Unavailable` is raised at once, for such a wait belongs to the
        caller's circuit breaker, which holds no event in hand. Used-up attempts raise the last `Unavailable`; every
        other exception, cancellation too, passes through untouched.
        """

        def passing(error: Exception) -> bool:
            return isinstance(error, Unavailable) and (error.retry_after_s or 0.0) <= self.max_s

        def wait_s(attempt: int, error: Exception) -> float:
            asked_s = (error.retry_after_s or 0.0) if isinstance(error, Unavailable) else 0.0
            # The jitter comes on top of what the server asked for: all its clients were told the same.
            return min(self.max_s, asked_s + draw(0.0, self.wait_s(attempt)))

        return await self._repeat(call, passing, wait_s, on_wait, sleep)

    async def _repeat(
        self,
        call: Callable[[], Awaitable[T]],
        passing: Callable[[Exception], bool],
        wait_s: Callable[[int, Exception], float],
        on_wait: Callable[[FailedTry], None],
        sleep: Sleep,
    ) -> T:
        try:
            return await call()  # nearly always all there is, and a third of a send's processor less without tenacity
        except Exception as exc:
            if not passing(exc) or self.attempts == 1:
                raise
            first: Exception | None = exc

        def again(error: BaseException) -> bool:
            return isinstance(error, Exception) and passing(error)

        def report(state: RetryCallState) -> None:
            on_wait(FailedTry(state.attempt_number, _failure(state), state.upcoming_sleep))

        async def attempt() -> T:
            nonlocal first
            if first is not None:
                failed, first = first, None
                raise failed
            return await call()

        retrying = AsyncRetrying(
            retry=retry_if_exception(again),
            wait=lambda state: wait_s(state.attempt_number, _failure(state)),
            stop=lambda state: self.attempts is not None and state.attempt_number >= self.attempts,
            before_sleep=report,
            sleep=sleep,
            reraise=True,
        )
        return await retrying(attempt)


def _failure(state: RetryCallState) -> Exception:
    """The attempt's error; tenacity asks for waits only after `retry_if_exception` let one through."""
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, Exception):
        raise TypeError("a wait was asked for without a failed attempt")
    return error
