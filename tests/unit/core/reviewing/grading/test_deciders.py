"""Items that code decides: shares of what was measured, with a short true sentence."""

from typing import Any

import pytest

from app.catalogue import words_in
from app.core.reviewing.grading import decide
from schemas.changes import Complexity, Finding
from schemas.comparison import ChangedFile, Evidence, Fact
from schemas.review import Thread, ThreadState
from schemas.rubric import DecidedBy, RubricVerdict, Verdict
from schemas.submission import Language
from schemas.tests import Outcome, TestProgress, TestReport
from tests.builders.graded import question_of
from tests.builders.questions import a_question, the_default_rubric
from tests.builders.records import a_comparison
from tests.builders.reviewed import comparison_of, finished

ERROR = Fact(code="certain_error", weight=-0.8, data={"rule": "F821", "count": 2, "is_new": True})


def a_log(passed: int, failed: int = 0, *, skipped: int = 0, confidence: float = 1.0, **more: Any) -> TestProgress:
    totals = {Outcome.PASSED: passed, Outcome.FAILED: failed, Outcome.SKIPPED: skipped}
    return TestProgress(current=TestReport(formats=("pytest",), totals=totals, confidence=confidence, **more))


def decided(by: DecidedBy, *facts: Fact, language: Language = "en", **fields: Any) -> RubricVerdict:
    """The default rubric's verdict on the item that `by` decides."""
    (only,) = [one for one in question_of(facts, language=language, **fields).decided if one.decided_by is by]
    return only


@pytest.mark.parametrize(
    ("tests", "points", "verdict", "reason"),
    [
        (a_log(12), 45, Verdict.MET, "All 12 tests pass."),
        (a_log(9, 3), 33.75, Verdict.PARTLY, "9 of 12 tests pass."),
        (a_log(1, 3), 11.25, Verdict.NOT_MET, "1 of 4 tests passes."),
        (a_log(0, 2), 0, Verdict.NOT_MET, "None of 2 tests passes."),
        (a_log(1), 45, Verdict.MET, "The only test passes."),
        (a_log(3, skipped=1), 45, Verdict.MET, "All 3 tests pass, skipped: 1."),
        (a_log(0), 0, Verdict.NOT_MET, "There is a test log, but no test was run."),
    ],
)
def test_tests_give_the_share_that_passes(tests: TestProgress, points: float, verdict: Verdict, reason: str) -> None:
    """With the figures, as a person would say them."""
    told = decided(DecidedBy.TESTS, tests=tests)
    assert (told.points, told.points_max, told.verdict, told.reason) == (points, 45, verdict, reason)


def test_a_run_that_broke_off_shows_no_more_than_no_log() -> None:
    """The item is not met, the points are those without a log, and the reason tells how far the run came."""
    told = decided(DecidedBy.TESTS, tests=a_log(2, marks=("truncated", "killed"), planned=5, confidence=0.6))
    assert (told.verdict, told.points) == (Verdict.PARTLY, decided(DecidedBy.TESTS).points)
    assert told.reason == (
        "The test run broke off (the process was killed): 2 of 5 tests ran, 2 passed. Nobody knows about the rest."
    )


@pytest.mark.parametrize("tests", [TestProgress(), a_log(5, confidence=0.3)], ids=["no log", "guessed log"])
def test_without_a_log_to_trust_the_code_speaks_for_itself(tests: TestProgress) -> None:
    """A part of the points, less where execution ends in an error, more where tests were written; and that is said."""
    plain = decided(DecidedBy.TESTS, tests=tests)
    failing = decided(DecidedBy.TESTS, ERROR, tests=tests)
    tested = decided(DecidedBy.TESTS, Fact(code="tests_written", weight=0.4), tests=tests)
    assert failing.points < plain.points < tested.points < plain.points_max
    assert "nobody knows whether the code works" in str(plain.reason)
    assert "execution ends in an error" in str(failing.reason)
    assert "New tests were written" in str(tested.reason)


def test_a_first_submission_has_no_progress_to_judge() -> None:
    """Nobody can tell, so that its weight is the others'."""
    told = decided(DecidedBy.DIFF, Fact(code="first_submission"))
    assert (told.verdict, told.points, told.points_max) == (Verdict.CANNOT_TELL, 0, 0)
    assert told.reason == "This is the first submission, so there is nothing to compare with."


