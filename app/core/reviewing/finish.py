"""A reviewer's draft -> the review: verdicts checked, comments anchored and converged, scores added up and held.

The model is not trusted. Whatever is changed in its answer is said in `integrity.adjustments`, in the review's
language.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.evidence.flag_places import flag_places
from app.core.limits import ReviewLimits
from app.core.ports import Draft, Opinion, Question
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.answer.reader import InvalidAnswer, parse_answer
from app.core.reviewing.grading import check_verdicts, hold, keep_verdicts
from app.core.reviewing.hints import OwnCode, withhold, withhold_threads
from app.core.reviewing.threads import converge, settle_threads, with_threads
from app.core.words import Words
from schemas.review import CodeComment, Integrity, ReplayNote, Review, ReviewResult
from schemas.rubric import RubricVerdict

__all__ = ["InvalidAnswer", "finish", "parse_answer"]

_LIMITS: Final = ReviewLimits()
_WORST_FIRST: Final = ("critical", "major", "minor", "info", "praise")


def finish(
    question: Question,
    draft: Draft,
    *,
    review_id: UUID,
    timestamp: datetime,
    latency_ms: int,
    words: Words,
    replay: ReplayNote | None = None,
    limits: ReviewLimits = _LIMITS,
) -> Review:
    """The review that answers `question`, from a reviewer's draft.

    What was changed in the draft is told in `words`. `score_change` is told only against the review of the very
    submission that was compared with.
    """
    comparison, previous, rubric = question.comparison, question.previous, question.rubric
    anchors = Anchors.of(comparison, draft.unseen, words)
    own = OwnCode(question, words)
    opinion, withheld = withhold(draft.opinion, rubric.hints, own, words)
    threads, withheld_before = withhold_threads(question, own, words)
    question = replace(question, threads=threads)
    opinion = _at_real_places(opinion, anchors)
    place = anchors.keep if draft.is_exact else anchors.place
    comments = _merged([placed for comment in opinion.comments if (placed := place(comment))], anchors, words)
    converged = converge(comments, settle_threads(question, opinion.threads, anchors), question, words)
    read = check_verdicts(rubric, opinion.items, anchors, words)
    verdicts = _in_order(question, keep_verdicts(question, read.verdicts, words))
    graded = hold(question, verdicts, words)
    scores, bounds = graded.scores, graded.bounds
    recommendations = opinion.recommendations[: limits.recommendations_max]
    adjustments = [
        *(*draft.adjustments, *read.adjustments, *graded.adjustments),
        *(*anchors.adjustments, *converged.adjustments),
    ]
    if withheld + withheld_before:
        adjustments.append(words.adjustments["withheld"]({"count": withheld + withheld_before}))
    if gone := len(opinion.recommendations) - len(recommendations):
        adjustments.append(words.adjustments["recommendations"]({"limit": limits.recommendations_max, "count": gone}))
    return Review(
        review_id=review_id,
        generation=comparison.generation,
        student_id=comparison.student_id,
        assignment_id=comparison.assignment_id,
        new_submission_id=comparison.submission_id,
        previous_submission_id=comparison.previous_submission_id,
        named_previous_id=comparison.named_previous_id,
        baseline=comparison.baseline,
        score_change=scores.overall - previous.review_result.overall_score if previous else None,
        diff_info=comparison.diff_info,
        review_result=ReviewResult(
            overall_score=scores.overall,
            progress_summary=with_threads(opinion.summary, converged, question, words),
            code_quality_score=scores.quality,
            code_review_comments=converged.comments,
            recommendations=recommendations,
            rubric=verdicts,
            threads=converged.threads,
        ),
        timestamp=timestamp,
        origin=comparison.origin,
        previous_origin=comparison.previous_origin,
        previous_digest=comparison.previous_digest,
        replay=replay,
        changes=comparison.changes,
        complexity=comparison.complexity,
        tests=comparison.tests,
        integrity=Integrity(
            source_digest=comparison.source_digest,
            flags=comparison.evidence.flags,
            places=flag_places(comparison.evidence),
            adjustments=tuple(adjustments),
            score_bounds_overall=(bounds.overall_min, bounds.overall_max),
            score_bounds_quality=(bounds.quality_min, bounds.quality_max),
        ),
        coverage=comparison.coverage.model_copy(
            update={
                "shown_files": draft.shown_files,
                "shown_chars": draft.shown_chars,
                "notes": (*comparison.coverage.notes, *draft.notes),
            }
        ),
        usage=draft.usage,
        model=draft.model,
        prompt_version=draft.prompt_version,
        rubric_version=rubric.version,
        release=rubric.publish,
        latency_ms=latency_ms,
    )


def _in_order(question: Question, read: Sequence[RubricVerdict]) -> tuple[RubricVerdict, ...]:
    """All verdicts in the rubric's order."""
    by_id = {verdict.item_id: verdict for verdict in (*question.decided, *read)}
    return tuple(by_id[item.id] for item in question.rubric.items)


def _at_real_places(opinion: Opinion, anchors: Anchors) -> Opinion:
    """Evidence that stands where it says, with the comparison's own path and the line's own text as its quote."""
    items = tuple(replace(one, place=anchors.standing(one.place) or one.place) for one in opinion.items)
    threads = tuple(replace(one, place=anchors.standing(one.place) or one.place) for one in opinion.threads)
    return replace(opinion, items=items, threads=threads)


def _merged(placed: list[CodeComment], anchors: Anchors, words: Words) -> list[CodeComment]:
    """Comments without repetitions; how many those were is said."""
    merged = _merge(placed)
    if gone := len(placed) - len(merged):
        anchors.adjustments.append(words.adjustments["merged"]({"count": gone}))
    return merged


def _merge(comments: list[CodeComment]) -> list[CodeComment]:
    """Comments without repetitions: of two that say the same at the same place, the graver severity stays."""
    kept: dict[tuple[str, int | None, str], CodeComment] = {}
    for comment in comments:
        key = (comment.path, comment.line, " ".join(comment.message.casefold().split()))
        known = kept.get(key)
        if known is None:
            kept[key] = comment
            continue
        graver = min(known.severity, comment.severity, key=_WORST_FIRST.index)
        suggestion = known.suggestion or comment.suggestion
        kept[key] = known.model_copy(update={"severity": graver, "suggestion": suggestion})
    return list(kept.values())
