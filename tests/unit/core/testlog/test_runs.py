"""Runs that stopped early, and runs of the same tests that do not name them."""

import pytest

from schemas.tests import Outcome
from tests.unit.core.testlog.testlogs import case, ids, read, totals

HEADER = """\
============================= test session starts ==============================
platform linux -- Python 3.11.7, pytest-8.2.0, pluggy-1.7.0
rootdir: /home/student/hw
"""
CRASH = (
    HEADER
    + """\
plugins: xdist-3.8.0
created: 2/2 workers
2 workers [5 items]

[gw1] node down: Not properly terminated
F
worker gw1 crashed and worker restarting disabled
..                                                                       [ 60%]
=================================== FAILURES ===================================
________________________________ test_crash.py _________________________________
[gw1] linux -- Python 3.11.7 /home/student/hw/bin/python
worker 'gw1' crashed while running 'test_crash.py::test_boom'
=========== xdist: worker gw1 crashed and worker restarting disabled ===========
=========================== short test summary info ============================
FAILED test_crash.py::test_boom - worker 'gw1' crashed while running 'test_cr...
========================= 1 failed, 2 passed in 1.83s ==========================
"""
)
FAILURE = """\
=================================== FAILURES ===================================
____________________________________ test_y ____________________________________

>   def test_y(): assert 0
E   assert 0

test_a.py:2: AssertionError
=========================== short test summary info ============================
FAILED test_a.py::test_y - assert 0
"""


def _stopped(line: str) -> str:
    return (
        f"{HEADER}2 workers [9 items]\n\n.F\n{FAILURE}!!!!!!!!! {line} !!!!!!!!!\n"
        "========================= 1 failed, 1 passed in 1.83s ==========================\n"
    )


def test_a_crashed_worker_stops_the_run_early() -> None:
    """Where xdist gave up after a crash, what ended counts, and the mark tells that the rest did not run."""
    report = read(CRASH)
    assert totals(report) == {"passed": 2, "failed": 1}
    assert ids(report) == ["test_crash.py::test_boom"]
    assert "stopped_early" in report.marks


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("stopping after 1 failures", "stopped_early"),
        ("xdist.dsession.Interrupted: stopping after 1 failures", "stopped_early"),
        ("KeyboardInterrupt", "interrupted"),
        ("_pytest.outcomes.Exit: enough", "interrupted"),
    ],
)
def test_a_run_that_broke_off_says_so(line: str, mark: str) -> None:
    """The lines of pytest and of xdist tell why tests are missing."""
    assert read(_stopped(line)).marks == (mark,)


@pytest.mark.parametrize(
    ("collected", "marks"),
    [
        ("collected 2 items", ()),
        ("collecting ... collected 5 items", ("stopped_early",)),
        ("collected 5 items / 3 deselected / 2 selected", ()),
        ("collected 9 items / 3 deselected / 6 selected", ("stopped_early",)),
        ("collected 1 item", ()),
    ],
)
def test_fewer_results_than_collected_tests_are_an_early_stop(collected: str, marks: tuple[str, ...]) -> None:
    """Where fewer tests ended than were selected, the run stopped early, whatever its last lines say."""
    report = read(f"{HEADER}{collected}\n\ntest_a.py ..\n\n============ 2 passed in 0.01s ============\n")
    assert report.marks == marks


def _run(letters: str, verdict: str, file: str = "test_a.py ") -> str:
    failure = FAILURE if "F" in letters else ""
    progress = f"collected {len(letters)} items\n\n{file}{letters}   [100%]\n\n"
    return f"{HEADER}{progress}{failure}===== {verdict} in 0.04s =====\n"


@pytest.mark.parametrize("file", ["test_a.py ", ""])
def test_a_second_run_of_unnamed_tests_is_no_sum(file: str) -> None:
    """The second of two runs of the same tests stands, and the mark says that they disagree."""
    report = read(_run(".F", "1 failed, 1 passed", file) + _run("..", "2 passed", file))
    assert totals(report) == {"passed": 2}
    assert ids(report, Outcome.FAILED) == []
    assert "runs_disagree" in report.marks
    assert report.confidence == 0.5


