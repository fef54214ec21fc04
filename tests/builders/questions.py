"""Questions to a reviewer, as the reviewer's agent makes them."""

from collections.abc import Sequence
from functools import cache

from app.adapters.rubrics.rubric_files import load_rubrics
from app.catalogue import words_in
from app.core.ports import Question
from app.core.reviewing.question import ask
from app.core.rubric import Rubric
from schemas.comparison import Comparison
from schemas.review import Review, Thread


@cache
def the_default_rubric() -> Rubric:
    """The rubric that ships with the package."""
    return load_rubrics(None).default


def a_question(
    comparison: Comparison,
    previous: Review | None = None,
    earlier: Sequence[Thread] = (),
    rubric: Rubric | None = None,
) -> Question:
    """What is asked about `comparison`, by the default rubric unless another one is given."""
    threads = earlier or (previous.review_result.threads if previous is not None else ())
    return ask(comparison, previous, threads, rubric or the_default_rubric(), words_in(comparison.language))
