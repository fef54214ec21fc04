"""Topics of a test's own on any broker, and plain records through them."""

import asyncio
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from app.core.limits import MIB
from tests.patience import PATIENCE_S


async def make_topic(bootstrap: str, settings: dict[str, str] | None = None) -> str:
    """A topic of one partition under a name that no other test uses."""
    name = f"test-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings or {})])
    finally:
        await admin.close()
    return name


async def produce(bootstrap: str, topic: str, *values: bytes) -> None:
    """Send the values under one key, each acknowledged."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=64 * MIB)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=b"key", headers=[("header", b"\xff")])
    finally:
        await producer.stop()


async def consume(bootstrap: str, topic: str, n: int) -> list[tuple[Any, Any, Any]]:
    """The first `n` records: key, value and headers."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=64 * MIB)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), 0)
        records = [await asyncio.wait_for(consumer.getone(), PATIENCE_S) for _ in range(n)]
    finally:
        await consumer.stop()
    return [(record.key, record.value, record.headers) for record in records]
