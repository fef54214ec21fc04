"""The dead-letters topic for operators: read without a consumer group, requeued with confirmation, purged."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from aiokafka import TopicPartition
from aiokafka import errors as kafka_errors
from aiokafka.admin import RecordsToDelete

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.adapters.kafka.topic_reader import KafkaRecord, TopicReader
from app.adapters.kafka.topics import kafka_admin
from app.config import Settings
from app.core.events.dead_letters import EarlierRequeues, StoredDeadLetter, read_dead_letter
from app.core.events.requeue import Requeue, requeue_headers, split_requeue
from app.core.limits import DeadLetterLimits
from schemas.dead_letter import read_headers
from schemas.errors import StartRefused
from schemas.origin import Origin


class DeadLetterTopic:
    """The dead-letters topic of one installation. An async context manager: connected inside.

    Only our own errors leave: `Unavailable(kafka)`, and `StartRefused` for what an operator has to change.
    """

    def __init__(self, settings: Settings) -> None:
        self.name = settings.topic_dead_letters
        self.sources = (
            settings.topic_submissions,
            settings.topic_comparisons,
            settings.topic_reviews,
            settings.topic_decisions,
        )
        self._settings = settings
        self._limits: DeadLetterLimits = settings.limits().dead_letters
        self._reader = TopicReader(
            settings,
            self.name,
            *self.sources,
            cure="name it in TOPIC_DEAD_LETTERS; the first start of a worker creates it",
        )

    async def __aenter__(self) -> Self:
        """Connect; look which of the topics are there."""
        await self._reader.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._reader.__aexit__(kind, error, trace)

    def source_partitions(self) -> dict[str, int]:
        """The partition count of each source topic that is there."""
        return {topic: self._reader.counts[topic] for topic in self.sources if topic in self._reader.counts}

    async def scan(self, since: datetime | None = None) -> AsyncIterator[StoredDeadLetter]:
        """Every letter from the beginning, or `since`, to the end as of now: each partition's in order."""
        starts = await self._reader.starts(self.name, since)
        async for record in self._reader.records(starts):
            yield _letter(record)

    async def read(self, partition: int, offset: int) -> tuple[StoredDeadLetter, KafkaRecord]:
        """One letter, with its record. Raises `StartRefused` where there is none any more."""
        record = await self._reader.at(TopicPartition(self.name, partition), offset)
        if record is not None:
            return _letter(record), record
        raise StartRefused(
            f"there is no dead letter {partition}@{offset}",
            "`reviewstream deadletters list` lists those that are there",
        )

    async def earlier_requeues(self, letters: Collection[StoredDeadLetter]) -> EarlierRequeues:
        """Requeues of the events of `letters` that lie in the source topics, written since the oldest letter."""
        wanted = {letter.refusal.origin for letter in letters if letter.refusal is not None}
        partitions = {(origin.topic, origin.partition) for origin in wanted}
        if not wanted:
            return EarlierRequeues({})
        since = min(letter.written_at for letter in letters) - timedelta(seconds=self._limits.clock_skew_s)
        starts: dict[TopicPartition, int] = {}
        for topic in {topic for topic, _ in partitions} & self.source_partitions().keys():
            found = await self._reader.starts(topic, since)
            starts |= {place: start for place, start in found.items() if (topic, place.partition) in partitions}
        starts, complete = await self._bounded(starts)
        attempts: defaultdict[Origin, list[int]] = defaultdict(list)
        async for record in self._reader.records(starts):
            requeue, _ = split_requeue(record.headers, _place(record))
            if requeue is not None and requeue.origin in wanted:
                attempts[requeue.origin].append(requeue.attempt)
        return EarlierRequeues({origin: tuple(found) for origin, found in attempts.items()}, complete)

    @asynccontextmanager
    async def requeuing(self) -> AsyncIterator["Requeuer"]:
        """A producer that waits for all in-sync replicas and whose retries repeat nothing."""
        async with confirmed_producer(self._settings) as producer:
            yield Requeuer(self, producer)

    async def purge(self, before: Mapping[int, int]) -> None:
        """Delete, in each partition, every record below the offset."""
        wanted = {TopicPartition(self.name, number): RecordsToDelete(offset) for number, offset in before.items()}
        async with kafka_admin(self._settings.bootstrap_servers, **client_auth(self._settings)) as admin:
            try:
                await admin.delete_records(wanted)
            except kafka_errors.PolicyViolationError as exc:
                raise StartRefused(
                    f"topic {self.name} does not let records be deleted",
                    f"set cleanup.policy=delete: kafka-configs.sh --alter --topic {self.name} "
                    "--add-config cleanup.policy=delete",
                ) from exc

    async def _bounded(self, starts: Mapping[TopicPartition, int]) -> tuple[dict[TopicPartition, int], bool]:
        """`starts`, moved towards the ends so that no more than the limit is read; whether none had to be moved."""
        if not starts:
            return {}, True
        ends = await self._reader.ends(starts)
        share = max(self._limits.requeue_scan_records_max // len(starts), 1)
        moved = {place: max(start, ends[place] - share) for place, start in starts.items()}
        return moved, moved == starts


class Requeuer:
    """Sends letters back to where they came from."""

    def __init__(self, topic: DeadLetterTopic, producer: ConfirmedProducer) -> None:
        self._topic = topic
        self._producer = producer

    async def send(self, letter: StoredDeadLetter, requeue: Requeue) -> Origin:
        """Produce the original record to its topic and partition; returns where it stands now.

        Raises `Rejected(record_too_large)` where it does not fit any more, else as the topic.
        """
        _, record = await self._topic.read(letter.place.partition, letter.place.offset)
        origin = requeue.origin
        headers = [*read_headers(record.headers).original, *requeue_headers(requeue)]
        return await self._producer.send(origin.topic, record.key, record.value, headers, partition=origin.partition)


def _place(record: KafkaRecord) -> Origin:
    return Origin(topic=record.topic, partition=record.partition, offset=record.offset)


def _letter(record: KafkaRecord) -> StoredDeadLetter:
    return read_dead_letter(_place(record), record.key, record.value, record.headers, record.timestamp)
