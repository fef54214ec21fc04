"""A review's diff as a page shows it: files, lines with their numbers, comments at their lines, the rest folded.

The record holds the diff alone, not the files: of an unchanged part only its length is known, and of a line in it only
what a comment quotes.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Final, Generic, TypeVar

from markupsafe import Markup

from app.core.hunks import DiffLine, Patch, read_patches
from app.presentation.pages.code_colours import ColourBudget, coloured, plain_line

LINES_MAX: Final = 1_500
"""Lines of all files on one page; of a file beyond there is a link to a page of its own."""
LINES_OF_ONE_MAX: Final = 4_000
"""Lines of one file on the page that shows it alone."""
COLOURED_CHARS_MAX: Final = 16_000
"""Characters of one page that are coloured; that takes some 50 ms."""
_CUT: Final = re.compile(r"\n# diff cut at \d+ characters: (\d{1,12}) more lines in (\d{1,9}) files are not shown\n?\Z")

_NO_CODE: Final = Markup()

Said = TypeVar("Said")
"""What is said at a line: the page's own view of a comment."""


class RowKind(StrEnum):
    """What a row shows; the value is its class in the page."""

    SAME = "same"
    ADDED = "plus"
    REMOVED = "minus"
    FOLDED = "fold"
    QUOTED = "quote"


@dataclass(frozen=True, slots=True)
class DiffRow(Generic[Said]):
    """A line with its numbers in the old and the new text, or `folded` lines that are not shown; then what is said.

    A quoted line is one within an unchanged part, as a comment on it quotes it.
    """

    kind: RowKind
    old: int | None = None
    new: int | None = None
    code: Markup = _NO_CODE
    folded: int = 0
    said: tuple[Said, ...] = ()

    @property
    def sign(self) -> str:
        """What a diff writes before the line."""
        return {RowKind.ADDED: "+", RowKind.REMOVED: "−"}.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class DiffFile(Generic[Said]):
    """A file: its place among the diff's, its paths, its rows, what is said of it as a whole.

    `left_out` counts the lines that this page does not show.
    """

    number: int
    path: str
    path_before: str | None
    added: int
    removed: int
    is_new: bool
    is_gone: bool
    rows: tuple[DiffRow[Said], ...]
    said: tuple[Said, ...] = ()
    left_out: int = 0

    @property
    def pairs(self) -> Iterator[tuple[DiffRow[Said] | None, DiffRow[Said] | None]]:
        """The rows side by side: what was removed beside what came in its place."""
        removed: list[DiffRow[Said]] = []
        added: list[DiffRow[Said]] = []
        for row in self.rows:
            if row.kind is RowKind.REMOVED and not added:
                removed.append(row)
            elif row.kind is RowKind.ADDED:
                added.append(row)
            else:
                yield from zip_longest(removed, added)
                removed, added = ([row], []) if row.kind is RowKind.REMOVED else ([], [])
                if row.kind is not RowKind.REMOVED:
                    yield row, row
        yield from zip_longest(removed, added)


@dataclass(frozen=True, slots=True)
class DiffView(Generic[Said]):
    """All files. `cut_lines` in `cut_files` are what the comparison itself had left out."""

    files: tuple[DiffFile[Said], ...]
    cut_lines: int = 0
    cut_files: int = 0


@dataclass(frozen=True, slots=True)
class SaidPlace(Generic[Said]):
    """Where something is said: a path, a line of the new text or None, and the line as it is quoted."""

    path: str
    line: int | None
    quote: str | None
    said: Said


def diff_view(diff: str, places: Iterable[SaidPlace[Said]], only: int | None = None) -> DiffView[Said]:
    """The diff with what is said at its lines; `only` one file of it, by its number, where that is asked for.

    Files about which something is said are shown first of all, as far as there is room; the order stays the diff's.
    """
    by_path: dict[str, list[SaidPlace[Said]]] = {}
    for place in places:
        by_path.setdefault(place.path, []).append(place)
    patches = list(enumerate(read_patches(diff), start=1))
    chosen = [(number, patch) for number, patch in patches if only in {None, number}]
    room = _Room(LINES_MAX if only is None else LINES_OF_ONE_MAX, ColourBudget(COLOURED_CHARS_MAX))
    files = {
        number: _file(number, patch, by_path.get(patch.path, ()), room, may_cut=only is not None)
        for number, patch in sorted(chosen, key=lambda one: (one[1].path not in by_path, one[0]))
    }
    cut = _CUT.search(diff)
    lines, count = (int(cut[1]), int(cut[2])) if cut else (0, 0)
    return DiffView(tuple(files[number] for number, _ in chosen), lines, count)


