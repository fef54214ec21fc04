"""How long to wait between attempts, and how to outlast an outage: one value for everybody who waits.

The waits are tenacity's. Doubling by hand ends in an overflow after a thousand attempts, and an outage may take more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FailedTry:
    """One attempt that failed and will be repeated: `attempt` counts from 1, `wait_s` is the pause that follows."""

    attempt: int
    error: Exception
    wait_s: float


@dataclass(frozen=True, slots=True)
class Backoff:
    """Twice as long after each failure: `first_s` after the first one, `max_s` at most, both in seconds."""

    first_s: float
    max_s: float

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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> T:
        """Await `call()` until it succeeds, however often and long it takes.

        What is not `passing` leaves at once, a cancellation too. `on_wait` hears of each failure before its wait.
        """

        def again(error: BaseException) -> bool:
            return isinstance(error, Exception) and passing(error)

        def report(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome is not None else None
            if isinstance(error, Exception) and state.next_action is not None:
                on_wait(FailedTry(state.attempt_number, error, state.next_action.sleep))

        async def attempt() -> T:
            return await call()

        retrying = AsyncRetrying(
            retry=retry_if_exception(again),
            wait=wait_exponential(multiplier=self.first_s, max=self.max_s),
            before_sleep=report,
            sleep=sleep,
            reraise=True,
        )
        return await retrying(attempt)
