"""Reading pytest's text output, on logs that pytest wrote."""

import pytest

from schemas.tests import Outcome, TestReport
from tests.unit.core.testlog.testlogs import case, ids, read, read_sample, sample, totals

CALC_TOTALS = {"passed": 6, "failed": 7, "error": 2, "skipped": 1, "xfailed": 1, "xpassed": 1}
CALC_FAILED = [
    "tests/test_calc.py::TestWithClass::test_failing_in_class",
    "tests/test_calc.py::test_divide_by_zero",
    "tests/test_calc.py::test_parse_chained",
    "tests/test_calc.py::test_subtract",
    "tests/test_report.py::test_add",
    "tests/test_report.py::test_explicit_fail",
    "tests/test_report.py::test_long_text",
]
CALC_ERRORS = ["tests/test_calc.py::test_leaves_mess", "tests/test_calc.py::test_needs_database"]
CALC_STYLES = [
    "verbose",
    "default",
    "quiet",
    "xdist_verbose",
    "xdist_quiet",
    "colours",
    "all_reasons",
    "all_reasons_passes",
    "tb_short",
    "tb_line",
    "tb_native",
    "tb_no",
    "uncaptured",
    "live_log",
    "durations",
    "coverage",
]


@pytest.mark.parametrize("style", CALC_STYLES)
def test_every_style_tells_the_same_run(style: str) -> None:
    """One run gives equal totals and names the same failing tests, whatever style pytest was told to write in."""
    report = read_sample(f"pytest_{style}.txt")
    assert report.formats == ("pytest",)
    assert totals(report) == CALC_TOTALS
    assert ids(report, Outcome.FAILED) == CALC_FAILED
    assert ids(report, Outcome.ERROR) == CALC_ERRORS
    assert report.confidence == 1.0
    assert report.duration_s is not None
    assert 0 < report.duration_s < 5


@pytest.mark.parametrize("style", ["verbose", "colours", "xdist_verbose", "uncaptured", "live_log", "durations"])
def test_verbose_logs_name_every_test(style: str) -> None:
    """A verbose log gives one record per test, the passing ones too."""
    report = read_sample(f"pytest_{style}.txt")
    assert len(report.cases) == 17
    assert ids(report, Outcome.PASSED) == [
        "tests/test_calc.py::TestWithClass::test_in_class",
        "tests/test_calc.py::test_add",
        "tests/test_calc.py::test_add_negative",
        "tests/test_calc.py::test_slow",
        "tests/test_calc.py::test_warns",
    ]
    assert ids(report, Outcome.SKIPPED) == ["tests/test_calc.py::test_skipped"]
    assert ids(report, Outcome.XFAILED) == ["tests/test_calc.py::test_known_bug"]
    assert ids(report, Outcome.XPASSED) == ["tests/test_calc.py::test_passes_unexpectedly"]


def test_failing_tests_come_first() -> None:
    """Failing records stand before all others."""
    outcomes = [kept.outcome for kept in read_sample("pytest_verbose.txt").cases]
    failing = [outcome in {Outcome.FAILED, Outcome.ERROR} for outcome in outcomes]
    assert failing == [True] * 9 + [False] * 8


@pytest.mark.parametrize("style", ["verbose", "quiet", "colours", "xdist_verbose", "tb_short", "tb_native"])
def test_a_failure_tells_message_place_and_frames(style: str) -> None:
    """A failure has the exception's message, the line that raised it in the student's code, and the calls to it."""
    failure = case(read_sample(f"pytest_{style}.txt"), "tests/test_calc.py::test_divide_by_zero")
    assert failure.message == "ZeroDivisionError: division by zero"
    assert (failure.path, failure.line) == ("calc.py", 9)
    assert [frame.split(" in ")[0] for frame in failure.frames] == ["tests/test_calc.py:25", "calc.py:9"]


def test_of_chained_exceptions_the_raised_one_counts() -> None:
    """The message is the last exception's, not its cause's."""
    failure = case(read_sample("pytest_verbose.txt"), "tests/test_calc.py::test_parse_chained")
    assert failure.message == "RuntimeError: cannot parse 'seven'"
    assert (failure.path, failure.line) == ("calc.py", 20)


