"""Which formats a log is in, told by its content alone: a name or an extension proves nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core.limits import LogLimits
from app.core.testlog.casebook import Found
from app.core.testlog.cleaning import Log
from app.core.testlog.formats.doctest_log import looks_like_doctest, read_doctest
from app.core.testlog.formats.go_events import looks_like_go_json, read_go_json
from app.core.testlog.formats.go_test import looks_like_go, read_go
from app.core.testlog.formats.jest import looks_like_jest, looks_like_jest_json, read_jest, read_jest_json
from app.core.testlog.formats.junit_xml import looks_like_junit, read_junit
from app.core.testlog.formats.mocha import looks_like_mocha, read_mocha
from app.core.testlog.formats.pytest_log import looks_like_pytest, read_pytest
from app.core.testlog.formats.sugar import as_pytest, looks_like_sugar
from app.core.testlog.formats.tap import looks_like_tap, read_tap
from app.core.testlog.formats.traces import looks_like_traceback, read_traces
from app.core.testlog.formats.unittest_log import looks_like_unittest, read_unittest


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how to tell it from a text, and how to read a log in it."""

    name: str
    looks_like: Callable[[str], bool]
    read: Callable[[Log, LogLimits], list[Found]]


# A report for machines tells all that the same tool's text tells: the text beside it is not read a second time.
_REPORTS = (
    Format("junit", looks_like_junit, read_junit),
    Format("go_json", looks_like_go_json, read_go_json),
    Format("jest_json", looks_like_jest_json, read_jest_json),
)
_TEXTS = (
    Format("unittest", looks_like_unittest, read_unittest),
    Format("doctest", looks_like_doctest, read_doctest),
    Format("go", looks_like_go, read_go),
    Format("jest", looks_like_jest, read_jest),
    Format("mocha", looks_like_mocha, read_mocha),
    Format("tap", looks_like_tap, read_tap),
)


def read_runs(log: Log, limits: LogLimits) -> list[Found]:
    """Every run in the log, of whatever tool; empty where the log is in no known format.

    pytest's lines are taken first, for it alone shows what tests printed, which may be any tool's output; only what
    stands outside its runs is looked at further. A plain traceback counts where no tool wrote anything.
    """
    # Consoles on Windows pad lines to their width: no tool's line ends in blanks that mean anything.
    log = replace(log, text="\n".join(map(str.rstrip, log.text.split("\n"))))
    for report in _REPORTS:
        if report.looks_like(log.text):
            runs = report.read(log, limits)
            if runs:
                return runs
    runs = []
    if looks_like_sugar(log.text):
        lines = as_pytest(log.lines)
        log = replace(log, text="\n".join(lines), lines=tuple(lines))
    if looks_like_pytest(log.text):
        runs, outside = read_pytest(log, limits)
        log = replace(log, text="\n".join(outside), lines=tuple(outside))
    for text in _TEXTS:
        if text.looks_like(log.text):
            runs.extend(text.read(log, limits))
    if not runs and looks_like_traceback(log.text):
        runs = read_traces(log, limits)
    return runs
