"""This attempt's tests beside the previous attempt's."""

import pytest

from app.core.testlog import compare
from schemas.tests import Outcome, TestReport
from tests.unit.core.testlog.testlogs import read, read_sample


def _verbose(extra: str = "", /, **outcomes: str) -> TestReport:
    """A verbose log that names every test."""
    lines = [f"test_a.py::{name} {outcome} [ 10%]" for name, outcome in outcomes.items()]
    return read("\n".join([*lines, extra, _counts(list(outcomes.values()))]))


def _quiet(passed: int, *failed: str) -> TestReport:
    """A quiet log that names failing tests only."""
    named = [f"FAILED test_a.py::{name} - assert False" for name in failed]
    counts = _counts(["PASSED"] * passed + ["FAILED"] * len(failed))
    return read("\n".join(["=== short test summary info ===", *named, counts]))


def _counts(outcomes: list[str]) -> str:
    words = {"PASSED": "passed", "FAILED": "failed", "SKIPPED": "skipped", "XFAIL": "xfailed", "XPASS": "xpassed"}
    parts = [f"{outcomes.count(word)} {name}" for word, name in words.items() if word in outcomes]
    return f"=== {', '.join(parts)} in 1.00s ==="


def _names(test_ids: tuple[str, ...]) -> list[str]:
    return [test_id.removeprefix("test_a.py::") for test_id in test_ids]


def test_without_logs_there_is_no_progress() -> None:
    """Two attempts without logs give an empty comparison."""
    progress = compare(None, None)
    assert (progress.current, progress.previous_totals) == (None, None)


def test_a_first_log_is_only_shown() -> None:
    """Without a previous report nothing is new or old, but flaky tests are known."""
    report = read_sample("pytest_reruns.txt")
    progress = compare(None, report)
    assert progress.current == report
    assert progress.flaky == ("test_flaky.py::test_second_time_lucky",)
    assert progress.newly_failing == progress.added == ()


def test_a_log_that_is_gone_leaves_its_totals() -> None:
    """Where only the previous attempt had logs its totals are kept."""
    progress = compare(_verbose(a="PASSED"), None)
    assert progress.current is None
    assert progress.previous_totals == {Outcome.PASSED: 1}


def test_every_change_is_told() -> None:
    """Complete logs on both sides tell what passes newly, fails newly, fails still, came and went, in order."""
    before = _verbose(z="FAILED", b="FAILED", c="PASSED", d="FAILED", gone="PASSED", a="PASSED")
    now = _verbose(z="PASSED", b="PASSED", c="FAILED", d="FAILED", a="PASSED", new="PASSED", bad="FAILED")
    progress = compare(before, now)
    assert _names(progress.newly_passing) == ["b", "z"]
    assert _names(progress.newly_failing) == ["c"]
    assert _names(progress.still_failing) == ["d"]
    assert _names(progress.added) == ["bad", "new"]
    assert _names(progress.removed) == ["gone"]
    assert progress.previous_totals == {Outcome.PASSED: 3, Outcome.FAILED: 3}


@pytest.mark.parametrize("outcome", ["SKIPPED", "XFAIL"])
def test_a_failing_test_that_is_switched_off_does_not_pass(outcome: str) -> None:
    """A test that failed and is now skipped or expected to fail is not newly passing."""
    assert compare(_verbose(a="FAILED", b="PASSED"), _verbose(a=outcome, b="PASSED")).newly_passing == ()


def test_a_test_that_passes_though_expected_to_fail_passes() -> None:
    """An unexpected pass is a pass."""
    assert _names(compare(_verbose(a="FAILED"), _verbose(a="XPASS")).newly_passing) == ["a"]


def test_a_removed_failing_test_does_not_pass() -> None:
    """Deleting a failing test makes it removed, not passing."""
    progress = compare(_verbose(a="FAILED", b="PASSED"), _verbose(b="PASSED"))
    assert (progress.newly_passing, _names(progress.removed)) == ((), ["a"])


