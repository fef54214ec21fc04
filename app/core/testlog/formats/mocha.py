"""mocha's default text (`spec`): a tree of titles, totals, then the failures one by one."""

import re
from collections import Counter
from dataclasses import replace

from app.core.limits import LogLimits
from app.core.testlog.casebook import CaseBook, Found, settle
from app.core.testlog.cleaning import TITLE_CHARS_MAX, TITLES_DEEP_MAX, Log, clip
from app.core.testlog.formats.jest import SEPARATOR
from app.core.testlog.formats.traces import failure_at, script_frames
from schemas.tests import Outcome

_SIGN = re.compile(r"^  (\d{1,9}) passing \((\d{1,9})(ms|s|m)\)$", re.MULTILINE)
_COUNT = re.compile(r"  (\d{1,9}) (passing|failing|pending)(?: \((\d{1,9})(ms|s|m)\))?$")
_TEST = re.compile(r"( +)(?:([✔✓√])|(\d{1,6})\)|-) (.{1,1000}?)(?: \(\d{1,9}ms\))?$")
_LISTED = re.compile(r"  [✔✓√] (.{1,1000}): \d{1,9}ms$")
# The `list` reporter writes a test's name, returns to the line's start and writes it again, with its duration.
_ECHO = re.compile(r" {4}(.{1,400}): {2,4}(?=(?:[✔✓√]|\d{1,6}\)) \1)")
_TITLE = re.compile(r"( +)(\S.{0,1000})$")
_FAILURE = re.compile(r"  (\d{1,6})\) (.{1,1000})$")
_OUTCOMES = {"passing": Outcome.PASSED, "failing": Outcome.FAILED, "pending": Outcome.SKIPPED}
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0}


def looks_like_mocha(text: str) -> bool:
    """Whether mocha wrote the text: its line of passing tests."""
    return _SIGN.search(text) is not None


def read_mocha(log: Log, limits: LogLimits) -> list[Found]:
    """Read one run: the tree before the totals, the failures after them."""
    book = CaseBook(limits)
    stated: Counter[Outcome] = Counter()
    duration_s: float | None = None
    titles: list[tuple[int, str]] = []
    failing: dict[str, str] = {}
    lines = log.lines
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        count = _COUNT.match(line)
        failure = _FAILURE.match(line) if stated else None
        if count:
            stated[_OUTCOMES[count[2]]] += int(count[1])
            if count[3]:
                duration_s = round(int(count[3]) * _UNITS_S[count[4]], 3)
        elif failure:
            end = next((n for n in range(number, len(lines)) if _ends_failure(lines[n])), len(lines))
            path, body = _titled(failure[2], lines[number:end])
            frames = script_frames(body)
            message = "\n".join(text.strip() for text in body if not text.lstrip().startswith("at "))
            book.add(failing.get(failure[1], path), Outcome.FAILED, failure_at(message.strip(), frames))
            number = end
        elif not stated:
            _read_tree(line, titles, failing, book)
    return [replace(settle("mocha", book, stated), duration_s=duration_s)]


def _ends_failure(line: str) -> bool:
    """Whether another failure begins, or something that mocha, which indents all that it shows, did not write."""
    return _FAILURE.match(line) is not None or (line != "" and line[0] != " ")


def _read_tree(line: str, titles: list[tuple[int, str]], failing: dict[str, str], book: CaseBook) -> None:
    line = _ECHO.sub("  ", line, count=1) if line.startswith("    ") else line
    test = _TEST.match(line)
    title = _TITLE.match(line)
    found = test or title
    if found is None:
        return
    indent = len(found[1])
    while titles and titles[-1][0] >= indent:
        titles.pop()
    if test is None:
        if len(titles) < TITLES_DEEP_MAX:
            titles.append((indent, clip(found[2], TITLE_CHARS_MAX)))
        return
    listed = _LISTED.match(line)
    name = SEPARATOR.join([*(text for _, text in titles), listed[1] if listed else test[4]])
    if test[3]:
        failing[test[3]] = name
        book.add(name, Outcome.FAILED)
    else:
        book.add(name, Outcome.PASSED if test[2] else Outcome.SKIPPED)


def _titled(first: str, lines: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The failing test's full name, one title a line until a colon ends the last, and the lines after it."""
    parts = [first]
    for number, line in enumerate(lines[:TITLES_DEEP_MAX]):
        if parts[-1].endswith(":") or not line.strip():
            return SEPARATOR.join(parts).removesuffix(":"), lines[number:]
        parts.append(line.strip())
    return SEPARATOR.join(parts).removesuffix(":"), lines[len(parts) - 1 :]
