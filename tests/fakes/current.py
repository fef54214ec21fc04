"""Port `CurrentReviews` in memory."""

from collections.abc import Mapping, Sequence

from app.core.ports import SubmissionKey
from schemas.review import Review
from tests.fakes.store import MemoryReviews


class MemoryCurrentReviews:
    """The review of the highest generation counts, as it is read: with what a person changed of it in `store`."""

    def __init__(self, store: MemoryReviews | None = None) -> None:
        self.reviews: dict[SubmissionKey, Review] = {}
        self._read = store or MemoryReviews()

    async def current(self, keys: Sequence[SubmissionKey]) -> Mapping[SubmissionKey, Review]:
        read = self._read.reviews
        pointed = {key: self.reviews[key] for key in keys if key in self.reviews}
        return {key: read.get(review.review_id, review) for key, review in pointed.items()}

    async def make_current(self, review: Review) -> None:
        key = review.student_id, review.assignment_id, review.new_submission_id
        known = self.reviews.get(key)
        if known is None or known.generation < review.generation:
            self.reviews[key] = review
