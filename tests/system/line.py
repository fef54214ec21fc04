"""One installation of its own on the shared parts: topics, group and database under a prefix, workers as processes."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError
from pymongo import AsyncMongoClient

from app.adapters.kafka.clients import stop_consumer
from app.embedded.machine.loopback import LOOPBACK
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment, last_lines
from app.embedded.platform.review_api import RecordingApi
from schemas.codec import encode
from schemas.dead_letter import HEADER_PREFIX
from schemas.submission import Submission
from tests import ROOT
from tests.parts.choice import Kafka
from tests.parts.ports import own_port
from tests.patience import PATIENCE_S

PARTITIONS = 2
ANSWER: Final = json.dumps(
    {
        "progress_summary": "The work goes on.",
        "code_review_comments": [],
        "recommendations": ["Go on."],
    }
)
"""What a scripted model says of any homework."""


@dataclass(slots=True)
class Line:
    """Where everything is, and what has arrived. `environment` is what every worker of this line gets."""

    kafka: Kafka
    mongo_url: str
    api: RecordingApi
    work_dir: Path
    prefix: str
    environment: dict[str, str]
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    mongo: AsyncMongoClient[dict[str, Any]]
    workers: list[ServerProcess] = field(default_factory=list)
    seen: dict[str, list[ConsumerRecord[bytes, bytes]]] = field(default_factory=dict)

    def topic(self, name: str) -> str:
        """The line's own topic of that name."""
        return f"{self.prefix}-{name}"

    async def start_worker(self, *command: str, **environment: str) -> ServerProcess:
        """Start a production worker, or what `command` says of Python, and return once the line's topics exist."""
        number = len(self.workers)
        directory = self.work_dir / f"worker-{number}"
        spec = ServerSpec(
            name=f"worker {number}",
            command=(sys.executable, *(command or ("-m", "app", "worker"))),
            work_dir=directory,
            log_path=directory / "worker.log",
            cure="see its log",
            environment={
                **inherited_environment(),
                **self.environment,
                "DATA_DIR": str(directory / "data"),
                "WEB_PORT": str(own_port()),
                "PYTHONPATH": str(ROOT),
                **environment,
            },
            stop_grace_s=20,
        )
        async with self._admin() as admin:
            worker = ServerProcess(spec, lambda: self._topics_exist(admin))
            self.workers.append(worker)
            await worker.start()
        return worker

    async def produce(self, *submissions: Submission) -> None:
        """Produce as the platform does."""
        for submission in submissions:
            await self.produce_bytes(encode(submission), key=submission.student_id.encode())

    async def produce_bytes(
        self,
        value: bytes | None,
        *,
        key: bytes | None,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Any:
        """Produce anything at all."""
        return await self.producer.send_and_wait(
            self.topic("submissions"), value, key=key, partition=partition, headers=list(headers)
        )

    async def wait_for(
        self, topic: str, count: int, *, timeout_s: float = PATIENCE_S
    ) -> list[ConsumerRecord[bytes, bytes]]:
        """The first `count` or more records of one of the line's topics; on time-out says what the workers said."""
        name = self.topic(topic)
        deadline = time.monotonic() + timeout_s
        while len(self.seen.get(name, [])) < count:
            if time.monotonic() > deadline:
                logs = "\n".join(last_lines(worker.spec.log_path) for worker in self.workers)
                message = f"{len(self.seen.get(name, []))} of {count} records in {topic}; the workers said:\n{logs}"
                raise TimeoutError(message)
            await self.look()
        return self.seen[name]

    async def look(self) -> None:
        """Take in what is new in the line's topics."""
        wanted = {TopicPartition(self.topic(t), p) for t in ("reviews", "dead-letters") for p in range(PARTITIONS)}
        if self.consumer.assignment() != wanted:
            self.consumer.assign(wanted)
        for records in (await self.consumer.getmany(timeout_ms=200)).values():
            for record in records:
                self.seen.setdefault(record.topic, []).append(record)

    async def documents(self) -> list[dict[str, Any]]:
        """All review documents."""
        return await self.mongo[self.prefix]["reviews"].find({}).to_list()

    async def wait_until_published(self, count: int, *, timeout_s: float = PATIENCE_S) -> list[dict[str, Any]]:
        """The documents, once `count` of them are marked published."""
        deadline = time.monotonic() + timeout_s
        reviews = self.mongo[self.prefix]["reviews"]
        while await reviews.count_documents({"published_at": {"$ne": None}}) < count:
            if time.monotonic() > deadline:
                message = f"{len(await self.documents())} documents, not {count} of them published"
                raise TimeoutError(message)
            await asyncio.sleep(0.1)
        return await self.documents()

    async def set_group(self, offset: int, *topics: str) -> None:
        """What `kafka-consumer-groups --reset-offsets` does: it is taken once the last member has left, or is dead."""
        async with self._as_group(*topics) as (consumer, places), asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await consumer.commit(dict.fromkeys(places, offset))
                except CommitFailedError:
                    await asyncio.sleep(0.5)
                else:
                    return

    async def committed(self, *topics: str) -> list[int | None]:
        """What the group has committed, partition by partition."""
        async with self._as_group(*topics) as (consumer, places):
            return [await consumer.committed(place) for place in places]

    @asynccontextmanager
    async def _as_group(self, *topics: str) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
        places = [TopicPartition(self.topic(topic), number) for topic in topics for number in range(PARTITIONS)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.kafka.bootstrap, group_id=self.prefix, enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign(places)
            yield consumer, places
        finally:
            await stop_consumer(consumer)

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap)
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()

    async def _topics_exist(self, admin: AIOKafkaAdminClient) -> bool:
        """Asked of these alone: the broker has hundreds of others, and a list of all takes both sides long."""
        told = await admin.describe_topics([self.topic(name) for name in _TOPICS])
        return not any(topic["error_code"] for topic in told)


@asynccontextmanager
async def a_line(
    kafka: Kafka, mongo_url: str, api: RecordingApi, work_dir: Path, **environment: str
) -> AsyncIterator[Line]:
    """A line without workers; whatever was started is stopped at the end, also when the test fails."""
    prefix = f"t{uuid4().hex[:10]}"
    archives = work_dir / "archives"
    (archives / "submission-of-before").mkdir(parents=True)  # an empty root would count as a disk that is away
    settings = {
        **kafka.environment,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "KAFKA_GROUP_ID": prefix,
        "TOPIC_PARTITIONS": str(PARTITIONS),
        "MONGODB_URL": mongo_url,
        "MONGODB_DB": prefix,
        "EXTERNAL_API_URL": api.url,
        "EXTERNAL_API_KEY": api.api_key,
        "WEBHOOK_URL": api.webhook_url,
        "WEBHOOK_SECRET": api.webhook_secret,
        "ARCHIVE_PATH": str(archives),
        "REVIEW_LANGUAGE": "en",
        "LOG_FORMAT": "json",
        "WEB_HOST": LOOPBACK,
        **{f"TOPIC_{n.upper().replace('-', '_')}": f"{prefix}-{n}" for n in _TOPICS},
        **environment,
    }
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", max_request_size=64 * 1024 * 1024)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", metadata_max_age_ms=500
    )
    mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url)
    line = Line(kafka, mongo_url, api, work_dir, prefix, settings, producer, consumer, mongo)
    try:
        await producer.start()
        await consumer.start()
        yield line
    finally:
        for worker in line.workers:
            worker.kill()  # its group and topics are nobody else's; how it stops is for tests to look at
            print(f"{worker.spec.log_path}:\n{last_lines(worker.spec.log_path)}")  # noqa: T201 -- shown if a test fails
        await producer.stop()
        await stop_consumer(consumer)
        await mongo.close()


_TOPICS = ("submissions", "comparisons", "reviews", "dead-letters", "decisions")


async def written_until(stream: asyncio.StreamReader | None, event: bytes) -> bytes:
    """What a process wrote until a line named that event, or until it ended."""
    assert stream is not None
    written = b""
    async with asyncio.timeout(PATIENCE_S):
        while event not in written and (line := await stream.readline()):
            written += line
    return written


def errors_of(record: ConsumerRecord[bytes, bytes]) -> Mapping[str, str]:
    """Our headers of a dead letter, prefix taken off."""
    return {
        name.removeprefix(HEADER_PREFIX): value.decode()
        for name, value in record.headers
        if name.startswith(HEADER_PREFIX)
    }
