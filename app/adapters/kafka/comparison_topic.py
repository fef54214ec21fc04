"""Comparisons of a replay on their way to the reviewers, and what was refused of them."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import orjson
from aiokafka import TopicPartition

from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.adapters.kafka.topic_reader import TopicReader
from app.config import Settings
from app.core.history.identity import review_id
from schemas.dead_letter import Header, read_headers
from schemas.origin import Origin

_OF_DECISIONS: Final = "editor"
"""The stage whose letters are about what persons decided, and so about no review that has still to come."""


class ComparisonTopic:
    """Port `ReplayedComparisons`: the topic of comparisons, and the dead letters. An async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._letters = TopicReader(
            settings,
            settings.topic_dead_letters,
            settings.topic_comparisons,
            settings.topic_reviews,
            cure="name it in TOPIC_DEAD_LETTERS; the first start of a worker creates it",
        )
        self._read_to: dict[TopicPartition, int] = {}
        self._refused: dict[int, dict[UUID, str]] = {}
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

    async def refused(self, generation: int) -> Mapping[UUID, str]:
        """What later stages refused of `generation`, as far as the dead letters still tell: why, by review id."""
        ends = await self._letters.ends(self._read_to)
        if any(ends[place] > start for place, start in self._read_to.items()):
            omitted: list[tuple[Origin, str]] = []
            async for record in self._letters.records(self._read_to, ends):
                self._take(record.value, record.headers, omitted)
            for origin, why in omitted:
                # The letter had no room for the value, which lies where it was refused.
                whole = await self._letters.at(TopicPartition(origin.topic, origin.partition), origin.offset)
                self._note(whole.value if whole is not None else None, why)
            self._read_to = ends
        return self._refused.get(generation, {})

    def _take(self, value: bytes | None, headers: Sequence[Header], omitted: list[tuple[Origin, str]]) -> None:
        refusal = read_headers(tuple(headers)).refusal
        if refusal is None or refusal.stage == _OF_DECISIONS:
            return
        why = f"{refusal.reason}: {refusal.detail}"
        if refusal.value_omitted_bytes is not None:
            omitted.append((refusal.origin, why))
        else:
            self._note(value, why)

    def _note(self, value: bytes | None, why: str) -> None:
        try:
            document: Any = orjson.loads(value or b"")
        except orjson.JSONDecodeError:
            return
        if not isinstance(document, dict) or not isinstance(document.get("generation"), int):
            return
        submission = document.get("submission_id") or document.get("new_submission_id")
        ids = [str(one) for one in (document.get("student_id"), document.get("assignment_id"), submission)]
        generation = document["generation"]
        self._refused.setdefault(generation, {})[review_id(ids[0], ids[1], ids[2], generation)] = why
