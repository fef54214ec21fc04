"""The limit on calls at once: falls while a dependency is overrun, rises while it keeps up, leaks nothing."""

import asyncio

import pytest

from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.concurrency import WINDOW_MIN, ConcurrencyLimit
from schemas.errors import Dependency, Unavailable
from tests.patience import PATIENCE_S


def told(limit: ConcurrencyLimit, *, succeeded: int = 0, failed: int = 0) -> int:
    """The limit after so many outcomes, failures first."""
    for _ in range(failed):
        limit.note(succeeded=False)
    for _ in range(succeeded):
        limit.note(succeeded=True)
    return limit.limit


def test_many_failures_halve_the_limit_down_to_one_call() -> None:
    """One step for each window of as many outcomes as there are slots."""
    limit = ConcurrencyLimit(64)
    assert told(limit, failed=20, succeeded=44) == 32
    assert told(limit, failed=20, succeeded=12) == 16
    for _ in range(10):
        told(limit, failed=WINDOW_MIN * 2)
    assert limit.limit == 1


def test_the_limit_rises_again_to_what_is_configured() -> None:
    """By a quarter, or one, for each window without many failures."""
    limit = ConcurrencyLimit(64)
    for _ in range(10):
        told(limit, failed=64)
    seen = [told(limit, succeeded=max(WINDOW_MIN, limit.limit)) for _ in range(20)]
    assert seen == sorted(seen)
    assert seen[-1] == 64


def test_single_events_that_always_fail_lower_nothing() -> None:
    """A fifth of the outcomes may fail: a poison event, or a model that stumbles now and then."""
    limit = ConcurrencyLimit(64)
    for _ in range(20):
        told(limit, failed=12, succeeded=52)
    assert limit.limit == 64


async def test_no_more_calls_run_than_the_limit_says_and_the_first_to_come_is_the_first_to_run() -> None:
    """Callers that are cancelled in line, or as their turn comes, take no slot with them."""
    limit = ConcurrencyLimit(2)
    order: list[int] = []

    async def call(number: int) -> None:
        await limit.enter()
        try:
            order.append(number)
            assert limit.running <= 2
            await asyncio.sleep(0.001)
        finally:
            limit.leave()

    calls = [asyncio.create_task(call(number)) for number in range(12)]
    await asyncio.sleep(0)
    calls[5].cancel()
    calls[0].cancel()  # its slot goes to 2, which is cancelled before it can take it
    await asyncio.sleep(0)
    calls[2].cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert order == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
    assert (limit.running, limit.waiting) == (0, 0)


async def test_a_slow_dependency_is_not_called_to_a_standstill() -> None:
    """It works on every call it has and finishes none in time while there are many; with fewer all get through."""
    breaker = CircuitBreaker(Dependency.MONGODB, BreakerLimits(pause_min_s=0.001, pause_max_s=0.002, calls_max=64))
    at_once = wasted = 0

    async def operation() -> None:
        nonlocal at_once, wasted
        at_once += 1
        crowded = at_once > 8
        await asyncio.sleep(0.001)
        at_once -= 1
        if crowded:
            wasted += 1
            raise Unavailable(Dependency.MONGODB, "timed out")

    async def insist() -> None:
        while True:
            try:
                return await breaker.call(operation)
            except Unavailable:
                await asyncio.sleep(0)

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(insist() for _ in range(600)))
    assert wasted < 2 * 600  # without the limit: over five for each


@pytest.mark.parametrize("failing", [True, False])
async def test_slots_come_back_however_a_call_ends(failing: bool) -> None:
    """After an error as after a success."""
    breaker = CircuitBreaker(Dependency.LLM, BreakerLimits(failures_max=1000, calls_max=1))

    async def operation() -> None:
        if failing:
            raise Unavailable(Dependency.LLM, "down")

    for _ in range(5):
        if failing:
            with pytest.raises(Unavailable):
                await breaker.call(operation)
        else:
            await breaker.call(operation)
