"""The topic of submissions as an operator reads it: heads from one end to the other, and single records whole."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self, TypeGuard

import orjson
from aiokafka import TopicPartition

from app.adapters.kafka.dead_letters import DeadLetterTopic
from app.adapters.kafka.topic_plans import changelog_name
from app.adapters.kafka.topic_reader import KafkaRecord, TopicReader
from app.config import Settings
from app.core.events.record import Record, receive
from app.core.history.entries import unpack
from app.core.history.identity import table_key
from app.core.replaying.timeline import Head
from schemas.history import SUBMISSION_HISTORY, SubmissionHistory
from schemas.ids import ID_PATTERN
from schemas.origin import Origin

_COMPARATOR: Final = "comparator"
_ID: Final = re.compile(ID_PATTERN)
_NAMES: Final = ("student_id", "assignment_id", "submission_id", "previous_submission_id")


class SubmissionLog:
    """The topic of submissions, the dead letters and the history's changelog of one installation, read only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.topic = settings.topic_submissions
        self._changelog = changelog_name(settings, SUBMISSION_HISTORY)
        self._reader = TopicReader(
            settings,
            self.topic,
            self._changelog,
            cure="name it in TOPIC_SUBMISSIONS; the first start of a worker creates it",
        )
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect."""
        await self._open.enter_async_context(self._reader)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._open.aclose()

    async def bounds(self) -> dict[int, tuple[int, int]]:
        """First offset, and one past the last one, of each partition as of now."""
        starts = await self._reader.starts(self.topic)
        ends = await self._reader.ends(starts)
        return {place.partition: (start, ends[place]) for place, start in starts.items()}

    async def heads(self) -> AsyncIterator[Head]:
        """The heads of all submissions up to the ends as of now, each partition's in order.

        A record that is no submission is passed over: it lies among the dead letters.
        """
        async for record in self._reader.records(await self._reader.starts(self.topic)):
            head = _head(record)
            if head is not None:
                yield head

    async def record(self, position: Origin) -> Record | None:
        """The record at `position`, None where the topic has it no more."""
        found = await self._reader.at(TopicPartition(self.topic, position.partition), position.offset)
        return None if found is None else _received(found)

    async def refused(self) -> set[tuple[Origin, int]]:
        """Submissions that the comparator refused, as far as the dead letters still tell.

        Where each first stood, and how often it had been requeued.
        """
        async with DeadLetterTopic(self._settings) as dead_letters:
            return {
                (letter.refusal.origin, letter.refusal.requeue_attempt)
                async for letter in dead_letters.scan()
                if letter.refusal is not None and letter.refusal.stage == _COMPARATOR
            }

    async def histories(self, keys: set[tuple[str, str]]) -> dict[tuple[str, str], SubmissionHistory]:
        """The table's entries of these students and assignments, read from its changelog."""
        if not keys or self._changelog not in self._reader.counts:
            return {}
        wanted = {table_key(*key): key for key in keys}
        found: dict[tuple[str, str], bytes | None] = {}
        async for record in self._reader.records(await self._reader.starts(self._changelog)):
            key = wanted.get(record.key or b"")
            if key is not None:
                found[key] = record.value
        return {key: unpack(SubmissionHistory, value) for key, value in found.items() if value is not None}


def _received(record: KafkaRecord) -> Record:
    position = Origin(topic=record.topic, partition=record.partition, offset=record.offset)
    return receive(position, record.key, record.value, record.headers)


def _head(record: KafkaRecord) -> Head | None:
    """What the record says of itself; the whole of it is believed only when it is read again."""
    received = _received(record)
    ids = _ids_in(received.value or b"")
    if ids is None or received.key != ids[0].encode():
        return None
    return Head(
        origin=received.origin,
        position=received.position,
        written_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        student_id=ids[0],
        assignment_id=ids[1],
        submission_id=ids[2],
        previous_submission_id=ids[3],
        requeue_attempt=received.requeue_attempt,
    )


def _ids_in(value: bytes) -> tuple[str, str, str, str | None] | None:
    """The four ids, None where they are not there or are none."""
    try:
        document: Any = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    student, assignment, submission, named = (document.get(name) for name in _NAMES)
    if _is_id(student) and _is_id(assignment) and _is_id(submission) and (named is None or _is_id(named)):
        return student, assignment, submission, named
    return None


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
