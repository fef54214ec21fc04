"""The real parts: the broker and database that the tests share, and the development stack as users get it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from motor.motor_asyncio import AsyncIOMotorClient

from app.core.limits import MIB
from app.embedded.broker import apache_kafka, tansu
from app.embedded.broker.apache_kafka import MESSAGE_BYTES_MAX
from app.embedded.database.secantus import SecantusDb
from app.embedded.machine.loopback import accepts_connections
from app.embedded.stack import embedded_stack
from schemas.errors import StartRefused
from tests.parts.choice import Kafka

_JAR = f"kafka_2.13-{apache_kafka.KAFKA_VERSION}.jar"


@pytest.mark.kafka
async def test_record_comes_back_byte_for_byte(kafka: Kafka) -> None:
    """What is produced through the shared broker is consumed again: key, value and header."""
    topic = await _make_topic(kafka.bootstrap)
    await _produce(kafka.bootstrap, topic, b"\x00value")
    assert await _consume(kafka.bootstrap, topic, 1) == [(b"key", b"\x00value", (("header", b"\xff"),))]


@pytest.mark.kafka
async def test_group_commits_its_offset(kafka: Kafka) -> None:
    """A consumer group joins the shared broker, and the offset that it commits is there for its next member."""
    topic = await _make_topic(kafka.bootstrap)
    await _produce(kafka.bootstrap, topic, b"first", b"second")
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
    topic = await _make_topic(kafka.bootstrap, {"max.message.bytes": str(MESSAGE_BYTES_MAX)})
    value = b"x" * (MESSAGE_BYTES_MAX - 1024)
    await _produce(kafka.bootstrap, topic, value)
    [(_, consumed, _)] = await _consume(kafka.bootstrap, topic, 1)
    assert consumed == value


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_stopped_broker_comes_back_with_its_records(kafka: Kafka) -> None:
    """After a stop and a start the broker is at its old address and has what was produced before."""
    topic = await _make_topic(kafka.bootstrap)
    await _produce(kafka.bootstrap, topic, b"kept")
    await kafka.broker.stop()
    try:
        assert not kafka.broker.running
        assert not await accepts_connections(int(kafka.bootstrap.rpartition(":")[2]))
    finally:
        await kafka.broker.start()
    assert [value for _, value, _ in await _consume(kafka.bootstrap, topic, 1)] == [b"kept"]


@pytest.mark.kafka
@pytest.mark.apache_kafka
async def test_killed_broker_comes_back_with_its_records(kafka: Kafka) -> None:
    """After a crash the broker starts again with every record that it had acknowledged."""
    topic = await _make_topic(kafka.bootstrap)
    await _produce(kafka.bootstrap, topic, b"kept")
    kafka.broker.kill()
    try:
        assert not kafka.broker.running
    finally:
        await kafka.broker.start()
    assert [value for _, value, _ in await _consume(kafka.bootstrap, topic, 1)] == [b"kept"]


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


@pytest.mark.mongo
async def test_database_keeps_journaled_documents_over_a_crash(tmp_path: Path) -> None:
    """SecantusDB, killed and started again, is at its old address with the document that its journal acknowledged."""
    database = SecantusDb(tmp_path)
    try:
        await database.start()
        await _insert(database.url, "kept")
        database.kill()
        await database.start()
        assert await _count(database.url, "kept") == 1
    finally:
        await database.stop()


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("auto", marks=pytest.mark.kafka),
        pytest.param("tansu", marks=[pytest.mark.kafka, pytest.mark.skipif(not tansu.find(), reason="no Tansu here")]),
    ],
)
async def test_stack_starts_whole_and_leaves_nothing(tmp_path: Path, broker: Any) -> None:
    """Within the context every part answers; after it, none of them listens any more."""
    said: list[str] = []
    async with embedded_stack(tmp_path, broker=broker, say=said.append) as stack:
        topic = await _make_topic(stack.kafka_bootstrap)
        await _produce(stack.kafka_bootstrap, topic, b"x")
        await _insert(stack.mongodb_url, "x")
        addresses = [stack.kafka_bootstrap, stack.mongodb_url.split("/")[2], stack.api.base_url.split("/")[2]]
        ports = [int(address.rpartition(":")[2]) for address in addresses]
        assert [await accepts_connections(port) for port in ports] == [True, True, True]
        assert stack.broker_why
    assert [await accepts_connections(port) for port in ports] == [False, False, False]
    assert not stack.broker.running


@pytest.mark.kafka
async def test_cancelled_stack_leaves_nothing(tmp_path: Path) -> None:
    """A stack whose task is cancelled while it starts, as by Ctrl-C, leaves no process behind."""

    async def use() -> None:
        async with embedded_stack(tmp_path, say=lambda _: None):
            await asyncio.sleep(60)

    task = asyncio.create_task(use())
    await asyncio.sleep(0.7)
    assert _processes_in(tmp_path), "nothing was starting yet"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _processes_in(tmp_path) == []


@pytest.mark.kafka
async def test_stack_stops_its_parts_when_its_user_fails(tmp_path: Path) -> None:
    """An error within the context comes out as it is, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        async with embedded_stack(tmp_path, say=lambda _: None):
            raise ZeroDivisionError
    assert _processes_in(tmp_path) == []


