"""Sends that wait for the broker: what was not acknowledged by all in-sync replicas was not sent.

`await topic.send()` of Faust only enqueues, and its commit swallows delivery errors; so outputs go to the producer
directly and the future of the record's metadata is awaited.
"""

from collections.abc import Sequence
from typing import cast

import faust
from faust.types.core import HeadersArg
from faust.types.tuples import RecordMetadata

from app.backoff import Backoff, FailedTry
from app.core.events.event_attributes import Attributes
from app.core.telemetry import UNTOLD, SendRepeated, Telemetry
from app.core.tracing import UNTRACED, Tracing
from app.kafka.errors import KAFKA_FAILURES, error_for_send, producer_lost
from app.stream.faust.app import ReviewApp
from app.stream.faust.transport import IdempotentProducer
from schemas.dead_letter import Header
from schemas.errors import Dependency, Unavailable

BACKOFF = Backoff(first_s=0.2, max_s=5.0)
"""Between two attempts at a send; its longest wait bounds how late work resumes when the broker is back."""


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
    for. Raises `Rejected(record_too_large)` where the record cannot fit its topic, and `StartRefused` where no record
    can be sent before an operator has changed something.
    """
    telemetry: Telemetry = app.telemetry if isinstance(app, ReviewApp) else UNTOLD

    def tell(failed: FailedTry) -> None:
        detail = failed.error.detail if isinstance(failed.error, Unavailable) else ""
        telemetry.emit(SendRepeated(topic, detail, failed.wait_s))

    return await BACKOFF.outlast(
        lambda: _send(app, topic, key=key, value=value, partition=partition, headers=headers),
        passing=lambda error: isinstance(error, Unavailable),
        on_wait=tell,
    )


class TopicOutbox:
    """Port `Outbox` over one topic. `attributes` gives the headers that each record has besides its own."""

    def __init__(self, app: faust.App, topic: str, attributes: Attributes, tracing: Tracing = UNTRACED) -> None:
        self._app = app
        self._topic = topic
        self._attributes = attributes
        self._tracing = tracing

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Produce one record; returns once all in-sync replicas have acknowledged it."""
        whole = [*headers, *self._attributes(value, headers), *self._tracing.headers()]
        await send_confirmed(self._app, self._topic, key=key, value=value, headers=whole)


async def _send(
    app: faust.App,
    topic: str,
    *,
    key: bytes | None,
    value: bytes | None,
    partition: int | None,
    headers: Sequence[tuple[str, bytes | None]],
) -> RecordMetadata:
    """One attempt. Raises `Rejected(record_too_large)`, `StartRefused` or `Unavailable(kafka)`."""
    if isinstance(app, ReviewApp) and app.suspended:
        raise Unavailable(Dependency.KAFKA, "this process was suspended; its partitions may be another worker's now")
    size = len(key or b"") + len(value or b"")
    try:
        pending = await app.producer.send(topic, key, value, partition, None, cast(HeadersArg, list(headers)))
        return await pending
    except (*KAFKA_FAILURES, faust.exceptions.ProducerSendError) as exc:
        cause = exc.__cause__ if isinstance(exc, faust.exceptions.ProducerSendError) else exc
        ours = error_for_send(cause if isinstance(cause, KAFKA_FAILURES) else exc, topic, size)
        if isinstance(ours, Unavailable) and isinstance(app.producer, IdempotentProducer):
            lost_to = app.producer.lost_to
            if lost_to is not None:
                raise producer_lost(lost_to, topic) from exc
        raise ours from exc
    except faust.exceptions.NotReady as exc:
        raise Unavailable(Dependency.KAFKA, "the producer is not started") from exc
