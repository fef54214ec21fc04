"""Two versions of a file that say the same in another order -> where; and what a module does when it is loaded."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from app.core.diff.symbols.imports import imports_of
from app.core.diff.symbols.symbols import Module
from app.core.python.syntax import IMPORTS, Tokens, block_lists_of, docstring_of, flatten_head
from schemas.changes import ChangeKind

Kind = Literal[ChangeKind.REORDER_IMPORTS, ChangeKind.REORDER_STATEMENTS]
Block = Sequence[ast.AST]


class Reordered(NamedTuple):
    """Statements that stand elsewhere now: where they stood, and where they stand; one of the two may be empty."""

    kind: Kind
    before: list[ast.AST]
    after: list[ast.AST]


def find_reordered(old: Module, new: Module) -> list[Reordered]:
    """Where two files, whose statements are the same but for docstrings, have them in another order.

    Nothing where docstrings are all that differs. What left one block for another is told once, with both places.
    """
    found: list[Reordered] = []
    gone: list[Reordered] = []
    came: list[Reordered] = []
    for before, after in _differing_blocks(old, new):
        one = Reordered(_kind(before, after), before, after)
        (found if before and after else gone if before else came).append(one)
    for one, other in zip(gone, came, strict=False):
        kind: Kind = one.kind if one.kind == other.kind else ChangeKind.REORDER_STATEMENTS
        found.append(Reordered(kind, one.before, other.after))
    return [*found, *gone[len(came) :], *came[len(gone) :]]


def may_rebind(moved: Reordered, module: Module) -> bool:
    """Whether imports in another order may give a name another meaning: star imports, or two of one name."""
    targets: dict[str, str] = {}
    ambiguous: set[str] = set()
    for item in module.imports:
        if targets.setdefault(item.bound, item.target) != item.target:
            ambiguous.add(item.bound)
    nodes = [node for node in (*moved.before, *moved.after) if isinstance(node, IMPORTS)]
    items = [item for node in nodes for item in imports_of(node)]
    return any(item.bound in ambiguous or item.target.endswith("*") for item in items)


def differing_statements(old: Module, new: Module) -> tuple[list[ast.stmt], list[ast.stmt], bool]:
    """The statements that differ of what two modules do when they are loaded, and whether it is their order alone.

    Those that both begin and end with are left out.
    """
    sides = [
        [old.tokens_of([node]) for node in old.own_statements],
        [new.tokens_of([node]) for node in new.own_statements],
    ]
    start, ends = _common(*sides)
    reordered = Counter(sides[0]) == Counter(sides[1])
    return old.own_statements[start : ends[0]], new.own_statements[start : ends[1]], reordered


def _differing_blocks(old: Module, new: Module) -> Iterator[tuple[list[ast.AST], list[ast.AST]]]:
    stack: list[tuple[Block, Block]] = [(old.tree.body, new.tree.body)]
    while stack:
        block, other_block = (_without_docstring(block) for block in stack.pop())
        keys, other_keys = ([flatten_head(node) for node in part] for part in (block, other_block))
        free: defaultdict[Tokens, list[ast.AST]] = defaultdict(list)
        for key, node in zip(reversed(other_keys), reversed(other_block), strict=True):
            free[key].append(node)
        for key, node in zip(keys, block, strict=True):
            if free[key]:
                stack.extend(zip(block_lists_of(node), block_lists_of(free[key].pop()), strict=False))
        if keys == other_keys:
            continue
        start, ends = _common(keys, other_keys)
        yield block[start : ends[0]], other_block[start : ends[1]]


def _common(keys: list[Tokens], other_keys: list[Tokens]) -> tuple[int, tuple[int, int]]:
    """Where two lists begin to differ, and where they end to."""
    start, ends = 0, (len(keys), len(other_keys))
    while start < min(ends) and keys[start] == other_keys[start]:
        start += 1
    while min(ends) > start and keys[ends[0] - 1] == other_keys[ends[1] - 1]:
        ends = ends[0] - 1, ends[1] - 1
    return start, ends


def _without_docstring(block: Block) -> list[ast.AST]:
    nodes = [*block]
    return nodes[1:] if docstring_of([node for node in nodes[:1] if isinstance(node, ast.stmt)]) is not None else nodes


def _kind(before: list[ast.AST], after: list[ast.AST]) -> Kind:
    """Imports alone moved where all else is in its order."""
    others, news = ([flatten_head(node) for node in run if not isinstance(node, IMPORTS)] for run in (before, after))
    return ChangeKind.REORDER_IMPORTS if others == news else ChangeKind.REORDER_STATEMENTS
