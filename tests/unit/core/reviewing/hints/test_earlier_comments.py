"""An assignment that gives less away than before gives less away in its earlier comments, too."""

import pytest

from schemas.review import Review
from schemas.rubric import HintLevel
from tests.builders.attempts import Homework, remark, says, the_thread
from tests.builders.questions import the_default_rubric

CODE = "import os\n\n\ndef load(path):\n    f = open(path)\n    return f.read()\n"
MORE = CODE + "\n\nprint(load('a'))\n"
FIXED = MORE.replace(
    "    f = open(path)\n    return f.read()\n", "    with open(path) as f:\n        text = f.read()\n    return text\n"
)
GIVEN = "The file of `f = open(path)` stays open. Write `with open(path) as f:\n    return f.read()` here."
TAKEN = "The file of `f = open(path)` stays open."


def homework(level: HintLevel, *messages: str) -> tuple[Homework, Review]:
    """A homework with its first review, at a level at which all may be said."""
    given = Homework(is_linted=False)
    at_level(given, level)
    said = [remark("main.py", 5, f"c{n}", message=message) for n, message in enumerate(messages)]
    return given, given.hand_in({"main.py": CODE}, reader=says(*said))


def at_level(given: Homework, level: HintLevel) -> None:
    given.rubric = the_default_rubric().model_copy(update={"hints": level})


@pytest.mark.parametrize("level", [HintLevel.POINT, HintLevel.EXPLAIN])
def test_code_that_was_given_is_taken_back(level: HintLevel) -> None:
    """The code goes from the earlier comment, what it quotes of the student's stays, and that is told."""
    given, first = homework(HintLevel.SOLVE, GIVEN)
    assert the_thread(first).message == GIVEN
    at_level(given, level)
    second = given.hand_in({"main.py": MORE}, reader=says())
    assert the_thread(second).message == TAKEN
    assert any("taken out" in told for told in second.integrity.adjustments)
    third = given.hand_in({"main.py": MORE + "\n"}, reader=says())
    assert the_thread(third).message == TAKEN


def test_a_comment_that_was_code_alone_still_points_at_its_place() -> None:
    """Of a message of which nothing is left there are neutral words."""
    given, _ = homework(HintLevel.SOLVE, "`x = max(0, x)`")
    at_level(given, HintLevel.EXPLAIN)
    again = given.hand_in({"main.py": MORE}, reader=says())
    assert the_thread(again).message.startswith("Look at this place again")


def test_earlier_comments_stay_as_they_are_under_the_same_rubric() -> None:
    """What they quote of code that is gone meanwhile is no code that is given away."""
    message = "`f = open(path)` and `return f.read()` leave the file open."
    given, _ = homework(HintLevel.EXPLAIN, message)
    given.hand_in({"main.py": FIXED}, reader=says())
    last = given.hand_in({"main.py": FIXED + "\n\nprint(load('b'))\n"}, reader=says())
    assert the_thread(last).message == message


def test_all_is_said_again_where_the_assignment_allows_it() -> None:
    """At the level that allows solutions earlier comments keep them."""
    given, _ = homework(HintLevel.SOLVE, GIVEN)
    given.rubric = given.rubric.model_copy(update={"comments_max": 3})
    assert the_thread(given.hand_in({"main.py": MORE}, reader=says())).message == GIVEN
