"""What arrived, gathered after a run from those who hold it: the broker, the database, the API, the workers' logs."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient

from app.adapters.kafka.clients import stop_consumer
from app.adapters.mongo.document import to_review
from schemas.codec import encode
from schemas.dead_letter import HEADER_PREFIX
from tests.chaos.count import Arrival, Drain, Seen
from tests.chaos.plan import PARTITIONS

if TYPE_CHECKING:
    from tests.chaos.run import Run

_POLL_MS = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    delivered: int
    calls: int
    lag: int


async def create_topics(bootstrap: str, names: Iterable[str]) -> None:
    """Create topics for workers that do not do so themselves."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


async def wait_for_topics(bootstrap: str, names: Sequence[str], *, timeout_s: float = 60) -> None:
    """Return once the topics are there: what is produced from then on is read."""
    async with asyncio.timeout(timeout_s), _Reader(bootstrap) as consumer:
        while not (await consumer.topics()).issuperset(names):
            await asyncio.sleep(0.2)


async def lags(bootstrap: str, group: str, topics: Sequence[str]) -> dict[str, int]:
    """Records that the group has not committed, by partition."""
    async with _Reader(bootstrap) as consumer:
        ends = await consumer.end_offsets(_partitions(topics))
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        held = await admin.list_consumer_group_offsets(group)
    except KafkaError:  # the coordinator moves or loads: nothing is known, so all counts
        held = {}
    finally:
        await admin.close()
    committed = {tp: max(0, meta.offset) for tp, meta in held.items()}
    return {f"{tp.topic}[{tp.partition}]": end - committed.get(tp, 0) for tp, end in ends.items()}


async def collect(run: "Run") -> Seen:
    """Everything that the count needs."""
    bootstrap = run.broker.bootstrap
    reviews = await _read_all(bootstrap, run.topic("reviews"))
    letters = await _read_all(bootstrap, run.topic("dead-letters"))
    documents = [] if run.scenario.stock else await _documents(run.database.url, run.prefix)
    logs = await asyncio.to_thread(lambda: [d for name, path in run.fleet.logs.items() for d in _drains(name, path)])
    return Seen(
        topic=[_from_topic(record, stock=run.scenario.stock) for record in reviews],
        api=[_arrival(d.idempotency_key, d.document, d.body) for d in run.api.deliveries],
        documents=[_arrival(d["_id"], d, encode(to_review(d))) for d in documents],
        unpublished=[d["new_submission_id"] for d in documents if d["published_at"] is None],
        conflicts=[conflict.idempotency_key for conflict in run.api.conflicts],
        dead_letters=[_describe(record) for record in letters],
        lag=await lags(bootstrap, run.prefix, [run.topic(name) for name in run.consumed]),
        calls=run.model.calls,
        hits=run.fleet.hits,
        drains=logs,
        model_downs=run.model_downs,
        unasked_ends=run.fleet.unasked_ends,
        slow_stops=run.fleet.slow_stops,
    )


def _from_topic(record: ConsumerRecord[bytes, bytes], *, stock: bool) -> Arrival:
    body = record.value or b""
    document = orjson.loads(body)
    # Stock Faust gives no ids by which a consumer could tell a repetition: each record is a review of its own.
    key = f"{record.partition}:{record.offset}" if stock else document["review_id"]
    return _arrival(key, document, body)


def _arrival(key: str, document: Mapping[str, Any], body: bytes) -> Arrival:
    return Arrival(
        key=key,
        submission_id=document["new_submission_id"],
        student=document["student_id"],
        body=sha256(body).digest(),
        previous_id=document.get("previous_submission_id"),
    )


async def _documents(url: str, database: str) -> list[dict[str, Any]]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(url, tz_aware=True)
    try:
        return await client[database]["reviews"].find({}).to_list()
    finally:
        await client.close()


def _describe(record: ConsumerRecord[bytes, bytes]) -> str:
    told = {
        name.removeprefix(HEADER_PREFIX): value.decode()
        for name, value in record.headers
        if name.startswith(HEADER_PREFIX)
    }
    origin = f"{told.get('topic')}[{told.get('partition')}]@{told.get('offset')}"
    return f"{told.get('reason')} at {told.get('stage')}, {origin}: {told.get('message')}"


def _drains(name: str, path: Path) -> list[Drain]:
    found = []
    for line in path.read_text("utf-8", "replace").splitlines():
        if '"drained"' not in line:
            continue
        told = json.loads(line)
        at = datetime.fromisoformat(told["timestamp"]).timestamp()
        found.append(Drain(name, at, told["running"], told["cancelled"]))
    return found


async def _read_all(bootstrap: str, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    """Every record of a topic, each partition in its order."""
    records: list[ConsumerRecord[bytes, bytes]] = []
    async with _Reader(bootstrap) as consumer:
        partitions = _partitions([topic])
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        while any([await consumer.position(tp) < ends[tp] for tp in partitions]):
            for batch in (await consumer.getmany(timeout_ms=_POLL_MS)).values():
                records += batch
    return records


def _partitions(topics: Sequence[str]) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]


class _Reader:
    """A consumer without a group, for as long as the block lasts."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")

    async def __aenter__(self) -> AIOKafkaConsumer:
        await self._consumer.start()
        return self._consumer

    async def __aexit__(self, *_: object) -> None:
        await stop_consumer(self._consumer)