@dataclass(slots=True)
class _Room:
    lines: int
    colours: ColourBudget


def _file(
    number: int, patch: Patch, places: Sequence[SaidPlace[Said]], room: _Room, *, may_cut: bool
) -> DiffFile[Said]:
    count = sum(map(len, patch.hunks))
    shown = patch
    if count > room.lines:
        shown = _cut(patch, room.lines) if may_cut else replace(patch, hunks=())
    left = sum(map(len, shown.hunks))
    room.lines -= left
    waiting = _by_line(places)
    rows = tuple(_rows(shown, waiting, room.colours)) if shown.hunks else ()
    whole = [*(place for place in places if place.line is None), *chain.from_iterable(waiting.values())]
    return DiffFile(
        number=number,
        path=patch.path,
        path_before=patch.path_before if patch.path_before not in {None, patch.path} else None,
        added=len(patch.added),
        removed=len(patch.removed),
        is_new=patch.path_before is None,
        is_gone=patch.path_after is None,
        rows=rows,
        said=tuple(place.said for place in whole),
        left_out=count - left,
    )


def _cut(patch: Patch, lines: int) -> Patch:
    hunks = []
    for hunk in patch.hunks:
        hunks.append(hunk[: max(lines, 0)])
        lines -= len(hunk)
    return replace(patch, hunks=tuple(hunk for hunk in hunks if hunk))


def _by_line(places: Iterable[SaidPlace[Said]]) -> dict[int, list[SaidPlace[Said]]]:
    found: dict[int, list[SaidPlace[Said]]] = {}
    for place in places:
        if place.line is not None:
            found.setdefault(place.line, []).append(place)
    return dict(sorted(found.items()))


def _rows(patch: Patch, waiting: dict[int, list[SaidPlace[Said]]], colours: ColourBudget) -> Iterator[DiffRow[Said]]:
    """The rows of a file; whatever is said at a line is taken out of `waiting` when the line is shown."""
    walk = _Walk[Said]()
    for hunk in patch.hunks:
        yield from walk.over_unchanged(hunk[0].number, waiting)
        yield from walk.through(hunk, _in_colours(patch.path, hunk, colours), waiting)
    if waiting:
        yield from walk.over_unchanged(max(waiting) + 1, waiting)


@dataclass(slots=True)
class _Walk(Generic[Said]):
    """Where the next line stands in the old and in the new text."""

    old: int = 1
    new: int = 1

    def over_unchanged(self, until: int, waiting: dict[int, list[SaidPlace[Said]]]) -> Iterator[DiffRow[Said]]:
        """Rows of an unchanged part that ends before `until`: folded, but for lines about which something is said."""
        while self.new < until:
            line = next((line for line in waiting if self.new <= line < until), None)
            folded = (until if line is None else line) - self.new
            if folded:
                yield DiffRow(RowKind.FOLDED, folded=folded)
                self.old, self.new = self.old + folded, self.new + folded
            if line is not None:
                places = waiting.pop(line)
                quote = next((place.quote for place in places if place.quote), "…")
                said = tuple(place.said for place in places)
                yield DiffRow(RowKind.QUOTED, self.old, self.new, plain_line(quote.partition("\n")[0]), said=said)
                self.old, self.new = self.old + 1, self.new + 1

    def through(
        self, hunk: Sequence[DiffLine], codes: Sequence[Markup], waiting: dict[int, list[SaidPlace[Said]]]
    ) -> Iterator[DiffRow[Said]]:
        """Rows of a hunk, with what is said at its lines of the new text."""
        for line, code in zip(hunk, codes, strict=True):
            if line.sign == "-":
                yield DiffRow(RowKind.REMOVED, old=self.old, code=code)
                self.old += 1
                continue
            said = tuple(place.said for place in waiting.pop(self.new, ()))
            if line.sign == "+":
                yield DiffRow(RowKind.ADDED, new=self.new, code=code, said=said)
            else:
                yield DiffRow(RowKind.SAME, self.old, self.new, code, said=said)
                self.old += 1
            self.new += 1


def _in_colours(path: str, hunk: Sequence[DiffLine], colours: ColourBudget) -> list[Markup]:
    """The lines of a hunk as HTML: the new text is read as one, and what was removed as another."""
    codes: dict[int, Markup] = {}
    for is_removed in (False, True):
        numbers = [at for at, line in enumerate(hunk) if (line.sign == "-") is is_removed]
        codes |= zip(numbers, coloured(path, [hunk[at].text for at in numbers], colours), strict=True)
    return [codes[at] for at in range(len(hunk))]
