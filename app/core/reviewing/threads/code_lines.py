"""A text -> its statements and the symbols around them, by headers and indentation."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from app.core.limits import ThreadLimits
from app.core.reviewing.threads.logical_lines import LogicalLine, defined_name, read_logical_lines
from app.core.submission.tree import is_code

_TAB: Final = 8
_NAME_CHARS_MAX: Final = ThreadLimits().symbol_chars_max


@dataclass(slots=True)
class SymbolLines:
    """A function or class: `first_line` is its first decorator's, `line` its header's."""

    name: str
    first_line: int
    line: int
    end_line: int
    indent: int
    parent: int | None


@dataclass(slots=True)
class CodeLines:
    """A text's statements in their order, and its symbols, parents before their children."""

    lines: tuple[str, ...]
    statements: list[LogicalLine]
    symbols: list[SymbolLines]
    _numbers: dict[str, list[int]] = field(default_factory=dict)
    _starts: list[int] = field(default_factory=list)
    _within: dict[str | None, list[LogicalLine]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, symbol in enumerate(self.symbols):
            self._numbers.setdefault(symbol.name, []).append(number)
        self._starts = [statement.line for statement in self.statements]

    def at(self, line: int) -> LogicalLine | None:
        """The statement that stands on `line`, if any."""
        index = bisect_right(self._starts, line) - 1
        found = self.statements[index] if index >= 0 else None
        return found if found is not None and found.line <= line <= found.end_line else None

    def symbol_at(self, line: int) -> str | None:
        """The dotted name around `line`; a header and its decorators belong to their own symbol."""
        statement = self.at(line)
        number = statement.symbol if statement is not None else None
        return self.symbols[number].name if number is not None else None

    def has(self, symbol: str | None) -> bool:
        """Whether there is a symbol of this name; None is the module, which is always there."""
        return symbol is None or symbol in self._numbers

    def within(self, symbol: str | None) -> list[LogicalLine]:
        """The statements of a symbol alone, those of symbols within it left out; None: of none."""
        if not self._within:
            for statement in self.statements:
                number = statement.symbol
                name = self.symbols[number].name if number is not None else None
                self._within.setdefault(name, []).append(statement)
        return self._within.get(symbol, [])

    def whole(self, symbol: str) -> list[LogicalLine]:
        """The statements of a symbol and of all symbols within it."""
        lines: set[int] = set()
        for number in self._numbers.get(symbol, ()):
            lines.update(range(self.symbols[number].first_line, self.symbols[number].end_line + 1))
        return [statement for statement in self.statements if statement.line in lines]

    def length(self, symbol: str) -> int:
        """Lines of the longest symbol of this name, decorators aside; 0 where there is none."""
        found = (self.symbols[number] for number in self._numbers.get(symbol, ()))
        return max((one.end_line - one.line + 1 for one in found), default=0)


def read_code(path: str, text: str) -> CodeLines:
    """The statements of Python, a notebook's among it; of any other text each line is one, without symbols."""
    lines = tuple(text.split("\n"))
    if not is_code(path):
        plain = [LogicalLine(n, n, tuple(line.split()), None) for n, line in enumerate(lines, 1) if line.strip()]
        return CodeLines(lines, plain, [])
    statements = read_logical_lines(text)
    return CodeLines(lines, statements, _place(statements, lines))


def _place(statements: list[LogicalLine], lines: tuple[str, ...]) -> list[SymbolLines]:
    """The symbols, by their headers and indentation; each statement learns where it stands."""
    symbols: list[SymbolLines] = []
    inside: list[int] = []
    decorators: list[LogicalLine] = []
    for statement in statements:
        if statement.is_comment:
            continue
        indent = _indent(lines[statement.line - 1])
        while inside and indent <= symbols[inside[-1]].indent:
            inside.pop()
        if statement.code[0] == "@":
            decorators.append(statement)
            continue
        above = inside[-1] if inside else None
        name = _dotted(statement, symbols[above].name if above is not None else None)
        if name is not None:
            first = decorators[0].line if decorators else statement.line
            symbols.append(SymbolLines(name, first, statement.line, statement.end_line, indent, above))
            inside.append(len(symbols) - 1)
            for header in (*decorators, statement):
                header.opens = inside[-1]
        for one in (*decorators, statement):
            one.symbol = inside[-1] if inside else None
        for number in inside:
            symbols[number].end_line = max(symbols[number].end_line, statement.end_line)
        decorators.clear()
    _place_comments(statements, symbols)
    return symbols


def _place_comments(statements: list[LogicalLine], symbols: list[SymbolLines]) -> None:
    """A comment stands in the innermost symbol around its line."""
    around: list[int] = []
    upcoming = 0
    for statement in statements:
        while upcoming < len(symbols) and symbols[upcoming].first_line <= statement.line:
            around.append(upcoming)
            upcoming += 1
        while around and symbols[around[-1]].end_line < statement.line:
            around.pop()
        if statement.is_comment:
            statement.symbol = around[-1] if around else None


def _dotted(statement: LogicalLine, above: str | None) -> str | None:
    """The dotted name of what a statement defines; None where it defines nothing that people would write."""
    name = defined_name(statement.code)
    dotted = name if name is None or above is None else f"{above}.{name}"
    return dotted if dotted is not None and len(dotted) <= _NAME_CHARS_MAX else None


def _indent(line: str) -> int:
    wide = line.expandtabs(_TAB)
    return len(wide) - len(wide.lstrip())