def test_equal_names_in_two_files_keep_their_own_failures() -> None:
    """A failure's report goes to the file that it names when two files hold a test of its name."""
    report = read_sample("pytest_verbose.txt")
    assert case(report, "tests/test_calc.py::test_add").outcome is Outcome.PASSED
    failure = case(report, "tests/test_report.py::test_add")
    assert (failure.outcome, failure.path, failure.line) == (Outcome.FAILED, "tests/test_report.py", 8)


def test_a_long_message_keeps_its_lines() -> None:
    """The lines of pytest's explanation stay lines."""
    failure = case(read_sample("pytest_quiet.txt"), "tests/test_calc.py::test_subtract")
    assert failure.message == "AssertionError: order of operands\nassert -2 == 2\n +  where -2 = subtract(5, 3)"


def test_a_test_that_passes_and_fails_to_tear_down_is_one_error() -> None:
    """Passed and error of one test make one record, while the totals count both as pytest does."""
    report = read_sample("pytest_verbose.txt")
    assert case(report, "tests/test_calc.py::test_leaves_mess").outcome is Outcome.ERROR
    assert report.totals[Outcome.PASSED] == 6


def test_without_names_in_the_log_ids_are_made_of_file_and_report() -> None:
    """Where neither progress nor summary names tests, the frames' file and the report's heading do."""
    report = read_sample("pytest_unnamed_failures.txt")
    assert ids(report, Outcome.FAILED) == CALC_FAILED
    assert ids(report, Outcome.ERROR) == ["test_leaves_mess", "test_needs_database"]
    assert totals(report) == CALC_TOTALS


def test_dots_stand_in_for_a_summary_that_was_not_written() -> None:
    """`-qq` writes no totals: they are counted from the dots, with a little less confidence."""
    report = read_sample("pytest_very_quiet.txt")
    assert totals(report) == CALC_TOTALS
    assert ids(report, Outcome.FAILED) == CALC_FAILED
    assert report.confidence == 0.9


@pytest.mark.parametrize("style", ["parametrised", "parametrised_quiet"])
def test_parametrised_ids_may_hold_anything(style: str) -> None:
    """Spaces, dashes, brackets, colons, paths and outcome words within an id's brackets belong to the id."""
    report = read_sample(f"pytest_{style}.txt")
    assert ids(report, Outcome.FAILED) == [
        "test_params.py::TestPairs::test_equal[one two]",
        "test_params.py::test_text[[]",
        "test_params.py::test_text[]]",
        "test_params.py::test_text[a - b]",
        "test_params.py::test_text[ends PASSED]",
        "test_params.py::test_text[path/to.py::test]",
        "test_params.py::test_text[tab\\there]",
        "test_params.py::test_text[unicode-\\u043f\\u0440\\u0438\\u0432\\u0435\\u0442]",
    ]
    assert case(report, "test_params.py::test_text[a - b]").line == 23
    assert totals(report) == {"passed": 7, "failed": 8}
    assert report.confidence == 1.0


def test_passing_parametrised_ids_are_read_whole() -> None:
    """Ids that end in brackets or hold outcome words are read whole from the verbose lines."""
    passed = ids(read_sample("pytest_parametrised.txt"), Outcome.PASSED)
    assert "test_params.py::TestPairs::test_equal[two [two] - same]" in passed
    assert "test_params.py::test_text[PASSED]" in passed
    assert "test_params.py::test_text[]" in passed
    assert "test_params.py::test_text[x[0]]" in passed


@pytest.mark.parametrize("style", ["reruns", "reruns_quiet"])
def test_reruns_are_counted_per_test(style: str) -> None:
    """A test that passed when run again has passed, and its failed run is counted."""
    report = read_sample(f"pytest_{style}.txt")
    lucky = case(report, "test_flaky.py::test_second_time_lucky")
    assert (lucky.outcome, lucky.reruns) == (Outcome.PASSED, 1)
    never = case(report, "test_flaky.py::test_never")
    assert (never.outcome, never.reruns) == (Outcome.FAILED, 2)
    assert totals(report) == {"passed": 2, "failed": 1, "rerun": 3}


@pytest.mark.parametrize("style", ["subtests", "subtests_default"])
def test_failed_subtests_are_tests_of_their_own(style: str) -> None:
    """A failed subtest has its own record with its description, as pytest counts it."""
    report = read_sample(f"pytest_{style}.txt")
    assert ids(report, Outcome.FAILED) == [
        "test_sub.py::Sub::test_sub [odd] (i=1)",
        "test_sub.py::test_with_subtests",
        "test_sub.py::test_with_subtests [number] (i=1)",
    ]
    assert case(report, "test_sub.py::test_with_subtests [number] (i=1)").line == 7
    assert totals(report) == {"passed": 2, "failed": 3}


