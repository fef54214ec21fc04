"""What the clients of a running worker do while no broker answers: they ask again, and say so once."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from aiokafka.errors import KafkaConnectionError
from mode import Service

from app.backoff import Backoff, FailedTry

log = structlog.get_logger(__name__)

BROKER_BACKOFF = Backoff(first_s=0.2, max_s=2.0)
"""Between two questions to a broker that is away."""


async def start_through_outages(
    service: Service, start: Callable[[], Awaitable[None]], discard: Callable[[], Awaitable[None]]
) -> None:
    """Try `start` until a broker answers; `discard` drops what a failed attempt left open.

    A broker was there a second ago, or the worker's checks had not let it come so far: what is away now is an
    outage, and ends as little as one that comes later.
    """

    async def attempt() -> None:
        try:
            await start()
        except KafkaConnectionError:
            await discard()
            raise

    async def pause(seconds: float) -> None:
        await service.sleep(seconds)
        if service.should_stop:
            raise asyncio.CancelledError  # a stop, not a failure

    await BROKER_BACKOFF.outlast(
        attempt, passing=lambda error: isinstance(error, KafkaConnectionError), on_wait=tell_once, sleep=pause
    )


def tell_once(failed: FailedTry) -> None:
    """Log the first failure of many."""
    if failed.attempt == 1:
        log.warning("broker_waited_for", error=type(failed.error).__name__)
