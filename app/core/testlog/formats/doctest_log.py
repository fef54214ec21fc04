"""The output of `python -m doctest`: one case per docstring, as pytest counts them."""

import re

from app.core.limits import LogLimits
from app.core.testlog.casebook import UNFINISHED, CaseBook, Failure, Found, marked, settle
from app.core.testlog.cleaning import Log
from app.core.testlog.formats.traces import Frame, failure_at, python_frame, read_traceback
from schemas.tests import Outcome

_RULE = "*" * 70
_FAILED = re.compile(r"^\*\*\*Test Failed\*\*\* \d+ failures?\.?$|^\*{70}\nFile \"[^\"\n]+\", line \d+", re.MULTILINE)
_PASSED = re.compile(r"^\d+ items? passed all tests:$", re.MULTILINE)
_PASSED_ITEM = re.compile(r" +\d{1,9} tests? in ([\w.]{1,600})$")
_TRIED = re.compile(r"(\d{1,9}) passed(?: and (\d{1,9}) failed)?\.$")
_MESSAGE_LINES_MAX = 60


def looks_like_doctest(text: str) -> bool:
    """Whether doctest wrote the text: its stars and `File`, or its list of items that passed."""
    return _FAILED.search(text) is not None or _PASSED.search(text) is not None


def read_doctest(log: Log, limits: LogLimits) -> list[Found]:
    """The docstrings that failed, and those that passed where `-v` names them.

    Without `-v` doctest says nothing of what passed: then the totals hold failures only.
    """
    book = CaseBook(limits)
    verbose = False
    in_passed = False
    lines = log.lines
    number = 0
    while number < len(lines):
        line = lines[number]
        if line == _RULE and number + 1 < len(lines):
            frame = python_frame(lines[number + 1])
            if frame is not None:
                end = _end(lines, number + 2)
                name = frame.symbol or frame.path
                book.add(name, Outcome.FAILED, _failure(frame, lines[number + 2 : end]), path=frame.path)
                number = end
                continue
        verbose = verbose or _TRIED.match(line) is not None
        if _PASSED.match(line):
            in_passed = True
        elif in_passed:
            item = _PASSED_ITEM.match(line)
            if item:
                book.add(item[1], Outcome.PASSED)
            in_passed = item is not None
        number += 1
    found = settle("doctest", book, book.counts() if verbose else None)
    return [found if found.confidence > UNFINISHED else marked(found, "passes_uncounted")]


def _end(lines: tuple[str, ...], start: int) -> int:
    """The line after one failure's report."""
    end = start
    while end < len(lines) and lines[end] not in {_RULE, "Trying:"} and end - start < _MESSAGE_LINES_MAX:
        end += 1
    return end


def _failure(frame: Frame, body: tuple[str, ...]) -> Failure:
    if "Exception raised:" in body:
        message, frames = read_traceback(body)
        return failure_at(message, [frame, *frames])
    return failure_at("\n".join(body), [frame])
