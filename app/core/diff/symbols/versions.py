"""Two versions of a module: whether statements read alike, which spares most of them a comparison by tokens."""

import ast

from app.core.diff.symbols.symbols import Module, Symbol
from app.core.python.syntax import COMPOUND, block_lists_of, comments, flatten_all, flatten_head
from app.core.submission.notebook import prose_lines
from app.core.submission.sources import FileKind

Lines = tuple[int, int | None, list[str]]
"""A statement's lines, decorators included, and in which columns of the first and the last one it stands."""


def source_of(node: ast.stmt, module: Module) -> Lines:
    """How a statement of `module` reads. Statements of equal sources have equal trees."""
    first = node.lineno
    for decorator in getattr(node, "decorator_list", ()):
        first = min(first, decorator.lineno)
    return node.col_offset, node.end_col_offset, module.lines[first - 1 : node.end_lineno]


def run_alike(old: Module, new: Module) -> bool:
    """Whether the statements that belong to no symbol are the same."""
    pairs = zip(old.own_statements, new.own_statements, strict=False)
    same = len(old.own_statements) == len(new.own_statements)
    return (same and all(_read_alike(one, old, other, new) for one, other in pairs)) or old.own == new.own


def have_same_tree(old: Module, new: Module) -> bool:
    """Whether two whole files have equal syntax trees; they are only read where their lines differ."""
    stack: list[tuple[list[ast.AST], list[ast.AST]]] = [(list(old.tree.body), list(new.tree.body))]
    while stack:
        block, other_block = stack.pop()
        if len(block) != len(other_block):
            return False
        for one, other in zip(block, other_block, strict=True):
            if isinstance(one, ast.stmt) and isinstance(other, ast.stmt) and _read_alike(one, old, other, new):
                continue
            if one.__class__ not in COMPOUND or one.__class__ is not other.__class__:
                if flatten_all(one) != flatten_all(other):
                    return False
            elif flatten_head(one) != flatten_head(other):
                return False
            else:
                stack.extend(zip(block_lists_of(one), block_lists_of(other), strict=True))
    return True


def code_lines(module: Module) -> list[tuple[int, str]]:
    """A file's lines, by number, without a notebook's Markdown and the marks of its cells."""
    return _without_prose([*enumerate(module.lines, 1)], module)


def have_same_comments(one: Symbol | Module, other: Symbol | Module) -> bool:
    """Whether two versions of a class, function or module say the same in comments, those of symbols within aside.

    Nor does a notebook's Markdown count, which is no comment.
    """
    lines, other_lines = ([line for _, line in own_lines(body)] for body in (one, other))
    return lines == other_lines or comments("".join(lines)) == comments("".join(other_lines))


def own_lines(body: Symbol | Module) -> list[tuple[int, str]]:
    """The lines on which nothing stands but the body itself, by number.

    None of a constant, whose comments are its owner's.
    """
    if isinstance(body, Module):
        lines, at, end = body.lines, 0, len(body.lines)
        within = [symbol for symbol in body.symbols if symbol.parent is None]
    elif body.kind == "constant":
        return []
    else:
        lines, at, end, within = body.module.lines, body.first_line - 1, body.end_line, body.children
    found: list[tuple[int, str]] = []
    for symbol in within:
        if symbol.kind != "constant":
            found += enumerate(lines[at : symbol.first_line - 1], at + 1)
            at = symbol.end_line
    found += enumerate(lines[at:end], at + 1)
    return _without_prose(found, body) if isinstance(body, Module) else found


def _without_prose(lines: list[tuple[int, str]], module: Module) -> list[tuple[int, str]]:
    if module.file.kind is not FileKind.NOTEBOOK:
        return lines
    prose = prose_lines(module.file.text)
    return [(number, line) for number, line in lines if number not in prose]


def _read_alike(one: ast.stmt, old: Module, other: ast.stmt, new: Module) -> bool:
    """Whether two statements have the same source, or are the very same one, which both files begin with."""
    return one is other or source_of(one, old) == source_of(other, new)
