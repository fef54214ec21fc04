"""A comparison -> a draft, by rules."""

from typing import Final

from app.core.evidence.bounds import TESTS_WEAKENED
from app.core.ports import Draft
from app.core.reviewing.offline.advice import advise
from app.core.reviewing.offline.comments import COMMENTS_MAX, comment_on
from app.core.reviewing.offline.scores import declined, not_below, scores
from app.core.reviewing.offline.summary import as_sentences, count_resolved, raises_anything_new, summarize
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CodeComment, Review, ReviewResult, Usage

MODEL: Final = "offline-rules"
VERSION: Final = "offline-rules/2"

_ADVICE_MAX: Final = 5
_SUMMARY_CHARS_MAX: Final = 8000


def judge(comparison: Comparison, previous: Review | None, phrases: Words) -> Draft:
    """A review of `comparison` from its evidence, in `phrases`. The same input gives the same review.

    All changed files count as shown: rules read the evidence, which was made from all of them.
    """
    comments = comment_on(comparison, phrases)
    advice = as_sentences(list(advise(comparison, phrases))[:_ADVICE_MAX])
    overall, quality = scores(comparison)
    if previous is not None and _no_worse(previous, comparison, comments):
        quality, overall = not_below(previous.review_result, quality, overall, comparison.evidence.bounds)
    summary = summarize(comparison, phrases, advice, _resolved(previous, comparison, comments))
    return Draft(
        result=ReviewResult(
            overall_score=overall,
            progress_summary=summary[:_SUMMARY_CHARS_MAX],
            code_quality_score=quality,
            code_review_comments=comments,
            recommendations=advice,
        ),
        model=MODEL,
        prompt_version=VERSION,
        usage=Usage(),
        shown_files=len(comparison.sources),
        shown_chars=sum(len(source.text) for source in comparison.sources),
    )


def _no_worse(previous: Review, comparison: Comparison, comments: tuple[CodeComment, ...]) -> bool:
    """Whether nothing speaks against the previous scores: who worked on and broke nothing does not lose points."""
    if previous.model != MODEL or previous.new_submission_id != comparison.previous_submission_id:
        return False
    earlier = previous.review_result.code_review_comments
    return not declined(comparison) and not raises_anything_new(earlier, comments)


def _resolved(
    previous: Review | None, comparison: Comparison, comments: tuple[CodeComment, ...]
) -> tuple[int, int] | None:
    """Comments that are not made again; told only where both lists are whole, else absence would mean nothing."""
    if previous is None or previous.model != MODEL or previous.new_submission_id != comparison.previous_submission_id:
        return None
    if TESTS_WEAKENED.intersection(comparison.evidence.flags):
        return None  # a failing test that was removed is no comment answered
    earlier = previous.review_result.code_review_comments
    if max(len(earlier), len(comments)) >= COMMENTS_MAX:
        return None
    # A comment stands on changed files alone: on a file that stayed as it was, silence proves nothing.
    seen = {source.path for source in comparison.sources}
    judged = [comment for comment in earlier if comment.path in seen]
    count = count_resolved(judged, comments)
    return count if count[1] else None