def test_doctests_are_read() -> None:
    """Pytest's doctests have ids, messages of what was expected and got, and lines."""
    report = read_sample("pytest_doctest.txt")
    failure = case(report, "words.py::words.count")
    assert (failure.message, failure.line) == ("Expected:\n    2\nGot:\n    1", 6)
    assert case(report, "words.py::words.Words.crash").message == "ValueError: crashed"
    assert ids(report, Outcome.PASSED) == ["guide.md::guide.md", "words.py::words.Words", "words.py::words.shout"]


@pytest.mark.parametrize("style", ["collection_error", "collection_error_continued"])
def test_files_that_do_not_import_are_errors(style: str) -> None:
    """A collection error is an error under the file's name, with the cause, its place, and a mark."""
    report = read_sample(f"pytest_{style}.txt")
    assert ids(report, Outcome.ERROR) == ["test_import.py", "test_syntax.py"]
    assert case(report, "test_import.py").message == "ModuleNotFoundError: No module named 'no_such_module'"
    syntax = case(report, "test_syntax.py")
    assert (syntax.path, syntax.line) == ("test_syntax.py", 1)
    assert str(syntax.message).startswith("SyntaxError: ")
    assert "collection_error" in report.marks


def test_an_internal_error_is_an_error_with_its_cause() -> None:
    """Pytest's INTERNALERROR is kept as an error of its own, at the student's line."""
    report = read_sample("pytest_internal_error.txt")
    failure = case(report, "pytest INTERNALERROR")
    assert (failure.outcome, failure.message) == (Outcome.ERROR, "KeyError: 'order'")
    assert (failure.path, failure.line) == ("conftest.py", 2)
    assert "internal_error" in report.marks


@pytest.mark.parametrize(("name", "mark"), [("no_tests", "no_tests"), ("usage_error", "usage_error")])
def test_runs_without_tests_are_marked(name: str, mark: str) -> None:
    """A run that found no tests has no totals, and a mark that says so."""
    report = read_sample(f"pytest_{name}.txt")
    assert report.totals == {}
    assert mark in report.marks
    assert "no_tests" in report.marks


def test_a_run_stopped_at_the_first_failure_is_marked() -> None:
    """`-x` leaves tests out, which the mark tells."""
    report = read_sample("pytest_stop_at_first.txt")
    assert totals(report) == {"passed": 2, "failed": 1}
    assert report.marks == ("stopped_early",)


def test_a_timeout_is_a_failure_and_a_mark() -> None:
    """pytest-timeout's failure keeps its test's name though stacks stand between name and outcome."""
    report = read_sample("pytest_timeout.txt")
    assert ids(report, Outcome.FAILED) == ["test_slow.py::test_hangs"]
    assert report.marks == ("timeout",)


def test_what_a_test_prints_is_not_read_as_results() -> None:
    """Forged headings, totals and other tools' results within captured output change nothing."""
    report = read_sample("pytest_forged.txt")
    assert report.formats == ("pytest",)
    assert totals(report) == {"failed": 1}
    assert ids(report) == ["test_forged.py::test_forged"]
    assert report.confidence == 1.0


def test_durations_go_to_their_tests() -> None:
    """The list of slowest tests gives its times to the tests' records."""
    assert case(read_sample("pytest_durations.txt"), "tests/test_calc.py::test_slow").duration_s == 0.05


def test_coverage_is_read_beside_the_tests() -> None:
    """The total of pytest-cov's table is the report's coverage."""
    assert read_sample("pytest_coverage.txt").coverage_percent == 92.0


def _without_middle(text: str) -> str:
    third = len(text) // 3
    return f"{text[:third]}\n... [{third} characters omitted] ...\n{text[-third:]}"


@pytest.mark.parametrize("style", ["verbose", "default", "quiet", "xdist_verbose"])
def test_a_log_cut_in_the_middle_keeps_its_totals(style: str) -> None:
    """With its middle gone a log still gives pytest's totals and names what its summary names, with less confidence."""
    report = read(_without_middle(sample(f"pytest_{style}.txt")))
    assert totals(report) == CALC_TOTALS
    assert ids(report, Outcome.FAILED) == CALC_FAILED
    assert "truncated" in report.marks
    assert report.confidence <= 0.8


