"""What the reviewer remembers of its own answers."""

from collections.abc import Callable
from uuid import UUID

from app.core.limits import HistoryLimits
from schemas.codec import encode
from schemas.history import GivenReview, ReviewHistory
from schemas.review import Review


def find(entry: ReviewHistory | None, review_id: UUID) -> Review | None:
    """The answer already given under `review_id`, if it is still remembered."""
    given = entry.given if entry is not None else ()
    return next((one.review for one in given if one.review.review_id == review_id), None)


def find_submission(entry: ReviewHistory | None, submission_id: str | None) -> Review | None:
    """The live review of `submission_id`, if it is still remembered: what progress is measured against."""
    given = entry.given if entry is not None and submission_id is not None else ()
    return next((one.review for one in given if one.review.new_submission_id == submission_id), None)


def remember(
    entry: ReviewHistory | None, newest: GivenReview, is_settled: Callable[[int], bool], limits: HistoryLimits
) -> ReviewHistory:
    """`entry` with `newest` at its end, without what nobody will ask for again.

    The last `limits.depth` stay for comparison. Older ones stay as long as their comparison may come again
    (`is_settled` tells by its offset), the newest of them first, within `limits.unsettled_bytes_max`.
    """
    given = (*(entry.given if entry is not None else ()), newest)
    last = given[-limits.depth :]
    unsettled: list[GivenReview] = []
    room = limits.unsettled_bytes_max
    for one in reversed(given[: -limits.depth]):
        if is_settled(one.offset):
            continue
        room -= len(encode(one))
        if room < 0:
            break
        unsettled.append(one)
    return ReviewHistory(given=(*reversed(unsettled), *last))
