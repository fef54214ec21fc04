"""What became of earlier comments, in a sentence that code makes, for it must be true."""

from collections.abc import Sequence
from typing import Final

from app.core.ports import Question
from app.core.reviewing.threads.convergence import Converged
from app.core.words import Words
from schemas.review import Thread, ThreadState

_SUMMARY_CHARS_MAX: Final = 8000


def with_threads(summary: str, converged: Converged, question: Question, words: Words) -> str:
    """`summary` with what became of the comments that were open before, and whether anything new was found."""
    submission = question.comparison.submission_id
    told = list(_sentences(converged.threads, submission, words))
    if question.previous is not None and all(comment.severity == "praise" for comment in converged.comments):
        told.append(words.sentences["nothing_new"]({}))
    added = " ".join(told)
    if not added:
        return summary
    return f"{summary[: _SUMMARY_CHARS_MAX - len(added) - 1]} {added}"


def _sentences(threads: Sequence[Thread], submission: str, words: Words) -> list[str]:
    lately = [
        one for one in threads if one.state is not ThreadState.NEW and one.closed_submission_id in {None, submission}
    ]
    states = [thread.state for thread in lately]
    regressed = states.count(ThreadState.REGRESSED)
    total = len(states) - regressed
    fixed, obsolete = states.count(ThreadState.FIXED), states.count(ThreadState.OBSOLETE)
    told = []
    if total:
        data = {"total": total, "fixed": fixed, "obsolete": obsolete, "open": total - fixed - obsolete}
        told.append(words.sentences["threads"](data))
    if regressed:
        told.append(words.sentences["regressed"]({"count": regressed}))
    return told
