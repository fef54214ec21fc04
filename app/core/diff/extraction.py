"""Code that left one function for a new one: extract method; and, with the sides swapped, inline method.

A function that is new counts as extracted from another if that other names it now and did not before, and if most
of its statements are statements that the other has lost. Assignments and returns count by their value, for the
extracted `total = a + b` often ends as `return a + b`; statements that are equal but for their names count less.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core.diff.match import Matching
from app.core.diff.symbols import Module, Symbol
from app.core.diff.syntax import DEFINITIONS, IMPORTS, Tokens, anonymous, flatten

_SHARE_MIN = 0.5  # of the new function's statements, by weight, that were in the old one
_RENAMED_WEIGHT = 0.7  # of a statement that is equal but for its names
_STATEMENT_TOKENS_MIN = 3  # `return`, `pass`, `break`: shared by everything
_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)

Body = Symbol | Module
"""What code can be extracted from: a function, or a module's own statements."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """Code of `source_before` stands in `extracted` now; `source_after` calls it."""

    source_before: Body
    source_after: Body
    extracted: Symbol
    confidence: float


def find_extracted(matching: Matching) -> list[Extraction]:
    """Functions of the new side that were made of code of the old side."""
    return _find([(old, new) for old, new in _bodies(matching)], matching.added)


def find_inlined(matching: Matching) -> list[Extraction]:
    """The same with the sides swapped: `extracted` is a function of the old side whose code its caller took in."""
    return _find([(new, old) for old, new in _bodies(matching)], matching.removed)


def _bodies(matching: Matching) -> Iterator[tuple[Body, Body]]:
    for match in matching.matches:
        if match.before.kind == "function" and match.before.segment != match.after.segment:
            yield match.before, match.after
    yield from matching.modules


def _find(bodies: list[tuple[Body, Body]], candidates: list[Symbol]) -> list[Extraction]:
    by_name: dict[str, list[Symbol]] = {}
    for symbol in candidates:
        if symbol.kind == "function":
            by_name.setdefault(symbol.name, []).append(symbol)
    found: list[Extraction] = []
    statements: dict[Symbol, Counter[Tokens]] = {}
    for old, new in bodies if by_name else ():
        called = sorted(new.identifiers.keys() & by_name.keys() - old.identifiers.keys())
        if not called:
            continue
        lost = _statements(old) - _statements(new)
        structures = _by_structure(lost)
        for extracted in (symbol for name in called for symbol in by_name[name]):
            if extracted not in statements:
                statements[extracted] = _statements(extracted)
            share = _share(statements[extracted], lost, structures)
            if share >= _SHARE_MIN:
                found.append(Extraction(old, new, extracted, round(share, 3)))
    return found


def _share(wanted: Counter[Tokens], lost: Counter[Tokens], lost_structures: Counter[Tokens]) -> float:
    """The share, by length, of the statements in `wanted` that are in `lost`, equal or but for their names."""
    whole = sum(len(tokens) * count for tokens, count in wanted.items())
    if not whole:
        return 0.0
    equal = {tokens: min(count, lost[tokens]) for tokens, count in wanted.items() if tokens in lost}
    shared = float(sum(len(tokens) * count for tokens, count in equal.items()))
    used = _by_structure(equal)
    for tokens, count in _by_structure({tokens: n - equal.get(tokens, 0) for tokens, n in wanted.items()}).items():
        shared += _RENAMED_WEIGHT * len(tokens) * min(count, lost_structures[tokens] - used[tokens])
    return shared / whole


def _by_structure(statements: Mapping[Tokens, int]) -> Counter[Tokens]:
    structures: Counter[Tokens] = Counter()
    for tokens, count in statements.items():
        structures[anonymous(tokens)] += count
    return structures


def _statements(body: Body) -> Counter[Tokens]:
    """Every statement in `body`, compound ones by their head alone, with how often it stands there."""
    stack: list[ast.AST] = []
    if isinstance(body, Module):
        stack.extend(body.own_statements)
        stack.extend(node for symbol in body.constants for node in symbol.nodes)
    elif body.function is not None:
        stack.extend(body.function.body)
    counted: Counter[Tokens] = Counter()
    while stack:
        node = stack.pop()
        if isinstance(node, (*DEFINITIONS, *IMPORTS)):
            continue
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, _BLOCKS)]
        tokens = flatten([node], frozenset(map(id, inner))) if inner else _value(node)
        if len(tokens) >= _STATEMENT_TOKENS_MIN:
            counted[tokens] += 1
        stack.extend(inner)
    return counted


def _value(node: ast.AST) -> Tokens:
    """A simple statement by what it computes: assigned, returned or just done."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
        return flatten([node.value]) if node.value is not None else ()
    return flatten([node])
