"""Stopping a consumer whose broker is away."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.adapters.kafka.clients import stop_consumer


def a_consumer(closed: list[str], stop: Any) -> Any:
    """As much of a consumer as is stopped."""

    async def close() -> None:
        closed.append("client")

    return SimpleNamespace(stop=stop, _client=SimpleNamespace(close=close))


async def test_the_cancellation_of_a_fetch_of_its_own_ends_nobody_else() -> None:
    """And what aiokafka then leaves open is closed."""
    closed: list[str] = []

    async def stop() -> None:
        raise asyncio.CancelledError

    await stop_consumer(a_consumer(closed, stop))
    assert closed == ["client"]


async def test_the_cancellation_of_the_caller_is_the_callers() -> None:
    """Whoever is cancelled while it stops a consumer hears of it."""
    closed: list[str] = []

    async def stop() -> None:
        await asyncio.sleep(60)

    stopping = asyncio.create_task(stop_consumer(a_consumer(closed, stop)))
    await asyncio.sleep(0)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
