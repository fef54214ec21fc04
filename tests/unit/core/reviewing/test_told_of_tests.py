"""What a review by rules says of test logs: true of each, in both languages."""

import pytest

from schemas.changes import FileChange
from schemas.review import ReviewResult, ThreadState
from schemas.submission import Language
from schemas.tests import TestProgress
from tests.builders.reviewed import finished
from tests.unit.core.reviewing.test_offline_reviewer import judged, weighed
from tests.unit.core.testlog.testlogs import read

HEADER = "============================= test session starts ==============================\n"
KILLED = f"{HEADER}collected 5 items\n\ntests/test_a.py ..\nKilled\n"
STOPPED = f"{HEADER}collected 9 items\n\ntests/test_a.py .F\n\n!!!!!!!! stopping after 1 failures !!!!!!!!\n"
SKIPPED = f"{HEADER}collected 21 items\n\ntests/test_a.py {'s' * 21}  [100%]\n\n===== 21 skipped in 0.01s =====\n"
CONFTEST = (
    "ImportError while loading conftest '/home/s/hw/tests/conftest.py'.\n"
    "tests/conftest.py:3: in <module>\n    from app import main\nE   ModuleNotFoundError: No module named 'app'\n"
)
USAGE = "ERROR: usage: pytest [options] [file_or_dir]\npytest: error: unrecognized arguments: --cov=src\n"
TWICE = "F..    [100%]\n1 failed, 2 passed in 0.10s\n...    [100%]\n3 passed in 0.1s\n"


def told(log: str, language: Language) -> ReviewResult:
    return judged(language, tests=TestProgress(current=read(log)))


@pytest.mark.parametrize(
    ("log", "russian", "english"),
    [
        (
            KILLED,
            "Прогон тестов оборвался (процесс убит): выполнено 2 из 5, прошло 2.",
            "The test run broke off (the process was killed): 2 of 5 tests ran, 2 passed.",
        ),
        (
            KILLED.replace("Killed\n", ""),
            "Прогон тестов оборвался (его конца в журнале нет): выполнено 2 из 5, прошло 2.",
            "The test run broke off (its end is not in the log): 2 of 5 tests ran, 2 passed.",
        ),
        (
            STOPPED + "===== 1 failed, 1 passed in 0.1s =====\n",
            "Прогон тестов оборвался (он остановлен раньше конца): выполнено 2 из 9.",
            "The test run broke off (it was stopped early): 2 of 9 tests ran.",
        ),
        (
            SKIPPED,
            "Не выполнен ни один тест: в журнале пропущен 21",
            "No test was executed: the log tells of 21 skipped",
        ),
        (" \n", "Журнал тестов пуст", "The test log is empty"),
        (USAGE, "Тесты не запустились: команда запуска с ошибкой", "the command to run them is wrong"),
        (CONFTEST, "Тесты не собраны: 1 ошибка.", "The tests were not collected: 1 error."),
    ],
)
def test_what_a_log_says_is_told_as_it_is(log: str, russian: str, english: str) -> None:
    """Neither a pass nor an unreadable log is made of what broke off, was skipped or never started."""
    said: dict[Language, str] = {"ru": russian, "en": english}
    for language, sentence in said.items():
        summary = told(log, language).progress_summary
        assert sentence in summary
        assert "Проходят все тесты" not in summary
        assert "замечаний нет" not in summary
        assert "не распознан" not in summary
        assert "прочитан не полностью" not in summary


def test_runs_that_disagree_are_not_told_as_half_read() -> None:
    """The log was read in full; which of its runs is told stands beside the figures."""
    said: dict[Language, str] = {"ru": "закончились они по-разному", "en": "which ended differently"}
    for language, sentence in said.items():
        summary = told(TWICE, language).progress_summary
        assert sentence in summary
        assert "прочитан не полностью" not in summary
        assert "in part only" not in summary


FILES = (
    FileChange(path="main.py", status="modified", lines_added=5, lines_removed=2),
    FileChange(path="tests/test_a.py", status="unchanged"),
    FileChange(path="tests/test_gone.py", status="removed"),
)


def failing(path: str) -> TestProgress:
    report = f"____ test_mean ____\n>  assert mean([]) is None\nE  assert 0 is None\n\n{path}:9: AssertionError\n"
    return TestProgress(current=read(f"F. [100%]\n=== FAILURES ===\n{report}1 failed, 1 passed in 0.02s\n"))


@pytest.mark.parametrize("path", ["tests/test_a.py", "/home/student/hw/tests/test_a.py"])
def test_a_failing_test_that_did_not_change_is_commented_on(path: str) -> None:
    """A course's own tests never change: the comment stands in their file, on the line that the log names."""
    (comment,) = judged("en", files=FILES, tests=failing(path)).code_review_comments[:1]
    assert (comment.path, comment.line, comment.severity) == ("tests/test_a.py", 9, "critical")
    assert comment.message == "Test `test_mean` fails: assert 0 is None"


@pytest.mark.parametrize("path", ["tests/test_gone.py", "/usr/share/course/checks.py"])
def test_a_failing_test_outside_the_work_has_no_comment(path: str) -> None:
    """A file that was not handed in has no line to comment on; the summary tells of the test."""
    result = judged("en", files=FILES, tests=failing(path))
    assert [comment for comment in result.code_review_comments if comment.category == "test"] == []
    assert "1 fail" in result.progress_summary


def test_the_comment_is_answered_once_the_test_passes() -> None:
    """Though nobody sees the file, the next log tells what became of it."""
    first = finished(weighed("en", files=FILES, tests=failing("tests/test_a.py")))
    passing = TestProgress(current=read("tests/test_a.py::test_mean PASSED [100%]\n=== 1 passed in 0.1s ===\n"))
    second = finished(weighed("en", files=FILES, tests=passing), first)
    states = [thread.state for thread in second.review_result.threads if thread.test_id]
    assert states == [ThreadState.FIXED]
