"""Several logs as one bounded report, and what logs say beside their tests."""

from dataclasses import replace

import pytest

from app.core.testlog import read_logs
from app.core.testlog.cleaning import scrub
from schemas.codec import decode, encode
from schemas.tests import Outcome, TestReport
from tests.unit.core.testlog.testlogs import LIMITS, case, ids, read, read_sample, sample, totals


def test_no_logs_give_no_report() -> None:
    """Without logs there is nothing to report, which is not the same as tests that did not run."""
    assert read_logs([], LIMITS) is None


@pytest.mark.parametrize("name", ["plain_output.txt", "node_spec.txt", "surefire_text.txt"])
def test_unknown_text_is_said_to_be_unknown(name: str) -> None:
    """A log in no known format has no formats, no totals and no confidence, and its end as an excerpt."""
    report = read_sample(name)
    assert (report.formats, report.totals, report.cases, report.confidence) == ((), {}, (), 0.0)
    assert report.excerpt
    assert scrub(sample(name)).strip("\n").endswith(report.excerpt)
    assert len(report.excerpt) <= LIMITS.excerpt_chars_max


@pytest.mark.parametrize(
    "text",
    [
        "5 passed the exam, 1 failed it in 2019s style",
        "all tests ok",
        "not ok with me",
        "FAILED to open the door - try again",
        "Tests: many\nTime: long",
        "the result was 100% [100%]",
        "class test_x (unittest.TestCase): pass",
    ],
)
def test_prose_is_not_taken_for_results(text: str) -> None:
    """Sentences that only sound like results are unknown text."""
    report = read(text)
    assert (report.formats, report.totals) == ((), {})


def test_known_and_unknown_logs_stand_side_by_side() -> None:
    """Of two logs the known one is read, the unknown one is shown, and a mark tells that there was one."""
    report = read_sample("pytest_passing_verbose.txt", "plain_output.txt")
    assert report.formats == ("pytest",)
    assert totals(report) == {"passed": 6}
    assert "unknown_log" in report.marks
    assert report.excerpt is not None
    assert "loss 0.39" in report.excerpt


def test_unknown_logs_share_the_excerpt() -> None:
    """Each unknown log has its share of the excerpt, under its name."""
    limits = replace(LIMITS, excerpt_chars_max=200)
    report = read_logs([("first", "a" * 500), ("second", "b" * 500)], limits)
    assert report is not None
    assert report.excerpt is not None
    assert len(report.excerpt) <= 200
    assert "[first]\naaa" in report.excerpt
    assert "[second]\nbbb" in report.excerpt


def test_an_empty_log_is_marked() -> None:
    """A log without text is no unknown text: it is said to be empty."""
    report = read(" \n\n")
    assert (report.marks, report.excerpt, report.confidence) == (("empty_log",), None, 0.0)


def test_runs_of_different_tests_add_up() -> None:
    """Logs of different tools give their formats in order and the sum of their totals and durations."""
    report = read_sample("pytest_passing_quiet.txt", "unittest_passing.txt", "go_verbose.txt")
    assert report.formats == ("pytest", "unittest", "go")
    assert totals(report) == {"passed": 12, "failed": 3, "skipped": 1}
    assert report.duration_s == pytest.approx(0.018)


def test_quiet_runs_of_one_tool_add_up() -> None:
    """Two quiet runs that count the same are two runs: nothing says that they ran the same tests."""
    report = read_sample("pytest_passing_quiet.txt", "pytest_passing_quiet.txt")
    assert totals(report) == {"passed": 12}


def test_a_verbose_and_a_quiet_log_of_one_run_count_once() -> None:
    """A quiet log that names its failures is recognised as the run that the verbose log tells in full."""
    report = read_sample("pytest_quiet.txt", "pytest_verbose.txt")
    assert sum(report.totals.values()) == 18
    assert len(report.cases) == 17


