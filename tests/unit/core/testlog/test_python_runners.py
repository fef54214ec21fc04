"""Reading unittest's, nose's and doctest's output, and plain tracebacks."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import case, ids, read, read_sample, sample, totals

BANK_TOTALS = {"passed": 2, "failed": 2, "error": 2, "skipped": 1, "xfailed": 1, "xpassed": 1}


@pytest.mark.parametrize("style", ["verbose", "default", "buffered"])
def test_every_style_tells_the_same_run(style: str) -> None:
    """One run gives equal totals and failing tests whether it was verbose, in dots or buffered."""
    report = read_sample(f"unittest_{style}.txt")
    assert report.formats == ("unittest",)
    assert totals(report) == BANK_TOTALS
    assert ids(report, Outcome.FAILED) == [
        "test_bank.TestAccount.test_many [deposit] (amount=2)",
        "test_bank.TestAccount.test_withdraw",
    ]
    assert ids(report, Outcome.ERROR) == [
        "test_bank.TestAccount.test_no_such_method",
        "test_bank.TestSetUpFails.setUpClass",
    ]
    assert ids(report, Outcome.XPASSED) == ["test_bank.TestAccount.test_surprise"]
    assert report.confidence == 1.0
    assert report.duration_s == 0.001


def test_verbose_lines_name_passing_tests() -> None:
    """Passing, skipped and expectedly failing tests are named by the verbose lines, also under a docstring."""
    report = read_sample("unittest_verbose.txt")
    assert ids(report, Outcome.PASSED) == ["test_bank.TestAccount.test_deposit", "test_bank.TestAccount.test_prints"]
    assert ids(report, Outcome.SKIPPED) == ["test_bank.TestAccount.test_interest"]
    assert ids(report, Outcome.XFAILED) == ["test_bank.TestAccount.test_known"]
    better = "test_good.TestGood.test_better"
    assert case(read_sample("unittest_passing.txt"), better).outcome is Outcome.PASSED


@pytest.mark.parametrize("style", ["verbose", "buffered"])
def test_a_failure_tells_message_and_place(style: str) -> None:
    """A failure has its message without captured output, and the line in the student's file."""
    failure = case(read_sample(f"unittest_{style}.txt"), "test_bank.TestAccount.test_withdraw")
    assert failure.message == "AssertionError: 13 != 7 : balance after withdrawal"
    assert (failure.path, failure.line) == ("/home/student/homework/test_bank.py", 26)


def test_a_module_that_does_not_import_is_an_error() -> None:
    """An import error is an error under the module's name, and marked."""
    report = read_sample("unittest_import_error.txt")
    assert case(report, "test_import").message == "ModuleNotFoundError: No module named 'no_such_module'"
    assert report.marks == ("collection_error",)
    assert totals(report) == {"passed": 1, "error": 1}


def test_no_tests_are_marked() -> None:
    """A run of no tests has no totals and says so."""
    report = read_sample("unittest_no_tests.txt")
    assert (report.totals, report.marks) == ({}, ("no_tests",))


def test_a_log_without_its_end_counts_what_it_saw() -> None:
    """Without `Ran n tests` only the tests that were seen to end are counted."""
    report = read(sample("unittest_verbose.txt").split("test_surprise")[0])
    assert report.totals[Outcome.PASSED] == 2
    assert report.marks == ("truncated",)
    assert report.confidence == 0.6


def test_failures_cut_out_of_the_middle_lower_the_confidence() -> None:
    """With failures' reports missing the totals stand, and the confidence says that not all are named."""
    text = sample("unittest_default.txt")
    report = read(text[: text.index("FAIL: test_many")] + text[text.index("Ran 8 tests") :])
    assert totals(report)["failed"] == 2
    assert report.confidence == 0.8


def test_older_pythons_names_are_the_same_ids() -> None:
    """Before Python 3.11 the class alone stood in brackets: the id is the same."""
    report = read("test_a (test_m.TestT) ... ok\n\n" + "-" * 70 + "\nRan 1 test in 0.001s\n\nOK\n")
    assert ids(report) == ["test_m.TestT.test_a"]
    assert totals(report) == {"passed": 1}


