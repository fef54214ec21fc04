"""The one value that says how long to wait between attempts."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.backoff import Backoff, FailedTry
from schemas.errors import Dependency, Unavailable

ATTEMPTS = st.integers(min_value=1, max_value=10**9)
SECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)


@given(first_s=SECONDS, max_s=SECONDS, attempt=ATTEMPTS)
def test_every_attempt_has_a_finite_wait(first_s: float, max_s: float, attempt: int) -> None:
    """Also the 1,025th, where doubling a float by hand overflows."""
    assert 0 <= Backoff(first_s, max_s).wait_s(attempt) <= max_s
    assert math.isfinite(Backoff(first_s, max_s).wait_s(attempt))


@given(attempt=st.integers(min_value=1, max_value=5_000))
def test_waits_double_up_to_the_longest(attempt: int) -> None:
    """No wait is shorter than the one before, none longer than twice that."""
    backoff = Backoff(0.2, 30)
    now, then = backoff.wait_s(attempt), backoff.wait_s(attempt + 1)
    assert now <= then <= min(2 * now, 30)
    assert backoff.wait_s(1) == 0.2


async def test_what_passes_is_outlasted_and_told_each_time() -> None:
    """The call is made again until it succeeds; each failure is told with the wait that follows."""
    slept: list[float] = []
    told: list[FailedTry] = []
    left = 2_000

    async def call() -> str:
        nonlocal left
        if left:
            left -= 1
            raise ConnectionError
        return "done"

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    backoff = Backoff(0.2, 5)
    result = await backoff.outlast(
        call, passing=lambda error: isinstance(error, ConnectionError), on_wait=told.append, sleep=sleep
    )
    assert result == "done"
    assert [failed.wait_s for failed in told] == slept
    assert [failed.attempt for failed in told] == list(range(1, 2_001))
    assert slept[:6] + slept[-1:] == [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]


@pytest.mark.parametrize("error", [ValueError("x"), asyncio.CancelledError(), KeyboardInterrupt()])
async def test_what_does_not_pass_leaves_at_once_as_it_is(error: BaseException) -> None:
    """Another error, a cancellation and an interruption are never tried again, whatever `passing` would say."""
    calls = 0

    async def call() -> None:
        nonlocal calls
        calls += 1
        raise error

    with pytest.raises(type(error)) as caught:
        await Backoff(0.2, 5).outlast(
            call, passing=lambda error: not isinstance(error, ValueError), on_wait=lambda _: pytest.fail("waited")
        )
    assert (calls, caught.value) == (1, error)


async def test_the_first_failure_counts_as_the_first_attempt() -> None:
    """Two attempts are two calls, and the failure that is raised is the last one's."""
    errors = [Unavailable(Dependency.LLM, "first"), Unavailable(Dependency.LLM, "second")]
    left = list(errors)

    async def call() -> None:
        raise left.pop(0)

    with pytest.raises(Unavailable) as caught:
        await Backoff(0, 0, attempts=2).retry(call)
    assert caught.value is errors[1]
    assert not left
