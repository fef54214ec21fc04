"""What the reviewer remembers of its own answers: live ones only."""

from collections.abc import Callable, Iterator
from typing import Final
from uuid import UUID

from app.core.limits import HistoryLimits, ThreadLimits
from schemas.base import LIVE
from schemas.codec import encode, read_record
from schemas.history import GivenReview, ReviewHistory
from schemas.review import Review, Thread, ThreadState

_LIMITS: Final = ThreadLimits()


def find_review(entry: ReviewHistory | None, review_id: UUID) -> Review | None:
    """The answer already given under `review_id`, if it is still remembered."""
    wanted = str(review_id)
    return next((read_record(Review, one.review) for one in _live(entry) if one.review_id == wanted), None)


def find_submission(entry: ReviewHistory | None, submission_id: str | None) -> Review | None:
    """The live review of `submission_id`, if it is still remembered: what progress is measured against."""
    given = _live(entry) if submission_id is not None else ()
    return next((read_record(Review, one.review) for one in given if one.submission_id == submission_id), None)


def threads_before(entry: ReviewHistory | None, previous: Review | None) -> tuple[Thread, ...]:
    """The comments of all earlier attempts: as the `previous` review left them, else as the newest one did.

    A submission whose predecessor was refused has no review of that; what was said before it still holds. A review of
    a version that kept no threads has its comments alone.
    """
    if previous is None:
        return entry.threads if entry is not None else ()
    return previous.review_result.threads or tuple(_threads_of(previous))


def _threads_of(review: Review) -> Iterator[Thread]:
    """A thread for each comment of a review; those of older versions have neither ids nor quotes."""
    for number, comment in enumerate(review.review_result.code_review_comments):
        if comment.severity != "praise":
            yield Thread(
                comment_id=comment.comment_id or f"{review.review_id}-{number}",
                state=ThreadState.NEW,
                decided_by="code",
                category=comment.category,
                severity=comment.severity,
                path=comment.path,
                symbol=comment.symbol,
                line=comment.line,
                quote=comment.quote,
                message=comment.message[: _LIMITS.message_chars_max],
                since_submission_id=review.new_submission_id,
            )


def remember_review(
    entry: ReviewHistory | None, offset: int, newest: Review, is_settled: Callable[[int], bool], limits: HistoryLimits
) -> ReviewHistory:
    """`entry` with the review `newest` of the comparison at `offset`, without what nobody will ask for again.

    The last `limits.depth` stay for comparison. Older ones stay as long as their comparison may come again
    (`is_settled` tells by its offset), the newest of them first, within `limits.unsettled_bytes_max`. Reviews of
    other generations never enter: a replay would push live ones out, and progress would be measured against it. One
    that an earlier version let in goes with the next write.
    """
    if newest.generation != LIVE:
        raise ValueError("only live reviews are remembered")
    given = (*_live(entry), GivenReview.of(offset, newest))
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
    return ReviewHistory(given=(*reversed(unsettled), *last), threads=newest.review_result.threads)


def _live(entry: ReviewHistory | None) -> tuple[GivenReview, ...]:
    given = entry.given if entry is not None else ()
    return tuple(one for one in given if one.generation == LIVE)
