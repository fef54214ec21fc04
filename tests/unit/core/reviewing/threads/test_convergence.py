"""Which comments are said, on a comparison of two small texts."""

from typing import Final

import pytest

from app.catalogue import words_in
from app.core.ports import Opinion, Question, QuotedPlace, ThreadOpinion
from app.core.reviewing.threads import converge
from app.core.reviewing.threads.convergence import Converged
from schemas.review import CodeComment, ThreadState
from tests.builders.attempts import Homework, remark, says, the_thread
from tests.builders.questions import the_default_rubric

OLD: Final = "LIMIT = 3\n\n\ndef f(x):\n    return eval(x)\n\n\ndef g(x):\n    y = x\n    return y\n"
NEW: Final = OLD.replace("    y = x\n", "    y = x + 1\n    z = y\n")
SAME, CHANGED, ADDED = 5, 9, 10
"""Lines of the new text: in a function that stayed, in one that changed, and a new one in that."""


def second(*first: CodeComment, old: str = OLD, new: str = NEW) -> Question:
    """What is asked about the new text, after a review of the old one with these comments."""
    homework = Homework()
    homework.hand_in({"a.py": old}, reader=says(*first))
    homework.hand_in({"a.py": new}, reader=says())
    return homework.questions[-1]


def converged(question: Question, *comments: CodeComment) -> Converged:
    return converge(comments, question.threads, question, words_in("en"))


def test_everything_is_new_in_a_first_review() -> None:
    """A first submission has no code that stayed as it was."""
    review = Homework().hand_in({"a.py": OLD}, reader=says(remark("a.py", 5), remark("a.py", 1, severity="info")))
    assert len(review.review_result.code_review_comments) == 2
    assert [thread.state for thread in review.review_result.threads] == [ThreadState.NEW] * 2


@pytest.mark.parametrize("severity", ["minor", "info", "praise"])
@pytest.mark.parametrize(("line", "is_said"), [(SAME, False), (1, False), (CHANGED, True), (ADDED, True)])
def test_nothing_small_is_new_on_untouched_code(severity: str, line: int, is_said: bool) -> None:
    """A function that stayed, or a statement outside of all, hears of nothing below `major`, praise among it."""
    found = converged(second(), remark("a.py", line, severity=severity))
    assert len(found.comments) == is_said
    assert found.adjustments == (() if is_said else ("small comments on code that did not change left out: 1",))


LONG: Final = (
    "def f(x):\n    a = 1.0\n    b = a + x\n    c = b + x\n    d = c + x\n    return d\n\n\n"
    "def g(x):\n    return x\n\n\nprint(f(g(1)))\n"
)


@pytest.mark.parametrize("severity", ["minor", "info", "praise"])
@pytest.mark.parametrize(
    ("line", "is_said"), [(1, True), (2, False), (3, False), (4, True), (5, True), (6, True)],
    ids=["header", "first", "old", "beside the change", "changed", "beside it below"],
)  # fmt: skip
def test_old_lines_of_a_changed_function_hear_nothing_small(severity: str, line: int, is_said: bool) -> None:
    """Below `major` a reader speaks of what changed, of the lines beside it, and of the function as a whole."""
    question = second(old=LONG, new=LONG.replace("d = c + x", "d = c - x"))
    found = converged(question, remark("a.py", line, "naming", severity=severity))
    assert len(found.comments) == is_said


def test_what_a_tool_finds_on_an_old_line_is_said() -> None:
    """A change elsewhere in the function may be what brought it about."""
    question = second(old=LONG, new=LONG.replace("d = c + x", "d = x").replace("return d", "return d + 0"))
    assert len(converged(question, remark("a.py", 2, "F841", severity="minor")).comments) == 1


@pytest.mark.parametrize("severity", ["major", "critical"])
def test_what_is_grave_is_said_wherever_it_is_found(severity: str) -> None:
    """A mistake that nobody saw before is told, though its code stayed."""
    assert len(converged(second(), remark("a.py", SAME, severity=severity)).comments) == 1


@pytest.mark.parametrize(
    ("again", "is_said"),
    [
        (remark("a.py", SAME, severity="critical", message="In other words."), False),
        (remark("a.py", SAME, "security", severity="major"), False),
        (remark("a.py", CHANGED, severity="major"), True),
        (remark("a.py", SAME - 1, "security", severity="major"), True),
    ],
    ids=["other words", "other category, same line", "other symbol", "other category, other line"],
)
def test_an_open_comment_is_not_said_again(again: CodeComment, is_said: bool) -> None:
    """The same code in the same symbol is the thread, whatever the words."""
    found = converged(second(remark("a.py", SAME)), again)
    assert len(found.comments) == is_said
    assert len(found.threads) == 1 + is_said