def test_the_later_of_two_runs_stands() -> None:
    """A test that failed and passed in a later run has passed, and the mark says that the runs disagree."""
    failed = "test_a.py::test_a FAILED [ 50%]\ntest_a.py::test_b PASSED [100%]\n=== 1 failed, 1 passed in 0.1s ===\n"
    passed = "test_a.py::test_a PASSED [100%]\n=== 1 passed in 0.1s ===\n"
    report = read(failed + passed)
    assert totals(report) == {"passed": 2}
    assert case(report, "test_a.py::test_a").outcome is Outcome.PASSED
    assert "runs_disagree" in report.marks
    assert report.confidence == 0.5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Process finished with exit code 1", 1),
        ("tests-1 exited with code 2", 2),
        ("##[error]Process completed with exit code 3.", 3),
        ("exit status 4", 4),
        ("make: *** [Makefile:3: test] Error 5", 5),
        ("Command exited with non-zero status 6", 6),
        ("exit code: 7\nexit code: 0", 0),
        ("we talked about exit code 9", None),
        ("exit code 999", None),
    ],
)
def test_exit_codes_are_read(text: str, code: int | None) -> None:
    """The last exit code on a line of its own is the report's; in a sentence it is none."""
    assert read(text).exit_code == code


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Killed", "killed"),
        ("run.sh: line 3:   120 Killed                  python train.py", "killed"),
        ("tests-1 exited with code 137", "killed"),
        ("MemoryError", "out_of_memory"),
        ("E   MemoryError: too much", "out_of_memory"),
        ("[1234.5] Out of memory: Killed process 77 (python)", "out_of_memory"),
        ("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory", "out_of_memory"),
        ("panic: test timed out after 10m0s", "timeout"),
        ("    Exceeded timeout of 5000 ms for a test.", "timeout"),
        ("exit status 124", "timeout"),
        ("Segmentation fault (core dumped)", "crashed"),
        ("Fatal Python error: Aborted", "crashed"),
        ("[... 200 lines omitted ...]", "truncated"),
        ("ERROR: file or directory not found: tests", "usage_error"),
    ],
)
def test_crashes_are_marked(text: str, mark: str) -> None:
    """Ends that no test reports are marks."""
    assert mark in read(f"starting\n{text}\n").marks


@pytest.mark.parametrize(
    ("name", "code", "mark"),
    [
        ("out_of_memory", 1, "out_of_memory"),
        ("timeout", 124, "timeout"),
        ("killed", 137, "killed"),
        ("crashed", 139, "crashed"),
    ],
)
def test_ends_of_real_programs_are_marked(name: str, code: int, mark: str) -> None:
    """What a shell, `timeout` and Python write when a program dies is told as a mark, with its exit code."""
    report = read_sample(f"death_{name}.txt")
    assert mark in report.marks
    assert report.exit_code == code


def test_exit_code_of_a_silent_program_is_read() -> None:
    """A program that only fails leaves an exit code, and nothing is guessed of tests."""
    report = read_sample("death_exit_code.txt")
    assert (report.exit_code, report.formats, report.marks) == (3, (), ())


@pytest.mark.parametrize(
    "text", ["test_m.py::test_timeout PASSED [100%]", "test_killed passed", "we ran out of memory", "he was Killed"]
)
def test_names_and_prose_are_not_marked(text: str) -> None:
    """The words of a crash within a test's name or a sentence are no crash."""
    assert {"timeout", "killed", "out_of_memory", "crashed"}.isdisjoint(read(text).marks)


def test_go_states_no_coverage_of_several_packages() -> None:
    """Coverage is a total that a tool states: of one Go package it is known, of two that differ it is not."""
    line = "ok  \texample.com/{}\t0.1s\tcoverage: {}% of statements\n"
    assert read(line.format("a", "50.0")).coverage_percent == 50.0
    assert read(line.format("a", "50.0") + line.format("b", "90.0")).coverage_percent is None


def _many_failures(count: int, message: str) -> str:
    lines = [f"FAILED test_a.py::test_{number} - {message}" for number in range(count)]
    return "\n".join(["=== short test summary info ===", *lines, f"=== {count} failed, 9 passed in 1.00s ==="])


def test_records_are_bounded_in_number_and_totals_are_not() -> None:
    """Of many tests only so many records are kept, failing ones before passing ones, while the totals count all."""
    limits = replace(LIMITS, cases_max=3)
    report = read(sample("pytest_verbose.txt"), limits=limits)
    assert [kept.outcome for kept in report.cases] == [Outcome.FAILED] * 3
    assert sum(report.totals.values()) == 18
    assert "cases_left_out" in report.marks


