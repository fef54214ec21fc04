"""Many files that moved the same way -> one folder that moved."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from posixpath import basename, dirname
from typing import Final

from pydantic import JsonValue

from app.core.diff.lines.unified import FileDiff
from app.core.diff.matching.files import FilePair
from schemas.changes import Change, ChangeKind, Place

_FILES_MIN: Final = 2  # one file that moved is a file that moved
_NAMED_MAX: Final = 20  # changed files that a record names
_ROOT: Final = "."

Way = tuple[str, str]
"""A folder before and after; the whole tree is the empty one."""


def moved_folders(pairs: Iterable[FilePair], files: Mapping[str, FileDiff]) -> tuple[list[Change], frozenset[str]]:
    """A record for each folder that moved as a whole, and the new paths of the files that it took along.

    A folder moved if none of its files stayed where it was, and two at least went to the same other place, which held
    nothing before unless it is the whole tree. The record names those that changed on the way, and counts their lines.
    """
    known = [*pairs]
    stayed = _folders_of(pair.path for pair in known if pair.before and pair.after and pair.before.path == pair.path)
    groups: defaultdict[Way, list[FilePair]] = defaultdict(list)
    for pair in known:
        way = _way(pair, stayed)
        if way is not None:
            groups[way].append(pair)
    moved = {way: group for way, group in groups.items() if len(group) >= _FILES_MIN}
    changes = [_record(way, group, files) for way, group in sorted(moved.items())]
    return changes, frozenset(pair.path for group in moved.values() for pair in group)


def _folders_of(paths: Iterable[str]) -> frozenset[str]:
    """All folders around some files, the whole tree's included."""
    found = {""}
    for path in paths:
        folder = dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = dirname(folder)
    return frozenset(found)


def _way(pair: FilePair, stayed: frozenset[str]) -> Way | None:
    """The outermost folder that moved with a file; None where the file alone did."""
    if pair.before is None or pair.after is None or pair.before.path == pair.after.path:
        return None
    old, new = pair.before.path, pair.after.path
    way: Way | None = None
    while basename(old) == basename(new):
        old, new = dirname(old), dirname(new)
        if old in stayed or old == new or (new and new in stayed):
            break
        way = old, new
    return way


def _record(way: Way, group: Sequence[FilePair], files: Mapping[str, FileDiff]) -> Change:
    one, other = way
    changed = [pair for pair in group if pair.before and pair.after and pair.before.text != pair.after.text]
    diffs = [files[pair.path].change for pair in changed if pair.path in files]
    named: list[JsonValue] = [pair.path for pair in changed[:_NAMED_MAX]]
    detail: dict[str, JsonValue] = {"files": len(group), "files_changed": len(changed)}
    if changed:
        detail |= {
            "changed": named,
            "lines_added": sum(diff.lines_added for diff in diffs),
            "lines_removed": sum(diff.lines_removed for diff in diffs),
        }
    return Change(
        kind=_kind(one, other),
        before=Place(path=one or _ROOT),
        after=Place(path=other or _ROOT),
        detail=detail,
        confidence=round(sum(pair.similarity for pair in group) / len(group), 3),
    )


def _kind(one: str, other: str) -> ChangeKind:
    """What went into the root folder or came from another level kept its name as far as one can tell."""
    if not other or basename(one) == basename(other):
        return ChangeKind.MOVE_FOLDER
    return ChangeKind.RENAME_FOLDER if dirname(one) == dirname(other) else ChangeKind.MOVE_AND_RENAME_FOLDER
