"""What arrived where: for each sample submission, what stands in MongoDB, at the API, in `reviews`, at the webhook."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from app.adapters.kafka.clients import stop_consumer
from app.adapters.mongo.reviews import COLLECTION
from app.embedded.platform.review_api import RecordingApi
from app.kafka.fetching import READ_COMMITTED
from schemas.codec import decode
from schemas.dead_letter import HEADER_PREFIX
from schemas.review import Review

DESTINATIONS: Final = ("MongoDB", "review API", "reviews topic", "webhook")

_POLL_MS: Final = 200
_FAILURES_MAX: Final = 20  # in a row, four seconds at least


@dataclass(frozen=True, slots=True)
class RefusedSubmission:
    """One dead letter of ours: whose it is (None where its bytes do not say) and who refused it why."""

    submission_id: str | None
    stage: str
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.submission_id or 'unknown'}: refused by {self.stage}: {self.reason}: {self.detail}"


@dataclass(slots=True)
class Arrivals:
    """Counts by submission id for each destination, the reviews themselves, and what was refused."""

    expected: tuple[str, ...]
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in DESTINATIONS})
    published: set[str] = field(default_factory=set)
    reviews: dict[str, Review] = field(default_factory=dict)
    refused: list[RefusedSubmission] = field(default_factory=list)

    def arrived(self, destination: str) -> int:
        """How many of the expected submissions have at least one arrival there."""
        return sum(1 for submission_id in self.expected if self.counts[destination][submission_id])

    def total(self, destination: str) -> int:
        """Arrivals there, repeated ones counted."""
        return sum(self.counts[destination][submission_id] for submission_id in self.expected)

    def missing(self) -> dict[str, list[str]]:
        """Submission id -> destinations that it has not reached; those that have reached all are left out."""
        lacking = {
            submission_id: [name for name in DESTINATIONS if not self.counts[name][submission_id]]
            for submission_id in self.expected
        }
        return {submission_id: names for submission_id, names in lacking.items() if names}

    def repeated(self) -> dict[str, list[str]]:
        """Submission id -> destinations where it arrived more than once."""
        doubled = {
            submission_id: [name for name in DESTINATIONS if self.counts[name][submission_id] > 1]
            for submission_id in self.expected
        }
        return {submission_id: names for submission_id, names in doubled.items() if names}

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come: every submission is reviewed, told and marked published, or refused."""
        refused = {letter.submission_id for letter in self.refused}
        waiting = (set(self.missing()) | (set(self.expected) - self.published)) - refused
        return not waiting or None in refused

    @property
    def complete(self) -> bool:
        """Whether every submission reached every destination and none was refused."""
        return not self.missing() and not self.refused


class ArrivalWatch:
    """Looks at all destinations of a running stack; `look` brings `arrivals` up to date.

    An async context manager. Raises `KafkaError` or `PyMongoError` where the stack itself fails.
    """

    def __init__(
        self,
        arrivals: Arrivals,
        *,
        kafka_bootstrap: str,
        reviews: str,
        dead_letters: str,
        partitions: int,
        mongodb_url: str,
        database: str,
        api: RecordingApi,
    ) -> None:
        self.arrivals = arrivals
        self._api = api
        self._dead_letters = dead_letters
        self._places = [TopicPartition(topic, n) for topic in (reviews, dead_letters) for n in range(partitions)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=kafka_bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            isolation_level=READ_COMMITTED,
        )
        self._failures = 0
        self._mongo: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongodb_url)
        self._documents = self._mongo[database][COLLECTION]

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await stop_consumer(self._consumer)
        await self._mongo.close()

    async def look(self) -> None:
        """Take in what is new; returns after a fifth of a second where nothing is.

        A read of the database that fails is left for the next look: an embedded server under load answers one in
        thousands with an internal error. Only failures in a row are raised.
        """
        for records in (await self._consumer.getmany(timeout_ms=_POLL_MS)).values():
            self._take_records(records)
        counts = self.arrivals.counts
        try:
            stored = await self._documents.find({}, {"new_submission_id": 1, "published_at": 1}).to_list()
        except PyMongoError:
            self._failures += 1
            if self._failures >= _FAILURES_MAX:
                raise
            return
        self._failures = 0
        counts["MongoDB"] = _count(document["new_submission_id"] for document in stored)
        self.arrivals.published = {d["new_submission_id"] for d in stored if d.get("published_at") is not None}
        counts["review API"] = _count(d.document.get("new_submission_id") for d in self._api.deliveries)
        counts["webhook"] = _count(n.document.get("submission_id") for n in self._api.notifications)

    def _take_records(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        for record in records:
            if record.topic == self._dead_letters:
                self.arrivals.refused.append(_refused(record))
            elif record.value is not None:
                review = decode(Review, record.value)
                self.arrivals.counts["reviews topic"][review.new_submission_id] += 1
                self.arrivals.reviews.setdefault(review.new_submission_id, review)


def _count(ids: Iterable[Any]) -> Counter[str]:
    return Counter(str(submission_id) for submission_id in ids)


def _refused(record: ConsumerRecord[bytes, bytes]) -> RefusedSubmission:
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    try:
        document = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        document = None
    fields = document if isinstance(document, dict) else {}
    submission_id = fields.get("submission_id", fields.get("new_submission_id"))
    return RefusedSubmission(
        submission_id=submission_id if isinstance(submission_id, str) else None,
        stage=headers.get(f"{HEADER_PREFIX}stage", "?"),
        reason=headers.get(f"{HEADER_PREFIX}reason", "?"),
        detail=headers.get(f"{HEADER_PREFIX}message", ""),
    )
