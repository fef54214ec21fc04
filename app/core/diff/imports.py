"""A file's imports; and of two lists of them, which came, which went, which now mean something else."""

import ast
from collections.abc import Iterator
from typing import Literal


class Import:
    """One imported name: `target` as it is called where it comes from, `bound` as it is called here."""

    __slots__ = ("bound", "end_line", "line", "target")

    def __init__(self, bound: str, target: str, node: ast.stmt) -> None:
        self.bound = bound
        self.target = target
        self.line = node.lineno
        self.end_line = node.end_lineno or node.lineno


Verb = Literal["add", "remove", "modify"]
ImportChange = tuple[Verb, Import | None, Import | None]


def imports_of(node: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    """Each name that a statement imports."""
    if isinstance(node, ast.Import):
        for name in node.names:
            yield Import(name.asname or name.name, name.name, node)
        return
    source = "." * node.level + (node.module or "")
    separator = "" if source.endswith(".") else "."
    for name in node.names:
        target = f"{source}{separator}{name.name}"
        yield Import(target if name.name == "*" else name.asname or name.name, target, node)


def compare_imports(before: list[Import], after: list[Import]) -> Iterator[ImportChange]:
    """Changes of one file's imports, wherever in it they stand; repeated ones count once.

    One that goes by a known name but comes from elsewhere is modified, and so is one that only got another name.
    """
    old = {(item.bound, item.target): item for item in reversed(before)}
    new = {(item.bound, item.target): item for item in reversed(after)}
    gone = sorted((item for key, item in old.items() if key not in new), key=_order)
    came = sorted((item for key, item in new.items() if key not in old), key=_order)
    paired: set[int] = set()
    for attribute in ("bound", "target"):
        waiting = {getattr(item, attribute): item for item in reversed(came) if id(item) not in paired}
        for item in gone:
            other = waiting.pop(getattr(item, attribute), None) if id(item) not in paired else None
            if other is not None:
                yield "modify", item, other
                paired |= {id(item), id(other)}
    yield from (("remove", item, None) for item in gone if id(item) not in paired)
    yield from (("add", None, item) for item in came if id(item) not in paired)


def _order(item: Import) -> tuple[int, str, str]:
    return (item.line, item.bound, item.target)
