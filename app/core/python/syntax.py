"""Python text -> syntax tree, and syntax tree -> tokens: iterative throughout, for the text is hostile input.

A node's tokens are its type, then its fields in order; lists end in a mark, so equal tokens mean equal trees and
prefix-free comparison needs no recursion (`ast.dump` recurses and would overflow on a crafted tree).
"""

import ast
import inspect
import re
import warnings
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, Self, TypeVar

from app.core.limits import DiffLimits
from app.core.python.fstrings import lexemes

DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS: Final = (ast.Import, ast.ImportFrom)
BLOCKS: Final = (ast.stmt, ast.ExceptHandler, ast.match_case)
"""What stands in the blocks of compound statements."""
_SYMBOLS: Final = frozenset({*DEFINITIONS, *IMPORTS})

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

_Fields = Callable[[Any], Any]
"""Gets the fields of a node that say something, the last one first; of a node with one such field its value alone."""

_T = TypeVar("_T", bound=Hashable)
_SAID_BY_MANY = frozenset({"test", "get", "set"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def _fields(kind: type[ast.AST]) -> _Fields | None:
    names = [name for name in reversed(kind._fields) if name not in _IGNORED_FIELDS]
    return attrgetter(*names) if names else None


_NODES: Final = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_READ_ALL: Final = {kind: (kind.__name__, _fields(kind)) for kind in _NODES}
_READ_OWN: Final = {kind: None if kind in _SYMBOLS else read for kind, read in _READ_ALL.items()}
_READ_HEADS: Final = {kind: None if issubclass(kind, BLOCKS) else read for kind, read in _READ_ALL.items()}
_BLOCK_NAMES: Final = frozenset({"body", "handlers", "cases", "orelse", "finalbody"})
_BLOCK_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    kind: fields
    for kind in _NODES
    if issubclass(kind, BLOCKS) and (fields := tuple(name for name in kind._fields if name in _BLOCK_NAMES))
}
COMPOUND: Final = frozenset(_BLOCK_FIELDS)
"""Types of nodes that have blocks."""


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text has no syntax tree. `line` and `column` are 1-based, None where Python does not tell.

    `needs` is the version of Python, as `3.14`, that reads the text where this one does not: then nothing is wrong.
    """

    message: str
    line: int | None = None
    column: int | None = None
    needs: str | None = None

    def within(self, text: str) -> Self:
        """The same on the last line of `text` where a parser missed something behind it."""
        last = max(1, text.count("\n") + (not text.endswith("\n")))
        if self.line is None or self.line <= last:
            return self
        return replace(self, line=last, column=None)

    def __str__(self) -> str:
        if self.needs is not None:
            return f"needs Python {self.needs}, not checked here"
        where = "" if self.line is None else f"line {self.line}"
        if self.column is not None:
            where += f", column {self.column}"
        return f"{where}: {self.message}" if where else self.message


def parse(text: str, limits: DiffLimits) -> ast.Module | SyntaxProblem:
    """The tree of `text`, or why there is none."""
    with silenced():
        return parse_aloud(text, limits)


def silenced() -> AbstractContextManager[None]:
    """Silences Python's warnings about what is parsed: they are about the student's code, not ours.

    Not thread-safe (`warnings.catch_warnings` is not): analysis runs in processes of its own.
    """
    return warnings.catch_warnings(action="ignore")


def parse_aloud(text: str, limits: DiffLimits) -> ast.Module | SyntaxProblem:
    """The same, with Python's warnings about it."""
    if len(text) > limits.parse_chars_max:
        return SyntaxProblem(f"not parsed: {len(text)} characters, {limits.parse_chars_max} at most")
    try:
        return ast.parse(text)
    except SyntaxError as exc:
        line = exc.lineno if exc.lineno and exc.lineno > 0 else None
        column = exc.offset if line and exc.offset and exc.offset > 0 else None
        return SyntaxProblem(_shortened(exc.msg or type(exc).__name__, limits), line, column).within(text)
    except (RecursionError, MemoryError, SystemError):
        # CPython's parser may lose the MemoryError on its way out: "error return without exception set".
        return SyntaxProblem("not parsed: nested too deeply, or too large")
    except ValueError:
        return SyntaxProblem("not parsed: holds characters that Python source must not hold")


def flatten(roots: Iterable[ast.AST]) -> Tokens:
    """The tokens of `roots`, without definitions and imports nested in them.

    What is left out is compared as a symbol of its own.
    """
    return _flatten([], [*roots][::-1], _READ_OWN)


def flatten_head(node: ast.AST) -> Tokens:
    """The tokens of a statement, handler or case without the blocks in it."""
    return _flatten([_READ_ALL[node.__class__][0]], _field_values(node), _READ_HEADS)


def flatten_all(tree: ast.AST) -> Tokens:
    """All tokens of `tree`: equal tokens, equal trees."""
    return _flatten([], [tree], _READ_ALL)


def _flatten(out: list[str], stack: list[Any], read: Mapping[type, tuple[str, _Fields | None] | None]) -> Tokens:
    """`out` and the tokens of what is on `stack`, the last item first.

    Every changed function is read here, so what a node's fields hold goes on the stack as it is, in one call. A string
    there is an identifier, or the mark of a list's end, which no identifier is.
    """
    pop, put, put_off, put_all_off = stack.pop, out.append, stack.append, stack.extend
    while stack:
        item = pop()
        kind = item.__class__
        if kind is ast.Name:
            put("Name")
            put(IDENTIFIER + item.id)
        elif kind is str:
            put(item if item == _END else IDENTIFIER + item)
        elif kind is list:
            put_off(_END)
            put_all_off(item[::-1])
        elif item is None:
            put(_ABSENT)
        elif kind is ast.Constant:
            put(CONSTANT + _literal(item.value))
        elif kind not in read:
            put(CONSTANT + _literal(item))
        elif found := read[kind]:
            name, fields = found
            put(name)
            if fields is not None:
                values = fields(item)
                (put_all_off if values.__class__ is tuple else put_off)(values)
    return tuple(out)


def _field_values(node: ast.AST) -> list[Any]:
    """The fields of a node that say something, the last one first."""
    fields = _READ_ALL[node.__class__][1]
    values = fields(node) if fields else ()
    return [*values] if values.__class__ is tuple else [values]


def blocks_of(node: ast.AST) -> list[ast.AST]:
    """The statements, handlers and cases right in a compound statement's blocks, in the order of the text."""
    return [part for block in block_lists_of(node) for part in block]


def block_lists_of(node: ast.AST) -> list[list[ast.AST]]:
    """The same, block by block; those that hold nothing are empty."""
    return [getattr(node, field) for field in _BLOCK_FIELDS.get(node.__class__, ())]


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """The nodes right below `node`, in order; contexts, which say nothing, left out."""
    found: list[ast.AST] = []
    for value in reversed(_field_values(node)):
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def docstring_of(body: list[ast.stmt]) -> str | None:
    """The docstring that a body starts with, as it stands."""
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return first.value.value
    return None


def docstrings_agree(one: str | None, other: str | None) -> bool:
    """Whether two docstrings are the same, margins aside."""
    if one is None or other is None:
        return one is other
    return one == other or inspect.cleandoc(one) == inspect.cleandoc(other)


def anonymous(tokens: Tokens) -> Tokens:
    """The structure alone: identifiers and constants without their values."""
    return tuple(token[0] if token[0] in (IDENTIFIER, CONSTANT) else token for token in tokens)


def bag(tokens: Iterable[str]) -> Counter[str]:
    """Tokens that say something, with how often they occur."""
    found = Counter(tokens)
    for noise in _NOISE:
        found.pop(noise, None)
    return found


def equal_but_for(old: Tokens, new: Tokens, renamed: dict[str, str]) -> bool:
    """Whether two bodies are the same once the old one's names are replaced."""
    return old == new or (
        len(old) == len(new)
        and all(one == other or renamed.get(one) == other for one, other in zip(old, new, strict=True))
    )


def words_of(identifier: str) -> frozenset[str]:
    """The words that a name is made of, in their singular: `Stream_specs` has `stream` and `spec`."""
    words = _WORD.findall(identifier)
    return frozenset(word.lower().removesuffix("s") for word in words if len(word) > 1)


def names_alike(one: str, other: str) -> bool:
    """Whether two names share at least half of their words, those that half of all names have aside."""
    words, others = (words_of(name) - _SAID_BY_MANY for name in (one, other))
    return bool(words) and 4 * len(words & others) >= len(words) + len(others)


def share_a_word(one: str, other: str) -> bool:
    """Whether two names have a word in common, those that half of all names have aside."""
    return not (words_of(one) - _SAID_BY_MANY).isdisjoint(words_of(other) - _SAID_BY_MANY)


def holds_name(one: str, other: str) -> bool:
    """Whether all words of one name are words of the other, whichever of the two it is."""
    words, others = words_of(one), words_of(other)
    return bool(words and others) and (words <= others or others <= words)


def similarity(one: Counter[_T], other: Counter[_T]) -> float:
    """Dice's coefficient of two bags: twice what they share over all they hold."""
    whole = one.total() + other.total()
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    shared = 0
    for token, count in small.items():
        if token in large:
            others = large[token]
            shared += count if count < others else others  # noqa: FURB136 - `min` takes three times as long
    return 2 * shared / whole if whole else 0.0


def comments(text: str) -> list[str]:
    """The comments in a text that parses, those within f-strings aside."""
    if "#" not in text:
        return []
    return [match[0].rstrip() for match in lexemes(text) if match[0][0] == "#"]


def _literal(value: object) -> str:
    """`repr`, but hexadecimal for integers: Python refuses to write very long ones as decimals."""
    return hex(value) if type(value) is int else repr(value)


def _shortened(message: str, limits: DiffLimits) -> str:
    return message if len(message) <= limits.detail_chars_max else message[: limits.detail_chars_max] + "…"
