"""A comparison -> what a reviewer is asked: everything that code can tell has been told before."""

from collections.abc import Sequence

from app.core.ports import Question
from app.core.reviewing.grading import decide
from app.core.reviewing.threads import follow
from app.core.rubric import Rubric
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import Review, Thread


def ask(
    comparison: Comparison,
    previous: Review | None,
    earlier: Sequence[Thread],
    rubric: Rubric,
    words: Words,
    *,
    is_fresh: bool = False,
) -> Question:
    """The question about `comparison`; `earlier` are the comments of all attempts before.

    A review of another submission than the one that was compared with is no `previous` one.
    """
    if previous is not None and previous.new_submission_id != comparison.previous_submission_id:
        previous = None
    threads = follow(earlier, comparison)
    decided = decide(rubric, comparison, threads, words, earlier=earlier, previous=previous)
    return Question(comparison, previous, rubric, decided, threads, is_fresh)
