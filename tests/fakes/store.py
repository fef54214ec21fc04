"""Ports `ReviewStore` and `MadeReviews` in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from app.core.ports import StoredReview
from schemas.base import LIVE
from schemas.codec import decode, encode
from schemas.errors import Dependency, Unavailable
from schemas.origin import Origin
from schemas.review import Review
from schemas.rubric import Release


class MemoryReviews:
    """Reviews by id as the bytes that they travel as, so that what cannot travel cannot be stored either.

    Set `away` for an outage. Marking a review that was never stored is a programmer's error and blows up.
    """

    def __init__(self) -> None:
        self.away = False
        self.published_at: dict[UUID, datetime] = {}
        self.calls = 0
        self.revisions: dict[UUID, int] = {}
        self.promoted: set[UUID] = set()
        self._stored: dict[UUID, bytes] = {}
        self._decided: dict[UUID, bytes] = {}
        self._deleted: set[UUID] = set()

    @property
    def reviews(self) -> dict[UUID, Review]:
        """What readers find, in the order of arrival."""
        return {key: decode(Review, self._decided.get(key, value)) for key, value in self._stored.items()}

    async def store(self, review: Review) -> StoredReview:
        """Keep `review` unless its id is there."""
        self._answer()
        self._stored.setdefault(review.review_id, encode(review))
        return self._whole(review.review_id)

    async def find(self, review_id: UUID) -> Review | None:
        """What readers find under the id."""
        self._answer()
        return self.reviews.get(review_id)

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        """Of a student's live reviews of an assignment the last one that stands before `origin`, as it is read."""
        self._answer()
        place = origin.topic, origin.partition
        before = [
            one
            for one in self.reviews.values()
            if (one.student_id, one.assignment_id, one.generation) == (student_id, assignment_id, LIVE)
            and (one.origin.topic, one.origin.partition) == place
            and one.origin.offset < origin.offset
        ]
        return max(before, key=lambda one: one.origin.offset, default=None)

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        """What is stored under the id, as it was made."""
        self._answer()
        return self._whole(review_id) if review_id in self._stored else None

    async def revise(self, review: Review) -> bool:
        """Put `review` over the original, unless a later revision is there."""
        self._answer()
        assert review.decision is not None, "somebody decided"
        known = self.reviews.get(review.review_id)
        if known is None:
            return True
        revision = 0 if known.decision is None else known.decision.revision
        if revision < review.decision.revision:
            self._decided[review.review_id] = encode(review)
        return revision <= review.decision.revision

    async def mark_promoted(self, review: Review) -> None:
        """Keep that it is to be delivered."""
        self._answer()
        self.promoted.add(review.review_id)

    async def mark_published(self, review: Review, at: datetime) -> None:
        """Keep the first time."""
        self._answer()
        assert at.tzinfo is not None, "times are aware"
        if review.review_id in self._deleted:
            return
        assert review.review_id in self._stored, "a review is stored before it is published"
        self.published_at.setdefault(review.review_id, at)
        revision = review.decision.revision if review.decision is not None else 0
        self.revisions[review.review_id] = max(revision, self.revisions.get(review.review_id, 0))

    async def published(self, review_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        """Whether those that are stored were published, or wait for a person."""
        self._answer()
        waiting = {one for one, review in self.reviews.items() if review.release is Release.AFTER_APPROVAL}
        return {one: one in self.published_at or one in waiting for one in review_ids if one in self._stored}

    async def many(self, review_ids: Sequence[UUID]) -> Mapping[UUID, Review]:
        """Those that are stored, as they were made."""
        self._answer()
        return {one: decode(Review, self._stored[one]) for one in review_ids if one in self._stored}

    async def name_superseded(self, review_id: UUID, superseded: UUID) -> None:
        """Say of a shadow review that was not promoted what it stands in place of."""
        self._answer()
        review = decode(Review, self._stored[review_id]) if review_id in self._stored else None
        if review is None or review.replay is None or not review.replay.is_shadow:
            return
        if review_id not in self.promoted and review_id not in self.published_at:
            note = review.replay.model_copy(update={"supersedes": superseded})
            self._stored[review_id] = encode(review.model_copy(update={"replay": note}))

    async def discard(self, review_ids: Sequence[UUID]) -> None:
        """Delete those that were not published."""
        self._answer()
        for one in review_ids:
            if one not in self.published_at:
                self._stored.pop(one, None)

    def delete(self, review: Review) -> None:
        """What an operator does who erases a student."""
        del self._stored[review.review_id]
        self._decided.pop(review.review_id, None)
        self.revisions.pop(review.review_id, None)
        self.published_at.pop(review.review_id, None)
        self._deleted.add(review.review_id)

    def _whole(self, review_id: UUID) -> StoredReview:
        return StoredReview(
            decode(Review, self._stored[review_id]),
            published=review_id in self.published_at,
            revision=self.revisions.get(review_id, 0),
            promoted=review_id in self.promoted,
        )

    def _answer(self) -> None:
        self.calls += 1
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")
