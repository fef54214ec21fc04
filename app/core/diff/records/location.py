"""Where a change is, and how much of a student's own words its record quotes."""

import ast
from bisect import bisect_right
from collections.abc import Sequence

from pydantic import JsonValue

from app.core.diff.symbols.symbols import Module, Symbol
from app.core.limits import DiffLimits
from app.core.submission.sources import SourceFile
from schemas.changes import Place

_ITEMS_MAX = 20  # of a list in a record's detail


def place_of_symbol(symbol: Symbol, limits: DiffLimits) -> Place:
    """A symbol with its lines, from the line of its name on."""
    name = shorten_text(symbol.qualname, limits)
    return place_of_lines(symbol.module.file, symbol.line, symbol.end_line, name)


def place_of_module(module: Module) -> Place:
    """A whole file."""
    return Place(path=module.file.path)


def place_of_lines(file: SourceFile, line: int, end_line: int, symbol: str | None = None) -> Place:
    """Lines of a file, with the notebook cell that they start in."""
    cell = bisect_right(file.cell_starts, line) or None
    return Place(path=file.path, symbol=symbol, line=line, end_line=max(line, end_line), cell=cell)


def place_of_nodes(module: Module, nodes: Sequence[ast.AST]) -> Place:
    """The lines from the first of some statements to the last; the whole file where there are none."""
    if not nodes:
        return place_of_module(module)
    lines = [getattr(node, "lineno", 1) for node in nodes]
    ends = [getattr(node, "end_lineno", None) or line for node, line in zip(nodes, lines, strict=True)]
    return place_of_lines(module.file, min(lines), max(ends))


def shorten(value: JsonValue, limits: DiffLimits) -> JsonValue:
    """A detail's value within the limits; what is cut ends in an ellipsis."""
    if isinstance(value, str):
        return shorten_text(value, limits)
    if isinstance(value, list):
        kept: list[JsonValue] = [shorten_text(str(item), limits) for item in value[:_ITEMS_MAX]]
        return [*kept, "…"] if len(value) > _ITEMS_MAX else kept
    return value


def shorten_text(text: str, limits: DiffLimits) -> str:
    """`text` within `detail_chars_max`."""
    return text if len(text) <= limits.detail_chars_max else text[: limits.detail_chars_max - 1] + "…"
