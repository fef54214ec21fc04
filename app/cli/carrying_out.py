"""How a command carries out a story of the installation: its settings, its logs, and Kafka that does not answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from app.adapters.kafka.outage import KAFKA_CURE, quiet_kafka_client, told_of_kafka
from app.adapters.logging import logs
from app.cli.output import fail
from app.config import Settings, load_settings
from schemas.errors import Dependency, Unavailable

T = TypeVar("T")


def logged_settings(*, as_json: bool = False) -> Settings:
    """The settings, with logs written as they say, or as JSON lines. Raises `StartRefused`."""
    settings = load_settings()
    logs.configure(settings.log_level, "json" if as_json else settings.log_format, secrets=settings.secrets())
    return settings


def carry_out(settings: Settings, story: Coroutine[Any, Any, T]) -> T:
    """What `story` returns; where Kafka does not answer, the command fails with what an operator can do."""
    try:
        with quiet_kafka_client():
            return asyncio.run(story)
    except Unavailable as exc:
        if exc.dependency is Dependency.KAFKA:
            fail(told_of_kafka(exc, settings), f"{KAFKA_CURE}; `reviewstream doctor` checks every part")
        raise
