"""A comparison -> a draft, by rules."""

from typing import Final

from app.core.ports import Draft, Opinion, Question
from app.core.reviewing.offline.advice import advise
from app.core.reviewing.offline.comments import comment_on
from app.core.reviewing.offline.summary import as_sentences, summarize
from app.core.reviewing.threads import converge
from app.core.words import Words
from schemas.review import Usage

MODEL: Final = "offline-rules"
VERSION: Final = "offline-rules/3"

_ADVICE_MAX: Final = 5
_SUMMARY_CHARS_MAX: Final = 8000


def judge(question: Question, phrases: Words) -> Draft:
    """An opinion on a comparison from its evidence, in `phrases`. The same question gives the same opinion.

    All changed files count as shown: rules read the evidence, which was made from all of them. What became of earlier
    comments is told by `finish`, for all reviewers alike.
    """
    comparison = question.comparison
    comments = converge(comment_on(comparison, phrases), question.threads, question, phrases).comments
    advice = as_sentences(list(advise(comparison, phrases))[:_ADVICE_MAX])
    summary = summarize(comparison, phrases, advice)
    return Draft(
        opinion=Opinion(summary[:_SUMMARY_CHARS_MAX], comments, advice),
        model=MODEL,
        prompt_version=VERSION,
        usage=Usage(),
        shown_files=len(comparison.sources),
        shown_chars=sum(len(source.text) for source in comparison.sources),
        is_exact=True,
    )