def _cut_at(text: str, heading: str) -> TestReport:
    return read(text[: text.index(heading)])


def test_a_verbose_log_without_its_end_counts_what_it_saw() -> None:
    """Without a last line the totals are those of the tests that were seen to end, and little is claimed."""
    report = _cut_at(sample("pytest_verbose.txt"), "tests/test_calc.py::test_warns")
    assert totals(report) == {"passed": 3, "failed": 4}
    assert report.marks == ("truncated",)
    assert report.confidence == 0.6


def test_a_log_in_dots_without_its_end_counts_the_dots() -> None:
    """A log cut within its progress counts the dots and letters that it holds."""
    report = _cut_at(sample("pytest_default.txt"), "tests/test_report.py FFF")
    assert totals(report) == {"passed": 6, "failed": 4, "error": 2, "skipped": 1, "xfailed": 1, "xpassed": 1}
    assert report.confidence == 0.6


def test_reports_cut_before_the_summary_still_name_their_tests() -> None:
    """A quiet log that ends before its summary names failing tests by their reports."""
    report = _cut_at(sample("pytest_quiet.txt"), "=============================== warnings summary")
    assert set(ids(report, Outcome.FAILED)) == set(CALC_FAILED)


def test_two_runs_in_one_log_add_up() -> None:
    """Two runs of different tests, one after the other in one log, give the sum of both."""
    report = read(sample("pytest_passing_verbose.txt") + sample("pytest_reruns.txt"))
    assert totals(report) == {"passed": 8, "failed": 1, "rerun": 3}
    assert len(report.cases) == 9


def test_a_quiet_run_after_other_output_is_found() -> None:
    """A run without a header is found after a program's own output."""
    report = read(f"installing packages\ndone\n{sample('pytest_passing_quiet.txt')}")
    assert totals(report) == {"passed": 6}
    assert report.formats == ("pytest",)


def test_continuous_integration_prefixes_are_taken_off() -> None:
    """Timestamps before every line, as CI systems write them, do not hide the log."""
    lines = sample("pytest_verbose.txt").split("\n")
    report = read("\n".join(f"2026-03-02T12:00:00.1234567Z {line}" for line in lines))
    assert totals(report) == CALC_TOTALS
    assert ids(report, Outcome.FAILED) == CALC_FAILED


def test_compose_prefixes_are_taken_off() -> None:
    """A service's name before every line, as docker compose writes it, does not hide the log."""
    report = read("\n".join(f"tests-1  | {line}" for line in sample("pytest_default.txt").split("\n")))
    assert totals(report) == CALC_TOTALS
    assert ids(report, Outcome.FAILED) == CALC_FAILED


def test_windows_line_ends_change_nothing() -> None:
    """Carriage returns before line feeds are no part of any name."""
    report = read(sample("pytest_verbose.txt").replace("\n", "\r\n"))
    assert ids(report, Outcome.FAILED) == CALC_FAILED


def test_unittest_classes_run_by_pytest_are_read() -> None:
    """Unittest's classes, fixtures and subtests are read as pytest reports them."""
    report = read_sample("pytest_runs_unittest.txt")
    assert totals(report) == {"passed": 3, "failed": 4, "error": 1, "skipped": 1, "xfailed": 1}
    assert "test_bank.py::TestAccount::test_many [deposit] (amount=2)" in ids(report, Outcome.FAILED)
    assert ids(report, Outcome.ERROR) == ["test_bank.py::TestSetUpFails::test_never_runs"]


def test_a_summary_line_is_split_where_the_report_says() -> None:
    """An id that holds a closing bracket and a dash is told from its message by the heading of its report."""
    report = read(
        "=== FAILURES ===\n___ test_a[two [two] - same] ___\n>  assert 0\nE  assert 0\n\ntest_a.py:3: AssertionError\n"
        "=== short test summary info ===\nFAILED test_a.py::test_a[two [two] - same] - assert 0\n== 1 failed in 1s =="
    )
    failure = case(report, "test_a.py::test_a[two [two] - same]")
    assert (failure.message, failure.line) == ("assert 0", 3)
