"""Which comments are said: none that was said before, nothing small on code that stayed as it was, the grave first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.reviewing.threads.identity import comment_id_of
from app.core.rubric import Rubric
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import CodeComment, Thread, ThreadState

_WORST_FIRST: Final = ("critical", "major", "minor", "info", "praise")


@dataclass(frozen=True, slots=True)
class Converged:
    """What is said now, all threads with the new ones, and what was left out, a sentence each."""

    comments: tuple[CodeComment, ...]
    threads: tuple[Thread, ...]
    adjustments: tuple[str, ...]


def converge(
    comments: Sequence[CodeComment], threads: Sequence[Thread], comparison: Comparison, rubric: Rubric, words: Words
) -> Converged:
    """The comments that are new, ranked, `rubric.comments_max` at most; each opens a thread."""
    known = {thread.comment_id for thread in threads}
    new: dict[str, CodeComment] = {}
    for comment in sorted(comments, key=lambda comment: _WORST_FIRST.index(comment.severity)):
        comment_id = comment_id_of(comment)
        if comment_id not in known:
            new.setdefault(comment_id, comment.model_copy(update={"comment_id": comment_id}))
    said = tuple(new.values())[: rubric.comments_max]
    opened = tuple(_opened(comment, comparison) for comment in said if comment.severity != "praise")
    adjustments = []
    if gone := len(new) - len(said):
        adjustments.append(words.adjustments["comments"]({"limit": rubric.comments_max, "count": gone}))
    return Converged(said, (*threads, *opened), tuple(adjustments))


def _opened(comment: CodeComment, comparison: Comparison) -> Thread:
    return Thread(
        comment_id=comment.comment_id or comment_id_of(comment),
        state=ThreadState.NEW,
        decided_by="code",
        category=comment.category,
        severity=comment.severity,
        path=comment.path,
        symbol=comment.symbol,
        line=comment.line,
        quote=comment.quote,
        message=comment.message,
        since_submission_id=comparison.submission_id,
    )
