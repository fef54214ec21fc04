"""Reading pytest-sugar, which shows failures among its progress and counts one below the other."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import case, ids, read, totals

_RULE = "―" * 20


def _sugar(*, summary: bool = True, counts: str = "", tail: str = "") -> str:
    """What pytest-sugar writes for six tests of two files, progress bars with their carriage returns."""
    named = (
        "=========================== short test summary info ============================\n"
        "FAILED test_cart.py::TestOrder::test_cancel - ValueError: order 7 is shipped\n"
        "FAILED test_cart.py::test_db - RuntimeError: no database\n"
    )
    return (
        "Test session starts (platform: linux, Python 3.11.7, pytest 8.2.0, pytest-sugar 1.1.1)\n"
        "rootdir: /home/student/hw\ncollected 6 items\n\r\n\r test_cart.py ✓            8% ▉         \n\n"
        f"{_RULE} TestOrder.test_cancel {_RULE}\n\nself = <test_cart.TestOrder object>\n\n"
        '>   def test_cancel(self): raise ValueError("order 7 is shipped")\n'
        "E   ValueError: order 7 is shipped\n\ntest_cart.py:6: ValueError\n\r\n"
        "\r test_cart.py ⨯       17% █▋        \r test_cart.py ⨯✓       50% █████     \r test_cart.py ⨯✓sx     \n\n"
        f"{_RULE} ERROR at setup of test_db {_RULE}\n\n    @pytest.fixture\n"
        '>   def db(): raise RuntimeError("no database")\nE   RuntimeError: no database\n\n'
        "test_cart.py:14: RuntimeError\n\r         100% ██████████\n"
        f"{named if summary else ''}\nResults (0.09s):\n"
        + (counts or "       2 passed\n       1 failed\n         - test_cart.py:6 TestOrder.test_cancel\n")
        + f"       1 error\n       1 xfailed\n       1 skipped\n{tail}"
    )


@pytest.mark.parametrize("summary", [True, False])
@pytest.mark.parametrize("tail", ["", "\n$ exit 1\n"])
def test_sugars_counts_and_failures_are_read(summary: bool, tail: str) -> None:
    """Totals are those of `Results`; failures have their names, messages and places, an error is an error."""
    report = read(_sugar(summary=summary, tail=tail))
    assert report.formats == ("pytest",)
    assert totals(report) == {"passed": 2, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1}
    assert ids(report, Outcome.FAILED) == ["test_cart.py::TestOrder::test_cancel"]
    failure = case(report, "test_cart.py::test_db")
    assert (failure.outcome, failure.message, failure.line) == (Outcome.ERROR, "RuntimeError: no database", 14)
    assert (report.confidence, report.duration_s) == (1.0, 0.09)


def test_sugars_verbose_lines_name_every_test() -> None:
    """With `-v` each test has its line, the class joined by a dot, which is pytest's own id."""
    report = read(
        "Test session starts (platform: linux, Python 3.11.7, pytest 8.2.0, pytest-sugar 1.1.1)\n"
        "collecting ... collected 2 items\n\r\n\r test_cart.py::TestOrder.test_ship ✓     50% █████     \r\n"
        "\r test_cart.py::test_price[a.b] ✓     100% ██████████\n\nResults (0.02s):\n       2 passed\n"
    )
    assert ids(report) == ["test_cart.py::TestOrder::test_ship", "test_cart.py::test_price[a.b]"]
    assert totals(report) == {"passed": 2}


def test_sugars_run_that_stopped_says_so() -> None:
    """The line that pytest writes when it stops stands before the counts."""
    text = _sugar().replace("=========================== short", "!!! stopping after 1 failures !!!\n=== short")
    assert (
        "stopped_early" in read(text.replace("=== short test summary info =", "=== short test summary info ==")).marks
    )


def test_sugars_collection_error_is_an_error() -> None:
    """A file that cannot be collected is not among sugar's counts, and is an error of the run."""
    report = read(
        "Test session starts (platform: linux, Python 3.11.7, pytest 8.2.0, pytest-sugar 1.1.1)\ncollected 0 items\n\n"
        f"{_RULE} ERROR collecting test_b.py {_RULE}\ntest_b.py:1: in <module>\n    import nope\n"
        "E   ModuleNotFoundError: No module named 'nope'\n\n=== short test summary info ===\nFAILED test_b.py\n"
        "!!!!!!! Interrupted: 1 error during collection !!!!!!!\n\nResults (0.57s):\n"
    )
    assert totals(report) == {"error": 1}
    assert "collection_error" in report.marks


def test_sugars_second_run_is_another_run() -> None:
    """Two runs in one log are told apart by sugar's first line."""
    report = read(_sugar() + _sugar())
    assert totals(report) == {"passed": 2, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1}


def test_without_tracebacks_what_is_not_listed_as_failed_is_an_error() -> None:
    """With `--tb=no` the summary calls an error a failure; the list beneath the count has failures alone."""
    text = "\n".join(
        line for line in _sugar().split("\n") if _RULE not in line and not line.startswith((">", "E ", "    @"))
    )
    report = read(text)
    assert ids(report, Outcome.ERROR) == ["test_cart.py::test_db"]
    assert ids(report, Outcome.FAILED) == ["test_cart.py::TestOrder::test_cancel"]
    assert (totals(report)["error"], report.confidence, report.marks) == (1, 1.0, ())


def test_files_that_were_not_collected_count_beside_other_errors() -> None:
    """With `--continue-on-collection-errors` the counts leave out the files, and tests run all the same."""
    block = f"{_RULE} ERROR collecting test_new.py {_RULE}\n\nE   ModuleNotFoundError: No module named 'x'\n\n"
    text = _sugar().replace(f"{_RULE} TestOrder", f"{block}{_RULE} TestOrder", 1)
    report = read(text)
    assert totals(report)["error"] == 2
    assert "test_new.py" in ids(report, Outcome.ERROR)
    assert report.confidence == 1.0
