"""What the reviewer remembers of its own answers."""

from uuid import UUID

from schemas.history import ReviewHistory
from schemas.review import Review


def find(entry: ReviewHistory | None, review_id: UUID) -> Review | None:
    """The answer already given under `review_id`, if it is still remembered."""
    return next((r for r in entry.reviews if r.review_id == review_id), None) if entry else None


def find_submission(entry: ReviewHistory | None, submission_id: str | None) -> Review | None:
    """The live review of `submission_id`, if it is still remembered: what progress is measured against."""
    if entry is None or submission_id is None:
        return None
    return next((r for r in entry.reviews if r.new_submission_id == submission_id), None)


def remember(entry: ReviewHistory | None, review: Review, depth: int) -> ReviewHistory:
    """`entry` with `review` as its newest and the oldest beyond `depth` forgotten."""
    reviews = (*(entry.reviews if entry else ()), review)
    return ReviewHistory(reviews=reviews[-depth:])
