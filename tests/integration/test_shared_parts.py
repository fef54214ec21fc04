"""The broker and the database that the tests share keep what everything else rests on."""

from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from motor.motor_asyncio import AsyncIOMotorClient

from app.embedded.broker.apache_kafka import MESSAGE_BYTES_MAX
from app.embedded.machine.loopback import accepts_connections
from tests.parts.choice import Kafka
from tests.parts.records import consume, make_topic, produce


@pytest.mark.kafka
async def test_record_comes_back_byte_for_byte(kafka: Kafka) -> None:
    """What is produced through the shared broker is consumed again: key, value and header."""
    topic = await make_topic(kafka.bootstrap)
    await produce(kafka.bootstrap, topic, b"\x00value")
    assert await consume(kafka.bootstrap, topic, 1) == [(b"key", b"\x00value", (("header", b"\xff"),))]


@pytest.mark.kafka
async def test_group_commits_its_offset(kafka: Kafka) -> None:
    """A consumer group joins the shared broker, and the offset that it commits is there for its next member."""
    topic = await make_topic(kafka.bootstrap)
    await produce(kafka.bootstrap, topic, b"first", b"second")
    group = f"group-{uuid4()}"
    partition = TopicPartition(topic, 0)
    first = await _join(kafka.bootstrap, topic, group)
    try:
        assert (await first.getone()).value == b"first"
        await first.commit({partition: 1})
    finally:
        await first.stop()
    second = await _join(kafka.bootstrap, topic, group)
    try:
        assert (await second.getone()).value == b"second"
    finally:
        await second.stop()


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_misspelt_topic_is_not_made(kafka: Kafka) -> None:
    """Producing to a topic that nobody made fails, instead of making it."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, request_timeout_ms=2_000)
    await producer.start()
    try:
        with pytest.raises(KafkaError):
            await producer.send_and_wait("submisions", b"lost")
    finally:
        await producer.stop()


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_largest_record_is_taken(kafka: Kafka) -> None:
    """The broker takes an uncompressed record of its stated maximum, less a KiB for the batch around it."""
    topic = await make_topic(kafka.bootstrap, {"max.message.bytes": str(MESSAGE_BYTES_MAX)})
    value = b"x" * (MESSAGE_BYTES_MAX - 1024)
    await produce(kafka.bootstrap, topic, value)
    [(_, consumed, _)] = await consume(kafka.bootstrap, topic, 1)
    assert consumed == value


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_stopped_broker_comes_back_with_its_records(kafka: Kafka) -> None:
    """After a stop and a start the broker is at its old address and has what was produced before."""
    topic = await make_topic(kafka.bootstrap)
    await produce(kafka.bootstrap, topic, b"kept")
    await kafka.broker.stop()
    try:
        assert not kafka.broker.running
        assert not await accepts_connections(int(kafka.bootstrap.rpartition(":")[2]))
    finally:
        await kafka.broker.start()
    assert [value for _, value, _ in await consume(kafka.bootstrap, topic, 1)] == [b"kept"]


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_killed_broker_comes_back_with_its_records(kafka: Kafka) -> None:
    """After a crash the broker starts again with every record that it had acknowledged."""
    topic = await make_topic(kafka.bootstrap)
    await produce(kafka.bootstrap, topic, b"kept")
    kafka.broker.kill()
    try:
        assert not kafka.broker.running
    finally:
        await kafka.broker.start()
    assert [value for _, value, _ in await consume(kafka.bootstrap, topic, 1)] == [b"kept"]


@pytest.mark.mongo
async def test_document_is_found_again(mongo_url: str) -> None:
    """A document inserted through motor is found by its id, and a second insert under the id changes nothing."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(mongo_url)
    try:
        reviews = client[f"test-{uuid4()}"]["reviews"]
        for score in (70, 80):
            await reviews.update_one({"_id": "r1"}, {"$setOnInsert": {"score": score}}, upsert=True)
        assert await reviews.find_one({"_id": "r1"}) == {"_id": "r1", "score": 70}
    finally:
        client.close()


async def _join(bootstrap: str, topic: str, group: str) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=1_000,
        rebalance_timeout_ms=6_000,
    )
    await consumer.start()
    return consumer
