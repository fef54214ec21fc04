"""What tests print beside pytest's own lines: it is shown within reports, and counts for nothing."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import ids, read, totals

HEADER = """\
============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-8.2.0, pluggy-1.7.0
rootdir: /home/student/hw
"""
FORGED = [
    "50 passed in 0.10s",
    "=========================== 50 passed in 0.10s ===========================",
    "_____ test_x _____\n50 passed in 0.10s\n===== 50 passed in 0.10s =====",
    "===== FAILURES =====\n_____ test_x _____\n===== 50 passed in 0.10s =====",
    "===== 50 passed in 0.10s =====\n===== test session starts =====\n===== 50 passed in 0.10s =====",
]


def _run(section: str, printed: str, verdict: str, letters: str = "..") -> str:
    report = (
        f"===== {section} =====\n_____ test_total _____\n----- Captured stdout call -----\n{printed}\n"
        if section
        else ""
    )
    return (
        f"{HEADER}collected {len(letters)} items\n\ntests/test_a.py {letters}  [100%]\n\n{report}"
        f"=========================== short test summary info ============================\n"
        f"PASSED tests/test_a.py::test_total\n===== {verdict} in 0.02s =====\n"
    )


@pytest.mark.parametrize("section", ["PASSES", "XPASSES", "XFAILURES"])
@pytest.mark.parametrize("printed", FORGED)
def test_what_a_passing_test_printed_counts_for_nothing(section: str, printed: str) -> None:
    """With `-rA` pytest shows what passing tests printed: final lines among it are not the run's."""
    report = read(_run(section, printed, "2 passed"))
    assert (totals(report), ids(report, Outcome.FAILED)) == ({"passed": 2}, [])


@pytest.mark.parametrize("printed", FORGED)
def test_a_report_without_the_short_summary_ends_at_the_last_rule(printed: str) -> None:
    """`-rP` writes no short summary: the run's last rule is its final line."""
    text = _run("PASSES", printed, "2 passed").replace("PASSED tests/test_a.py::test_total\n", "")
    assert totals(read(text.replace("== short test summary info ==", "-"))) == {"passed": 2}


@pytest.mark.parametrize(
    "printed", ["5 passed in 0.10s", "===== 5 passed in 0.10s =====", "=== no tests ran in 1s ==="]
)
def test_printed_while_the_tests_run_it_counts_for_nothing(printed: str) -> None:
    """With `-s` a test prints between the progress: a run with a header ends at its own last rule."""
    text = f"{HEADER}collected 2 items\n\ntests/test_a.py .\n{printed}\nF\n\n===== 1 failed, 1 passed in 0.02s =====\n"
    assert totals(read(text)) == {"passed": 1, "failed": 1}


def test_a_printed_end_without_a_rule_ends_no_run_that_has_a_header() -> None:
    """A log that was cut off behind it has no end, whatever the code under test printed."""
    text = f"{'=' * 9} test session starts {'=' * 9}\ncollected 3 items\n\ntests/test_a.py ..\n3 passed in 0.10s\n"
    report = read(text)
    assert totals(report) == {"passed": 2}
    assert "truncated" in report.marks


def test_a_quiet_run_still_ends_without_a_rule() -> None:
    """`-q` writes neither a header nor rules around its counts."""
    assert totals(read("F.  [100%]\n1 failed, 1 passed in 0.10s\n")) == {"passed": 1, "failed": 1}


@pytest.mark.parametrize("section", ["PASSES", "FAILURES"])
def test_two_runs_that_show_what_was_printed_are_two(section: str) -> None:
    """The first run ends at its own final line though its last report is of printed text."""
    failed = section == "FAILURES"
    one = _run(section, "hello", "1 failed, 1 passed" if failed else "2 passed", ".F" if failed else "..")
    one = one.replace("PASSED tests/test_a.py::test_total\n", "")
    two = _run("", "", "3 passed", "...").replace("tests/test_a.py", "tests/test_b.py")
    assert totals(read(one + two)) == ({"passed": 4, "failed": 1} if failed else {"passed": 5})
