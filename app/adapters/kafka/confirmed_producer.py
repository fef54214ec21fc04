"""A producer for operators' commands: every record is acknowledged by all in-sync replicas, and none is repeated."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.topic_reader import translated
from app.config import Settings
from app.kafka.errors import KAFKA_FAILURES, error_for_send
from schemas.dead_letter import Header
from schemas.origin import Origin


class ConfirmedProducer:
    """Sends one record at a time."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    async def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[Header] = (),
        *,
        partition: int | None = None,
        timestamp_ms: int | None = None,
    ) -> Origin:
        """Produce one record; returns where it stands. `Rejected(record_too_large)`, `StartRefused`, `Unavailable`."""
        try:
            sent = await self._producer.send_and_wait(
                topic, value, key=key, partition=partition, timestamp_ms=timestamp_ms, headers=list(headers)
            )
        except KAFKA_FAILURES as exc:
            raise error_for_send(exc, topic, len(key or b"") + len(value or b"")) from exc
        return Origin(topic=sent.topic, partition=sent.partition, offset=sent.offset)


@asynccontextmanager
async def confirmed_producer(settings: Settings) -> AsyncIterator[ConfirmedProducer]:
    """Connected inside; only our own errors leave."""
    producer = AIOKafkaProducer(
        bootstrap_servers=list(settings.bootstrap_servers),
        acks="all",
        enable_idempotence=settings.kafka_idempotent_producer,
        compression_type="gzip",
        max_request_size=settings.sizes().request_bytes_max,
        **client_auth(settings),
    )
    try:
        async with translated("connecting"):
            await producer.start()
        yield ConfirmedProducer(producer)
    finally:
        await producer.stop()
