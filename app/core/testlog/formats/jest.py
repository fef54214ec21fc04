"""jest's text, by file or by test, and its JSON report (`--json`)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from app.core.limits import LogLimits
from app.core.testlog.casebook import CaseBook, Failure, Found, settle
from app.core.testlog.cleaning import TITLE_CHARS_MAX, TITLES_DEEP_MAX, Log, clip, scrub, seconds, whole_number
from app.core.testlog.formats.traces import failure_at, script_frames
from schemas.tests import Outcome

SEPARATOR = " › "
_SIGNS = re.compile(
    r"^Tests: +\d[^\n]* total$|^Test Suites: +\d[^\n]* total$|^ ?(?:PASS|FAIL) +\S+\.[cm]?[jt]sx?\b", re.MULTILINE
)
_JSON_SIGN = '{"numFailedTestSuites":'
_FILE = re.compile(r" ?(?:PASS|FAIL) +(\S{1,500}\.[cm]?[jt]sx?)(?: \(.{1,40}\))?$")
_TEST = re.compile(r"( +)([✓✕○✎√×]) +(.{1,1000}?)(?: \((\d{1,9}(?:\.\d{1,6})?) (m?s)\))?$")
_GROUP = re.compile(r"( +)(\S.{0,1000})$")
_REPORT = re.compile(r"  ● (.{1,2000})$")
_CODE = re.compile(r" +>? *\d+ \|| +\|")
_TIME = re.compile(r"Time: +(\d[\d.]*) ?(m?s)")
_SYMBOLS = {
    "✓": Outcome.PASSED,
    "√": Outcome.PASSED,
    "✕": Outcome.FAILED,
    "×": Outcome.FAILED,
    "○": Outcome.SKIPPED,
    "✎": Outcome.SKIPPED,
}
_TOTALS = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "skipped": Outcome.SKIPPED,
    "pending": Outcome.SKIPPED,
    "todo": Outcome.SKIPPED,
}
_STATUSES = {**_TOTALS, "disabled": Outcome.SKIPPED}
_NOT_RUN = "Test suite failed to run"


def looks_like_jest(text: str) -> bool:
    """Whether jest wrote the text: its totals or its line per file."""
    return _SIGNS.search(text) is not None


def looks_like_jest_json(text: str) -> bool:
    """Whether the text holds jest's JSON report."""
    return _JSON_SIGN in text


def read_jest(log: Log, limits: LogLimits) -> list[Found]:
    """Every run in the log, each ending with jest's totals."""
    runs: list[Found] = []
    run = _Run(limits)
    for line in log.lines:
        if len(runs) >= limits.runs_max:
            break
        if line.startswith("Ran all test suites") and run.stated is not None:
            runs.append(run.found())
            run = _Run(limits)
        else:
            run.read(line)
    if run.stated is not None or len(run.book):
        runs.append(run.found())
    return runs


