"""pytest's reports of single failures: from `____ test_name ____` to the next such line."""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.core.testlog.casebook import Failure
from app.core.testlog.formats.traces import Frame, failure_at, python_frame, read_traceback, relative, short_place

_PREFIXES = ("ERROR at setup of ", "ERROR at teardown of ", "[doctest] ")
_COLLECTING = "ERROR collecting "
_PATHS_MAX = 20  # files of one block's frames that are tried for its test's
_SAME_NAMES_TRIED = 16  # files that share a test's name; a bound, for a hostile log may hold thousands
_PLACE_SUFFIXES = (".py", ".pyi", ".md", ".txt", ".rst", ".pyx", ".ipynb")


@dataclass(frozen=True, slots=True)
class FailureBlock:
    """One failure's report: the name in its header, without file; or the file that could not be collected.

    `paths` are the files of its frames, outermost first: the test's own is among them.
    """

    name: str
    error: bool
    collecting: bool
    doctest: bool
    failure: Failure
    paths: tuple[str, ...]

    def built_id(self, files: Collection[str]) -> str:
        """A node id where the log names none: the file of a frame that holds tests, and the header's name."""
        path = next((p for p in self.paths if p in files), None) or next(
            (p for p in self.paths if p.rpartition("/")[2].startswith("test_") or p.endswith("_test.py")), None
        )
        head, bracket, parameters = self.name.partition("[")
        name = (head if self.doctest else head.replace(".", "::")) + bracket + parameters
        return f"{path}::{name}" if path else name


def block_title(line: str) -> str | None:
    """The name in a block's header line, or None; `_ _ _ _` separates the frames within one block."""
    if not (line.startswith("_") and line.endswith("_") and " " in line):
        return None
    first, last = line.index(" "), line.rindex(" ")
    title = line[first + 1 : last]
    if line[:first].strip("_") or line[last + 1 :].strip("_") or not title.strip("_ "):
        return None
    return title


def block_name(test_id: str) -> str:
    """What stands in the block header for a node id: `a.py::TestX::test_y[1]` is `TestX.test_y[1]`."""
    head, bracket, parameters = test_id.partition("[")
    _, found, tail = head.partition("::")
    return (tail.replace("::", ".") if found else head) + bracket + parameters


def read_block(title: str, lines: Sequence[str], root: str | None) -> FailureBlock:
    """Read one block, whatever style `--tb` gave it."""
    name, error, collecting = title, False, title.startswith(_COLLECTING)
    if collecting:
        name, error = title[len(_COLLECTING) :], True
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            error = error or prefix.startswith("ERROR")
            name = name[len(prefix) :]
    frames: list[Frame] = []
    groups: list[list[str]] = []
    previous_was_message = False
    for line in lines:
        is_message = line.startswith("E") and (len(line) == 1 or line[1] == " ")
        if is_message:
            if not previous_was_message:
                groups.append([])
            groups[-1].append(line[1:])
        else:
            frame = python_frame(line) or _margin_frame(line)
            if frame is not None and (not frames or (frames[-1].path, frames[-1].line) != (frame.path, frame.line)):
                frames.append(frame)
        previous_was_message = is_message
    message = _dedented(groups[-1]) if groups else _plain_message(lines)
    if message.startswith('File "') and groups:  # a syntax error's own place comes before its name
        inner = python_frame(message.split("\n", 1)[0])
        frames.extend([inner] if inner else [])
        message = message.rsplit("\n", 1)[-1] if collecting else message
    failure = failure_at(message, frames, root)
    paths = dict.fromkeys(relative(frame, root).path for frame in frames)
    return FailureBlock(name, error, collecting, title.startswith("[doctest] "), failure, tuple(paths)[:_PATHS_MAX])


def _margin_frame(line: str) -> Frame | None:
    place = short_place(line)
    if place is None:
        return None
    frame, _ = place
    return frame if frame.path.endswith(_PLACE_SUFFIXES) or frame.path.startswith("<") else None


def _dedented(lines: Sequence[str]) -> str:
    margin = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[margin:] if not line[:margin].strip() else line.lstrip() for line in lines)


def _plain_message(lines: Sequence[str]) -> str:
    """The message of a block without `E` lines: a doctest's, a native traceback's, or one sentence of pytest's."""
    for number, line in enumerate(lines):
        if line == "Expected:" or line.startswith("Expected nothing"):
            body = [text for text in lines[number:] if _margin_frame(text) is None]
            return "\n".join(body).strip("\n")
    if any(python_frame(line) for line in lines):
        kept = [line for line in lines if _margin_frame(line) is None]
        return read_traceback(kept)[0]
    return "\n".join(line for line in lines[:20] if line.strip() and _margin_frame(line) is None)


class BlockIndex:
    """Finds the node id that a block belongs to: by name, and by file where several files share the name."""

    def __init__(self, test_ids: Sequence[str]) -> None:
        self._waiting: dict[str, deque[str]] = {}
        for test_id in test_ids:
            self._waiting.setdefault(block_name(test_id), deque()).append(test_id)

    def take(self, block: FailureBlock) -> str | None:
        """The id of `block`'s test; None where no failing test of that name was listed.

        Each id is given once, but the last of a name again and again: a test may fail and then fail to tear down.
        """
        waiting = self._waiting.get(block.name)
        if not waiting:
            return None
        for _ in range(min(len(waiting), _SAME_NAMES_TRIED)):
            path = waiting[0].partition("::")[0]
            if any(place == path or place.endswith(f"/{path}") for place in block.paths):
                break
            waiting.rotate(-1)
        return waiting.popleft() if len(waiting) > 1 else waiting[0]
