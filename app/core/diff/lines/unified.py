"""Alignments -> one unified diff, as git writes it and `git apply` reads it, cut at a limit that it names."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from app.core.diff.lines.alignment import Alignment
from schemas.changes import FileChange

_CONTEXT = 3  # lines around a change, as everybody's diff shows
_NO_NEWLINE = "\\ No newline at end of file\n"

Edit = tuple[int, int, int, int]
"""Lines [i0, i1) of the old side become lines [j0, j1) of the new one."""


class FileDiff(NamedTuple):
    """One changed file with the lines of both sides and their alignment."""

    change: FileChange
    before: list[str]
    after: list[str]
    alignment: Alignment


def unified_diff(files: Iterable[FileDiff], chars_max: int) -> str:
    """The diff of all `files`, `chars_max` characters at most; where it is cut, its last line says what is missing."""
    kept: list[str] = []
    room = chars_max - len(_cut_line(chars_max, 10**12, 10**9))
    lines_left = files_left = 0
    for file in files:
        lines = list(_file_lines(file))
        chars = [0, *accumulate(map(len, lines))]
        fitting = 0 if lines_left else bisect_right(chars, room, lo=1) - 1
        kept += lines[:fitting]
        room -= chars[fitting]
        lines_left += len(lines) - fitting
        files_left += len(lines) > fitting
    if lines_left:
        kept.append(_cut_line(chars_max, lines_left, files_left))
    return "".join(kept)


def edits(alignment: Alignment) -> Iterator[Edit]:
    """What lies between the equal blocks, in order."""
    i = j = 0
    for at_i, at_j, size in (*alignment.blocks, (alignment.before_lines, alignment.after_lines, 0)):
        if at_i > i or at_j > j:
            yield i, at_i, j, at_j
        i, j = at_i + size, at_j + size


def _cut_line(chars_max: int, lines: int, files: int) -> str:
    return f"# diff cut at {chars_max} characters: {lines} more lines in {files} files are not shown\n"


def _file_lines(file: FileDiff) -> Iterator[str]:
    change = file.change
    old = change.previous_path or change.path
    if change.status == "renamed":
        yield f"diff --git {_quoted('a/' + old)} {_quoted('b/' + change.path)}\n"
        yield f"rename from {_quoted(old)}\n"
        yield f"rename to {_quoted(change.path)}\n"
    hunks = list(_hunks(file.alignment))
    if not hunks:
        return
    yield "--- " + ("/dev/null" if change.status == "added" else _quoted("a/" + old)) + "\n"
    yield "+++ " + ("/dev/null" if change.status == "removed" else _quoted("b/" + change.path)) + "\n"
    for hunk in hunks:
        yield from _hunk_lines(file, hunk)


def _hunks(alignment: Alignment) -> Iterator[list[Edit]]:
    """Edits grouped: those whose contexts touch share a hunk."""
    hunk: list[Edit] = []
    for edit in edits(alignment):
        if hunk and edit[0] - hunk[-1][1] > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(edit)
    if hunk:
        yield hunk


def _hunk_lines(file: FileDiff, hunk: list[Edit]) -> Iterator[str]:
    i0, j0 = max(hunk[0][0] - _CONTEXT, 0), hunk[0][2] - min(_CONTEXT, hunk[0][0])
    i1 = min(hunk[-1][1] + _CONTEXT, len(file.before))
    j1 = hunk[-1][3] + (i1 - hunk[-1][1])
    yield f"@@ -{_span(i0, i1)} +{_span(j0, j1)} @@\n"
    at = i0
    for a0, a1, b0, b1 in hunk:
        yield from _marked(" ", file.before[at:a0])
        yield from _marked("-", file.before[a0:a1])
        yield from _marked("+", file.after[b0:b1])
        at = a1
    yield from _marked(" ", file.before[at:i1])


def _span(start: int, end: int) -> str:
    count = end - start
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"


def _marked(mark: str, lines: list[str]) -> list[str]:
    marked = [mark + line for line in lines]
    if marked and not marked[-1].endswith("\n"):  # as only a file's last line may
        marked[-1] += "\n"
        marked.append(_NO_NEWLINE)
    return marked


def _quoted(path: str) -> str:
    """A path as git quotes it, so that no path of a student's can pass for a line of the diff."""
    if path.isprintable() and '"' not in path and "\\" not in path:
        return path
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else _octal(c)) for c in path) + '"'


def _octal(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "replace"))
