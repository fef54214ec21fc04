"""The five topics as states are told by them: followed in a consumer group of its own, or read from the start."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from app.adapters.kafka.clients import client_auth, stop_consumer
from app.adapters.kafka.partitioning import partitioner
from app.adapters.kafka.topic_reader import KafkaRecord, TopicReader, translated
from app.adapters.kafka.topics import partition_counts
from app.config import Settings
from app.core.events.record import Record, receive
from app.core.states import StateTopics
from app.kafka.fetching import READ_COMMITTED, check_codecs
from schemas.errors import Dependency, Unavailable
from schemas.origin import Origin

WrittenRecord = tuple[Record, datetime]
"""A record, and when it was written."""

_RECORDS_MAX: Final = 200
_TAKE_MS: Final = 500
_LAST_MS: Final = 253_402_300_799_000


def state_topics(settings: Settings) -> StateTopics:
    """The topics that states are told by."""
    return StateTopics(
        settings.topic_submissions,
        settings.topic_comparisons,
        settings.topic_reviews,
        settings.topic_dead_letters,
        settings.topic_decisions,
        partitioner(settings.topic_partitions),
    )


def states_group(settings: Settings) -> str:
    """The group in which all processes of `reviewstream web` share the topics' partitions."""
    return f"{settings.kafka_group_id}-states"


class StateFeed:
    """The five topics, followed. An async context manager; only our own errors leave.

    Whoever takes records commits them once what they say is kept: after a crash they come again.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        """Connect. `Unavailable` while a topic is not there yet: the first start of a worker creates them."""
        check_codecs()
        settings, auth = self._settings, client_auth(self._settings)
        names = _names(settings)
        counts = await partition_counts(settings.bootstrap_servers, names, **auth)
        missing = [name for name in names if name not in counts]
        if missing:
            raise Unavailable(Dependency.KAFKA, f"there is no topic {', '.join(missing)}: no worker has started yet")
        self._consumer = AIOKafkaConsumer(
            *names,
            bootstrap_servers=list(settings.bootstrap_servers),
            group_id=states_group(settings),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level=READ_COMMITTED,
            max_partition_fetch_bytes=settings.sizes().fetch_bytes_max,
            session_timeout_ms=round(settings.kafka_session_timeout_s * 1000),
            heartbeat_interval_ms=round(settings.kafka_heartbeat_interval_s * 1000),
            **auth,
        )
        try:
            async with translated("joining the group of states"):
                await self._consumer.start()
        except BaseException:
            await stop_consumer(self._consumer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group, so that others take its partitions at once."""
        await stop_consumer(self._consumer)

    async def take(self) -> list[WrittenRecord]:
        """The next records, none where there are none for half a second."""
        async with translated("reading for states"):
            batches = await self._consumer.getmany(timeout_ms=_TAKE_MS, max_records=_RECORDS_MAX)
        return [_written(record) for records in batches.values() for record in records]

    async def commit(self) -> None:
        """What was taken is kept: it need not come again."""
        async with translated("committing states"):
            await self._consumer.commit()

    async def lag(self) -> int:
        """Records of this process's partitions that were not taken yet."""
        async with translated("looking for the states' lag"):
            places: set[TopicPartition] = self._consumer.assignment()
            ends = await self._consumer.end_offsets(list(places)) if places else {}
            return sum([max(end - await self._consumer.position(place), 0) for place, end in ends.items()])


async def read_whole_log(settings: Settings) -> AsyncIterator[WrittenRecord]:
    """Every record of the five topics up to their ends as of now, without a group. Raises as `TopicReader`."""
    names = _names(settings)
    async with TopicReader(settings, *names, cure="the first start of a worker creates it") as reader:
        starts: dict[TopicPartition, int] = {}
        for name in names:
            if name in reader.counts:
                starts |= await reader.starts(name)
        async for record in reader.records(starts):
            yield _written(record)


def _names(settings: Settings) -> tuple[str, ...]:
    topics = state_topics(settings)
    return topics.submissions, topics.comparisons, topics.reviews, topics.dead_letters, topics.decisions


def _written(record: KafkaRecord) -> WrittenRecord:
    position = Origin(topic=record.topic, partition=record.partition, offset=record.offset)
    written_at = datetime.fromtimestamp(min(max(record.timestamp, 0), _LAST_MS) / 1000, UTC)
    return receive(position, record.key, record.value, record.headers), written_at
