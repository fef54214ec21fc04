"""What was handed in and what changed: size, form alone, refactorings, files that do not parse."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from app.core.diff.records.kinds import (
    ANNOTATIONS,
    BESIDE_CODE,
    IMPORT_KINDS,
    REFACTORINGS,
    RELOCATIONS,
    RENAMES_WITHIN,
    RESHAPINGS,
    VALUE_CHANGES,
    WORDS_ONLY,
)
from app.core.evidence.changed_tests import is_test_path
from app.core.evidence.facts.names import NameParts, names_of
from app.core.evidence.facts.told_kinds import ROUTES, TESTS, UNTITLED, ToldKind
from app.core.evidence.facts.unused_code import NewUnused
from app.core.hunks import Patch
from schemas.changes import Change, ChangeKind, DiffInfo, FileChange
from schemas.comparison import Baseline, Fact, FactCode

_NOTHING_NEW: Final = -0.15
"""Of an attempt that does what the one before did. More would pay for code that nobody can tell from an interface."""
_LIKELY: Final = 0.5  # confidence from which a detected change is told as a fact
_NO_UNUSED: Final = NewUnused()
_IMPORTS: Final = ("import ", "from ")
_QUOTED_CHARS_MAX: Final = 40  # of a type, a decorator or a target
_ROUTE: Final = re.compile(
    r"(?:\w+\.)+(?:get|post|put|delete|patch|head|options|route|api_route|websocket)\(\s*[rf]?[\"']"
)
"""A decorator that makes a function answer at an address, as FastAPI's, Flask's and aiohttp's do."""
_UNREAD_MAX: Final = 10  # files named that could not be read
_BROKEN: Final = frozenset(
    {"binary", "empty", "html", "lfs_pointer", "merge_markers", "no_cells", "not_json", "nul_bytes", "rtf", "truncated"}
)
"""Causes that a student can mend; others are limits of ours, or what a student meant."""
_SYNTAX_ERROR: Final = re.compile(r"line (\d{1,7})\b")
"""How a parser's complaint starts; a file that was too large or took too long carries another reason."""


def baseline_facts(
    baseline: Baseline,
    diff_info: DiffInfo,
    files: tuple[FileChange, ...],
    *,
    previous_id: str | None,
    compared: bool,
) -> Iterator[Fact]:
    if baseline is Baseline.UNAVAILABLE:
        yield Fact(code=FactCode.BASELINE_UNAVAILABLE)
    elif not compared:
        yield Fact(
            code=FactCode.FIRST_SUBMISSION,
            data={"files": sum(1 for file in files if file.status != "unread"), "lines": diff_info.lines_added},
        )
    elif diff_info.total_files_changed == 0 and diff_info.lines_changed == 0:
        yield Fact(code=FactCode.NO_CHANGE, weight=_NOTHING_NEW)
    else:
        yield Fact(
            code=FactCode.SIZE,
            data={
                "files": diff_info.total_files_changed,
                "lines_added": diff_info.lines_added,
                "lines_removed": diff_info.lines_removed,
                "change_ratio": diff_info.change_ratio,
            },
        )
    if baseline is Baseline.UNKNOWN_NAMED:
        yield Fact(code=FactCode.NAMED_PREDECESSOR_UNKNOWN, data={"taken": previous_id})


def form_facts(changes: tuple[Change, ...], patches: tuple[Patch, ...], *, is_surface: bool = False) -> Iterator[Fact]:
    """Changes of form alone: every changed file has its record, so what the records do not tell is not there.

    An import that only moved is no change of form: of two of one name the last one counts. `is_surface`: what runs is
    what ran before, under other names perhaps. All of these weigh much the same: none may be had to escape another.
    """
    kinds = {change.kind for change in changes}
    if any(line.lstrip().startswith(_IMPORTS) for patch in patches for line in (*patch.added, *patch.removed)):
        return
    if kinds == {ChangeKind.FORMAT_ONLY}:
        yield Fact(code=FactCode.ONLY_FORMATTING, weight=_NOTHING_NEW)
    elif kinds and kinds <= WORDS_ONLY:
        yield Fact(code=FactCode.ONLY_COMMENTS, weight=_NOTHING_NEW)
    elif is_surface:
        yield Fact(code=FactCode.ONLY_SURFACE, weight=_NOTHING_NEW)


