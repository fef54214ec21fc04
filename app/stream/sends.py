"""Sends that wait for the broker: what was not acknowledged by all in-sync replicas was not sent.

`await topic.send()` of Faust only enqueues, and its commit swallows delivery errors; so outputs go to the producer
directly and the future of the record's metadata is awaited.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

import faust
import structlog
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from faust.types.core import HeadersArg
from faust.types.tuples import RecordMetadata

from app.stream.app import ReviewApp
from schemas.errors import Dependency, Reason, Rejected, Unavailable

log = structlog.get_logger(__name__)

PAUSE_MIN_S = 0.2
"""First wait after a failed send."""
PAUSE_MAX_S = 5.0
"""Longest wait between two attempts at a send: bounds how late work resumes when the broker is back."""

_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
_REFUSED = (CorruptRecordException, InvalidTopicError)


async def send_confirmed(
    app: faust.App,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    partition: int | None = None,
    headers: Sequence[tuple[str, bytes | None]] = (),
) -> RecordMetadata:
    """Produce one record and wait for the broker's acknowledgement, through any outage of the broker.

    It is waited here, and not by trying the whole event again: what is to be sent may be an answer that was paid
    for. Raises `Rejected(record_too_large)` where the record cannot fit its topic.
    """
    wait_s = PAUSE_MIN_S
    while True:
        try:
            return await _send(app, topic, key=key, value=value, partition=partition, headers=headers)
        except Unavailable as exc:
            log.warning("send_waits", topic=topic, detail=exc.detail, wait_s=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, PAUSE_MAX_S)


class TopicOutbox:
    """Port `Outbox` over one topic."""

    def __init__(self, app: faust.App, topic: str) -> None:
        self._app = app
        self._topic = topic

    async def send(self, key: bytes, value: bytes) -> None:
        """Produce one record; returns once all in-sync replicas have acknowledged it."""
        await send_confirmed(self._app, self._topic, key=key, value=value)


async def _send(
    app: faust.App,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    partition: int | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> RecordMetadata:
    """One attempt. Raises `Rejected(record_too_large)` or `Unavailable(kafka)`."""
    if isinstance(app, ReviewApp) and app.suspended:
        raise Unavailable(Dependency.KAFKA, "this process was suspended; its partitions may be another worker's now")
    try:
        pending = await app.producer.send(topic, key, value, partition, None, cast(HeadersArg, list(headers)))
        return await pending
    except _TOO_LARGE as exc:
        size = len(key or b"") + len(value or b"")
        raise Rejected(Reason.RECORD_TOO_LARGE, f"a record of {size} bytes does not fit topic {topic}") from exc
    except _REFUSED as exc:
        raise Rejected(Reason.RECORD_TOO_LARGE, f"{type(exc).__name__} from topic {topic}") from exc
    except KafkaError as exc:
        raise Unavailable(Dependency.KAFKA, f"{topic}: {type(exc).__name__}") from exc
    except faust.exceptions.ProducerSendError as exc:
        cause = exc.__cause__
        if isinstance(cause, _TOO_LARGE):
            raise Rejected(Reason.RECORD_TOO_LARGE, f"the record does not fit topic {topic}") from exc
        raise Unavailable(Dependency.KAFKA, f"{topic}: {type(cause or exc).__name__}") from exc
    except faust.exceptions.NotReady as exc:
        raise Unavailable(Dependency.KAFKA, "the producer is not started") from exc