async def test_no_java_is_told_with_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Apache Kafka is asked for and there is no Java, the refusal says so and what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(StartRefused, match=r"no Java was found(.|\n)*cure: install Java 17"):
        async with embedded_stack(tmp_path / "work", broker="apache-kafka", say=lambda _: None):
            pass
    assert _processes_in(tmp_path) == []


@pytest.mark.kafka
@pytest.mark.skipif(not tansu.find(), reason="no Tansu here")
async def test_without_java_the_stack_falls_back_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Java, `auto` runs on Tansu, names the reason, and gives workers the times that Tansu needs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    async with embedded_stack(tmp_path / "work", say=lambda _: None) as stack:
        assert stack.broker_name == "Tansu"
        assert "no Java was found" in stack.broker_why
        assert stack.worker_environment()["KAFKA_SESSION_TIMEOUT_S"] == "6"


@pytest.mark.kafka
@pytest.mark.skipif(not tansu.find(), reason="no Tansu here")
def test_run_on_tansu_says_what_it_skipped() -> None:
    """On Tansu, a test that needs Apache Kafka is skipped with the reason, counted, and the run called degraded."""
    node = f"{__file__}::test_misspelt_topic_is_not_made"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", node],
        env={name: value for name, value in os.environ.items() if name != "REQUIRE_APACHE_KAFKA"}
        | {"TEST_BROKER": "tansu"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    assert "needs Apache Kafka, and this is Tansu: TEST_BROKER asks for it" in run.stdout
    assert "DEGRADED" in run.stdout
    assert "skipped: 1" in run.stdout


async def test_failed_fetch_poisons_nothing(tmp_path: Path) -> None:
    """Where Maven fails, its last words are told, and the cache holds nothing that looks like the jars."""
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho the registry is on fire; exit 1\n")
    maven.chmod(0o755)
    cache = tmp_path / "cache"
    found = apache_kafka.FoundKafka(Path("/nowhere/java"), 17, cache / "kafka", maven)
    with pytest.raises(StartRefused, match="the registry is on fire"):
        await apache_kafka.fetch_jars(found, lambda _: None)
    assert [path.name for path in cache.iterdir()] == ["maven.log"]


@pytest.mark.parametrize("meanwhile", ["", "mkdir -p {libs} && touch {libs}/theirs.jar"], ids=["alone", "raced"])
async def test_fetch_leaves_the_whole_or_the_first(tmp_path: Path, meanwhile: str) -> None:
    """The jars appear under their name at once; where another fetch was first, its jars stay and ours are dropped."""
    libs = tmp_path / "cache" / "kafka"
    maven = tmp_path / "mvn"
    fetch = "for option; do case $option in -DoutputDirectory=*) out=${option#*=};; esac; done; touch $out/" + _JAR
    maven.write_text(f"#!/bin/sh\n{fetch}\n{meanwhile.format(libs=libs)}\n")
    maven.chmod(0o755)
    await apache_kafka.fetch_jars(apache_kafka.FoundKafka(Path("/nowhere/java"), 17, libs, maven), lambda _: None)
    assert [path.name for path in libs.iterdir()] == (["theirs.jar"] if meanwhile else [_JAR])
    assert sorted(path.name for path in libs.parent.iterdir()) == ["kafka", "maven.log"]


async def _make_topic(bootstrap: str, settings: dict[str, str] | None = None) -> str:
    name = f"test-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings or {})])
    finally:
        await admin.close()
    return name


async def _produce(bootstrap: str, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, max_request_size=64 * MIB)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=b"key", headers=[("header", b"\xff")])
    finally:
        await producer.stop()


async def _consume(bootstrap: str, topic: str, n: int) -> list[tuple[Any, Any, Any]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, max_partition_fetch_bytes=64 * MIB)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek(TopicPartition(topic, 0), 0)
        records = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(n)]
    finally:
        await consumer.stop()
    return [(record.key, record.value, record.headers) for record in records]


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


async def _insert(url: str, document_id: str) -> None:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, w="majority", journal=True)
    try:
        await client["test"]["documents"].insert_one({"_id": document_id})
    finally:
        client.close()


async def _count(url: str, document_id: str) -> int:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    try:
        return await client["test"]["documents"].count_documents({"_id": document_id})
    finally:
        client.close()


def _processes_in(work_dir: Path) -> list[str]:
    """Command lines of the processes whose working directory lies in `work_dir`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(work_dir):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # ended meanwhile, or another user's
    return found
