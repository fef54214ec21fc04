"""Where a change is, and how much of a student's own words its record quotes."""

from bisect import bisect_right

from pydantic import JsonValue

from app.core.diff.symbols import Module, Symbol
from app.core.diff.syntax import Tokens, flatten
from app.core.limits import DiffLimits
from app.core.sources import SourceFile
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


def places_of_first_difference(old: Module, new: Module) -> tuple[Place, Place]:
    """The first top-level statement that differs on either side; the whole file where one ran out of statements."""
    at, both = 0, min(len(old.own_statements), len(new.own_statements))
    while at < both and _statement(old, at) == _statement(new, at):
        at += 1
    return _statement_place(old, at), _statement_place(new, at)


def _statement(module: Module, at: int) -> Tokens:
    return flatten([module.own_statements[at]], module.constant_nodes)


def _statement_place(module: Module, at: int) -> Place:
    if at >= len(module.own_statements):
        return place_of_module(module)
    node = module.own_statements[at]
    return place_of_lines(module.file, node.lineno, node.end_lineno or node.lineno)


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