def syntax_facts(files: tuple[FileChange, ...], *, compared: bool) -> Iterator[Fact]:
    """Files that do not parse, and files that were not parsed for other reasons, which are no fault of theirs."""
    present = [file for file in files if file.status != "removed"]
    python = sum(1 for file in present if file.path.endswith((".py", ".ipynb")))
    for file in present:
        if file.needs_python:
            yield Fact(code=FactCode.NEEDS_NEWER_PYTHON, path=file.path, data={"needs": file.needs_python})
        if not file.syntax_error:
            continue
        match = _SYNTAX_ERROR.match(file.syntax_error)
        if match is None:
            yield Fact(code=FactCode.NOT_PARSED, path=file.path)
            continue
        is_new = not _SYNTAX_ERROR.match(file.syntax_error_before or "") if compared else None
        yield Fact(
            code=FactCode.SYNTAX_ERROR,
            weight=-1.0,
            path=file.path,
            line=int(match.group(1)) or None,
            data={"files_python": python, "is_new": is_new},
        )


def unread_facts(files: tuple[FileChange, ...]) -> Iterator[Fact]:
    """Files that are there and could not be read, and files that can be read again."""
    told = [file for file in files if file.unread is not None][:_UNREAD_MAX]
    for file in told:
        if file.unread is None:
            continue
        gone = file.status == "unread"
        broken = gone and file.unread.cause in _BROKEN
        yield Fact(
            code=FactCode.FILE_UNREAD if gone else FactCode.FILE_READABLE,
            weight=-0.4 if broken else 0.0,
            path=file.path,
            line=file.unread.line if gone else None,
            data={"cause": file.unread.cause},
        )


def change_facts(changes: tuple[Change, ...], unused: NewUnused = _NO_UNUSED) -> Iterator[Fact]:
    """What changed, kind by kind. A new name or place for the same code earns nothing, nor does unused code."""
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.confidence >= _LIKELY:
            groups[_kind(change)].append(change)
    for kind, group in sorted(groups.items(), key=lambda item: (is_beside_code(item[0]), -len(item[1]))):
        refactoring = kind in REFACTORINGS
        place = group[0].after or group[0].before
        names = list(dict.fromkeys(name for change in group if (name := _subject(change))))
        if not names:
            continue
        yield Fact(
            code=FactCode.REFACTORING if refactoring else FactCode.CHANGE,
            weight=0.3 if refactoring and any(_earns(change, unused) for change in group) else 0.0,
            path=place.path if place else None,
            line=place.line if place and place is group[0].after else None,
            data={"kind": kind, "count": len(names), "names": names_of(names)},
        )


def _earns(change: Change, unused: NewUnused) -> bool:
    """Whether a refactoring may have made the code better: no mere renaming or moving, and what it made is used."""
    place = change.after
    is_unused = place is not None and place.symbol is not None and unused.holds(place.path, place.symbol)
    return change.kind in RESHAPINGS and not is_unused


def is_beside_code(kind: str) -> bool:
    """Whether a kind of change is about settings or headings, and not about code."""
    return kind in BESIDE_CODE or kind == ToldKind.MODIFY_TEXT


