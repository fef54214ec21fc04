"""Which lines belong to one Python function or class, by layout alone: hostile text is searched, never parsed."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

_HEADER: Final = re.compile(r"[ \t]*(?:async[ \t]+def|def|class)[ \t]+\w")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a file, first and last, both 1-based and included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PythonBlocks:
    """Functions and classes in the order of their first lines; `parents` are the places of those around them."""

    blocks: tuple[Block, ...]
    parents: tuple[int | None, ...]

    @classmethod
    def of(cls, lines: Sequence[str]) -> Self:
        """Those of a file's `lines`; a file that is no Python has hardly any."""
        firsts: list[int] = []
        lasts: list[int] = []
        parents: list[int | None] = []
        open_ones: list[tuple[int, int]] = []  # (columns before the header, place), the innermost last
        last = 0
        for number, line in enumerate(lines, start=1):
            text = line.lstrip()
            if not text:
                continue
            indent = len(line) - len(text)
            while open_ones and open_ones[-1][0] >= indent:
                lasts[open_ones.pop()[1]] = last
            if _HEADER.match(line):
                parents.append(open_ones[-1][1] if open_ones else None)
                open_ones.append((indent, len(firsts)))
                firsts.append(number)
                lasts.append(number)
            last = number
        for _, place in open_ones:
            lasts[place] = last
        return cls(tuple(map(Block, firsts, lasts)), tuple(parents))

    def around(self, line: int) -> Block | None:
        """The innermost block that holds `line`."""
        place: int | None = bisect_right(self.blocks, line, key=lambda block: block.first) - 1
        while place is not None and place >= 0:
            if self.blocks[place].last >= line:
                return self.blocks[place]
            place = self.parents[place]
        return None