def test_a_failing_test_that_is_replaced_does_not_pass() -> None:
    """Where all tests are named equal counts prove nothing: the missing test was removed."""
    progress = compare(_verbose(a="FAILED", b="PASSED"), _verbose(b="PASSED", c="PASSED"))
    assert (progress.newly_passing, _names(progress.added), _names(progress.removed)) == ((), ["c"], ["a"])


def test_quiet_logs_of_equally_many_tests_tell_what_passes() -> None:
    """In quiet logs a failure that is gone passes if as many tests ran and every failure is named."""
    progress = compare(_quiet(2, "a", "b"), _quiet(3, "b"))
    assert _names(progress.newly_passing) == ["a"]
    assert _names(progress.still_failing) == ["b"]


def test_quiet_logs_of_fewer_tests_do_not() -> None:
    """If fewer tests ran a failure that is gone may have been deleted."""
    assert compare(_quiet(2, "a", "b"), _quiet(2, "b")).newly_passing == ()


def test_quiet_logs_tell_new_failures() -> None:
    """A failure that was not among the named failures of before is new."""
    assert _names(compare(_quiet(3, "a"), _quiet(2, "a", "b")).newly_failing) == ["b"]


def test_quiet_logs_never_tell_what_was_added_or_removed() -> None:
    """Where passing tests are not named nothing is said of tests that came or went."""
    for before, now in [(_quiet(2), _verbose(a="PASSED")), (_verbose(a="PASSED"), _quiet(2, "b"))]:
        progress = compare(before, now)
        assert (progress.added, progress.removed) == ((), ())


def test_a_run_that_stopped_early_removes_nothing() -> None:
    """Tests that a stopped run did not reach are neither removed nor passing."""
    stop = "!!!!!!!!!! stopping after 1 failures !!!!!!!!!!"
    progress = compare(_verbose(a="PASSED", b="FAILED", c="PASSED"), _verbose(stop, a="FAILED"))
    assert (progress.removed, progress.newly_passing) == ((), ())
    assert _names(progress.newly_failing) == ["a"]


def test_a_failure_after_a_stopped_run_is_not_called_new() -> None:
    """What fails now may have failed unseen when the previous run stopped before it."""
    stop = "!!!!!!!!!! stopping after 1 failures !!!!!!!!!!"
    progress = compare(_verbose(stop, a="FAILED"), _verbose(a="PASSED", b="FAILED"))
    assert progress.newly_failing == ()
    assert _names(progress.newly_passing) == ["a"]


def test_flaky_tests_passed_when_run_again() -> None:
    """A test that passed after a rerun is flaky; one that failed all its reruns is not."""
    report = read_sample("pytest_reruns.txt")
    progress = compare(report, report)
    assert progress.flaky == ("test_flaky.py::test_second_time_lucky",)
    assert progress.still_failing == ("test_flaky.py::test_never",)


def test_one_test_has_one_name_in_text_and_xml() -> None:
    """An attempt logged as text is compared with one logged as XML, under the current attempt's names."""
    progress = compare(read_sample("junit_pytest_xunit2.xml"), read_sample("pytest_verbose.txt"))
    assert "tests/test_calc.py::test_subtract" in progress.still_failing
    assert len(progress.still_failing) == 9
    assert (progress.newly_passing, progress.newly_failing, progress.added, progress.removed) == ((), (), (), ())


def test_unknown_logs_claim_nothing() -> None:
    """An unknown log on either side leaves every list empty, and unknown totals are not zero."""
    unknown, known = read("nothing to see"), _verbose(a="FAILED", b="PASSED")
    for before, now in [(unknown, known), (known, unknown)]:
        progress = compare(before, now)
        lists = (progress.newly_passing, progress.newly_failing, progress.still_failing, progress.removed)
        assert lists == ((), (), (), ())
    assert compare(unknown, known).previous_totals is None
