"""What a review remembers of the comments before it."""

import pytest

from app.core.history.given_reviews import remember_review, threads_before
from app.core.limits import HistoryLimits
from app.core.ports import Opinion
from schemas.history import GivenReview, ReviewHistory
from schemas.review import CodeComment, Review, Thread, ThreadState
from tests.builders.attempts import Homework
from tests.builders.records import a_review


def a_thread(comment_id: str) -> Thread:
    fields = {"path": "a.py", "message": "Hm.", "since_submission_id": "sub-0"}
    return Thread.model_validate({"comment_id": comment_id, "state": ThreadState.NEW, **fields})


def with_threads(*threads: Thread, **overrides: object) -> Review:
    review = a_review(**overrides)
    return review.model_copy(update={"review_result": review.review_result.model_copy(update={"threads": threads})})


def settled(offset: int) -> bool:
    return offset >= 0


def remembered(*reviews: Review) -> ReviewHistory:
    entry: ReviewHistory | None = None
    for offset, review in enumerate(reviews):
        entry = remember_review(entry, offset, review, settled, HistoryLimits(depth=1))
    assert entry is not None
    return entry


def test_the_predecessor_s_review_is_the_memory() -> None:
    """What is compared with an older attempt goes on from the comments of that one."""
    one, other = with_threads(a_thread("1")), with_threads(a_thread("2"), new_submission_id="sub-2")
    assert threads_before(remembered(one, other), one) == (a_thread("1"),)


def test_comments_outlive_the_reviews() -> None:
    """Where the predecessor has no review, say because it was refused, the newest one's comments hold."""
    one, other = with_threads(a_thread("1")), with_threads(a_thread("2"), new_submission_id="sub-2")
    entry = remembered(one, other)
    assert len(entry.given) == 1
    assert threads_before(entry, None) == (a_thread("2"),)
    assert threads_before(None, None) == ()


def test_a_replay_leaves_the_memory_as_it_is() -> None:
    """Another generation never enters the history."""
    entry = remembered(with_threads(a_thread("1")))
    replay = with_threads(a_thread("2"), generation=1)
    with pytest.raises(ValueError, match="only live reviews"):
        remember_review(entry, 2, replay, settled, HistoryLimits())


def test_a_review_that_knew_no_threads_has_comments() -> None:
    """After an upgrade nothing is said again either: the last review's comments become threads, by their lines."""
    text = "def f(x):\n    return eval(x)\n\n\ndef g(x):\n    return x\n"
    old = CodeComment(path="a.py", line=2, severity="major", message="Do not.")
    praise = CodeComment(path="a.py", line=6, severity="praise", message="Good.")
    homework = Homework(Opinion("Read.", (old, praise)))
    first = homework.hand_in({"a.py": text})
    bare = first.review_result.model_copy(update={"threads": (), "code_review_comments": (old, praise)})
    given = GivenReview.of(0, first.model_copy(update={"review_result": bare}))
    homework.history = ReviewHistory(given=(given,))
    result = homework.hand_in({"a.py": text.replace("    return x\n", "    return x + 1\n")}).review_result
    assert [(one.state, one.quote) for one in result.threads] == [(ThreadState.STILL_OPEN, "return eval(x)")]
    assert [one.severity for one in result.code_review_comments] == ["praise"]
    fixed = homework.hand_in({"a.py": text.replace("eval(x)", "int(x)")}, reader=Opinion("Read.")).review_result
    assert [one.state for one in fixed.threads] == [ThreadState.FIXED]
