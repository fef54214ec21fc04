"""A reader's verdicts count where what they quote stands where they say."""

from collections.abc import Mapping
from typing import Final

import pytest

from app.catalogue import words_in
from app.core.ports import ItemOpinion, Opinion, Question, QuotedPlace
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.grading import ReadVerdicts, check_verdicts, keep_verdicts
from schemas.changes import Complexity
from schemas.comparison import ChangedFile
from schemas.review import Review, ReviewResult
from schemas.rubric import DecidedBy, RubricVerdict, Verdict
from tests.builders.attempts import Homework, Reader
from tests.builders.graded import own_rubric, question_of
from tests.builders.records import a_comparison, a_review

TEXT: Final = "import json\n\n\ndef load(path):\n    return json.load(open(path))\n"
THERE: Final = QuotedPlace("main.py", 5, "return json.load(open(path))")


def read(*opinions: ItemOpinion, unseen: Mapping[str, frozenset[int] | None] | None = None) -> ReadVerdicts:
    """What becomes of verdicts on the items `fits` and `secret` of a teacher's rubric."""
    comparison = a_comparison(sources=(ChangedFile(path="main.py", text=TEXT),))
    words = words_in("en")
    return check_verdicts(own_rubric(), opinions, Anchors.of(comparison, unseen or {}, words), words)


def fits(*opinions: ItemOpinion) -> RubricVerdict:
    return read(*opinions).verdicts[0]


@pytest.mark.parametrize(("verdict", "points"), [(Verdict.MET, 30), (Verdict.PARTLY, 15), (Verdict.NOT_MET, 0)])
def test_verdict_with_a_quote_that_stands_counts(verdict: Verdict, points: float) -> None:
    """With its reason and its place; layout around the quote does not matter."""
    told = fits(ItemOpinion("fits", verdict, "Because.", THERE))
    assert (told.verdict, told.points, told.points_max) == (verdict, points, 30)
    assert (told.reason, told.path, told.line, told.quote) == ("Because.", "main.py", 5, THERE.quote)


@pytest.mark.parametrize(
    "place",
    [
        QuotedPlace(),
        QuotedPlace("main.py", 5),
        QuotedPlace("main.py", None, "return json.load(open(path))"),
        QuotedPlace("main.py", 4, "return json.load(open(path))"),
        QuotedPlace("main.py", 99, "return json.load(open(path))"),
        QuotedPlace("main.py", 5, "return safe_load(path)"),
        QuotedPlace("other.py", 5, "return json.load(open(path))"),
        QuotedPlace("main.py", 2, ""),
    ],
    ids=["no place", "no quote", "no line", "another line", "beyond the end", "invented", "no such file", "empty"],
)
def test_verdict_without_a_quote_that_stands_tells_nothing(place: QuotedPlace) -> None:
    """It leaves its weight to the others, names no place, and what was not taken is said."""
    found = read(ItemOpinion("fits", Verdict.MET, "Perfect.", place))
    told = found.verdicts[0]
    assert (told.verdict, told.points, told.points_max) == (Verdict.CANNOT_TELL, 0, 0)
    assert (told.path, told.line, told.quote) == (None, None, None)
    assert "does not stand in the line" in str(told.reason)
    assert found.adjustments == ("verdicts that the code does not bear out do not count (1): Fits the task",)


@pytest.mark.parametrize("unseen", [frozenset({5}), None], ids=["the line", "the file"])
def test_verdict_on_code_that_was_not_shown_tells_nothing(unseen: frozenset[int] | None) -> None:
    """A reader that did not see a line cannot judge by it, even where it guesses it right."""
    found = read(ItemOpinion("fits", Verdict.MET, None, THERE), unseen={"main.py": unseen})
    assert found.verdicts[0].verdict is Verdict.CANNOT_TELL
    assert len(found.adjustments) == 1


def test_two_verdicts_that_differ_tell_nothing() -> None:
    """A reader that says both is no reader; one that says the same twice is taken at its word."""
    met, partly = (ItemOpinion("fits", verdict, None, THERE) for verdict in (Verdict.MET, Verdict.PARTLY))
    assert fits(met, met).verdict is Verdict.MET
    assert fits(met, partly).verdict is Verdict.CANNOT_TELL
    assert "two" in str(fits(met, partly).reason)


def test_of_two_equal_verdicts_one_place_that_stands_is_enough() -> None:
    """The place shown is the one that stands."""
    told = fits(ItemOpinion("fits", Verdict.MET, None, QuotedPlace()), ItemOpinion("fits", Verdict.MET, None, THERE))
    assert (told.verdict, told.line) == (Verdict.MET, 5)


def test_silence_and_honest_doubt_are_no_adjustment() -> None:
    """Nothing of the reader's was changed; the item says why it has no points."""
    assert read().adjustments == ()
    assert "no verdict" in str(read().verdicts[0].reason)
    doubt = read(ItemOpinion("fits", Verdict.CANNOT_TELL, "The main file was not shown."))
    assert doubt.adjustments == ()
    assert doubt.verdicts[0].reason == "The main file was not shown."


def test_items_that_are_not_the_reader_s_are_not_taken() -> None:
    """Neither those that code decides, nor any that the rubric does not have."""
    found = read(ItemOpinion("works", Verdict.MET, None, THERE), ItemOpinion("style", Verdict.MET, None, THERE))
    assert [one.item_id for one in found.verdicts] == ["fits", "secret"]
    assert {one.verdict for one in found.verdicts} == {Verdict.CANNOT_TELL}


