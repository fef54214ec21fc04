"""Lines that a comment is about: altered so that code cannot tell whether that answers it, and changed for good."""

from typing import Final

import pytest

from app.core.ports import Opinion, Question, QuotedPlace, ThreadOpinion
from schemas.review import Review, ThreadState
from tests.builders.attempts import Homework, remark, says, the_thread

TEXT: Final = """import json


def load(path):
    f = open(path)
    data = json.load(f)
    return data


def mean(rows):
    s = 0
    for r in rows:
        s = s + r[1]
    return s / len(rows)


print(mean(load("a.json")))
"""
ELSEWHERE: Final = ("a.json", "b.json")
OPENED, DIVIDED, HEADER = 5, 14, 10
"""Lines that are commented on."""
WITH: Final = "    with open(path) as f:\n        data = json.load(f)\n"
NO_PROGRESS: Final = 10.0
"""Points of an attempt in which nothing became better or worse."""


def edited(*pairs: tuple[str, str], text: str = TEXT) -> dict[str, str]:
    for before, now in pairs:
        assert before in text
        text = text.replace(before, now)
    return {"main.py": text}


def commented(line: int, category: str = "correctness") -> Homework:
    homework = Homework(is_linted=False)
    homework.hand_in({"main.py": TEXT}, reader=says(remark("main.py", line, category, severity="critical")))
    return homework


def progress_of(review: Review) -> float:
    (verdict,) = [one for one in review.review_result.rubric if one.item_id == "progress"]
    return verdict.points


@pytest.mark.parametrize(
    ("line", "before", "now"),
    [
        (OPENED, "f = open(path)", "f = open(path); pass"),
        (OPENED, "f = open(path)", "f = open(path, 'r')"),
        (DIVIDED, "return s / len(rows)", "return s / len(rows) * 1"),
        (DIVIDED, "return s / len(rows)", "return (0 + s) / len(rows)"),
        (DIVIDED, "return s / len(rows)", "return s / (len(rows))  # seen"),
        (HEADER, "def mean(rows):", "def mean(rows: list) -> float:"),
        (6, "data = json.load(f)", "data = (json.load(f))"),
    ],
)
def test_what_was_only_added_to_answers_nothing_by_itself(line: int, before: str, now: str) -> None:
    """The comment stays open, and no points flow, whatever else was changed."""
    homework = commented(line)
    review = homework.hand_in(edited((before, now), ELSEWHERE), reader=says())
    thread = the_thread(review)
    assert thread.is_open
    assert thread.line == line
    assert progress_of(review) <= NO_PROGRESS


@pytest.mark.parametrize(
    ("line", "before", "now"),
    [
        (OPENED, "    f = open(path)\n    data = json.load(f)\n", WITH),
        (DIVIDED, "return s / len(rows)", "return statistics.mean(rows)"),
        (DIVIDED, "    return s / len(rows)\n", "    n = max(1, len(rows))\n    return s / n\n"),
    ],
)  # fmt: skip
def test_what_says_something_else_is_fixed(line: int, before: str, now: str) -> None:
    """A statement that became another one is an answer, until a reader shows that it is none."""
    thread = the_thread(commented(line).hand_in(edited((before, now)), reader=says()))
    assert (thread.state, thread.decided_by) == (ThreadState.FIXED, "code")


@pytest.mark.parametrize(
    ("before", "now"),
    [("    s = 0\n", "    s = 0\n    unused = 1\n"), ("return s / len(rows)", "return (s / len(rows))")],
)
def test_what_does_what_it_did_fixes_nothing(before: str, now: str) -> None:
    """Where nothing but form, comments and code without effect changed, no reader's comment is answered."""
    homework = commented(DIVIDED)
    thread = the_thread(homework.hand_in(edited((before, now)), reader=says()))
    assert thread.is_open


def test_a_line_that_does_nothing_is_no_answer_when_it_goes() -> None:
    """To delete a statement without effect changes nothing that runs: whether it answers, a reader has to say."""
    text = TEXT.replace("    s = 0\n", "    s = 0\n    'adds up'\n")
    homework = Homework(is_linted=False)
    homework.hand_in({"main.py": text}, reader=says(remark("main.py", 12)))
    thread = the_thread(homework.hand_in({"main.py": TEXT}, reader=says()))
    assert (thread.state, thread.decided_by) == (ThreadState.STILL_OPEN, None)


def test_neither_to_add_nor_to_take_away_again_is_an_answer() -> None:
    """Attempt by attempt the comment stays with its line."""
    homework = commented(DIVIDED)
    altered = edited(("len(rows)\n", "len(rows) * 1\n"))["main.py"]
    attempts = (altered, altered.replace(*ELSEWHERE), TEXT.replace(*ELSEWHERE), TEXT)
    threads = [the_thread(homework.hand_in({"main.py": text}, reader=says())) for text in attempts]
    assert [(one.state.value, one.line) for one in threads] == [("still_open", DIVIDED)] * 4


def test_a_reader_may_say_that_it_is_an_answer_and_it_is_known_again() -> None:
    """A reader calls the altered line an answer; where the old line is back, so is the comment."""
    homework = commented(DIVIDED)
    fixed = edited(("len(rows)\n", "len(rows) if rows else 0\n"))

    def read(question: Question) -> Opinion:
        (thread,) = question.threads
        place = QuotedPlace("main.py", DIVIDED, "return s / len(rows) if rows else 0")
        return Opinion("Read.", threads=(ThreadOpinion(thread.comment_id, ThreadState.FIXED, place),))

    told = the_thread(homework.hand_in(fixed, reader=read))
    assert (told.state, told.decided_by) == (ThreadState.FIXED, "model")
    back = the_thread(homework.hand_in({"main.py": TEXT}, reader=says()))
    assert (back.state, back.decided_by) == (ThreadState.REGRESSED, "code")


def test_a_statement_that_was_there_before_is_not_what_became_of_another() -> None:
    """Of two alike the one that went is fixed, though the other stands."""
    text = TEXT.replace("    return s / len(rows)\n", "    show(s)\n    show(s, rows)\n    return s\n")
    homework = Homework(is_linted=False)
    homework.hand_in({"main.py": text}, reader=says(remark("main.py", DIVIDED)))
    thread = the_thread(homework.hand_in({"main.py": text.replace("    show(s)\n", "")}, reader=says()))
    assert (thread.state, thread.decided_by) == (ThreadState.FIXED, "code")


def test_the_same_said_of_an_altered_line_is_no_new_comment() -> None:
    """A reader who repeats itself there shows that the comment is open."""
    homework = commented(DIVIDED)
    again = says(remark("main.py", DIVIDED, severity="critical", message="It still divides by zero."))
    review = homework.hand_in(edited(("len(rows)\n", "len(rows) * 1\n")), reader=again)
    thread = the_thread(review)
    assert (thread.state, thread.decided_by, thread.attempts) == (ThreadState.STILL_OPEN, "model", 2)
    assert thread.quote == "return s / len(rows) * 1"
    assert review.review_result.code_review_comments == ()
