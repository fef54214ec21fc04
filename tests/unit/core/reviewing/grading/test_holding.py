"""What holds the sums: slack, caps and floors, and the review of the attempt before."""

from typing import Any

import pytest

from app.core.reviewing.grading import Graded, Scores
from app.core.rubric import Rubric, Slack, read_rubric
from schemas.comparison import Evidence, Fact, ScoreBounds
from schemas.review import Review, ReviewResult
from schemas.rubric import DecidedBy, Verdict
from schemas.tests import Outcome, TestProgress, TestReport
from tests.builders.graded import graded, own_rubric, question_of, read_as, verdicts_of
from tests.builders.questions import the_default_rubric
from tests.builders.records import a_review
from tests.builders.reviewed import comparison_of, finished

MET, PARTLY, NOT_MET, DOUBT = Verdict.MET, Verdict.PARTLY, Verdict.NOT_MET, Verdict.CANNOT_TELL


def held(*verdicts: Verdict, rubric: Rubric | None = None, facts: tuple[Fact, ...] = (), **fields: Any) -> Graded:
    """The scores where a reader gives these verdicts by a teacher's rubric: `OWN`, unless another one is given."""
    question = question_of(facts, rubric=rubric or own_rubric(), **fields)
    return graded(question, read_as(question, *verdicts))


def test_an_item_on_which_nobody_can_tell_leaves_its_weight_to_the_others() -> None:
    """It moves neither score."""
    question = question_of((), rubric=own_rubric())
    assert graded(question, read_as(question, DOUBT, DOUBT)).scores == graded(question).scores
    code = [one for one in verdicts_of(question) if one.points_max]
    expected = round(100 * sum(one.points for one in code) / sum(one.points_max for one in code))
    assert graded(question).scores.overall == expected


def test_a_reader_moves_a_score_by_the_slack_at_most() -> None:
    """Less up than down, and both are told with what code alone gives."""
    alone = held(DOUBT, DOUBT).scores
    best, worst = held(MET, MET), held(NOT_MET, NOT_MET)
    assert (best.scores.overall, worst.scores.overall) == (alone.overall + 10, alone.overall - 16)
    assert any(f"code alone gives {alone.overall}" in sentence for sentence in best.adjustments)
    assert any(f"code alone gives {alone.overall}" in sentence for sentence in worst.adjustments)


def test_a_teacher_says_how_large_the_slack_is() -> None:
    """None at all, or as much as the points give."""
    alone = held(DOUBT, DOUBT).scores
    assert held(MET, MET, rubric=own_rubric(slack=Slack(up=0, down=0))).scores == alone
    free = held(MET, MET, rubric=own_rubric(slack=Slack(up=100, down=100)))
    assert free.scores.overall > alone.overall + 10
    assert free.adjustments == ()


def test_by_the_default_rubric_no_reader_moves_the_overall_score() -> None:
    """Whatever it says of the items that are left to it."""
    question = question_of(())
    found = {
        graded(question, read_as(question, *verdicts)).scores.overall
        for verdicts in ((MET,) * 3, (NOT_MET,) * 3, (DOUBT,) * 3, (MET, PARTLY, NOT_MET))
    }
    assert len(found) == 1


def test_caps_and_floors_are_the_last_guard() -> None:
    """Whatever the rubric adds up to, and however wide its slack is; the reason is told."""
    wide = own_rubric(slack=Slack(up=100, down=100))
    bounds = ScoreBounds(overall_max=30, quality_min=90, why=("tests fail",))
    found = held(MET, MET, rubric=wide, evidence=Evidence(bounds=bounds))
    assert found.scores.overall == 30
    assert "tests fail" in found.adjustments
    low = held(NOT_MET, NOT_MET, rubric=wide, evidence=Evidence(bounds=bounds))
    assert low.scores.quality == 90


LEFT_TO_A_READER = """
items:
  - {id: fits, title: Fits, points: 1, description: D}
"""


def test_where_a_rubric_leaves_all_to_a_reader_slack_stands_around_what_is_measured() -> None:
    """A gullible reader gains no more by a rubric without any item for code, and where it is silent that is said."""
    rubric = read_rubric(LEFT_TO_A_READER, "hw-1")
    silent, praised = held(DOUBT, rubric=rubric), held(MET, rubric=rubric)
    assert praised.scores.overall - silent.scores.overall == rubric.slack.up
    assert silent.scores.overall == graded(question_of(())).scores.overall
    assert any("nobody can tell on any item of the overall score" in told for told in silent.adjustments)


def totals(passed: int, failed: int) -> dict[Outcome, int]:
    return {Outcome.PASSED: passed, Outcome.FAILED: failed}


def a_log(passed: int, failed: int, before: tuple[int, int], **more: Any) -> TestProgress:
    report = TestReport(formats=("pytest",), totals=totals(passed, failed), confidence=1.0)
    return TestProgress(current=report, previous_totals=totals(*before), **more)


