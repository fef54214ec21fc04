"""A reviewer's draft -> the review: comments anchored to lines that exist, scores held to the evidence.

The model is not trusted. Whatever is changed in its answer is said in `integrity.adjustments`, in the review's
language.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.limits import ReviewLimits
from app.core.ports import Draft
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.answer.reader import InvalidAnswer, parse_answer
from app.core.words import Words
from schemas.comparison import Comparison, FactCode, ScoreBounds
from schemas.review import CodeComment, Integrity, Review, ReviewResult

__all__ = ["InvalidAnswer", "finish", "parse_answer"]

_LIMITS: Final = ReviewLimits()
_WORST_FIRST: Final = ("critical", "major", "minor", "info", "praise")


def finish(
    comparison: Comparison,
    draft: Draft,
    previous: Review | None,
    *,
    review_id: UUID,
    timestamp: datetime,
    latency_ms: int,
    words: Words,
    limits: ReviewLimits = _LIMITS,
) -> Review:
    """The review of `comparison` from a reviewer's draft; `previous` is the predecessor's review, if it is known.

    What was changed in the draft is told in `words`. `score_change` is told only against the review of the very
    submission that was compared with.
    """
    predecessor = _predecessor(comparison, previous)
    bounds, reason = _bounds(comparison, predecessor, words)
    adjustments: list[str] = [*draft.adjustments, *([reason] if reason else [])]
    result = _hold_scores(draft.result, bounds, words, adjustments)
    result = _anchor(result, comparison, limits, words, adjustments)
    overall = result.overall_score
    return Review(
        review_id=review_id,
        generation=comparison.generation,
        student_id=comparison.student_id,
        assignment_id=comparison.assignment_id,
        new_submission_id=comparison.submission_id,
        previous_submission_id=comparison.previous_submission_id,
        named_previous_id=comparison.named_previous_id,
        baseline=comparison.baseline,
        score_change=overall - predecessor.review_result.overall_score if predecessor else None,
        diff_info=comparison.diff_info,
        review_result=result,
        timestamp=timestamp,
        origin=comparison.origin,
        changes=comparison.changes,
        complexity=comparison.complexity,
        tests=comparison.tests,
        integrity=Integrity(
            source_digest=comparison.source_digest,
            flags=comparison.evidence.flags,
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
        latency_ms=latency_ms,
    )


def _predecessor(comparison: Comparison, previous: Review | None) -> Review | None:
    if previous is None or previous.new_submission_id != comparison.previous_submission_id:
        return None
    return previous


def _bounds(comparison: Comparison, predecessor: Review | None, words: Words) -> tuple[ScoreBounds, str | None]:
    """The evidence's bounds; an unchanged resubmission cannot be worth more than it was the time before."""
    bounds = comparison.evidence.bounds
    unchanged = any(fact.code == FactCode.NO_CHANGE for fact in comparison.evidence.facts)
    if predecessor is None or not unchanged:
        return bounds, None
    earned = predecessor.review_result.overall_score
    if earned >= bounds.overall_max:
        return bounds, None
    narrowed = bounds.model_copy(update={"overall_max": earned, "overall_min": min(bounds.overall_min, earned)})
    return narrowed, words.adjustments["unchanged"]({"limit": earned})


def _hold_scores(result: ReviewResult, bounds: ScoreBounds, words: Words, adjustments: list[str]) -> ReviewResult:
    overall = _clamp(result.overall_score, bounds.overall_min, bounds.overall_max)
    quality = _clamp(result.code_quality_score, bounds.quality_min, bounds.quality_max)
    if overall != result.overall_score:
        adjustments.append(words.adjustments["overall"]({"given": result.overall_score, "held": overall}))
    if quality != result.code_quality_score:
        adjustments.append(words.adjustments["quality"]({"given": result.code_quality_score, "held": quality}))
    if overall != result.overall_score or quality != result.code_quality_score:
        adjustments.extend(why for why in bounds.why if why not in adjustments)
    return result.model_copy(update={"overall_score": overall, "code_quality_score": quality})


def _anchor(
    result: ReviewResult, comparison: Comparison, limits: ReviewLimits, words: Words, adjustments: list[str]
) -> ReviewResult:
    anchors = Anchors.of(comparison, words)
    anchored = [place for comment in result.code_review_comments if (place := anchors.place(comment))]
    adjustments.extend(anchors.adjustments)
    merged = _merge(anchored)
    if gone := len(anchored) - len(merged):
        adjustments.append(words.adjustments["merged"]({"count": gone}))
    if len(merged) > limits.comments_max:
        gone = len(merged) - limits.comments_max
        adjustments.append(words.adjustments["comments"]({"limit": limits.comments_max, "count": gone}))
    told = result.recommendations
    if len(told) > limits.recommendations_max:
        gone = len(told) - limits.recommendations_max
        adjustments.append(words.adjustments["recommendations"]({"limit": limits.recommendations_max, "count": gone}))
    return result.model_copy(
        update={
            "code_review_comments": tuple(merged[: limits.comments_max]),
            "recommendations": told[: limits.recommendations_max],
        }
    )


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


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
