"""Which undefined names are really looked up when the code runs.

The linter reports a name that is bound nowhere. A name in an annotation that Python never evaluates ends in no error,
nor does one that IPython provides, or that a magic, `exec` or `globals()` may have bound.
"""

import ast
import re
from collections.abc import Container
from typing import Final

_IPYTHON_NAMES: Final = frozenset(
    {"display", "get_ipython", "In", "Out", "_", "__", "___", "_dh", "_oh", "_ih", "ls", "pwd"}
)
_BINDING_MAGIC: Final = re.compile(
    r"^\s*(?:pass\s+)?# %%?(?:run|pylab|load|store|capture|sql|R|cython|macro|pinfo|time|timeit|writefile)\b",
    re.MULTILINE,
)
_BINDING_CALL: Final = re.compile(r"\b(?:exec|globals|vars)\s*\(")

Use = tuple[int, str]
"""A name on a 1-based line."""


def is_unknown_origin(text: str) -> bool:
    """Whether names may be bound in ways that reading the code does not show."""
    return _BINDING_CALL.search(text) is not None or _BINDING_MAGIC.search(text) is not None


def is_given_by_ipython(name: str) -> bool:
    """Whether every notebook has this name."""
    return name in _IPYTHON_NAMES


def uses_when_run(text: str) -> Container[Use] | None:
    """Every name that running the code looks up, with its line; None where the text cannot be parsed here."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    postponed = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
    found: set[Use] = set()
    stack: list[tuple[ast.AST, bool]] = [(tree, False)]
    while stack:
        node, is_local = stack.pop()
        if isinstance(node, ast.Name):
            found.add((node.lineno, node.id))
        inside = is_local
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = True
        elif isinstance(node, ast.ClassDef):
            inside = False
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns"} and (postponed or (isinstance(node, ast.AnnAssign) and is_local)):
                continue
            children = value if isinstance(value, list) else [value]
            stack.extend((child, inside) for child in children if isinstance(child, ast.AST))
    return found