def test_progress_is_what_moved() -> None:
    """A half where nothing did, more for what became better, less for what became worse, each named with its figure."""
    still = decided(DecidedBy.DIFF)
    better = decided(DecidedBy.DIFF, Fact(code="tests_newly_passing", weight=0.8, data={"count": 3}))
    worse = decided(DecidedBy.DIFF, ERROR, ERROR)
    assert worse.points < still.points == still.points_max / 2 < better.points
    assert better.reason == "For it: tests pass now (3)."
    assert worse.reason == "Against it: new errors at which execution ends (2)."
    assert "neither better nor worse" in str(still.reason)


def a_syntax_error(*, is_new: bool | None) -> Fact:
    return Fact(code="syntax_error", weight=-1.0, path="main.py", data={"files_python": 1, "is_new": is_new})


def test_a_new_syntax_error_counts_once_against_progress() -> None:
    """By its weight, as any other fact does, and it is named; one that stood there before is no step back."""
    passing = Fact(code="tests_newly_passing", weight=0.8, data={"count": 3})
    still = decided(DecidedBy.DIFF, passing)
    new, unknown, old = (
        decided(DecidedBy.DIFF, passing, a_syntax_error(is_new=is_new)) for is_new in (True, None, False)
    )
    as_heavy = decided(DecidedBy.DIFF, passing, Fact(code="tests_newly_failing", weight=-1.0, data={"count": 1}))
    assert 0 < new.points == unknown.points == as_heavy.points < still.points
    assert new.reason == "For it: tests pass now (3). Against it: new syntax errors (1)."
    assert (old.points, old.reason) == (still.points, still.reason)


def a_thread(state: ThreadState, comment_id: str = "c1", decided_by: str | None = "code") -> Thread:
    return Thread.model_validate(
        {
            "comment_id": comment_id,
            "state": state,
            "decided_by": decided_by,
            "severity": "major",
            "path": "main.py",
            "message": "Why?",
            "since_submission_id": "sub-0",
        }
    )


def progress_by(thread: Thread, earlier: Thread | None = None) -> RubricVerdict:
    """The verdict on progress where this is all that is known; `earlier` is the thread as the last review left it."""
    before = (earlier or thread.model_copy(update={"state": ThreadState.NEW}),)
    verdicts = decide(the_default_rubric(), a_comparison(), (thread,), words_in("en"), earlier=before, previous=None)
    (only,) = [one for one in verdicts if one.decided_by is DecidedBy.DIFF]
    return only


def test_earlier_comments_count_as_code_decided_them() -> None:
    """Answered ones are progress, open ones a little less, those that came back more; others are neither."""
    still = decided(DecidedBy.DIFF).points
    fixed, left, back = (
        progress_by(a_thread(state)) for state in (ThreadState.FIXED, ThreadState.STILL_OPEN, ThreadState.REGRESSED)
    )
    assert back.points < left.points < still < fixed.points
    assert fixed.reason == "For it: earlier comments were answered (1)."
    for state in (ThreadState.MOVED, ThreadState.OBSOLETE):
        assert progress_by(a_thread(state)).points == still


def test_an_answer_counts_once_and_a_reader_s_word_never() -> None:
    """What was fixed an attempt ago is no progress of this one; and no prose moves the overall score."""
    still = decided(DecidedBy.DIFF).points
    assert progress_by(a_thread(ThreadState.FIXED), a_thread(ThreadState.FIXED)).points == still
    assert progress_by(a_thread(ThreadState.FIXED, decided_by="model")).points == still
    assert progress_by(a_thread(ThreadState.FIXED, decided_by=None)).points == still


def test_complexity_is_the_index_and_the_hard_functions() -> None:
    """The higher the index the better; complex and long functions cost, and are named."""
    hard = Fact(code="complex_function", weight=-0.4, data={"symbol": "train", "rank": "D"})
    long = Fact(code="large_function", weight=-0.2, data={"symbol": "report"})
    low, high = (Complexity(average_maintainability=index) for index in (50, 80))
    fine = decided(DecidedBy.COMPLEXITY, complexity=high)
    assert decided(DecidedBy.COMPLEXITY, complexity=low).points < fine.points
    worse = decided(DecidedBy.COMPLEXITY, hard, long, complexity=high)
    assert worse.points < fine.points
    assert "80 of 100" in str(fine.reason)
    assert "Functions with many branches: `train`. Long functions: `report`." in str(worse.reason)


