"""The kinds of change: which are refactorings, which matter most, in which order they are told."""

import json
import re
from collections import Counter
from typing import Final

from app.core.limits import DiffLimits
from schemas.changes import Change

REFACTORINGS: Final = frozenset(
    {
        *(
            f"{verb}_{noun}"
            for verb in ("rename", "move", "move_and_rename")
            for noun in ("method", "class", "file", "folder")
        ),
        *("extract_method", "extract_and_move_method", "inline_method", "pull_up_method", "push_down_method"),
        *("rename_parameter", "reorder_parameter"),
    }
)
"""Changes of shape that leave behaviour as it is, or mean to."""

LOCAL_REFACTORINGS: Final = frozenset(
    {"rename_variable", "extract_variable", "inline_variable", "rename_attribute"}
    | {"parameterize_variable", "localize_parameter"}
)
"""Refactorings within one function or class: many, and each of them small."""

_AMONG_OTHERS: Final = {
    "format_only": "modify_layout",
    "comment_only": "modify_comment",
    "docstring_only": "modify_docstring",
}
"""What says that nothing else changed in a file -> the same where something did."""

WORDS_ONLY: Final = frozenset({*_AMONG_OTHERS, *_AMONG_OTHERS.values()})
"""Changes that leave what the code does as it was."""

_DEFINITION = re.compile(r"(add|remove|modify)_(function|class)")


def has_refactoring(changes: list[Change]) -> bool:
    """Whether anything was refactored."""
    return any(change.kind in REFACTORINGS or change.kind in LOCAL_REFACTORINGS for change in changes)


def has_new_imports(changes: list[Change]) -> bool:
    """Whether something is imported that was not, another name for the same thing aside."""
    return any(
        change.kind == "add_import"
        or (
            change.kind == "modify_import"
            and change.detail["target"] != change.detail["target_before"]
            and "reordered" not in change.detail
        )
        for change in changes
    )


def alone_or_among_others(changes: list[Change]) -> list[Change]:
    """`changes`; those that say "only" about a file that others are about as well say so no more."""
    if not any(change.kind in _AMONG_OTHERS for change in changes):
        return changes
    about = Counter(path for change in changes for path in _paths(change))
    return [
        change.model_copy(update={"kind": _AMONG_OTHERS[change.kind]})
        if change.kind in _AMONG_OTHERS and any(about[path] > 1 for path in _paths(change))
        else change
        for change in changes
    ]


def _paths(change: Change) -> set[str]:
    return {place.path for place in (change.before, change.after) if place is not None}


def in_order(changes: list[Change]) -> list[Change]:
    """As a reader meets them: by path and line of the new side, of the old one for what is gone."""
    places = {id(change): _place(change) for change in changes}
    shared = {place for place, times in Counter(places.values()).items() if times > 1}
    return sorted(
        changes,
        key=lambda change: (
            places[id(change)],
            json.dumps(change.detail, sort_keys=True) if places[id(change)] in shared else "",
        ),
    )


def kept_within(changes: list[Change], limits: DiffLimits) -> tuple[Change, ...]:
    """At most `changes_max` records; of more, the most telling ones, and a last record that counts the rest."""
    if len(changes) <= limits.changes_max:
        return tuple(changes)
    ranked = sorted(range(len(changes)), key=lambda number: (_rank(changes[number]), number))
    kept = sorted(ranked[: limits.changes_max - 1])
    omitted = Change(kind="changes_omitted", detail={"records": len(changes) - len(kept)})
    return (*(changes[number] for number in kept), omitted)


def _rank(change: Change) -> int:
    if change.kind in REFACTORINGS:
        return 0
    if _DEFINITION.fullmatch(change.kind):
        return 1
    if change.kind in WORDS_ONLY:
        return 4
    return 3 if change.kind.endswith(("_import", "_constant")) else 2


def _place(change: Change) -> tuple[str, int, str, str, str, int]:
    place = change.after or change.before
    before = change.before
    return (
        place.path if place else "",
        (place.line if place else None) or 0,
        (place.symbol if place else None) or "",
        change.kind,
        before.path if before else "",
        (before.line if before else None) or 0,
    )
