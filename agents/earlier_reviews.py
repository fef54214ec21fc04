"""What was said to a student before a submission that is reviewed once more, long after the table has gone on."""

from dataclasses import dataclass

from app.core.history.given_reviews import find_submission, threads_before
from app.core.history.identity import review_id
from app.core.ports import KeptReviews
from schemas.base import LIVE
from schemas.comparison import Baseline, Comparison
from schemas.history import ReviewHistory
from schemas.review import Review, Thread


@dataclass(frozen=True, slots=True)
class Earlier:
    """The live review of the submission that was compared with, if there is one, and all comments made until then."""

    previous: Review | None
    threads: tuple[Thread, ...]


async def find_earlier(comparison: Comparison, kept: KeptReviews, entry: ReviewHistory | None = None) -> Earlier:
    """What had been said when the submission of `comparison` was new. `entry` saves a question where it still knows.

    Of a predecessor that was refused there is no review; then the comments are those of the newest review before.
    """
    student, assignment, before = comparison.student_id, comparison.assignment_id, comparison.previous_submission_id
    previous = find_submission(entry, before)
    if previous is None and before is not None:
        previous = await kept.find(review_id(student, assignment, before, LIVE))
    newest = previous
    if newest is None and comparison.baseline is not Baseline.NONE:
        newest = await kept.find_before(student, assignment, comparison.origin)
    return Earlier(previous, threads_before(None, newest))