def review_before(overall: int, quality: int = 60, **fields: Any) -> Review:
    """The review of the attempt before, by the default rubric."""
    result = ReviewResult(overall_score=overall, progress_summary="Before.", code_quality_score=quality)
    given = {"rubric_version": the_default_rubric().version, "review_result": result, "new_submission_id": "sub-0"}
    return a_review(**(given | fields))


MORE_PASS = a_log(4, 6, (3, 7))


def test_more_passing_tests_and_nothing_lost_never_score_lower() -> None:
    """Even where the sum would, and whatever rubric the review before was made by; that is told."""
    previous = review_before(80, rubric_version="hw-1/000000000000")
    found = graded(question_of((), previous=previous, tests=MORE_PASS))
    assert graded(question_of((), tests=MORE_PASS)).scores.overall < 80
    assert found.scores.overall == 80
    assert any("more tests pass and nothing was lost" in told for told in found.adjustments)


def test_a_cap_is_stronger_than_the_review_before() -> None:
    """What is broken is broken."""
    bounds = Evidence(bounds=ScoreBounds(overall_max=62))
    found = graded(question_of((), previous=review_before(80), tests=MORE_PASS, evidence=bounds))
    assert found.scores.overall == 62


LOST = [
    ("a test fails now", {"tests": a_log(4, 6, (3, 7), newly_failing=("t",))}),
    ("a test was removed", {"tests": a_log(4, 6, (3, 7), removed=("t",))}),
    ("more fail", {"tests": a_log(4, 8, (3, 7))}),
    ("no more pass", {"tests": a_log(3, 7, (3, 7))}),
    ("no log before", {"tests": TestProgress(current=a_log(4, 6, (0, 0)).current)}),
    ("nothing ran before", {"tests": a_log(4, 6, (0, 0))}),
    ("asserts removed", {"facts": (Fact(code="asserts_removed", weight=-0.5, data={"count": 1}),)}),
    ("tests skipped", {"facts": (Fact(code="tests_skipped_added", weight=-0.5, data={"count": 1}),)}),
    ("a new error", {"facts": (Fact(code="certain_error", weight=-0.8, data={"count": 1, "is_new": True}),)}),
    ("a syntax error", {"facts": (Fact(code="syntax_error", weight=-1.0, data={"files_python": 1}),)}),
    ("work deleted", {"facts": (Fact(code="work_deleted", weight=-0.8, data={"count": 3, "total": 4}),)}),
    ("a flag", {"evidence": Evidence(flags=("hidden_characters",))}),
]


@pytest.mark.parametrize("fields", [fields for _, fields in LOST], ids=[name for name, _ in LOST])
def test_where_anything_was_lost_the_review_before_proves_nothing(fields: dict[str, Any]) -> None:
    """Then the sum decides, lower or not."""
    given: dict[str, Any] = {"facts": (), "tests": MORE_PASS} | fields
    previous = review_before(99, rubric_version="hw-1/000000000000")
    found = graded(question_of(given.pop("facts"), previous=previous, **given))
    assert found.scores.overall < 99
    assert not any("nothing was lost" in told for told in found.adjustments)


BETTER = (Fact(code="findings_fixed", weight=0.7, data={"count": 5, "errors": 2}),)


def reviewed(facts: tuple[Fact, ...], **fields: Any) -> Review:
    """The review by rules of the attempt before, of which these facts were known."""
    question = question_of(facts, submission_id="sub-0", previous_submission_id=None, **fields)
    found = graded(question)
    result = ReviewResult(
        overall_score=found.scores.overall,
        progress_summary="Before.",
        code_quality_score=found.scores.quality,
        rubric=verdicts_of(question),
    )
    return review_before(0, review_result=result)


def test_who_broke_nothing_keeps_the_progress_of_the_time_before() -> None:
    """An attempt that adds less than the one before is no step back, and that it was counted so is told."""
    previous = reviewed(BETTER)
    plain, kept = graded(question_of(())), graded(question_of((), previous=previous))
    assert plain.scores.overall < previous.review_result.overall_score == kept.scores.overall
    assert any("nothing became worse" in told for told in kept.adjustments)


@pytest.mark.parametrize(
    "fact",
    [
        Fact(code="certain_error", weight=-0.8, data={"count": 1, "is_new": True}),
        Fact(code="complexity_raised", weight=-0.3),
        Fact(code="tests_removed", weight=-0.5, data={"count": 1}),
        Fact(code="file_unread", weight=-0.4),
    ],
)
def test_who_broke_something_keeps_nothing(fact: Fact) -> None:
    """A fact that says so is a reason to lose points."""
    found = graded(question_of((fact,), previous=reviewed(BETTER)))
    assert found.scores == graded(question_of((fact,))).scores


