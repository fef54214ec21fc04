"""What a review by rules says of test logs: true of each, in both languages."""

import pytest

from schemas.review import ReviewResult
from schemas.submission import Language
from schemas.tests import TestProgress
from tests.unit.core.reviewing.test_offline_reviewer import judged
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