def test_linter_counts_mistakes_by_number_and_hints_by_density() -> None:
    """A mistake costs more than a hint, and many hints in much code are no more than a few in little."""
    few = (ChangedFile(path="a.py", text="x = 1\n" * 50),)
    many = (ChangedFile(path="a.py", text="x = 1\n" * 500),)

    def hints(count: int) -> Fact:
        return Fact(code="findings", weight=-0.1, data={"group": "SIM", "count": count})

    assert decided(DecidedBy.LINTER, sources=few).points == 20
    assert (
        decided(DecidedBy.LINTER, hints(2), sources=few).points
        == decided(DecidedBy.LINTER, hints(20), sources=many).points
    )
    assert (
        decided(DecidedBy.LINTER, ERROR, sources=many).points
        < decided(DecidedBy.LINTER, hints(20), sources=many).points
    )
    told = decided(DecidedBy.LINTER, ERROR, hints(2), sources=few)
    assert told.reason == (
        "In the changed files there are errors at which execution ends (2), small findings of the linter (2)."
    )


def test_without_python_nobody_can_tell_how_the_code_is() -> None:
    """Where there is nothing to measure, neither complexity nor findings are made up, and quality is what is usual."""
    comparison = comparison_of({"Dockerfile": "FROM python\n"}, {"Dockerfile": "FROM python:3.12\n"}, "en")
    review = finished(comparison)
    unknown = {one.decided_by for one in review.review_result.rubric if one.verdict is Verdict.CANNOT_TELL}
    assert {DecidedBy.COMPLEXITY, DecidedBy.LINTER} <= unknown
    assert any("quality score" in sentence for sentence in review.integrity.adjustments)


@pytest.mark.parametrize(("language", "word"), [("ru", "Проходит 9 из 12 тестов."), ("en", "9 of 12 tests pass.")])
def test_reasons_are_in_the_review_s_language(language: Language, word: str) -> None:
    """Titles too."""
    told = decided(DecidedBy.TESTS, tests=a_log(9, 3), language=language)
    assert told.reason == word
    assert told.title == {"ru": "Работает", "en": "It works"}[language]


@pytest.mark.parametrize(
    ("passed", "failed", "reason"),
    [
        (1, 1, "Проходит 1 из 2 тестов."),
        (21, 9, "Проходит 21 из 30 тестов."),
        (3, 18, "Проходят 3 из 21 теста."),
        (0, 5, "Не проходит ни один тест из 5."),
        (5, 0, "Проходят все тесты: 5."),
        (1, 0, "Единственный тест проходит."),
        (0, 1, "Единственный тест не проходит."),
    ],
)
def test_russian_figures_agree_with_their_nouns(passed: int, failed: int, reason: str) -> None:
    """As a person would write them."""
    assert decided(DecidedBy.TESTS, tests=a_log(passed, failed), language="ru").reason == reason


def test_the_same_comparison_is_decided_the_same() -> None:
    """Nothing but the evidence decides."""
    comparison = a_comparison()
    assert a_question(comparison).decided == a_question(comparison).decided


def test_where_no_python_changed_nobody_can_tell_how_clean_it_is() -> None:
    """Unless the last review knew: only changed files are linted, and silence would be praise."""
    readme = (ChangedFile(path="README.md", text="# Work\n"),)
    told = decided(DecidedBy.LINTER, sources=readme, complexity=Complexity(average_maintainability=70))
    assert (told.verdict, told.points_max) == (Verdict.CANNOT_TELL, 0)
    assert told.reason == "There is no Python code among the changed files."


def test_findings_that_cost_nothing_are_not_denied() -> None:
    """Comments speak of them, so a reason that says that nothing was found would be untrue."""
    found = Evidence(findings=(Finding(path="main.py", line=1, rule="E701", message="Multiple statements"),))
    told = decided(DecidedBy.LINTER, evidence=found)
    assert told.points == 20
    assert "cost no points" in str(told.reason)