def test_a_second_run_that_fails_stands() -> None:
    """What passed at first and fails in the second run has failed."""
    report = read(_run("..", "2 passed") + _run(".F", "1 failed, 1 passed"))
    assert totals(report) == {"passed": 1, "failed": 1}
    assert case(report, "test_a.py::test_y").outcome is Outcome.FAILED
    assert "runs_disagree" in report.marks


def test_equal_runs_of_the_same_files_count_once() -> None:
    """The same files with the same outcomes are one run told twice."""
    report = read(_run("..", "2 passed") * 2)
    assert (totals(report), report.marks) == ({"passed": 2}, ())


def test_runs_of_other_files_add_up() -> None:
    """Runs of different files are different tests, though they count equally many."""
    report = read(_run(".F", "1 failed, 1 passed") + _run("..", "2 passed", "test_b.py "))
    assert (totals(report), report.marks) == ({"passed": 3, "failed": 1}, ())


def test_runs_of_one_file_name_in_two_folders_add_up() -> None:
    """Each part of a homework has its own `test_a.py`: another root is another file."""
    other = _run("..", "2 passed").replace("/home/student/hw", "/home/student/hw/part2")
    assert totals(read(_run(".F", "1 failed, 1 passed") + other)) == {"passed": 3, "failed": 1}


def test_a_failure_fixed_beside_one_that_stays_is_no_longer_one() -> None:
    """Where the later run names fewer failures of equally many tests, the others pass."""
    first = (
        "FF. [100%]\n=== short test summary info ===\nFAILED a.py::x - no\nFAILED a.py::y - no\n"
        "2 failed, 1 passed in 1s\n"
    )
    second = ".F. [100%]\n=== short test summary info ===\nFAILED a.py::y - no\n1 failed, 2 passed in 1s\n"
    report = read(first + second)
    assert totals(report) == {"passed": 2, "failed": 1}
    assert ids(report, Outcome.FAILED) == ["a.py::y"]
    assert "runs_disagree" in report.marks


def test_a_conftest_that_does_not_import_is_one_error() -> None:
    """Pytest ends before its header: the file, the line and the cause stand in the record."""
    report = read(
        "ImportError while loading conftest '/home/s/hw/tests/conftest.py'.\n"
        "tests/conftest.py:3: in <module>\n    from app import main\nE   ModuleNotFoundError: No module named 'app'\n"
    )
    assert (report.formats, totals(report), report.marks) == (("pytest",), {"error": 1}, ("collection_error",))
    error = case(report, "tests/conftest.py")
    assert (error.path, error.line) == ("tests/conftest.py", 3)
    assert error.message == "ModuleNotFoundError: No module named 'app'"


def test_how_many_tests_were_planned_is_kept() -> None:
    """By pytest's `collected` and by TAP's plan; where one of two logs does not say it, nothing is summed."""
    assert read(f"{HEADER}collected 5 items\n\ntest_a.py ..\n").planned == 5
    assert read("TAP version 13\n1..5\nok 1 - a\nok 2 - b\n").planned == 5
    assert read(f"{HEADER}collected 5 items\n\ntest_a.py ..\n", "ok  \thw\t0.003s\n").planned is None


FAILED_MEAN = FAILURE.replace("test_y", "test_mean")


def _of(files: dict[str, str], verdict: str) -> str:
    progress = "".join(f"tests/{file} {letters}\n" for file, letters in files.items())
    failure = FAILED_MEAN.replace("test_a.py", "tests/test_a.py") if "F" in "".join(files.values()) else ""
    count = sum(map(len, files.values()))
    return f"{HEADER}collected {count} items\n\n{progress}\n{failure}===== {verdict} in 0.04s =====\n"


WHOLE = _of({"test_a.py": ".F", "test_b.py": ".."}, "1 failed, 3 passed")


