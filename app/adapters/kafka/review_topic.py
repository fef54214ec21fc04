"""Shadow reviews on their way to the publisher, to be delivered after all."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.config import Settings
from schemas.codec import encode
from schemas.dead_letter import Header
from schemas.replay import PROMOTED, ReplayOrder
from schemas.review import Review


class ReviewTopic:
    """The topic of reviews, written to. An async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self._producer: ConfirmedProducer | None = None

    async def __aenter__(self) -> Self:
        """Connect."""
        self._producer = await self._open.enter_async_context(confirmed_producer(self._settings))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._open.aclose()

    async def promote(self, review: Review) -> None:
        """Send a shadow review once more, under the header that lets the publisher deliver it."""
        assert self._producer is not None, "entered first"  # noqa: S101 -- a programmer's error
        assert review.replay is not None, "a replay's review"  # noqa: S101 -- a programmer's error
        value = encode(review)
        headers: list[Header] = [*ReplayOrder(note=review.replay).headers()]
        headers.append((PROMOTED, review.replay.replay_id.encode()))
        headers += self._settings.event_attributes().of_review(value, headers)
        await self._producer.send(self._settings.topic_reviews, review.student_id.encode(), value, headers)
