"""Comparisons of a replay on their way to the reviewers, and what was refused of them."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import orjson
from aiokafka import TopicPartition

from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.adapters.kafka.topic_reader import TopicReader
from app.config import Settings
from schemas.dead_letter import Header, read_headers


class ComparisonTopic:
    """The topic of comparisons, written to, and the dead letters. An async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._letters = TopicReader(
            settings,
            settings.topic_dead_letters,
            cure="name it in TOPIC_DEAD_LETTERS; the first start of a worker creates it",
        )
        self._read_to: dict[TopicPartition, int] = {}
        self._refused: dict[tuple[int, str, str], str] = {}
        self._producer: ConfirmedProducer | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._letters)
            self._read_to = await self._letters.starts(self._settings.topic_dead_letters)
            self._producer = await opening.enter_async_context(confirmed_producer(self._settings))
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; what was sent is acknowledged already."""
        await self._open.aclose()

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Produce one comparison; returns once all in-sync replicas have acknowledged it."""
        assert self._producer is not None, "entered first"  # noqa: S101 -- a programmer's error
        whole = [*headers, *self._settings.event_attributes().of_comparison(value)]
        await self._producer.send(self._settings.topic_comparisons, key, value, whole)

    async def refused(self, generation: int) -> dict[tuple[str, str], str]:
        """Why submissions of `generation` were refused by a later stage, by student and submission."""
        ends = await self._letters.ends(self._read_to)
        if any(ends[place] > start for place, start in self._read_to.items()):
            async for record in self._letters.records(self._read_to, ends):
                self._note(record.value, record.headers)
            self._read_to = ends
        return {(student, one): why for (g, student, one), why in self._refused.items() if g == generation}

    def _note(self, value: bytes | None, headers: Sequence[Header]) -> None:
        refusal = read_headers(tuple(headers)).refusal
        if refusal is None or not value:
            return
        try:
            document: Any = orjson.loads(value)
        except orjson.JSONDecodeError:
            return
        if not isinstance(document, dict) or not isinstance(document.get("generation"), int):
            return
        submission = document.get("submission_id") or document.get("new_submission_id")
        who = str(document.get("student_id")), str(submission)
        self._refused[document["generation"], *who] = f"{refusal.reason}: {refusal.detail}"
