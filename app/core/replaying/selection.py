"""Which submissions a selection means."""

from app.core.replaying.timeline import Head
from schemas.replay import Selection
from schemas.review import Review


def fits_head(selection: Selection, head: Head) -> bool:
    """Whether place, time and ids fit."""
    if selection.offsets:
        bounds = selection.offsets.get(head.origin.partition)
        if bounds is None or head.origin.offset < bounds[0]:
            return False
        if bounds[1] is not None and head.origin.offset >= bounds[1]:
            return False
    if selection.since is not None and head.written_at < selection.since:
        return False
    if selection.until is not None and head.written_at >= selection.until:
        return False
    return (
        (not selection.students or head.student_id in selection.students)
        and (not selection.assignments or head.assignment_id in selection.assignments)
        and (not selection.submissions or head.submission_id in selection.submissions)
    )


def looks_at_reviews(selection: Selection) -> bool:
    """Whether the current reviews have to be asked."""
    given = (selection.prompt_version, selection.rubric_version, selection.model)
    return any(part is not None for part in (*given, selection.score_min, selection.score_max))


def fits_review(selection: Selection, review: Review | None) -> bool:
    """Whether the current review fits; a submission without one fits no part that looks at it."""
    if not looks_at_reviews(selection):
        return True
    if review is None:
        return False
    score = review.review_result.overall_score
    return (
        selection.prompt_version in {None, review.prompt_version}
        and selection.rubric_version in {None, review.rubric_version}
        and selection.model in {None, review.model}
        and (selection.score_min is None or score >= selection.score_min)
        and (selection.score_max is None or score <= selection.score_max)
    )
