"""Records of whole files: those whose text changed and whose code did not, and those compared by line."""

from posixpath import basename, dirname

from pydantic import JsonValue

from app.core.diff.lines.unified import FileDiff
from app.core.diff.matching.files import FilePair
from app.core.diff.records.comment_lines import places_in_file
from app.core.diff.records.location import place_of_module, place_of_nodes
from app.core.diff.records.reorders import Reordered, find_reordered, may_rebind
from app.core.diff.symbols.symbols import Module
from app.core.diff.symbols.versions import code_lines, have_same_tree
from app.core.limits import DiffLimits
from app.core.python.syntax import comments
from schemas.changes import Change, ChangeKind, Place

_REORDERS_MAX = 20  # blocks of one file whose statements stand in another order


def nothing_semantic(old: Module, new: Module, limits: DiffLimits) -> list[Change]:
    """What changed in a file whose symbols are all as they were.

    Equal syntax trees: comments or layout. Otherwise the order of statements, and where that is the same, docstrings.
    """
    if have_same_tree(old, new):
        if _comments(old) == _comments(new):
            return [Change(kind=ChangeKind.FORMAT_ONLY, before=place_of_module(old), after=place_of_module(new))]
        before, after = places_in_file(old, new, limits)
        return [Change(kind=ChangeKind.COMMENT_ONLY, before=before, after=after)]
    found = [_reordered(old, new, moved) for moved in find_reordered(old, new)[:_REORDERS_MAX]]
    return found or [Change(kind=ChangeKind.DOCSTRING_ONLY, before=place_of_module(old), after=place_of_module(new))]


def _comments(module: Module) -> list[str]:
    return comments("".join(line for _, line in code_lines(module)))


def _reordered(old: Module, new: Module, moved: Reordered) -> Change:
    detail: dict[str, JsonValue] = {"may_rebind": True} if may_rebind(moved, new) else {}
    return Change(
        kind=moved.kind,
        before=place_of_nodes(old, moved.before),
        after=place_of_nodes(new, moved.after),
        detail=detail,
    )


def file_record(pair: FilePair, file: FileDiff, reasons: list[str], by: str) -> Change:
    """A file as a whole: added, removed, renamed, moved, or modified by so many lines.

    `reasons` say why a Python file was compared `by` something else: the syntax errors, the old side's first.
    """
    detail: dict[str, JsonValue] = {
        "lines_added": file.change.lines_added,
        "lines_removed": file.change.lines_removed,
    }
    if not file.alignment.exact:
        detail["alignment"] = "coarse"
    if reasons:
        detail["compared_by"] = by
        detail["reasons"] = list(reasons)
    return Change(
        kind=_kind(pair),
        before=Place(path=pair.before.path) if pair.before else None,
        after=Place(path=pair.after.path) if pair.after else None,
        detail=detail,
        confidence=pair.similarity,
    )


def _kind(pair: FilePair) -> ChangeKind:
    if pair.before is None or pair.after is None:
        return ChangeKind.REMOVE_FILE if pair.after is None else ChangeKind.ADD_FILE
    old, new = pair.before.path, pair.after.path
    if old == new:
        return ChangeKind.MODIFY_FILE
    if basename(old) == basename(new):
        return ChangeKind.MOVE_FILE
    return ChangeKind.RENAME_FILE if dirname(old) == dirname(new) else ChangeKind.MOVE_AND_RENAME_FILE
