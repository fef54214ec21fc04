"""A review and what was decided about its submission -> the review as it is to be read."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.deciding.folding import Ruling
from app.core.reviewing.grading.sums import EARNED, Scores, add_up
from schemas.decision import CommentEdit, VerdictEdit
from schemas.review import CodeComment, DecisionNote, ProblemKind, Review, ReviewStanding, Thread, ThreadState
from schemas.rubric import CountsFor, Release, RubricVerdict, Verdict

_SHARED: Final = {"path", "line", "category", "severity", "symbol", "quote", "test_id", "message"}
"""Fields that a comment and its thread have in common."""
_MODELS: Final = frozenset(map(str, ProblemKind))
_Line = tuple[str, str | None, int, str]
"""Path, symbol, number and text of a line."""


@dataclass(frozen=True, slots=True)
class _Said:
    """Comments and threads as they are to be read."""

    comments: tuple[CodeComment, ...]
    threads: tuple[Thread, ...]


def apply_ruling(review: Review, ruling: Ruling) -> Review:
    """`review` with what persons made of it, and a note that says which parts are theirs.

    A verdict of a person's counts as it is: the scores that it belongs to are the plain sums of all verdicts, which no
    evidence holds any more. The other score stays, and both stay where a person only put a reason into other words.
    Applied twice it gives the same.
    """
    if ruling.last is None:
        return review
    result = review.review_result
    said = _said(review, tuple(ruling.comments.values()))
    verdicts = tuple(_judged(verdict, ruling.verdicts.get(verdict.item_id)) for verdict in result.rubric)
    unheld = _unheld(result.rubric, ruling)
    scores = _sums(verdicts, unheld, Scores(result.overall_score, result.code_quality_score))
    change = review.score_change
    return review.model_copy(
        update={
            "review_result": result.model_copy(
                update={
                    "overall_score": scores.overall,
                    "code_quality_score": scores.quality,
                    "progress_summary": result.progress_summary if ruling.summary is None else ruling.summary,
                    "code_review_comments": said.comments,
                    "threads": said.threads,
                    "rubric": verdicts,
                }
            ),
            "score_change": None if change is None else _bounded(change + scores.overall - result.overall_score),
            "decision": _note(review, ruling, unheld),
        }
    )


def may_be_delivered(review: Review) -> bool:
    """Whether a review, its ruling applied, may go to its student."""
    standing = review.decision.standing if review.decision is not None else ReviewStanding.UNDECIDED
    if standing is ReviewStanding.UNDECIDED:
        return review.release is Release.AT_ONCE
    return standing is ReviewStanding.APPROVED


def _note(review: Review, ruling: Ruling, unheld: frozenset[CountsFor]) -> DecisionNote:
    assert ruling.last is not None, "there is a decision"  # noqa: S101 -- a programmer's error
    release = ruling.releases.get(review.review_id)
    items = [verdict.item_id for verdict in review.review_result.rubric]
    edits = ruling.comments.values()
    before = review.decision.unheld_scores if review.decision is not None else ()
    return DecisionNote(
        revision=ruling.revision,
        standing=ruling.standing_of(review.review_id),
        reason=release.reason if release is not None else None,
        decided_by=ruling.last.decided_by,
        decided_at=ruling.last.decided_at,
        is_summary_edited=ruling.summary is not None,
        comments=tuple(edit.comment_id for edit in edits if not edit.is_withdrawn),
        withdrawn=tuple(edit.comment_id for edit in edits if edit.is_withdrawn),
        verdicts=tuple(item_id for item_id in items if item_id in ruling.verdicts),
        unplaced=tuple(item_id for item_id in ruling.verdicts if item_id not in items),
        unheld_scores=tuple(sorted(unheld.union(before))),
    )


def _said(review: Review, edits: Sequence[CommentEdit]) -> _Said:
    """Comments and threads with the edits in them: changed where they stand, gone, or new at the end."""
    known = {one.comment_id for one in review.review_result.code_review_comments}
    known |= {one.comment_id for one in review.review_result.threads}
    by_id = {edit.comment_id: edit for edit in edits}
    done = review.decision.withdrawn if review.decision is not None else ()
    lost = [edit for edit in edits if edit.comment_id not in known and edit.comment_id not in done]
    renamed = _renamed(review, lost, by_id)
    by_id |= renamed
    known |= {edit.comment_id for edit in renamed.values()}
    comments = [_changed(one, by_id) for one in review.review_result.code_review_comments]
    threads = [_followed(one, by_id) for one in review.review_result.threads]
    added = [edit.comment for edit in edits if not edit.is_withdrawn and edit.comment_id not in known]
    comments += added
    threads += [_opened(one, review.new_submission_id) for one in added if one.severity != "praise"]
    return _Said(tuple(one for one in comments if one), tuple(one for one in threads if one))


def _renamed(review: Review, lost: Sequence[CommentEdit], edited: Container[str]) -> dict[str, CommentEdit]:
    """Edits of comments that are not there, by the id of the comment that says it in their place.

    A model that is asked again may file the same defect under another category, which makes another id of it. It is
    known by its line, where it is the only one there that a model filed and nobody edited.
    """
    waiting: dict[_Line, list[str]] = {}
    for one in review.review_result.code_review_comments:
        line = _line_of(one)
        if line is not None and one.comment_id and one.comment_id not in edited:
            waiting.setdefault(line, []).append(one.comment_id)
    alone = {line: ids[0] for line, ids in waiting.items() if len(ids) == 1}
    found: dict[str, CommentEdit] = {}
    for edit in lost:
        line = _line_of(edit.comment)
        if line is not None and line in alone:
            found[alone.pop(line)] = edit
    return found


def _line_of(comment: CodeComment) -> _Line | None:
    """The line of code that a model's comment is about; None of one that code found, which is named the same again."""
    if comment.category not in _MODELS or comment.line is None or comment.quote is None:
        return None
    return comment.path, comment.symbol, comment.line, comment.quote


