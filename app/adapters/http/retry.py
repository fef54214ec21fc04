"""A few quick attempts against a dependency that stumbles; long outages are waited out by the caller."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from app.backoff import Backoff
from schemas.errors import Dependency, Unavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a call is tried.

    `attempts` counts the first one. The n-th wait is drawn between 0 and `base_s` * 2^(n-1) seconds, `max_s` at
    most: full jitter, so that many workers do not come back in step after an outage.
    """

    attempts: int
    base_s: float = 0.5
    max_s: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.base_s < 0 or self.max_s < 0:
            raise ValueError("a retry policy needs at least one attempt and waits that are not negative")


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """One attempt that failed and will be repeated, for logs and metrics.

    `attempt` counts from 1, `wait_s` is the pause that follows. `error` names the class of the library's
    exception where there was one. Arguments and messages are left out on purpose: they may hold students' code.
    """

    attempt: int
    dependency: Dependency
    wait_s: float
    error: str


async def with_retries(
    policy: RetryPolicy,
    call: Callable[[], Awaitable[T]],
    *,
    on_retry: Callable[[FailedAttempt], None] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Callable[[float, float], float] = random.uniform,
) -> T:
    """Await `call()` until it succeeds, `policy.attempts` times at most; only `Unavailable` is retried.

    A dependency that names a time (`retry_after_s`) gets at least that. Where it asks for more than
    `policy.max_s`, no further quick attempt is made: its `Unavailable` is raised at once, for such a wait
    belongs to the caller's circuit breaker, which holds no event in hand. Used-up attempts raise the last
    `Unavailable`; every other exception, cancellation too, passes through untouched. `on_retry` observes each
    failed attempt before its wait. `sleep` and `draw` (a number between two bounds) are arguments for tests.
    """

    def wait_s(state: RetryCallState) -> float:
        longest_s = Backoff(policy.base_s, policy.max_s).wait_s(state.attempt_number)
        # The jitter comes on top of what the server asked for: all its clients were told the same.
        return min(policy.max_s, (_failure(state).retry_after_s or 0.0) + draw(0.0, longest_s))

    def asked_too_much(state: RetryCallState) -> bool:
        return (_failure(state).retry_after_s or 0.0) > policy.max_s

    def report(state: RetryCallState) -> None:
        if on_retry is None:
            return
        failure = _failure(state)
        pause_s = state.next_action.sleep if state.next_action is not None else 0.0
        error = type(failure.__cause__ or failure).__name__
        on_retry(FailedAttempt(state.attempt_number, failure.dependency, pause_s, error))

    def stop(state: RetryCallState) -> bool:
        return stop_after_attempt(policy.attempts)(state) or asked_too_much(state)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Unavailable),
        wait=wait_s,
        stop=stop,
        before_sleep=report,
        sleep=sleep,
        reraise=True,
    )

    async def attempt() -> T:
        return await call()

    return await retrying(attempt)


def _failure(state: RetryCallState) -> Unavailable:
    """The attempt's error; tenacity asks for waits and stops only after `retry_if_exception_type` let one through."""
    error = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(error, Unavailable):
        raise TypeError("a wait was asked for without a failed attempt")
    return error