@pytest.mark.parametrize(
    ("again", "passed"),
    [
        (_of({"test_a.py": ".."}, "2 passed"), 4),
        (_of({"test_a.py": "."}, "1 passed"), 4),
        (_of({"test_a.py": "..."}, "3 passed"), 5),
        (_of({"test_a.py": "..", "test_c.py": "..."}, "5 passed"), 7),
    ],
    ids=["one file", "last failed", "a test added", "another file too"],
)
def test_a_file_that_ran_again_stands_for_itself(again: str, passed: int) -> None:
    """The mended test fails no more, what the second run left out stays, and the mark says so."""
    report = read(f"{WHOLE}$ pytest again\n{again}")
    assert (totals(report), ids(report, Outcome.FAILED)) == ({"passed": passed}, [])
    assert "runs_disagree" in report.marks
    assert report.confidence == 0.5


def test_a_second_run_mends_no_more_than_passed_in_it() -> None:
    """Of two that failed one ran again, and nobody knows which: the other one fails as before."""
    named = "".join(f"FAILED tests/test_a.py::{name} - assert 0\n" for name in ("test_mean", "test_sum"))
    whole = (
        f"{HEADER}collected 4 items\n\ntests/test_a.py FF\ntests/test_b.py ..\n\n"
        f"===== short test summary info =====\n{named}===== 2 failed, 2 passed in 0.04s =====\n"
    )
    assert totals(read(whole)) == {"passed": 2, "failed": 2}
    report = read(f"{whole}$ pytest again\n" + _of({"test_a.py": "."}, "1 passed"))
    assert totals(report) == {"passed": 3, "failed": 1}


def test_a_file_that_ran_again_alike_changes_nothing() -> None:
    """A part of a passing run told a second time is no more tests, and no contradiction."""
    report = read(_of({"test_a.py": "..", "test_b.py": ".."}, "4 passed") + _of({"test_a.py": ".."}, "2 passed"))
    assert (totals(report), report.marks, report.confidence) == ({"passed": 4}, (), 1.0)


def test_another_file_that_ran_again_mends_nothing() -> None:
    """The failure stands in a file that did not run again."""
    report = read(WHOLE + _of({"test_b.py": ".."}, "2 passed"))
    assert (totals(report), ids(report, Outcome.FAILED)) == ({"passed": 3, "failed": 1}, ["tests/test_a.py::test_mean"])


RULE = "-" * 70
UNITTEST = (
    f"F.\n{'=' * 70}\nFAIL: test_a (t.T)\n{RULE}\nTraceback (most recent call last):\n"
    f'  File "t.py", line 5, in test_a\n    self.assertEqual(1, 2)\nAssertionError: 1 != 2\n\n{RULE}\n'
    f"Ran 2 tests in 0.000s\n\nFAILED (failures=1)\n"
)


@pytest.mark.parametrize(
    ("text", "passed"),
    [
        ("F.    [100%]\n1 failed, 1 passed in 0.10s\n...    [100%]\n3 passed in 0.1s\n", 3),
        ("F...    [100%]\n1 failed, 3 passed in 0.10s\n.    [100%]\n1 passed in 0.1s\n", 4),
        (f"{UNITTEST}...\n{RULE}\nRan 3 tests in 0.000s\n\nOK\n", 3),
    ],
    ids=["quiet", "quiet, last failed", "unittest"],
)
def test_a_passing_run_that_names_nothing_follows_a_failed_one(text: str, passed: int) -> None:
    """After a failure people run the same tests again: another number of tests is no other suite."""
    report = read(text)
    assert (totals(report), ids(report, Outcome.FAILED)) == ({"passed": passed}, [])
    assert "runs_disagree" in report.marks


def test_passing_runs_that_name_nothing_add_up() -> None:
    """Unit tests, then integration tests: nothing failed that a second run would mend."""
    report = read("..    [100%]\n2 passed in 0.1s\n...    [100%]\n3 passed in 0.3s\n")
    assert (totals(report), report.marks) == ({"passed": 5}, ())
