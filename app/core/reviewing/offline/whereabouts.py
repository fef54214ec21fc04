"""Places as a student finds them: a line of a file, or a line within a cell of a notebook."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from app.core.submission.notebook import restore_notebook
from app.core.submission.sources import FileKind
from app.core.submission.tree import kind_of
from app.core.words import Words
from schemas.comparison import Comparison, Fact


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the code cells of each notebook start, within the notebook's Python text."""

    cell_starts: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, comparison: Comparison) -> Self:
        """The notebooks among the changed files."""
        notebooks = [source for source in comparison.sources if kind_of(source.path) is FileKind.NOTEBOOK]
        return cls({source.path: restore_notebook(source.path, source.text).cell_starts for source in notebooks})

    def cell_and_line(self, path: str, line: int) -> tuple[int | None, int]:
        """The 1-based code cell and the line within it; a file that is no notebook, and text of none, have no cell."""
        starts = self.cell_starts.get(path, ())
        cell = bisect_right(starts, line)
        if cell == 0 or line <= starts[cell - 1]:
            return None, line
        return cell, line - starts[cell - 1]

    def data_of(self, fact: Fact, phrases: Words) -> dict[str, Any]:
        """A fact's figures with its place, as phrases take them: `at` is the place within the file, in words."""
        at = self.within(fact.path, [fact.line] if fact.line else [], phrases)
        return {**fact.data, "path": fact.path, "line": fact.line, "at": at}

    def within(self, path: str | None, lines: Sequence[int], phrases: Words) -> str:
        """`lines` of a file in words, cell by cell in a notebook; empty where there are none."""
        cells: dict[int | None, list[int]] = {}
        for line in lines:
            cell, number = self.cell_and_line(path or "", line)
            cells.setdefault(cell, []).append(number)
        return "; ".join(phrases.sentences["at"]({"cell": cell, "lines": found}) for cell, found in cells.items())

    def is_in_cell(self, path: str, line: int | None) -> bool:
        """Whether a line stands in a code cell."""
        return line is not None and self.cell_and_line(path, line)[0] is not None
