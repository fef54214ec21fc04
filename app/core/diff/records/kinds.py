"""The kinds of change: which are refactorings, which matter most, in which order they are told."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final

from app.core.limits import DiffLimits
from schemas.changes import Change, ChangeKind

_K: Final = ChangeKind  # the groups below are read by it

ADDED: Final[Mapping[str, ChangeKind]] = {
    "function": _K.ADD_FUNCTION,
    "class": _K.ADD_CLASS,
    "constant": _K.ADD_CONSTANT,
}
REMOVED: Final[Mapping[str, ChangeKind]] = {
    "function": _K.REMOVE_FUNCTION,
    "class": _K.REMOVE_CLASS,
    "constant": _K.REMOVE_CONSTANT,
}
MODIFIED: Final[Mapping[str, ChangeKind]] = {
    "function": _K.MODIFY_FUNCTION,
    "class": _K.MODIFY_CLASS,
    "constant": _K.MODIFY_CONSTANT,
}
RENAMED: Final[Mapping[str, ChangeKind]] = {"function": _K.RENAME_METHOD, "class": _K.RENAME_CLASS}
MOVED: Final[Mapping[str, ChangeKind]] = {"function": _K.MOVE_METHOD, "class": _K.MOVE_CLASS}
MOVED_AND_RENAMED: Final[Mapping[str, ChangeKind]] = {
    "function": _K.MOVE_AND_RENAME_METHOD,
    "class": _K.MOVE_AND_RENAME_CLASS,
}
"""What became of a symbol -> its kind of change; the literature calls every function a method."""

FILES_TOLD: Final = frozenset(
    {
        *(_K.MODIFY_FILE, _K.RENAME_FILE, _K.MOVE_FILE, _K.MOVE_AND_RENAME_FILE),
        *(_K.UNREAD_FILE, _K.READABLE_FILE),
    }
)
"""Of a file that is on both sides, maybe under another path."""

FOLDERS: Final = frozenset({_K.RENAME_FOLDER, _K.MOVE_FOLDER, _K.MOVE_AND_RENAME_FOLDER})

RELOCATED_SYMBOLS: Final = frozenset(
    {
        *(*RENAMED.values(), *MOVED.values(), *MOVED_AND_RENAMED.values()),
        *(_K.PULL_UP_METHOD, _K.PUSH_DOWN_METHOD),
    }
)
"""Functions and classes that are the same under another name, or elsewhere."""

EXTRACTIONS: Final = frozenset({_K.EXTRACT_METHOD, _K.EXTRACT_AND_MOVE_METHOD})

REFACTORINGS: Final = frozenset(
    {
        *(*RELOCATED_SYMBOLS, *FOLDERS, *EXTRACTIONS, _K.INLINE_METHOD),
        *(_K.RENAME_FILE, _K.MOVE_FILE, _K.MOVE_AND_RENAME_FILE),
        *(_K.RENAME_PARAMETER, _K.REORDER_PARAMETER),
    }
)
"""Changes of shape that leave behaviour as it is, or mean to."""

LOCAL_REFACTORINGS: Final = frozenset(
    {
        *(_K.RENAME_VARIABLE, _K.EXTRACT_VARIABLE, _K.INLINE_VARIABLE, _K.RENAME_ATTRIBUTE),
        *(_K.PARAMETERIZE_VARIABLE, _K.LOCALIZE_PARAMETER),
    }
)
"""Refactorings within one function or class: many, and each of them small."""

RENAMES_WITHIN: Final = frozenset({_K.RENAME_PARAMETER, _K.RENAME_ATTRIBUTE})
"""Renames whose record holds both names, of something within the symbol that it is about."""

RESHAPINGS: Final = frozenset({*EXTRACTIONS, _K.INLINE_METHOD, _K.PULL_UP_METHOD, _K.PUSH_DOWN_METHOD})
"""Refactorings that change how code is divided; after the others the same code has another name, order or place."""

RELOCATIONS: Final = frozenset(
    {
        *(*RELOCATED_SYMBOLS, *FOLDERS, *RENAMES_WITHIN, _K.RENAME_VARIABLE),
        *(_K.RENAME_FILE, _K.MOVE_FILE, _K.MOVE_AND_RENAME_FILE, _K.RENAME_SECTION, _K.MOVE_SECTION),
    }
)
"""Whatever has another name now, or another place."""

_AMONG_OTHERS: Final[Mapping[str, ChangeKind]] = {
    _K.FORMAT_ONLY: _K.MODIFY_LAYOUT,
    _K.COMMENT_ONLY: _K.MODIFY_COMMENT,
    _K.DOCSTRING_ONLY: _K.MODIFY_DOCSTRING,
}
"""What says that nothing else changed in a file -> the same where something did."""

WORDS_ONLY: Final = frozenset({*_AMONG_OTHERS, *_AMONG_OTHERS.values()})
"""Changes that leave what the code does as it was."""

IMPORT_KINDS: Final = frozenset({_K.ADD_IMPORT, _K.REMOVE_IMPORT, _K.MODIFY_IMPORT})

ANNOTATIONS: Final = frozenset({_K.CHANGE_ANNOTATION, _K.CHANGE_RETURN_ANNOTATION})

VALUE_CHANGES: Final = ANNOTATIONS | {
    *(_K.CHANGE_DEFAULT, _K.MODIFY_CONSTANT, _K.MODIFY_DECORATOR, _K.MODIFY_KEY),
}
"""Kinds whose records hold a value before and after."""

DETAILS: Final = VALUE_CHANGES | {
    *(_K.ADD_PARAMETER, _K.REMOVE_PARAMETER, _K.ADD_DECORATOR, _K.REMOVE_DECORATOR, _K.MODIFY_IMPORT),
    *(_K.MODIFY_MODULE, _K.RENAME_ATTRIBUTE, _K.REORDER_IMPORTS, _K.REORDER_STATEMENTS),
}
"""Kinds of changes within something: told after what came or went as a whole."""

KEYS: Final = frozenset({_K.ADD_KEY, _K.REMOVE_KEY, _K.MODIFY_KEY, _K.DUPLICATE_KEY})

BESIDE_CODE: Final = KEYS | {
    *(_K.ADD_SECTION, _K.REMOVE_SECTION, _K.RENAME_SECTION, _K.MOVE_SECTION, _K.MODIFY_SECTION),
}
"""Settings and headings: told after code, however many of them were touched."""

_DEFINITIONS: Final = frozenset(kinds[noun] for kinds in (ADDED, REMOVED, MODIFIED) for noun in ("function", "class"))
_NAMES: Final = IMPORT_KINDS | {kinds["constant"] for kinds in (ADDED, REMOVED, MODIFIED)}


def has_refactoring(changes: list[Change]) -> bool:
    """Whether anything was refactored."""
    return any(change.kind in REFACTORINGS or change.kind in LOCAL_REFACTORINGS for change in changes)


def has_new_imports(changes: list[Change]) -> bool:
    """Whether something is imported that was not, another name for the same thing aside."""
    return any(
        change.kind == ChangeKind.ADD_IMPORT
        or (
            change.kind == ChangeKind.MODIFY_IMPORT
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
    omitted = Change(kind=ChangeKind.CHANGES_OMITTED, detail={"records": len(changes) - len(kept)})
    return (*(changes[number] for number in kept), omitted)


def _rank(change: Change) -> int:
    if change.kind in REFACTORINGS:
        return 0
    if change.kind in _DEFINITIONS:
        return 1
    if change.kind in WORDS_ONLY:
        return 4
    return 3 if change.kind in _NAMES else 2


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
