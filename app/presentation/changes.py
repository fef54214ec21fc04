"""A comparison's change records in a few lines that a person can read: refactorings one by one, the rest by kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import basename
from typing import Final

from app.core.diff.records.kinds import ANNOTATIONS, FOLDERS, KEYS, LOCAL_REFACTORINGS, REFACTORINGS, VALUE_CHANGES
from app.core.evidence.facts.told_kinds import TESTS
from app.presentation.words import CardWords
from schemas.changes import Change, ChangeKind, Place

_REFACTORINGS_SHOWN: Final = 6
_KINDS_SHOWN: Final = 8
_SUBJECTS_SHOWN: Final = 4
_ARROW: Final = " → "
_WITH_BOTH_VALUES: Final = (VALUE_CHANGES - {ChangeKind.MODIFY_CONSTANT}) | {
    *(ChangeKind.MODIFY_IMPORT, ChangeKind.ADD_KEY, ChangeKind.REMOVE_KEY),
}
_OF_NAMED: Final = (
    LOCAL_REFACTORINGS
    | ANNOTATIONS
    | {
        *(ChangeKind.ADD_PARAMETER, ChangeKind.REMOVE_PARAMETER, ChangeKind.RENAME_PARAMETER),
        *(ChangeKind.REORDER_PARAMETER, ChangeKind.CHANGE_DEFAULT, ChangeKind.CHANGE_PARAMETER_MANNER),
        *(ChangeKind.ADD_DECORATOR, ChangeKind.REMOVE_DECORATOR, ChangeKind.MODIFY_DECORATOR),
    }
)
"""Kinds whose records may name something within the symbol that they are about."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line: the kind in words, what it is about, and where, if it is about one place."""

    phrase: str
    subjects: str
    place: Place | None = None


def change_lines(changes: Sequence[Change], words: CardWords) -> Iterator[ChangeLine]:
    """Lines for `changes`: each refactoring with its place, then the other kinds, the most telling ones first."""
    refactorings = [change for change in changes if change.kind in REFACTORINGS]
    for change in refactorings[:_REFACTORINGS_SHOWN]:
        yield change_line(change, words)
    groups: dict[str, list[str]] = {}
    for change in (*refactorings[_REFACTORINGS_SHOWN:], *(c for c in changes if c.kind not in REFACTORINGS)):
        groups.setdefault(_kind(change), []).append(_subject(change, words))
    order = {kind: rank for rank, kind in enumerate(words.kinds)}
    ranked = sorted(groups.items(), key=lambda item: order.get(item[0], len(order)))
    for kind, subjects in ranked[:_KINDS_SHOWN]:
        different = list(dict.fromkeys(subjects))
        yield ChangeLine(_phrase(kind, words, len(different)), _listed(different, words))
    if len(ranked) > _KINDS_SHOWN:
        yield ChangeLine(f"{words.more} {sum(len(subjects) for _, subjects in ranked[_KINDS_SHOWN:])}", "")


def change_line(change: Change, words: CardWords) -> ChangeLine:
    """One change by itself, with its place."""
    return ChangeLine(_phrase(_kind(change), words), _subject(change, words), change.after or change.before)


def _kind(change: Change) -> str:
    """The change's kind; tests are told apart from functions."""
    place = change.after or change.before
    if change.kind not in TESTS or place is None or place.symbol is None:
        return change.kind
    name, file = place.symbol.rpartition(".")[2], basename(place.path)
    is_test = name.startswith("test") and (file.startswith("test_") or file.endswith("_test.py"))
    return TESTS[change.kind] if is_test else change.kind


def _phrase(kind: str, words: CardWords, count: int = 1) -> str:
    phrase = words.kinds.get(kind, kind.replace("_", " "))
    return phrase if count == 1 else f"{phrase} ({count})"


def _listed(subjects: list[str], words: CardWords) -> str:
    """The first few subjects, and how many more there are."""
    named = [subject for subject in subjects if subject]
    more = len(named) - _SUBJECTS_SHOWN
    return ", ".join(named[:_SUBJECTS_SHOWN]) + (f" {words.more} {more}" if more > 0 else "")


def _subject(change: Change, words: CardWords) -> str:
    """What a change is about: a name, or the old name and the new one; a parameter with its function."""
    detail, owner = change.detail, _name(change.after or change.before)
    match change.kind:
        case (
            ChangeKind.RENAME_PARAMETER
            | ChangeKind.RENAME_VARIABLE
            | ChangeKind.RENAME_ATTRIBUTE
            | ChangeKind.PARAMETERIZE_VARIABLE
            | ChangeKind.LOCALIZE_PARAMETER
        ):
            return f"{detail.get('before')}{_ARROW}{detail.get('after')} · {owner}"
        case ChangeKind.ADD_IMPORT | ChangeKind.REMOVE_IMPORT:
            return str(detail.get("target", owner))
        case kind if kind in _WITH_BOTH_VALUES:
            return _with_both_values(change, owner)
        case kind if kind in FOLDERS:
            return f"{_ARROW.join(_both_names(change))} · {words.files}: {detail.get('files')}"
        case kind if kind in _OF_NAMED:
            return f"{detail['name']} · {owner}" if "name" in detail else owner
        case _:
            named = dict.fromkeys(filter(None, _both_names(change)))
            return _ARROW.join(named) or str(detail.get("records", ""))


def _with_both_values(change: Change, owner: str) -> str:
    """The old value and the new one, with what they are of; a parameter's with its function."""
    detail, name = change.detail, change.detail.get("name")
    if change.kind == ChangeKind.MODIFY_IMPORT:
        return _ARROW.join(dict.fromkeys(str(detail.get(side, owner)) for side in ("target_before", "target")))
    if change.kind in KEYS:
        return f"{owner}: {_ARROW.join(str(detail[side]) for side in ('before', 'after') if side in detail)}"
    of_parameter = (
        change.kind in {ChangeKind.CHANGE_ANNOTATION, ChangeKind.CHANGE_DEFAULT} and owner.rpartition(".")[2] != name
    )
    values = _ARROW.join("—" if detail.get(side) is None else str(detail[side]) for side in ("before", "after"))
    return f"{owner}({name}): {values}" if of_parameter else f"{owner}: {values}"


def _both_names(change: Change) -> tuple[str, str]:
    """Names of both sides; where the names are equal and the files are not, the files."""
    before, after = _name(change.before), _name(change.after)
    if before == after and change.before and change.after and change.before.path != change.after.path:
        return f"{before} · {change.before.path}", change.after.path
    return before, after


def _name(place: Place | None) -> str:
    return "" if place is None else place.symbol or place.path
