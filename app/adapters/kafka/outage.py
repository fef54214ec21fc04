"""A Kafka that does not answer, told to people: in one sentence of ours instead of the client's log lines."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiokafka.errors import KafkaConnectionError

from app.config import Settings
from schemas.errors import Unavailable

KAFKA_CURE: Final = "check KAFKA_BOOTSTRAP_SERVERS and the KAFKA_ settings for security, and that the brokers are up"


@contextmanager
def quiet_kafka_client() -> Iterator[None]:
    """Within, aiokafka logs nothing: whoever asks tells the answer in words of ours."""
    logger = logging.getLogger("aiokafka")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def told_of_kafka(error: Unavailable, settings: Settings) -> str:
    """What to say of `error`: where no broker answers, the addresses that were tried."""
    if isinstance(error.__cause__, KafkaConnectionError):
        return f"no broker at {', '.join(settings.bootstrap_servers)}"
    return error.detail
