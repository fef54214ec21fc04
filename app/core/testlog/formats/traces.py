"""Tracebacks: the frames of Python's and JavaScript's, and logs that hold a plain Python traceback and no tests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.limits import LogLimits
from app.core.testlog.casebook import NOT_TESTS, CaseBook, Failure, Found
from app.core.testlog.cleaning import Log
from schemas.tests import Outcome

_FRAME = re.compile(r'File "([^"]{1,1000})", line (\d{1,7})(?:, in (.{1,200}))?$')
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?::|$)", re.MULTILINE)
_SHORT_PLACE = re.compile(r"((?:[A-Za-z]:)?[^:\s][^:]{0,500}):(\d{1,7}): ?(.*)$")
_SCRIPT_FRAME = re.compile(
    r"at (?:async )?(?:([^()]{1,300}) \()?((?:file://|node:)?[^():]{1,600}):(\d{1,7}):\d{1,7}\)?$"
)
_JAVA_FRAME = re.compile(r"at ([\w.$<>/]{1,400})\((\w{1,200}\.(?:java|kt)):(\d{1,7})\)$")
_JAVA_FOREIGN = ("java.", "jdk.", "org.junit.", "junit.", "sun.", "org.gradle.", "org.apache.maven.", "org.testng.")
_STARTS = ("Traceback (most recent call last):", "Exception Group Traceback")
_MESSAGE_LINES_MAX = 20

# Parts of paths that are not the student's: installed packages, interpreters, generated code.
_FOREIGN = (
    "site-packages/",
    "dist-packages/",
    "/lib/python3",
    "node_modules/",
    "node:",
    "<",
    "/go/src/",
    "/_pytest/",
    "site-packages\\",
    "\\lib\\",
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One place on a call stack; the innermost frame comes last in every sequence here."""

    path: str
    line: int
    symbol: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f" in {self.symbol}" if self.symbol else "")


def python_frame(line: str) -> Frame | None:
    """The frame that a line `File "…", line 1, in f` tells, or None."""
    found = _FRAME.match(line.strip())
    return Frame(found[1], int(found[2]), found[3]) if found else None


def short_place(line: str) -> tuple[Frame, str] | None:
    """The frame that a line `path:1: rest` at the margin tells, and the rest; or None."""
    found = _SHORT_PLACE.match(line)
    if found is None:
        return None
    rest = found[3]
    symbol = rest[3:] if rest.startswith("in ") else None
    return Frame(found[1], int(found[2]), symbol), rest


def script_frames(lines: Sequence[str]) -> list[Frame]:
    """JavaScript's frames, `at f (path:1:2)`, turned round so that the innermost is last."""
    frames = []
    for line in lines:
        found = _SCRIPT_FRAME.match(line.strip())
        if found:
            frames.append(Frame(found[2], int(found[3]), found[1]))
    return frames[::-1]


def java_frames(lines: Sequence[str]) -> list[Frame]:
    """Java's frames, `at a.B.c(B.java:1)`, without the library's and the runner's, the innermost last."""
    frames = []
    for line in lines:
        found = _JAVA_FRAME.match(line.strip())
        if found and not found[1].startswith(_JAVA_FOREIGN):
            frames.append(Frame(found[2], int(found[3]), found[1]))
    return frames[::-1]


def failure_at(message: str | None, frames: Sequence[Frame], root: str | None = None) -> Failure:
    """A failure whose place is the last frame in the student's own code; paths under `root` become relative.

    Frames of others are kept only where there are none of the student's: those of a runner's plugins fill pages.
    """
    shown = [relative(frame, root) for frame in frames]
    own = [frame for frame in shown if is_own(frame.path)]
    last = own[-1] if own else None
    path, line = (last.path, last.line) if last else (None, None)
    return Failure(message or None, path, line, tuple(str(frame) for frame in own or shown))


def relative(frame: Frame, root: str | None) -> Frame:
    """`frame` with its path relative to `root` where it lies under it."""
    if root and frame.path.startswith(f"{root}/"):
        return Frame(frame.path[len(root) + 1 :], frame.line, frame.symbol)
    return frame


def is_own(path: str) -> bool:
    """Whether a path may be the student's: not an installed package's, an interpreter's or generated code's."""
    return not any(part in path for part in _FOREIGN)


def read_traceback(lines: Sequence[str]) -> tuple[str, list[Frame]]:
    """Message and frames of the last traceback in `lines`; the message is what follows its frames.

    Chained tracebacks end with the exception that was raised, which is why the last one counts.
    """
    start = 0
    for number, line in enumerate(lines):
        if line.strip() in _STARTS:
            start = number
    frames: list[Frame] = []
    after = start
    for number in range(start, len(lines)):
        frame = python_frame(lines[number])
        if frame is not None:
            frames.append(frame)
            after = number + 1
    margin = len(lines[start]) - len(lines[start].lstrip()) if start < len(lines) else 0
    while frames and after < len(lines):
        line = lines[after]
        if line.strip() and len(line) - len(line.lstrip()) <= margin:
            break
        after += 1
    message = [line[margin:] if not line[:margin].strip() else line for line in lines[after:]]
    return "\n".join(message).strip("\n"), frames


def looks_like_traceback(text: str) -> bool:
    """Whether a Python traceback, or a syntax error's report without one, stands in the text."""
    return _STARTS[0] in text or ('File "' in text and "SyntaxError: " in text)


def read_traces(log: Log, limits: LogLimits) -> list[Found]:
    """The last traceback of a log that no test runner wrote, as one case of outcome `error` and no totals.

    Its id is the file and the exception's name, so that attempts can be compared.
    """
    lines = log.lines
    last = max((n for n, line in enumerate(lines) if python_frame(line)), default=None)
    if last is None:
        return []
    start = next((n for n in range(last, -1, -1) if lines[n].strip() in _STARTS), None)
    if start is None:
        start = last
    end = last + 1
    while end < len(lines) and end - last <= _MESSAGE_LINES_MAX and (lines[end].strip() or end == last + 1):
        end += 1
    message, frames = read_traceback(lines[start:end])
    name = _EXCEPTION.match(message)
    if name is None:
        return []
    failure = failure_at(message, frames)
    book = CaseBook(limits)
    file = re.split(r"[/\\]", failure.path or frames[-1].path)[-1]  # each attempt may run in another folder
    book.add(f"{file}::{name[0].rstrip(':')}", Outcome.ERROR, failure)
    return [Found("traceback", book.cases(), {}, NOT_TESTS, marks=("uncaught_exception",))]