def test_hidden_items_are_named_in_no_adjustment() -> None:
    """Students read adjustments; how many verdicts were not taken is told all the same."""
    found = read(ItemOpinion("secret", Verdict.MET, "Copied?", QuotedPlace()))
    assert found.verdicts[1].hidden
    assert found.adjustments == ("verdicts that the code does not bear out do not count (1)",)


MEASURED: Final = Complexity(average_maintainability=70.0)
README: Final = (ChangedFile(path="README.md", text="# Work"),)


def review_before(*opinions: ItemOpinion, rubric_version: str | None = None) -> Review:
    """The previous review by the teacher's rubric, or by another version of it, with these verdicts."""
    result = ReviewResult(
        overall_score=50, progress_summary="Before.", code_quality_score=50, rubric=read(*opinions).verdicts
    )
    version = rubric_version or own_rubric().version
    return a_review(review_result=result, rubric_version=version, new_submission_id="sub-0")


def kept(previous: Review | None, sources: tuple[ChangedFile, ...] = README, *now: ItemOpinion) -> RubricVerdict:
    """What `fits` is worth after an attempt in which these files changed, and a reader said this."""
    question = question_of((), rubric=own_rubric(), previous=previous, sources=sources, complexity=MEASURED)
    return keep_verdicts(question, read(*now).verdicts, words_in("en"))[0]


BEFORE: Final = ItemOpinion("fits", Verdict.PARTLY, "Half of it.", THERE)


def test_code_that_nobody_could_read_again_is_worth_what_it_was() -> None:
    """Its quote stood in code that is not shown now, and the reason says where the verdict is from."""
    told = kept(review_before(BEFORE))
    assert (told.verdict, told.points, told.points_max) == (Verdict.PARTLY, 15, 30)
    assert (told.path, told.line, told.quote) == (None, None, None)
    assert told.reason == words_in("en").grading["python_as_before"]({})


def test_what_can_be_read_again_is_judged_anew() -> None:
    """Changed Python, a verdict that is there now, another rubric, no review before, or nothing in it to keep."""
    doubt = kept(None)
    assert doubt.verdict is Verdict.CANNOT_TELL
    python = (ChangedFile(path="main.py", text=TEXT),)
    assert kept(review_before(BEFORE), python) == doubt
    assert kept(review_before(BEFORE, rubric_version="own/000000000000")) == doubt
    assert kept(review_before()) == doubt
    now = ItemOpinion("fits", Verdict.MET, "All of it.", THERE)
    assert kept(review_before(BEFORE), README, now).points == 30


IN_PROSE: Final = QuotedPlace("notes.txt", 1, "hi there")


@pytest.mark.parametrize(
    ("before", "now", "verdict"),
    [
        (Verdict.MET, Verdict.NOT_MET, Verdict.MET),
        (Verdict.MET, Verdict.PARTLY, Verdict.MET),
        (Verdict.PARTLY, Verdict.MET, Verdict.MET),
        (None, Verdict.NOT_MET, Verdict.CANNOT_TELL),
        (None, Verdict.MET, Verdict.MET),
    ],
)
def test_a_line_of_prose_makes_code_no_worse(before: Verdict | None, now: Verdict, verdict: Verdict) -> None:
    """With the same Python a reader that quotes notes lowers no item of quality; what became better may be said."""
    homework = Homework(language="en", is_linted=False)
    there = QuotedPlace("main.py", 1, "def f(x):")
    code = "def f(x):\n    return x\n"
    homework.hand_in({"main.py": code, "notes.txt": "hi\n"}, reader=_says_of_all(before, there))
    review = homework.hand_in({"main.py": code, "notes.txt": "hi there\n"}, reader=_says_of_all(now, IN_PROSE))
    read = [one for one in review.review_result.rubric if one.decided_by is DecidedBy.MODEL]
    assert {one.verdict for one in read} == {verdict}
    assert review.review_result.code_quality_score == homework.reviews[0].review_result.code_quality_score


def test_code_that_is_not_python_is_judged_by_its_lines() -> None:
    """A query that changed is code: what is said of it counts."""
    homework = Homework(language="en", is_linted=False)
    files = {"main.py": "def f(x):\n    return x\n", "rows.sql": "SELECT 1;\n"}
    homework.hand_in(files, reader=_says_of_all(Verdict.MET, QuotedPlace("main.py", 1, "def f(x):")))
    now = _says_of_all(Verdict.NOT_MET, QuotedPlace("rows.sql", 1, "SELECT * FROM a;"))
    review = homework.hand_in(files | {"rows.sql": "SELECT * FROM a;\n"}, reader=now)
    read = [one for one in review.review_result.rubric if one.decided_by is DecidedBy.MODEL]
    assert {one.verdict for one in read} == {Verdict.NOT_MET}


def _says_of_all(verdict: Verdict | None, place: QuotedPlace) -> Reader:
    """A reader with one verdict on all that is left to it, None for no verdict at all."""

    def read_all(question: Question) -> Opinion:
        items = question.rubric.left_to_a_reader if verdict is not None else ()
        return Opinion("Read.", items=tuple(ItemOpinion(one.id, verdict or Verdict.MET, "So.", place) for one in items))

    return read_all
