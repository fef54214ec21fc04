"""Reading a unified diff back: which lines of which file were added, removed or stayed.

The comparison carries its diff as text and the new sources only; what was removed is known from the diff alone.
"""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

_HUNK: Final = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_NOWHERE: Final = "/dev/null"
_ESCAPE: Final = re.compile(r"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a hunk: `sign` is `+`, `-` or a space; `number` is its 1-based line in the new text.

    A removed line has the number of the new line that it would stand before.
    """

    sign: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """One file's part of a diff. Paths are None on the side where the file does not exist."""

    path_before: str | None
    path_after: str | None
    hunks: tuple[tuple[DiffLine, ...], ...]

    @property
    def path(self) -> str:
        """The new path, or the old one of a removed file."""
        return self.path_after or self.path_before or ""

    @property
    def added(self) -> tuple[str, ...]:
        """Text of the added lines."""
        return tuple(line.text for hunk in self.hunks for line in hunk if line.sign == "+")

    def added_on(self, numbers: Container[int]) -> tuple[str, ...]:
        """Text of the added lines that have these numbers."""
        return tuple(line.text for hunk in self.hunks for line in hunk if line.sign == "+" and line.number in numbers)

    @property
    def removed(self) -> tuple[str, ...]:
        """Text of the removed lines."""
        return tuple(line.text for hunk in self.hunks for line in hunk if line.sign == "-")


def without_lines(patch: Patch, numbers: Container[int]) -> Patch:
    """`patch` as if some lines of the new text had not been added."""
    hunks = (tuple(line for line in hunk if line.sign != "+" or line.number not in numbers) for hunk in patch.hunks)
    return Patch(patch.path_before, patch.path_after, tuple(hunks))


def read_patches(diff: str) -> tuple[Patch, ...]:
    """The files of a unified diff, in its order. Anything that is no diff is skipped: the text may be cut.

    No hunk is empty: of one that was cut right behind its header nothing is told.
    Hunks are read by the counts in their headers, so that a removed line that starts with `--` is no file header.
    """
    lines = diff.split("\n")
    patches: list[Patch] = []
    hunks: list[tuple[DiffLine, ...]] = []
    before: str | None = None
    after: str | None = None
    index = 0
    open_file = False
    while index < len(lines):
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if line.startswith("--- ") and following.startswith("+++ "):
            if open_file:
                patches.append(Patch(before, after, tuple(hunks)))
            before, after, hunks = _path(line, "a/"), _path(following, "b/"), []
            open_file = True
            index += 2
        elif open_file and (header := _HUNK.match(line)):
            hunk = tuple(_read_hunk(lines, index + 1, header))
            if hunk:
                hunks.append(tuple(entry for entry, _ in hunk))
            index = hunk[-1][1] if hunk else index + 1
        else:
            index += 1
    if open_file:
        patches.append(Patch(before, after, tuple(hunks)))
    return tuple(patches)


def _read_hunk(lines: list[str], index: int, header: re.Match[str]) -> Iterator[tuple[DiffLine, int]]:
    """The lines of one hunk, each with the index of the line after it."""
    old_left = int(header.group(2) or 1)
    new_left = int(header.group(4) or 1)
    # A hunk without new lines names the line before it.
    number = int(header.group(3)) + (1 if new_left == 0 else 0)
    while index < len(lines) and (old_left > 0 or new_left > 0):
        line = lines[index]
        index += 1
        sign = line[:1] or " "
        if sign == "\\":  # the note that a file has no newline at its end
            continue
        if sign not in "+- ":
            return
        yield DiffLine(sign, number, line[1:]), index
        if sign != "+":
            old_left -= 1
        if sign != "-":
            new_left -= 1
            number += 1


def _path(header: str, prefix: str) -> str | None:
    path = header[4:].split("\t", 1)[0].rstrip("\r")
    if path == _NOWHERE:
        return None
    if len(path) > 1 and path.startswith('"') and path.endswith('"'):
        path = _unquoted(path[1:-1])
    return path.removeprefix(prefix)


def _unquoted(path: str) -> str:
    """A path as git quotes it, with C escapes and octal bytes, made plain again."""
    plain = bytearray()
    position = 0
    for match in _ESCAPE.finditer(path):
        plain += path[position : match.start()].encode("utf-8", "replace")
        code = match.group(1)
        plain += bytes([int(code, 8) & 0xFF]) if code.isdigit() else _ESCAPED.get(code, code).encode("utf-8", "replace")
        position = match.end()
    plain += path[position:].encode("utf-8", "replace")
    return plain.decode("utf-8", "replace")
