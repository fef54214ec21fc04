"""Port `CurrentReviews` in memory."""

from collections.abc import Mapping, Sequence

from app.core.ports import SubmissionKey
from schemas.review import Review


class MemoryCurrentReviews:
    """The review of the highest generation counts."""

    def __init__(self) -> None:
        self.reviews: dict[SubmissionKey, Review] = {}

    async def current(self, keys: Sequence[SubmissionKey]) -> Mapping[SubmissionKey, Review]:
        return {key: self.reviews[key] for key in keys if key in self.reviews}

    async def make_current(self, review: Review) -> None:
        key = review.student_id, review.assignment_id, review.new_submission_id
        known = self.reviews.get(key)
        if known is None or known.generation < review.generation:
            self.reviews[key] = review
