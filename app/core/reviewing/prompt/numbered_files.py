"""A changed file as the model sees it: numbered lines, changed ones marked, removed ones in their place."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.hunks import Patch
from app.core.reviewing.prompt.wording import Mask, printable
from schemas.comparison import ChangedFile

_GAP: Final = "…"
_HEADER: Final = re.compile(r"([ \t]{0,400})(?:async\s{1,8}def|def|class)\s")
_ABOVE_MAX: Final = 20  # decorators of one definition


@dataclass(frozen=True, slots=True)
class ListedLine:
    """One line as shown: `number` counts in the new text, None: removed; `near`: in a hunk.

    An empty line that did not change is shown as one: its number follows from those around it.
    """

    number: int | None
    text: str
    near: bool

    @property
    def chars(self) -> int:
        """Characters of the new source that this line stands for, its line end included."""
        return 0 if self.number is None else len(self.text) - len(str(self.number)) if self.text else 1

    @property
    def begins_block(self) -> bool:
        """Whether a statement of the outermost level begins here."""
        code = self.text[len(str(self.number or "")) + 1 :]
        return self.number is not None and bool(code) and code[0] not in " \t)]}#\"'"


@dataclass(frozen=True, slots=True)
class ListedSymbol:
    """A changed function or class: its lines, decorators among them, and the headers of what it stands in."""

    first: int
    last: int
    headers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """All lines of one changed file, and its changed functions and classes."""

    path: str
    is_new: bool
    lines: tuple[ListedLine, ...]
    symbols: tuple[ListedSymbol, ...] = ()

    @property
    def numbers(self) -> frozenset[int]:
        """Of all lines of the new version."""
        return frozenset(line.number for line in self.lines if line.number is not None)

    @property
    def hunks(self) -> tuple[ListedLine, ...]:
        """The lines in and around changes."""
        return tuple(line for line in self.lines if line.near)

    def with_symbols(self, count: int) -> tuple[ListedLine, ...]:
        """The hunks, and the first `count` changed symbols whole."""
        chosen = self.symbols[:count]
        headers = {number for symbol in chosen for number in symbol.headers}
        begins = Counter(symbol.first for symbol in chosen)
        ends = Counter(symbol.last + 1 for symbol in chosen)
        shown: list[ListedLine] = []
        inside = 0  # of how many symbols
        for line in self.lines:
            if line.number is not None:
                inside += begins[line.number] - ends[line.number]
            if line.near or (line.number is not None and (inside > 0 or line.number in headers)):
                shown.append(line)
        return tuple(shown)


def list_file(
    source: ChangedFile, patch: Patch | None, spans: Iterable[tuple[int, int]], line_chars_max: int, mask: Mask
) -> Listing:
    """`source` with its changes marked. Secrets are masked, invisible characters made visible, long lines cut.

    `spans` are the first and last lines of changed functions and classes.
    """
    texts = mask(source.text).split("\n")
    if texts and not texts[-1]:
        texts.pop()
    added: set[int] = set()
    near: set[int] = set()
    removed: dict[int, list[str]] = defaultdict(list)
    for line in (line for hunk in patch.hunks for line in hunk) if patch else ():
        near.add(line.number)
        if line.sign == "+":
            added.add(line.number)
        elif line.sign == "-":
            removed[line.number].append(line.text)
    new_file = patch is not None and patch.path_before is None
    lines: list[ListedLine] = []
    for number, text in enumerate(texts, start=1):
        lines.extend(_removed(removed.get(number, ()), line_chars_max, mask))
        sign = "+" if number in added and not new_file else "|"
        shown = f"{number}{sign}{_cut(text, line_chars_max)}" if text or sign == "+" else ""
        lines.append(ListedLine(number, shown, number in near))
    lines.extend(_removed(removed.get(len(texts) + 1, ()), line_chars_max, mask))
    return Listing(source.path, new_file, tuple(lines), _symbols(texts, spans))


def render(lines: Sequence[ListedLine]) -> str:
    """Lines one under the other, `…` where some in between are left out."""
    shown: list[str] = []
    last: int | None = None
    for line in lines:
        if line.number is not None:
            if last is not None and line.number > last + 1:
                shown.append(_GAP)
            last = line.number
        shown.append(line.text)
    return "\n".join(shown)


def longest_prefix(costs: Iterable[int], budget: int) -> int:
    """How many of the first items fit, given what each costs."""
    sums: list[int] = []
    total = 0
    for cost in costs:
        total += cost
        sums.append(total)
    return bisect_right(sums, budget)


def whole_blocks(lines: Sequence[ListedLine], keep: int, least: int) -> int:
    """How many of the first `keep` lines end where a function, a class or a statement ends; `keep` where too few do."""
    for end in range(keep, least - 1, -1):
        if end == len(lines) or lines[end].begins_block:
            return end
    return keep


def _symbols(texts: Sequence[str], spans: Iterable[tuple[int, int]]) -> tuple[ListedSymbol, ...]:
    """The symbols of these lines, each with its decorators and the headers around it, told by their indentation."""
    wanted = {(first, min(last, len(texts))) for first, last in spans if 1 <= first <= min(last, len(texts))}
    firsts = {first for first, _ in wanted}
    headers: dict[int, tuple[int, ...]] = {}
    around: list[tuple[int, int]] = []  # (indentation, line) of the definitions that a line stands in
    for number, text in enumerate(texts, start=1):
        header = _HEADER.match(text)
        if header is not None:
            while around and around[-1][0] >= len(header[1]):
                around.pop()
        if number in firsts:
            headers[number] = tuple(line for _, line in around)
        if header is not None:
            around.append((len(header[1]), number))
    return tuple(ListedSymbol(_with_decorators(texts, first), last, headers[first]) for first, last in sorted(wanted))


def _with_decorators(texts: Sequence[str], first: int) -> int:
    """The line of the first decorator right above `first`."""
    for number in range(first - 1, max(first - 1 - _ABOVE_MAX, 0), -1):
        if not texts[number - 1].lstrip().startswith("@"):
            return number + 1
    return max(first - _ABOVE_MAX, 1)


def _removed(texts: Sequence[str], line_chars_max: int, mask: Mask) -> list[ListedLine]:
    return [ListedLine(None, f"-{_cut(mask(text), line_chars_max)}", near=True) for text in texts]


def _cut(text: str, chars_max: int) -> str:
    plain = printable(text)
    return plain if len(plain) <= chars_max else f"{plain[:chars_max]}…"