@pytest.mark.parametrize("line", [CHANGED - 1, ADDED], ids=["old line", "new line"])
@pytest.mark.parametrize("category", ["correctness", None])
@pytest.mark.parametrize(("severity", "is_said"), [("critical", True), ("major", True), ("minor", False)])
def test_a_grave_mistake_is_no_small_one_of_its_category(
    line: int, category: str | None, severity: str, is_said: bool
) -> None:
    """Of a category that is open in a function small remarks are repeats; a grave one on other code is a mistake."""
    question = second(remark("a.py", 10, severity="minor").model_copy(update={"category": category}))
    (thread,) = question.threads
    assert thread.is_open
    again = remark("a.py", line, severity=severity).model_copy(update={"category": category})
    assert len(converged(question, again).comments) == is_said


@pytest.mark.parametrize(("line", "is_said"), [(CHANGED - 1, False), (ADDED, True)], ids=["old line", "new line"])
def test_a_rule_that_is_open_in_a_file_hides_no_grave_finding_in_new_code(line: int, is_said: bool) -> None:
    """Told once for a file, for what stood there: what was written since may be another mistake."""
    question = second(remark("a.py", SAME, "S307", severity="major"))
    assert [thread.is_open for thread in question.threads] == [True]
    assert len(converged(question, remark("a.py", line, "S307", severity="major")).comments) == is_said


def test_a_grave_mistake_in_new_code_is_no_copy_that_moved_away() -> None:
    """The comment on code that moved keeps its id; the same code written anew at the old place has another."""
    load = "def load(path):\n    return open(path)\n"
    homework = Homework(is_linted=False)
    homework.hand_in({"a.py": load, "b.py": "import a\n"}, reader=says(remark("a.py", 2, severity="critical")))
    homework.hand_in({"c.py": load, "b.py": "import c\n"}, reader=says())
    review = homework.hand_in(
        {"a.py": load, "c.py": load, "b.py": "import c\n"}, reader=says(remark("a.py", 2, severity="critical"))
    )
    assert [one.path for one in review.review_result.code_review_comments] == ["a.py"]
    threads = review.review_result.threads
    assert sorted((one.path, one.state) for one in threads) == [("a.py", "new"), ("c.py", "still_open")]
    assert len({one.comment_id for one in threads}) == 2


def test_the_rubric_bounds_and_the_gravest_stay() -> None:
    """Of more comments than the rubric allows the gravest are said, and those that a tool supports before others."""
    text = "import os\n" + "".join(f"\n\ndef f{n}(x):\n    return x\n" for n in range(9))
    homework = Homework(rubric=the_default_rubric().model_copy(update={"comments_max": 3}))
    said = [remark("a.py", 5 + 4 * n, severity="minor") for n in range(8)]
    graver = [remark("a.py", 37, severity="critical"), remark("a.py", 1, severity="minor")]
    review = homework.hand_in({"a.py": text}, reader=says(*said, *graver))
    comments = review.review_result.code_review_comments
    assert [(one.line, one.severity) for one in comments] == [(37, "critical"), (1, "minor"), (5, "minor")]
    assert len(review.review_result.threads) == 3
    assert "comments beyond the first 3 dropped: 7" in review.integrity.adjustments


def test_no_comments_at_all_may_be_asked_for() -> None:
    """A rubric of no comments gets none."""
    homework = Homework(rubric=the_default_rubric().model_copy(update={"comments_max": 0}))
    review = homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", SAME, severity="critical")))
    assert review.review_result.code_review_comments == ()
    assert review.review_result.threads == ()


def test_equal_code_in_two_symbols_makes_two_comments() -> None:
    """Ids tell two functions apart, and two equal lines of one function, and are the same next time."""
    text = "def f(x):\n    x = eval(x)\n    x = eval(x)\n    return x\n\n\ndef g(x):\n    x = eval(x)\n    return x\n"
    ids = []
    for _ in range(2):
        opinion = says(*(remark("a.py", line, severity="major") for line in (2, 3, 8)))
        review = Homework().hand_in({"a.py": text}, reader=opinion)
        ids.append([one.comment_id for one in review.review_result.code_review_comments])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_a_changed_line_of_which_the_same_is_said_is_open_still() -> None:
    """Code takes a changed line for mended; a reader who says the same of it shows that it is not."""
    homework = Homework()
    homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", SAME, severity="major")))
    files = {"a.py": OLD.replace("eval(x)", "eval(str(x))")}
    review = homework.hand_in(files, reader=says(remark("a.py", SAME, severity="major", message="Still.")))
    thread = the_thread(review)
    assert (thread.state, thread.decided_by, thread.quote) == (ThreadState.STILL_OPEN, "model", "return eval(str(x))")
    assert review.review_result.code_review_comments == ()


