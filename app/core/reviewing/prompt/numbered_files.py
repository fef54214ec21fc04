"""A changed file as the model sees it: numbered lines, changed ones marked, removed ones in their place."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.hunks import Patch
from app.core.masking.students_text import mask
from schemas.comparison import ChangedFile

_GAP: Final = "      …"


@dataclass(frozen=True, slots=True)
class ListedLine:
    """One line as shown: `number` counts in the new text, None: removed; `near`: in a hunk."""

    number: int | None
    text: str
    near: bool

    @property
    def chars(self) -> int:
        """Characters of the new source that this line stands for, its line end included."""
        return 0 if self.number is None else len(self.text.partition("| ")[2]) + 1


@dataclass(frozen=True, slots=True)
class Listing:
    """All lines of one changed file."""

    path: str
    lines: tuple[ListedLine, ...]

    @property
    def hunks(self) -> tuple[ListedLine, ...]:
        """The lines in and around changes."""
        return tuple(line for line in self.lines if line.near)


def list_file(source: ChangedFile, patch: Patch | None, line_chars_max: int) -> Listing:
    """`source` with its changes marked. Secrets are masked, invisible characters made visible, long lines cut."""
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
        lines.extend(_removed(removed.get(number, ()), line_chars_max))
        sign = "+" if number in added and not new_file else " "
        lines.append(ListedLine(number, f"{number:>5}{sign}| {_cut(text, line_chars_max)}", number in near))
    lines.extend(_removed(removed.get(len(texts) + 1, ()), line_chars_max))
    return Listing(source.path, tuple(lines))


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


def missing(listing: Listing, lines: Sequence[ListedLine]) -> tuple[int, int]:
    """How many of the file's lines are left out of `lines`, and how many it has."""
    whole = sum(1 for line in listing.lines if line.number is not None)
    return whole - sum(1 for line in lines if line.number is not None), whole


def longest_prefix(costs: Iterable[int], budget: int) -> int:
    """How many of the first items fit, given what each costs."""
    sums: list[int] = []
    total = 0
    for cost in costs:
        total += cost
        sums.append(total)
    return bisect_right(sums, budget)


def _removed(texts: Sequence[str], line_chars_max: int) -> list[ListedLine]:
    return [ListedLine(None, f"    -| {_cut(mask(text), line_chars_max)}", near=True) for text in texts]


def _cut(text: str, chars_max: int) -> str:
    plain = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)
    return plain if len(plain) <= chars_max else f"{plain[:chars_max]}…"