@pytest.mark.parametrize("name", ["nose_verbose", "pynose_verbose", "nose2_verbose"])
def test_nose_is_read(name: str) -> None:
    """Nose and its heirs tell totals, names, skips and places."""
    report = read_sample(f"{name}.txt")
    assert totals(report) == {"passed": 2, "failed": 2, "error": 1, "skipped": 1}
    assert ids(report, Outcome.PASSED) == ["test_shop.TestBooks.test_price", "test_shop.test_one_pen"]
    assert ids(report, Outcome.SKIPPED) == ["test_shop.test_discount"]
    failure = case(report, "test_shop.test_unknown")
    assert (failure.outcome, failure.message, failure.line) == (Outcome.ERROR, "KeyError: 'lamp'", 7)
    assert report.confidence == 1.0


@pytest.mark.parametrize("name", ["nose_default", "pynose_default"])
def test_quiet_nose_names_what_failed(name: str) -> None:
    """Without `-v` the failing tests are named, and the totals are the same."""
    report = read_sample(f"{name}.txt")
    assert totals(report) == {"passed": 2, "failed": 2, "error": 1, "skipped": 1}
    assert len(report.cases) == 3


@pytest.mark.parametrize("name", ["nose_verbose", "nose_default", "pynose_default"])
def test_nose_calls_a_test_by_its_docstring(name: str) -> None:
    """Where nose says nothing but a docstring's first line, that is the test's id, and its place is told."""
    failure = case(read_sample(f"{name}.txt"), "Three pens cost three times as much.")
    assert (failure.outcome, failure.message, failure.line) == (Outcome.FAILED, "AssertionError: three pens", 17)


def test_nose2_tells_name_and_docstring() -> None:
    """nose2 writes the name before the docstring, and the name is the id."""
    assert case(read_sample("nose2_verbose.txt"), "test_shop.test_three_pens").outcome is Outcome.FAILED


def test_doctest_names_what_failed() -> None:
    """Without `-v` doctest names failures only, which the mark and the confidence tell."""
    report = read_sample("doctest_plain.txt")
    assert report.formats == ("doctest",)
    assert ids(report, Outcome.FAILED) == ["words.Words.crash", "words.count"]
    assert case(report, "words.count").line == 6
    assert case(report, "words.Words.crash").message == "ValueError: crashed"
    assert report.marks == ("passes_uncounted",)
    assert report.confidence == 0.6


def test_verbose_doctest_names_what_passed() -> None:
    """With `-v` the docstrings that passed are named, and both together are all."""
    report = read_sample("doctest_verbose.txt")
    assert ids(report, Outcome.PASSED) == ["words.Words", "words.shout"]
    assert totals(report) == {"passed": 2, "failed": 2}
    assert report.confidence == 1.0


@pytest.mark.parametrize(
    ("name", "test_id", "message", "line"),
    [
        ("plain", "main.py::ZeroDivisionError", "ZeroDivisionError: division by zero", 5),
        ("chained", "main.py::ValueError", "ValueError: no numbers given", 13),
        ("syntax", "typo.py::SyntaxError", "SyntaxError: invalid syntax", 1),
    ],
)
def test_a_plain_traceback_is_one_error(name: str, test_id: str, message: str, line: int) -> None:
    """A program's traceback is one error with its place, no tests are counted, and the log's end is shown too."""
    report = read_sample(f"traceback_{name}.txt")
    failure = case(report, test_id)
    assert (failure.outcome, failure.message, failure.line) == (Outcome.ERROR, message, line)
    assert report.totals == {}
    assert report.formats == ("traceback",)
    assert report.confidence == 0.3
    assert report.marks == ("uncaught_exception",)
    assert report.excerpt is not None
    assert message in report.excerpt


def test_output_after_a_traceback_does_not_hide_it() -> None:
    """An exception without a message is read although the shell goes on in the next line."""
    report = read_sample("death_out_of_memory.txt")
    assert case(report, "main.py::MemoryError").line == 11
    assert (report.formats, report.exit_code) == (("traceback",), 1)
    assert "out_of_memory" in report.marks
