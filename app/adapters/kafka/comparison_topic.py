"""Comparisons of a replay on their way to the reviewers, and what was refused of them."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.topic_reader import TopicReader, translated
from app.config import Settings
from app.kafka.errors import KAFKA_FAILURES, error_for_send
from schemas.dead_letter import Header, read_headers


class ComparisonTopic:
    """The topic of comparisons, written to, and the dead letters from now on. An async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._letters = TopicReader(
            settings,
            settings.topic_dead_letters,
            cure="name it in TOPIC_DEAD_LETTERS; the first start of a worker creates it",
        )
        self._read_to: dict[TopicPartition, int] = {}
        self._refused: dict[tuple[int, str, str], str] = {}
        self._producer: Any = None

    async def __aenter__(self) -> Self:
        """Connect; what was refused before does not count."""
        await self._letters.__aenter__()
        topic = self._settings.topic_dead_letters
        self._read_to = await self._letters.starts(topic)
        self._producer = AIOKafkaProducer(
            bootstrap_servers=list(self._settings.bootstrap_servers),
            acks="all",
            enable_idempotence=self._settings.kafka_idempotent_producer,
            compression_type="gzip",
            max_request_size=self._settings.sizes().request_bytes_max,
            **client_auth(self._settings),
        )
        try:
            async with translated("connecting"):
                await self._producer.start()
        except BaseException:
            await self._letters.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect; what was sent is acknowledged already."""
        await asyncio.gather(self._producer.stop(), self._letters.__aexit__(kind, error, trace))

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Produce one comparison; returns once all in-sync replicas have acknowledged it."""
        topic = self._settings.topic_comparisons
        try:
            await self._producer.send_and_wait(topic, value, key=key, headers=list(headers))
        except KAFKA_FAILURES as exc:
            raise error_for_send(exc, topic, len(key) + len(value)) from exc

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
