"""Variables, parameters and private attributes under other names: what the code does stays as it was."""

import ast
import io
import random
import tokenize
from itertools import pairwise
from typing import Final

_ENDINGS: Final = ("value", "item", "data", "entry", "content")
_KEPT: Final = frozenset({"self", "cls", "args", "kwargs"})

Span = tuple[int, int]


def rename_variables(text: str, chance: random.Random) -> str:
    """`text` with each function's variables renamed, and attributes that start with an underscore."""
    tree = ast.parse(text)
    spoken = _words_in_strings(text)
    named = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    outer = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    spans: list[tuple[Span, dict[str, str]]] = []
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        if any(start <= function.lineno <= end for (start, end), _ in spans):
            continue  # renamed with the function around it
        own = _own_names(function) - spoken - named - _KEPT
        taken = outer | own
        renamed = {name: f"{name}_{chance.choice(_ENDINGS)}" for name in sorted(own) if not name.startswith("__")}
        kept = {name: new for name, new in renamed.items() if new not in taken}
        spans.append(((function.lineno, function.end_lineno or function.lineno), kept))
    attributes = {
        node.attr: f"{node.attr}_{_ENDINGS[0]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_private(node.attr)
    }
    methods = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return _replaced(text, spans, {old: new for old, new in attributes.items() if old not in spoken | methods})


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _own_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names that the function alone binds; parameters only of functions that are no tests."""
    given = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    bound = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    alien: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            alien |= set(node.names)
        elif node is not function and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            alien |= {node.name} | {inner.arg for inner in ast.walk(node) if isinstance(inner, ast.arg)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            alien |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            alien.add(node.name)
    arguments = [node for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    outside = [*function.args.defaults, *function.args.kw_defaults, *(node.annotation for node in arguments)]
    alien |= {node.id for part in outside if part for node in ast.walk(part) if isinstance(node, ast.Name)}
    return (bound if function.decorator_list else bound | given) - alien


def _words_in_strings(text: str) -> set[str]:
    """Words that stand in any string: within f-strings of this Python a name cannot be told from text."""
    found: set[str] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and token.string[0] in "fFrR":
            found |= set("".join(c if c.isalnum() or c == "_" else " " for c in token.string).split())
    return found


def _replaced(text: str, spans: list[tuple[Span, dict[str, str]]], attributes: dict[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in {tokenize.NL, tokenize.COMMENT}
    ]
    for before, token in reversed([*pairwise(tokens)]):
        if token.type != tokenize.NAME:
            continue
        (row, start), (_, end) = token.start, token.end
        names = attributes if before.string == "." else next((new for (a, b), new in spans if a <= row <= b), {})
        new = names.get(token.string)
        if new is not None:
            lines[row - 1] = lines[row - 1][:start] + new + lines[row - 1][end:]
    return "".join(lines)
