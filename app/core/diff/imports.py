"""Two lists of imports -> which came, which went, which now mean something else."""

from collections.abc import Iterator
from typing import Literal

from app.core.diff.symbols import Import

Verb = Literal["add", "remove", "modify"]
ImportChange = tuple[Verb, Import | None, Import | None]


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
