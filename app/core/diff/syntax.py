"""Python text -> syntax tree, and syntax tree -> tokens: iterative throughout, for the text is hostile input.

A node's tokens are its type, then its fields in order; lists end in a mark, so equal tokens mean equal trees and
prefix-free comparison needs no recursion (`ast.dump` recurses and would overflow on a crafted tree).
"""

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core.limits import DiffLimits

DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS: Final = (ast.Import, ast.ImportFrom)
_SYMBOLS = (*DEFINITIONS, *IMPORTS)

Tokens = tuple[str, ...]
"""Node types, identifiers (`:` + name), constants (`=` + repr), and the marks below."""

IDENTIFIER: Final = ":"
CONSTANT: Final = "="

_END = "]"  # the end of a list of nodes
_ABSENT = "~"  # an optional field that is not there: `x[:1]` is not `x[1:]`
_IGNORED_FIELDS = frozenset(
    {"ctx", "type_comment", "type_ignores", "kind"}
)  # they follow from the rest, or say nothing
_NOISE = frozenset({_END, _ABSENT, "Name", "Expr", "Attribute", "arguments", "arg", "Load"})

_LEXEME = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |\"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"
    |'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
    |"(?:[^"\\\n]|\\.)*"
    |'(?:[^'\\\n]|\\.)*'""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text has no syntax tree. `line` and `column` are 1-based, None where Python does not tell."""

    message: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        return f"{where}: {self.message}" if where else self.message


def parse(text: str, limits: DiffLimits) -> ast.Module | SyntaxProblem:
    """Parse `text`, silencing Python's warnings about it: they are about the student's code, not ours.

    Not thread-safe (`warnings.catch_warnings` is not): analysis runs in processes of its own.
    """
    if len(text) > limits.parse_chars_max:
        return SyntaxProblem(f"not parsed: {len(text)} characters, {limits.parse_chars_max} at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as exc:
        line = exc.lineno if exc.lineno and exc.lineno > 0 else None
        column = exc.offset if line and exc.offset and exc.offset > 0 else None
        return SyntaxProblem(_shortened(exc.msg or type(exc).__name__, limits), line, column)
    except (RecursionError, MemoryError):
        return SyntaxProblem("not parsed: nested too deeply, or too large")
    except ValueError:
        return SyntaxProblem("not parsed: holds characters that Python source must not hold")


def flatten(roots: Iterable[ast.AST], hidden: frozenset[int] = frozenset()) -> Tokens:
    """The tokens of `roots`, without definitions and imports nested in them, nor nodes whose id is in `hidden`.

    What is left out is compared as a symbol of its own.
    """
    return _flatten(roots, _SYMBOLS, hidden)


def flatten_all(tree: ast.AST) -> Tokens:
    """All tokens of `tree`: equal tokens, equal trees."""
    return _flatten([tree], (), frozenset())


def _flatten(roots: Iterable[ast.AST], hidden_types: tuple[type[ast.AST], ...], hidden: frozenset[int]) -> Tokens:
    out: list[str] = []
    stack: list[ast.AST | str] = list(reversed(list(roots)))
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        if isinstance(item, hidden_types) or id(item) in hidden:
            continue
        if isinstance(item, ast.Constant):
            out.append(CONSTANT + _literal(item.value))
            continue
        out.append(type(item).__name__)
        for field in reversed(item._fields):
            if field not in _IGNORED_FIELDS:
                _push(stack, getattr(item, field, None))
    return tuple(out)


def anonymous(tokens: Tokens) -> Tokens:
    """The structure alone: identifiers and constants without their values."""
    return tuple(token[0] if token[0] in (IDENTIFIER, CONSTANT) else token for token in tokens)


def bag(tokens: Tokens) -> Counter[str]:
    """Tokens that say something, with how often they occur."""
    return Counter(token for token in tokens if token not in _NOISE)


def comments(text: str) -> list[tuple[int, str]]:
    """(line, comment) of every comment in a text that parses."""
    found: list[tuple[int, str]] = []
    line, at = 1, 0
    for match in _LEXEME.finditer(text):
        if match.group("comment") is not None:
            line += text.count("\n", at, match.start())
            at = match.start()
            found.append((line, match.group().rstrip()))
    return found


def _push(stack: list[ast.AST | str], value: object) -> None:
    if isinstance(value, ast.AST):
        stack.append(value)
    elif isinstance(value, list):
        stack.append(_END)
        stack.extend(_item(item) for item in reversed(value))
    elif value is None:
        stack.append(_ABSENT)
    else:
        stack.append(_item(value))


def _item(value: object) -> ast.AST | str:
    if isinstance(value, ast.AST):
        return value
    if value is None:
        return _ABSENT
    return IDENTIFIER + value if isinstance(value, str) else CONSTANT + _literal(value)


def _literal(value: object) -> str:
    """`repr`, but hexadecimal for integers: Python refuses to write very long ones as decimals."""
    return hex(value) if type(value) is int else repr(value)


def _shortened(message: str, limits: DiffLimits) -> str:
    return message if len(message) <= limits.detail_chars_max else message[: limits.detail_chars_max] + "…"
