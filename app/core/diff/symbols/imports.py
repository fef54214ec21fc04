"""A file's imports; and of two lists of them, which came, which went, which now mean something else."""

import ast
from collections.abc import Iterator


class Import:
    """One imported name: `target` as it is called where it comes from, `bound` as it is called here."""

    __slots__ = ("bound", "end_line", "line", "target")

    def __init__(self, bound: str, target: str, node: ast.stmt) -> None:
        self.bound = bound
        self.target = target
        self.line = node.lineno
        self.end_line = node.end_lineno or node.lineno


ImportChange = tuple[Import | None, Import | None]
"""An import before and after; None where it is not there."""


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
                yield item, other
                paired |= {id(item), id(other)}
    yield from ((item, None) for item in gone if id(item) not in paired)
    yield from ((None, item) for item in came if id(item) not in paired)


def rebound(before: list[Import], after: list[Import]) -> list[tuple[Import, Import]]:
    """Names that mean something else now though nothing else is imported: of several of one name the last one counts.

    Both lists hold what a module imports on every load, in order: the branches of `try` are alternatives.
    """
    old, new = ({item.bound: item for item in side} for side in (before, after))
    known = {(item.bound, item.target) for item in before}
    came = {(item.bound, item.target) for item in after}
    return [
        (one, new[name])
        for name, one in old.items()
        if name in new
        and new[name].target != one.target
        and (name, new[name].target) in known
        and (name, one.target) in came
    ]


def stars_reordered(before: list[Import], after: list[Import]) -> tuple[list[Import], list[Import]]:
    """The imports of both sides that stand in another order, if there is a star among them; what one has alone aside.

    Whatever a star brings hides what was imported before under the same name.
    """
    if not any(item.target.endswith("*") for item in before):
        return [], []
    old, new = ({(item.bound, item.target): item for item in side} for side in (before, after))
    olds, news = [key for key in old if key in new], [key for key in new if key in old]
    start, end = 0, len(olds)
    while start < end and olds[start] == news[start]:
        start += 1
    while end > start and olds[end - 1] == news[end - 1]:
        end -= 1
    run, other_run = [old[key] for key in olds[start:end]], [new[key] for key in news[start:end]]
    return (run, other_run) if any(item.target.endswith("*") for item in run) else ([], [])


def _order(item: Import) -> tuple[int, str, str]:
    return (item.line, item.bound, item.target)
