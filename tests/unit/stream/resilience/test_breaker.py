"""The circuit breaker: trips on failures in a row, probes one at a time, closes on success."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from app.core.telemetry import DependencyBack, DependencyLost
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from schemas.errors import Dependency, Held, HoldReason, Reason, Rejected, Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.telemetry import FakeTelemetry
from tests.patience import PATIENCE_S

FAST = BreakerLimits(failures_max=2, pause_min_s=0.02, pause_max_s=0.05)


async def fail() -> None:
    raise Unavailable(Dependency.LLM, "down")


async def succeed() -> str:
    return "ok"


async def trip(breaker: CircuitBreaker) -> None:
    for _ in range(FAST.failures_max):
        with pytest.raises(Unavailable):
            await breaker.call(fail)


async def test_the_circuit_opens_after_failures_in_a_row() -> None:
    """A success in between starts the count anew."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    with pytest.raises(Unavailable):
        await breaker.call(fail)
    assert await breaker.call(succeed) == "ok"
    with pytest.raises(Unavailable):
        await breaker.call(fail)
    assert not breaker.is_open
    with pytest.raises(Unavailable):
        await breaker.call(fail)
    assert breaker.is_open


async def test_only_one_probe_calls_a_dependency_that_is_out() -> None:
    """Of many that wait, one is let through at a time until one succeeds; then all are."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    await trip(breaker)
    down, calls, at_once = True, 0, 0

    async def operation() -> None:
        nonlocal calls, at_once
        calls += 1
        at_once += 1
        assert at_once == 1 or not down
        await asyncio.sleep(0.001)
        at_once -= 1
        if down:
            raise Unavailable(Dependency.LLM, "still down")

    async def insist() -> None:
        while True:
            try:
                return await breaker.call(operation)
            except Unavailable:
                continue

    waiting = [asyncio.create_task(insist()) for _ in range(20)]
    await asyncio.sleep(0.3)
    assert calls < 20, "an outage was hammered"
    down = False
    await asyncio.wait_for(asyncio.gather(*waiting), 2)
    assert not breaker.is_open
    assert breaker.outcomes().succeeded == 20


async def test_a_refused_probe_lets_the_next_one_try() -> None:
    """A refusal of one event says nothing about the dependency, and blocks nobody."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    await trip(breaker)

    async def refuse() -> None:
        raise Rejected(Reason.MODEL_REFUSED, "this event")

    first = asyncio.create_task(breaker.call(refuse))
    second = asyncio.create_task(breaker.call(succeed))
    with pytest.raises(Rejected):
        await first
    assert await asyncio.wait_for(second, 1) == "ok"


async def test_a_cancelled_waiter_passes_its_turn_on() -> None:
    """A drain may cancel whoever waits at the circuit; the others still get through."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    await trip(breaker)
    first = asyncio.create_task(breaker.call(succeed))
    second = asyncio.create_task(breaker.call(succeed))
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.wait_for(second, 1) == "ok"


async def test_retry_after_sets_the_pause() -> None:
    """A dependency that names a time is not called before it."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)

    async def told() -> None:
        raise Unavailable(Dependency.LLM, "slow down", retry_after_s=0.2)

    started = asyncio.get_running_loop().time()  # on a slow machine the pause may be over when it is looked at later
    for _ in range(2):
        with pytest.raises(Unavailable):
            await breaker.call(told)
    await breaker.call(succeed)
    assert asyncio.get_running_loop().time() - started >= 0.2


async def be_held() -> None:
    raise Held(HoldReason.BUDGET_DAY, "spent", until=datetime(2026, 3, 3, tzinfo=UTC), cure="raise it")


async def miss_mongodb() -> None:
    raise Unavailable(Dependency.MONGODB, "away")


@pytest.mark.parametrize("operation", [be_held, miss_mongodb])
async def test_what_is_not_this_dependencys_trouble_opens_no_circuit(operation: Callable[[], Awaitable[None]]) -> None:
    """A budget that is used up, or another's outage met on the way, says nothing about the dependency."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    for _ in range(5 * FAST.failures_max):
        with pytest.raises((Held, Unavailable)):
            await breaker.call(operation)
    assert (breaker.is_open, breaker.outcomes().succeeded) == (False, 0)


@pytest.mark.parametrize("operation", [be_held, miss_mongodb, succeed])
async def test_a_probe_that_learned_nothing_hands_on_its_turn(operation: Callable[[], Awaitable[object]]) -> None:
    """The circuit stays open, and the next in line probes at once: nobody waits for what will never come."""
    breaker = CircuitBreaker(Dependency.LLM, FAST)
    await trip(breaker)
    first = asyncio.create_task(breaker.call(operation, has_asked=lambda _result: False))
    await asyncio.wait([first])
    assert (breaker.is_open, breaker.outcomes().succeeded) == (True, 0)
    async with asyncio.timeout(PATIENCE_S):
        assert await breaker.call(succeed) == "ok"
    assert (breaker.is_open, breaker.outcomes().succeeded) == (False, 1)
    first.exception()


async def test_an_outage_is_told_from_its_begin_to_its_end() -> None:
    """One record when the circuit opens, one when it closes; meanwhile it says how long it has been open, and why."""
    telemetry, clock = FakeTelemetry(), FakeClock()
    breaker = CircuitBreaker(
        Dependency.LLM,
        BreakerLimits(failures_max=1, pause_min_s=2, calls_max=16),
        clock=clock.monotonic,
        chance=lambda: 1.0,
        telemetry=telemetry,
    )

    assert (breaker.open_s, breaker.calls_max) == (None, 16)
    with pytest.raises(Unavailable):
        await breaker.call(fail)
    clock.move(2)
    assert (breaker.open_s, breaker.detail) == (2, "down")
    with pytest.raises(Unavailable):
        await breaker.call(fail)
    clock.move(4)
    assert breaker.open_s == 6
    await breaker.call(succeed)
    assert breaker.open_s is None
    assert telemetry.told == [
        DependencyLost(Dependency.LLM, "down", quota_exhausted=False, pause_s=2.0),
        DependencyBack(Dependency.LLM, 0),
    ]