def test_findings_that_came_cost_what_they_cost() -> None:
    """Progress is kept, the linter's item is not: what it found is its reason."""
    likely = Fact(code="findings", weight=-0.4, data={"group": "likely", "count": 4})
    previous = reviewed(BETTER)
    found = graded(question_of((likely,), previous=previous))
    assert graded(question_of((likely,))).scores.overall < found.scores.overall < previous.review_result.overall_score


def test_nothing_is_kept_from_a_review_by_another_rubric() -> None:
    """Its items need not mean the same, even where they have the same names."""
    previous = reviewed(BETTER).model_copy(update={"rubric_version": "default/000000000000"})
    assert graded(question_of((), previous=previous)).scores == graded(question_of(())).scores


def test_a_log_that_is_kept_back_keeps_nothing() -> None:
    """Who handed in a log the time before and none now may hide that it fails."""
    tests = TestProgress(previous_totals=totals(9, 0))
    silent = Fact(code="no_tests_given", weight=-0.1, data={"total_before": 9})
    found = graded(question_of((silent,), previous=reviewed(BETTER), tests=tests))
    assert found.scores == graded(question_of((silent,), tests=tests)).scores


CODE = "import os\n\n\ndef load(path):\n    return open(path).read() + missing\n"


def test_the_same_work_again_is_worth_the_same() -> None:
    """Both scores, although unchanged files are not linted again; and code is not better for a new README."""
    first = finished(comparison_of({"a.py": "import os\n"}, {"a.py": CODE}, "en"))
    previous = first.model_copy(update={"new_submission_id": "sub-0"})
    again = finished(comparison_of({"a.py": CODE}, {"a.py": CODE}, "en"), previous)
    assert again.review_result.overall_score == first.review_result.overall_score
    assert again.review_result.code_quality_score == first.review_result.code_quality_score
    documented = finished(comparison_of({"a.py": CODE}, {"a.py": CODE, "README.md": "# Work\n"}, "en"), previous)
    assert documented.review_result.code_quality_score == first.review_result.code_quality_score
    assert documented.review_result.overall_score <= first.review_result.overall_score
    (linted,) = [one for one in documented.review_result.rubric if one.decided_by is DecidedBy.LINTER]
    assert linted.reason == "The Python code did not change, so this is as in the previous review."


@pytest.mark.parametrize("code", ["only_comments", "only_formatting", "only_surface"])
def test_a_step_back_is_not_won_back_by_a_line_of_comment(code: str) -> None:
    """Code that does what it did is worth what it was worth, whatever it is compared with now; that is told."""
    surface = Fact(code=code, weight=0.0)
    previous = review_before(20, 30)
    found = graded(question_of((surface,), previous=previous))
    assert found.scores == Scores(20, 30)
    assert graded(question_of((surface,))).scores.overall > 20
    assert any("20" in told and "30" in told for told in found.adjustments)


def test_a_log_that_proves_more_raises_code_that_does_what_it_did() -> None:
    """Where there was none to trust before, or tests pass that failed; the same log again proves nothing."""
    surface = Fact(code="only_comments", weight=0.0)
    passing = Fact(code="tests_newly_passing", weight=0.8, data={"count": 1})
    log = a_log(9, 1, (9, 1))

    def overall(facts: tuple[Fact, ...], previous: Review) -> int:
        return graded(question_of(facts, previous=previous, tests=log)).scores.overall

    assert overall((surface,), review_before(20, tests=log)) == 20
    assert overall((surface, passing), review_before(20, tests=log)) > 20
    assert overall((surface,), review_before(20, tests=TestProgress())) > 20


def test_a_log_that_was_not_there_before_raises_the_same_code() -> None:
    """Who follows the advice to hand in the log gains by it; a test that failed on the same code proves chance."""
    unchanged = Fact(code="no_change", weight=0.0)
    passing = Fact(code="tests_newly_passing", weight=0.8, data={"count": 1})
    log = a_log(10, 0, (9, 1))

    def overall(facts: tuple[Fact, ...], previous: Review, tests: TestProgress = log) -> int:
        return graded(question_of(facts, previous=previous, tests=tests)).scores.overall

    assert overall((unchanged,), review_before(20, tests=TestProgress())) > 20
    assert overall((unchanged, passing), review_before(20, tests=log)) == 20
    assert overall((unchanged,), review_before(20, tests=TestProgress()), TestProgress()) == 20


def test_a_file_that_is_still_broken_keeps_the_progress_of_the_time_before() -> None:
    """It was broken when that was given; one that broke now is a reason to lose points."""
    kept, lost = (
        graded(
            question_of((Fact(code="syntax_error", weight=-1.0, data={"is_new": is_new}),), previous=reviewed(BETTER))
        )
        for is_new in (False, True)
    )
    assert any("nothing became worse" in told for told in kept.adjustments)
    assert not any("nothing became worse" in told for told in lost.adjustments)
    assert kept.scores.overall > lost.scores.overall