def _subject(change: Change) -> str | NameParts | None:
    """What a change is about: a symbol, an import's name, or a file; of a changed type, route or name both of them."""
    name = change.detail.get("name")
    place = change.after or change.before
    if change.kind in IMPORT_KINDS and isinstance(name, str):
        return _import(change, name)
    if place is None or (place.symbol is None and is_beside_code(change.kind) and change.kind not in UNTITLED):
        return None
    now = place.symbol or place.path
    if change.kind == ChangeKind.INLINE_METHOD:  # the function is gone; the place after it is its caller's
        return (change.before and change.before.symbol) or now
    if change.kind in {ChangeKind.ADD_DECORATOR, ChangeKind.REMOVE_DECORATOR}:
        return f"{now}: {_quoted(name)}"
    if change.kind in VALUE_CHANGES:
        within = (
            isinstance(name, str) and change.kind == ChangeKind.CHANGE_ANNOTATION and now.rpartition(".")[2] != name
        )
        return _with_values(
            f"{now}({name})" if within else now, change.detail.get("before"), change.detail.get("after")
        )
    return _moved(change, now)


def _import(change: Change, name: str) -> str | NameParts:
    """An imported name, with both of what it means where that changed; the same by another path is no news."""
    if change.kind == ChangeKind.MODIFY_IMPORT and not _comes_from_elsewhere(change):
        return name
    return _with_values(name, change.detail.get("target_before"), change.detail.get("target"))


def _moved(change: Change, now: str) -> str | NameParts:
    """Both names of what was renamed or moved; else the name that it has."""
    old, new = change.detail.get("before"), change.detail.get("after")
    if change.kind in RENAMES_WITHIN and isinstance(old, str) and isinstance(new, str):
        return (old, new) if now.rpartition(".")[2] == new else (now, old, new)
    place = change.after
    if change.before is None or place is None or change.kind not in RELOCATIONS:
        return now
    earlier = change.before.symbol or change.before.path
    if earlier == now and change.before.path != place.path:  # the name stayed, the file did not
        earlier, now = f"{change.before.path}:{earlier}", f"{place.path}:{now}"
    return (earlier, now) if earlier != now else now


def _with_values(subject: str, before: object, after: object) -> str | NameParts:
    """`subject` with what it was and is, where both are known and a reader would see that they differ."""
    if before is None or after is None or (was := _quoted(before)) == (now := _quoted(after)):
        return subject
    return subject, was, now


def _quoted(value: object) -> str:
    """A value as it stands, its lines put into one, and cut."""
    text = " ".join(filter(None, map(str.strip, str(value).split("\n"))))
    return text if len(text) <= _QUOTED_CHARS_MAX else text[: _QUOTED_CHARS_MAX - 1] + "…"


def _kind(change: Change) -> ChangeKind | ToldKind | str:
    """The change's kind; tests are told apart from functions, routes from decorators, new types from changed ones."""
    place, kind = change.after or change.before, change.kind
    name = (place.symbol or "").rpartition(".")[2] if place else ""
    if place and kind in TESTS and name.startswith("test") and is_test_path(place.path):
        return TESTS[kind]
    if kind in ROUTES and any(_ROUTE.match(str(change.detail.get(side))) for side in ("name", "before", "after")):
        return ROUTES[kind]
    if kind in UNTITLED and place and place.symbol is None:
        return ToldKind.MODIFY_TEXT
    if kind in ANNOTATIONS:
        sides = change.detail.get("before"), change.detail.get("after")
        return ToldKind.ADD_ANNOTATION if sides[0] is None else ToldKind.REMOVE_ANNOTATION if sides[1] is None else kind
    return _import_kind(change)


def _import_kind(change: Change) -> ChangeKind | ToldKind | str:
    if change.kind == ChangeKind.MODIFY_IMPORT and not _comes_from_elsewhere(change):
        return ToldKind.RELOCATED_IMPORT
    if change.kind == ChangeKind.REORDER_IMPORTS and "may_rebind" in change.detail:
        return ToldKind.REBIND_IMPORTS
    return change.kind


def _comes_from_elsewhere(change: Change) -> bool:
    """Whether a name means something else, and not the same by another path, as after a file moved."""
    was, now = (str(change.detail.get(side, "")).strip(".") for side in ("target_before", "target"))
    same_end = f".{was}".endswith(f".{now}") or f".{now}".endswith(f".{was}")
    return "reordered" in change.detail or (was.partition(".")[0] != now.partition(".")[0] and not same_end)