def _changed(comment: CodeComment, edits: dict[str, CommentEdit]) -> CodeComment | None:
    edit = edits.get(comment.comment_id or "")
    if edit is None:
        return comment
    return None if edit.is_withdrawn else edit.comment


def _followed(thread: Thread, edits: dict[str, CommentEdit]) -> Thread | None:
    edit = edits.get(thread.comment_id)
    if edit is None:
        return thread
    said = edit.comment.model_dump(include={*_SHARED, "comment_id"})
    return None if edit.is_withdrawn else thread.model_copy(update=said)


def _opened(comment: CodeComment, submission_id: str) -> Thread:
    return Thread(
        **comment.model_dump(include={*_SHARED, "comment_id"}),
        state=ThreadState.NEW,
        since_submission_id=submission_id,
    )


def _judged(verdict: RubricVerdict, edit: VerdictEdit | None) -> RubricVerdict:
    """A person's verdict is about the whole work, so it has no place in the code; its reason is the person's."""
    if edit is None:
        return verdict
    if not _is_persons(verdict, edit):
        return verdict.model_copy(update={"reason": edit.reason})
    worth = verdict.points_max if verdict.weight is None else verdict.weight
    is_told = edit.verdict is not Verdict.CANNOT_TELL
    return verdict.model_copy(
        update={
            "verdict": edit.verdict,
            "points": EARNED.get(edit.verdict, 0.0) * worth,
            "points_max": worth if is_told else 0.0,
            "weight": None if is_told else worth,
            "reason": edit.reason,
            "path": None,
            "line": None,
            "quote": None,
        }
    )


def _is_persons(verdict: RubricVerdict, edit: VerdictEdit | None) -> bool:
    """Whether a person judged the item, and not only its reason."""
    return edit is not None and not verdict.verdict == edit.verdict == edit.instead_of


def _unheld(verdicts: Sequence[RubricVerdict], ruling: Ruling) -> frozenset[CountsFor]:
    """The scores that a person's verdict counts for."""
    judged = {one.counts_for for one in verdicts if _is_persons(one, ruling.verdicts.get(one.item_id))}
    return frozenset({CountsFor.OVERALL, CountsFor.QUALITY} if CountsFor.BOTH in judged else judged)


def _sums(verdicts: Sequence[RubricVerdict], unheld: Container[CountsFor], given: Scores) -> Scores:
    summed = add_up(verdicts, given)
    return Scores(
        summed.overall if CountsFor.OVERALL in unheld else given.overall,
        summed.quality if CountsFor.QUALITY in unheld else given.quality,
    )


def _bounded(change: int) -> int:
    return max(-100, min(100, change))
