"""A comparison -> a draft, by rules."""

from typing import Final

from app.core.evidence.bounds import TESTS_WEAKENED
from app.core.ports import Draft, Opinion, Question
from app.core.reviewing.offline.advice import advise
from app.core.reviewing.offline.comments import COMMENTS_MAX, comment_on
from app.core.reviewing.offline.summary import as_sentences, count_resolved, summarize
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CodeComment, Review, Usage

MODEL: Final = "offline-rules"
VERSION: Final = "offline-rules/2"

_ADVICE_MAX: Final = 5
_SUMMARY_CHARS_MAX: Final = 8000


def judge(question: Question, phrases: Words) -> Draft:
    """An opinion on a comparison from its evidence, in `phrases`. The same question gives the same opinion.

    All changed files count as shown: rules read the evidence, which was made from all of them.
    """
    comparison, previous = question.comparison, question.previous
    comments = comment_on(comparison, phrases)
    advice = as_sentences(list(advise(comparison, phrases))[:_ADVICE_MAX])
    summary = summarize(comparison, phrases, advice, _resolved(previous, comparison, comments))
    return Draft(
        opinion=Opinion(summary[:_SUMMARY_CHARS_MAX], comments, advice),
        model=MODEL,
        prompt_version=VERSION,
        usage=Usage(),
        shown_files=len(comparison.sources),
        shown_chars=sum(len(source.text) for source in comparison.sources),
        is_exact=True,
    )


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
