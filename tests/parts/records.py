"""Topics of a test's own on any broker, and plain records through them."""

import asyncio
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from app.core.limits import MIB
from tests.patience import PATIENCE_S


async def make_topic(bootstrap: str, settings: dict[str, str] | None = None) -> str:
    """A topic of one partition under a name that no other test uses."""
    name = f"test-{uuid4()}"
    await make_topics(bootstrap, NewTopic(name, 1, 1, topic_configs=settings or {}))
    return name


async def make_topics(bootstrap: str, *topics: NewTopic) -> None:
    """Create topics, and wait until the broker tells others of them; ones that it is still deleting are waited for."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            waiting = [*topics]
            while waiting:
                response = await admin.create_topics(waiting)
                codes = {name: code for name, code, *_ in response.topic_errors}
                assert set(codes.values()) <= {0, TopicAlreadyExistsError.errno}, codes
                waiting = [topic for topic in waiting if codes[topic.name]]
                await asyncio.sleep(0.1 if waiting else 0)
            while any(told["error_code"] for told in await admin.describe_topics([topic.name for topic in topics])):
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


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
