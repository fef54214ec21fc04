"""Ports `ReviewStore` and `MadeReviews` in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.core.ports import StoredReview
from schemas.codec import decode, encode
from schemas.errors import Dependency, Unavailable
from schemas.review import Review


class MemoryReviews:
    """Reviews by id as the bytes that they travel as, so that what cannot travel cannot be stored either.

    Set `away` for an outage. Marking a review that was never stored is a programmer's error and blows up.
    """

    def __init__(self) -> None:
        self.away = False
        self.published_at: dict[UUID, datetime] = {}
        self.calls = 0
        self._stored: dict[UUID, bytes] = {}
        self._deleted: set[UUID] = set()

    @property
    def reviews(self) -> dict[UUID, Review]:
        """What is stored, in the order of arrival."""
        return {key: decode(Review, value) for key, value in self._stored.items()}

    async def store(self, review: Review) -> StoredReview:
        """Keep `review` unless its id is there."""
        self._answer()
        value = self._stored.setdefault(review.review_id, encode(review))
        return StoredReview(decode(Review, value), published=review.review_id in self.published_at)

    async def find(self, review_id: UUID) -> Review | None:
        """What is stored under the id."""
        self._answer()
        value = self._stored.get(review_id)
        return None if value is None else decode(Review, value)

    async def mark_published(self, review: Review, at: datetime) -> None:
        """Keep the first time."""
        self._answer()
        assert at.tzinfo is not None, "times are aware"
        if review.review_id in self._deleted:
            return
        assert review.review_id in self._stored, "a review is stored before it is published"
        self.published_at.setdefault(review.review_id, at)

    async def published(self, review_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        """Whether those that are stored were published."""
        self._answer()
        return {one: one in self.published_at for one in review_ids if one in self._stored}

    async def many(self, review_ids: Sequence[UUID]) -> Mapping[UUID, Review]:
        """Those that are stored."""
        self._answer()
        return {one: decode(Review, self._stored[one]) for one in review_ids if one in self._stored}

    async def discard(self, review_ids: Sequence[UUID]) -> None:
        """Delete those that were not published."""
        self._answer()
        for one in review_ids:
            if one not in self.published_at:
                self._stored.pop(one, None)

    def delete(self, review: Review) -> None:
        """What an operator does who erases a student."""
        del self._stored[review.review_id]
        self.published_at.pop(review.review_id, None)
        self._deleted.add(review.review_id)

    def _answer(self) -> None:
        self.calls += 1
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")
