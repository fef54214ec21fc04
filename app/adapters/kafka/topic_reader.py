"""Reading topics from where one likes to their ends, without a consumer group: nobody's offsets are touched."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from app.adapters.kafka.clients import client_auth, stop_consumer
from app.adapters.kafka.topics import partition_counts
from app.config import Settings
from app.kafka.errors import KAFKA_FAILURES, error_for_kafka
from app.kafka.fetching import READ_COMMITTED, check_codecs
from schemas.errors import Dependency, StartRefused, Unavailable

KafkaRecord: TypeAlias = ConsumerRecord[bytes, bytes]

_FETCH_WAIT_MS: Final = 20
"""A broker answers one request of a connection at a time: while it waits for records behind a partition's end, the next
question waits too. By default that is half a second."""

STALL_S: Final = 30.0
"""Wait for the next records of a scan; then Kafka counts as away: a person is waiting."""


class TopicReader:
    """Topics of one installation. An async context manager: connected inside.

    Only our own errors leave: `Unavailable(kafka)`, and `StartRefused` for what an operator has to change.
    """

    def __init__(self, settings: Settings, needed: str, *others: str, cure: str) -> None:
        """`needed` must be there, `cure` says what to do if it is not; of the `others` those that are."""
        self._settings = settings
        self._topics = (needed, *others)
        self._cure = cure
        self._consumer: Any = None
        self.counts: Mapping[str, int] = {}
        """Partitions of each topic that is there."""
        self._known_ends: dict[TopicPartition, int] = {}

    async def __aenter__(self) -> Self:
        """Connect; look which of the topics are there."""
        check_codecs()
        servers, auth = self._settings.bootstrap_servers, client_auth(self._settings)
        self.counts = await partition_counts(servers, self._topics, **auth)
        if self._topics[0] not in self.counts:
            raise StartRefused(f"there is no topic {self._topics[0]}", self._cure)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=list(servers),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level=READ_COMMITTED,
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            max_partition_fetch_bytes=self._settings.sizes().fetch_bytes_max,
            **auth,
        )
        try:
            async with translated("connecting"):
                await self._consumer.start()
        except BaseException:
            await stop_consumer(self._consumer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await stop_consumer(self._consumer)

    def places(self, topic: str) -> list[TopicPartition]:
        """All partitions of `topic`."""
        return [TopicPartition(topic, number) for number in range(self.counts[topic])]

    async def starts(self, topic: str, since: datetime | None = None) -> dict[TopicPartition, int]:
        """The first offset of each partition, or the first one written `since`; partitions without one are left out."""
        places = self.places(topic)
        async with translated(f"looking for offsets of {topic}"):
            if since is None:
                return dict(await self._consumer.beginning_offsets(places))
            since_ms = max(int(since.timestamp() * 1000), 0)
            found = await self._consumer.offsets_for_times(dict.fromkeys(places, since_ms))
        return {place: there.offset for place, there in found.items() if there is not None}

    async def ends(self, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """One past the last offset of each partition, as of now."""
        if not places:
            return {}
        async with translated("looking for ends"):
            return dict(await self._consumer.end_offsets(list(places)))

    async def at(self, place: TopicPartition, offset: int) -> KafkaRecord | None:
        """The record at `offset`, None where there is none any more, or none yet."""
        if place.partition >= self.counts.get(place.topic, 0):
            return None
        if offset >= self._known_ends.get(place, 0):
            self._known_ends |= await self.ends([place])
        if offset < self._known_ends[place]:
            # Below the first record that is left, it is read from there, and is another one.
            async with contextlib.aclosing(self.records({place: offset}, {place: offset + 1})) as found:
                async for record in found:
                    return record if record.offset == offset else None
        return None

    async def records(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] | None = None
    ) -> AsyncGenerator[KafkaRecord, None]:
        """Records from `starts` to `ends`, or to the ends as of now."""
        async with translated("reading records"):
            if ends is None:
                ends = await self._consumer.end_offsets(list(starts)) if starts else {}
            left = {place for place, start in starts.items() if start < ends[place]}
            self._consumer.assign(list(left))
            for place in left:
                self._consumer.seek(place, starts[place])
        heard = asyncio.get_running_loop().time()
        reached: dict[TopicPartition, int] = {}
        while left:
            async with translated("reading records"):
                batches = await self._consumer.getmany(*left, timeout_ms=500)
                at = {place: await self._consumer.position(place) for place in left}
            now = asyncio.get_running_loop().time()
            # Aborted records and transaction markers are passed over: positions move, and nothing is handed out.
            if batches or at != reached:
                heard, reached = now, at
            elif now - heard > STALL_S:
                raise Unavailable(Dependency.KAFKA, f"no records within {STALL_S:g} s")
            for place, records in batches.items():
                for record in records:
                    if record.offset < ends[place]:
                        yield record
            done = {place for place in left if at[place] >= ends[place]}
            self._consumer.pause(*done)
            left -= done


@asynccontextmanager
async def translated(doing: str) -> AsyncIterator[None]:
    """Translate what aiokafka raises while `doing` something, and give up on it after `STALL_S`."""
    try:
        async with asyncio.timeout(STALL_S):
            yield
    except TimeoutError as exc:
        raise Unavailable(Dependency.KAFKA, f"no answer within {STALL_S:g} s when {doing}") from exc
    except KAFKA_FAILURES as exc:
        raise error_for_kafka(exc, doing) from exc