@dataclass(slots=True)
class _Run:
    limits: LogLimits
    file: str = ""
    groups: list[tuple[int, str]] = field(default_factory=list)
    in_tree: bool = False
    title: str | None = None
    body: list[str] = field(default_factory=list)
    stated: Counter[Outcome] | None = None
    not_run: int = 0
    duration_s: float | None = None
    book: CaseBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = CaseBook(self.limits)

    def read(self, line: str) -> None:
        """Take one line of the run."""
        file = _FILE.match(line)
        report = _REPORT.match(line)
        if file:
            self._close_report()
            self.file, self.groups, self.in_tree = file[1].removeprefix("./"), [], True
        elif report:
            self._close_report()
            self.title, self.in_tree = report[1].strip(), False
        elif line.startswith("Tests: "):
            self._close_report()
            self.stated = _totals(line)
        elif line.startswith("Time: "):
            time = _TIME.match(line)
            self.duration_s = _seconds(time[1], time[2]) if time else None
        elif self.title is not None:
            self.body.append(line)
        elif self.in_tree:
            self._read_tree(line)

    def _read_tree(self, line: str) -> None:
        test = _TEST.match(line)
        group = _GROUP.match(line)
        indent = len((test or group)[1]) if test or group else 0  # type: ignore[index]  # one of them matched
        while self.groups and self.groups[-1][0] >= indent:
            self.groups.pop()
        if test:
            name = test[3]
            if _SYMBOLS[test[2]] is Outcome.SKIPPED:
                name = name.removeprefix("skipped ").removeprefix("todo ")
            path = [self.file, *(title for _, title in self.groups), name]
            duration_s = _seconds(test[4], test[5]) if test[4] else None
            self.book.add(SEPARATOR.join(path), _SYMBOLS[test[2]], path=self.file, duration_s=duration_s)
        elif group and len(self.groups) < TITLES_DEEP_MAX:
            self.groups.append((indent, clip(group[2], TITLE_CHARS_MAX)))
        elif not group:
            self.in_tree = False

    def _close_report(self) -> None:
        title, body, self.title, self.body = self.title, self.body, None, []
        if title is None or title == "Console" or not self.file:
            return
        if title == _NOT_RUN:
            self.not_run += self.file not in self.book
            self.book.add(self.file, Outcome.ERROR, _failure(body), path=self.file)
        else:
            self.book.add(f"{self.file}{SEPARATOR}{title}", Outcome.FAILED, _failure(body), path=self.file)

    def found(self) -> Found:
        """What the run told; files that did not load are errors, which jest counts as suites only."""
        self._close_report()
        if self.stated is not None:
            self.stated[Outcome.ERROR] += self.not_run
        found = settle("jest", self.book, self.stated)
        marks = []
        if self.not_run:
            marks.append("collection_error")
        if self.stated is None:
            marks.append("truncated")
        return replace(found, duration_s=self.duration_s, marks=tuple(marks))


def read_jest_json(log: Log, limits: LogLimits) -> list[Found]:
    """Read the JSON report; whatever else jest wrote to the other stream tells the same again."""
    start = log.text.find(_JSON_SIGN)
    end = log.text.find("\n", start)
    try:
        report = orjson.loads(log.text[start : end if end >= 0 else None])
    except orjson.JSONDecodeError:
        return []
    book = CaseBook(limits)
    not_run = 0
    for suite in _dicts(report.get("testResults")):
        path = _text(suite.get("name"))
        tests = _dicts(suite.get("assertionResults"))
        for test in tests:
            groups = test.get("ancestorTitles")
            names = [path, *(map(_text, groups) if isinstance(groups, list) else ()), _text(test.get("title"))]
            outcome = _STATUSES.get(_text(test.get("status")), Outcome.SKIPPED)
            messages = test.get("failureMessages")
            lines = scrub("\n".join(map(_text, messages))).split("\n") if isinstance(messages, list) else []
            took = test.get("duration")
            duration_s = took / 1000 if isinstance(took, int | float) else None
            failure = [_failure(lines)] if outcome is Outcome.FAILED else []
            book.add(SEPARATOR.join(names), outcome, *failure, path=path, duration_s=duration_s)
        if not tests and suite.get("status") == "failed":
            not_run += 1
            book.add(path, Outcome.ERROR, _failure(scrub(_text(suite.get("message"))).split("\n")), path=path)
    stated = Counter(
        {
            Outcome.PASSED: _count(report, "numPassedTests"),
            Outcome.FAILED: _count(report, "numFailedTests"),
            Outcome.SKIPPED: _count(report, "numPendingTests") + _count(report, "numTodoTests"),
            Outcome.ERROR: not_run,
        }
    )
    found = settle("jest_json", book, stated)
    return [replace(found, marks=("collection_error",) if not_run else ())]


def _totals(line: str) -> Counter[Outcome] | None:
    totals: Counter[Outcome] = Counter()
    for part in line.removeprefix("Tests:").split(","):
        number_text, _, word = part.strip().partition(" ")
        number = whole_number(number_text)
        if number is None:
            return None
        if word in _TOTALS:
            totals[_TOTALS[word]] += number
    return totals


def _seconds(number: str, unit: str) -> float | None:
    value = seconds(number)
    return value if value is None or unit == "s" else value / 1000


def _failure(body: Sequence[str]) -> Failure:
    """The message up to the excerpt of code, and the frames after it."""
    message: list[str] = []
    for line in body:
        if _CODE.match(line) or line.lstrip().startswith("at "):
            break
        message.append(line.removeprefix("    "))
    return failure_at("\n".join(message).strip(), script_frames(body))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(report: dict[str, Any], key: str) -> int:
    value = report.get(key)
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0