@pytest.mark.parametrize(
    ("quote", "line", "state", "decided_by"),
    [
        ("return y", 11, ThreadState.FIXED, "model"),
        ("return z", 11, ThreadState.STILL_OPEN, None),
        ("return y", 10, ThreadState.STILL_OPEN, None),
        (None, None, ThreadState.STILL_OPEN, None),
    ],
    ids=["stands", "invented", "elsewhere", "none"],
)
def test_a_reader_settles_what_code_cannot(
    quote: str | None, line: int | None, state: ThreadState, decided_by: str | None
) -> None:
    """A state counts where its quote stands; without one the comment stays open."""
    homework = Homework()
    homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", 10)))

    def read(question: Question) -> Opinion:
        place = QuotedPlace("a.py", line, quote)
        return Opinion("Read.", threads=(ThreadOpinion(question.threads[0].comment_id, ThreadState.FIXED, place),))

    thread = the_thread(homework.hand_in({"a.py": NEW}, reader=read))
    assert (thread.state, thread.decided_by) == (state, decided_by)
    assert (thread.closed_submission_id is None) == thread.is_open


def test_a_reader_cannot_settle_what_code_decided() -> None:
    """Code that stands untouched is not fixed because somebody says so."""
    homework = Homework()
    homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", SAME)))

    def read(question: Question) -> Opinion:
        place = QuotedPlace("a.py", SAME, "return eval(x)")
        return Opinion("Read.", threads=(ThreadOpinion(question.threads[0].comment_id, ThreadState.FIXED, place),))

    thread = the_thread(homework.hand_in({"a.py": NEW}, reader=read))
    assert (thread.state, thread.decided_by) == (ThreadState.STILL_OPEN, "code")


def test_what_a_reader_called_answered_is_not_raised_by_it_again() -> None:
    """A reader that says both that a comment is answered and the comment again has said that it is answered."""
    homework = Homework()
    homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", 10)))

    def read(question: Question) -> Opinion:
        place = QuotedPlace("a.py", 11, "return y")
        settled = tuple(ThreadOpinion(one.comment_id, ThreadState.FIXED, place) for one in question.threads)
        return Opinion("Read.", (remark("a.py", 11, message="Once more."),), threads=settled)

    for text in (NEW, NEW + "\n\nX = 1\n"):
        assert homework.hand_in({"a.py": text}, reader=read).review_result.code_review_comments == ()


def test_memory_is_bounded_and_forgets_what_was_closed_first() -> None:
    """Open comments stay, and of the closed ones the last hundred less those."""
    question = second(remark("a.py", SAME))
    (thread,) = question.threads
    answered = {"state": ThreadState.FIXED, "decided_by": "code", "closed_submission_id": "sub-0"}
    closed = [thread.model_copy(update={**answered, "comment_id": f"{n}"}) for n in range(150)]
    found = converge((), [*closed, thread], question, words_in("en")).threads
    assert (len(found), found[0].comment_id) == (100, thread.comment_id)


def test_a_rule_is_told_once_for_a_file() -> None:
    """While a rule's comment is open, another place of the same small mistake makes no second comment."""
    homework = Homework()
    text = "def f(x):\n    return x == None\n"
    homework.hand_in({"a.py": text})
    result = homework.hand_in({"a.py": "def g(x):\n    return x == None\n\n\n" + text}).review_result
    assert result.code_review_comments == ()
    assert [one.state for one in result.threads] == [ThreadState.STILL_OPEN]


def test_what_a_reader_called_answered_stays_so_while_its_code_stays() -> None:
    """Code that a reader accepted is not back because it still stands there."""
    homework = Homework()
    homework.hand_in({"a.py": OLD}, reader=says(remark("a.py", 10)))

    def read(question: Question) -> Opinion:
        place = QuotedPlace("a.py", 11, "return y")
        return Opinion("Read.", threads=(ThreadOpinion(question.threads[0].comment_id, ThreadState.FIXED, place),))

    homework.hand_in({"a.py": NEW}, reader=read)
    thread = the_thread(homework.hand_in({"a.py": NEW.replace("eval", "exec")}, reader=says()))
    assert (thread.state, thread.decided_by) == (ThreadState.FIXED, "model")