def test_texts_are_bounded() -> None:
    """Messages, ids, paths and frames are cut to their limits."""
    limits = replace(LIMITS, message_chars_max=20, name_chars_max=30, frames_max=1)
    report = read(sample("pytest_verbose.txt"), limits=limits)
    assert all(len(kept.id) <= 30 for kept in report.cases)
    assert all(len(kept.message or "") <= 20 for kept in report.cases)
    assert all(len(frame) <= 30 for kept in report.cases for frame in kept.frames)
    assert max(len(kept.frames) for kept in report.cases) == 1


def test_ids_that_are_cut_stay_apart() -> None:
    """Long ids with one beginning are still two tests."""
    limits = replace(LIMITS, name_chars_max=40)
    long = "x" * 100
    report = read(
        f"a.py::t[{long}1] PASSED [ 50%]\na.py::t[{long}2] PASSED [100%]\n== 2 passed in 1s ==", limits=limits
    )
    assert len(report.cases) == 2
    assert all(len(kept.id) == 40 for kept in report.cases)


def test_the_whole_report_is_bounded() -> None:
    """Where all messages together are too long, later ones are left out and the mark says so."""
    limits = replace(LIMITS, report_chars_max=10_000)
    report = read(_many_failures(100, "m" * 300), limits=limits)
    assert len(report.cases) == 100
    assert sum(len(kept.message or "") for kept in report.cases) < 10_000
    assert report.cases[0].message == "m" * 300
    assert "messages_left_out" in report.marks
    assert totals(report) == {"passed": 9, "failed": 100}


def test_of_a_too_long_log_head_and_tail_are_read() -> None:
    """A log beyond its limit is read at both ends: its totals stand, and it is marked as cut."""
    limits = replace(LIMITS, log_chars_max=4_000)
    report = read(sample("pytest_verbose.txt"), limits=limits)
    assert sum(report.totals.values()) == 18
    assert "truncated" in report.marks
    assert report.confidence <= 0.8


def test_logs_share_their_limit() -> None:
    """A short log is read whole beside a long one, which gets what is left."""
    limits = replace(LIMITS, log_chars_max=2_000)
    report = read("x" * 50_000, sample("pytest_passing_verbose.txt"), limits=limits)
    assert len(report.cases) == 6


def test_more_logs_than_the_limit_are_left_out() -> None:
    """Logs beyond the limit are not read, and the mark says so."""
    report = read(sample("pytest_passing_quiet.txt"), sample("go_verbose.txt"), limits=replace(LIMITS, logs_max=1))
    assert report.formats == ("pytest",)
    assert "logs_left_out" in report.marks


def test_messages_hold_no_control_characters() -> None:
    """Escape sequences, bells, reordering marks and lone surrogates never reach the report, which can be sent."""
    hostile = "red\x1b[31m bell\x07 right\u202eleft \ud800 link\x1b]8;;http://x\x07here\x1b]8;;\x07 \x9b31m"
    report = read(_many_failures(1, hostile) + f"\n{hostile}")
    (failure,) = report.cases
    assert failure.message == "red bell rightleft  linkhere 31m"
    assert decode(TestReport, encode(report)) == report


def test_escapes_within_json_and_xml_are_removed_too() -> None:
    """What JSON and XML hide from the first cleaning is cleaned when it is decoded."""
    events = (
        '{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\\n"}\n'
        '{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: \\u001b[31mred\\u0007\\n"}\n'
        '{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0}\n'
        '{"Action":"fail","Package":"p","Elapsed":0.1}\n'
    )
    assert case(read(events), "p.TestA").message == "red"
    xml = '<testsuite><testcase name="a"><failure message="&#x202e;back"/></testcase></testsuite>'
    assert case(read(xml), "a").message == "back"


def test_forged_ids_do_not_repeat() -> None:
    """Whatever logs are given, each id has one record."""
    report = read_sample("pytest_verbose.txt", "pytest_tb_short.txt", "junit_pytest_xunit1.xml", "unittest_verbose.txt")
    assert len(ids(report)) == len(set(ids(report)))
