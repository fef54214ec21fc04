"""Records of whole files: those whose text changed and whose code did not, and those compared by line."""

from posixpath import basename, dirname

from pydantic import JsonValue

from app.core.diff.files import FilePair
from app.core.diff.places import place_of_module
from app.core.diff.symbols import Module
from app.core.diff.syntax import comments
from app.core.diff.unified import FileDiff
from app.core.diff.versions import have_same_tree
from schemas.changes import Change, Place


def nothing_semantic(old: Module, new: Module) -> Change:
    """What changed in a file whose symbols are all as they were.

    Equal syntax trees: comments or layout. Otherwise the docstrings' margins, or the order of the statements.
    """
    same_comments = comments(old.file.text) == comments(new.file.text)
    if have_same_tree(old, new):
        kind = "format_only" if same_comments else "comment_only"
    else:
        kind = "docstring_only" if _without_docstrings(old) == _without_docstrings(new) else "reorder_statements"
    return Change(kind=kind, before=place_of_module(old), after=place_of_module(new))


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
        kind=f"{_verb(pair)}_file",
        before=Place(path=pair.before.path) if pair.before else None,
        after=Place(path=pair.after.path) if pair.after else None,
        detail=detail,
        confidence=pair.similarity,
    )


def _verb(pair: FilePair) -> str:
    if pair.before is None or pair.after is None:
        return "remove" if pair.after is None else "add"
    old, new = pair.before.path, pair.after.path
    if old == new:
        return "modify"
    if basename(old) == basename(new):
        return "move"
    return "rename" if dirname(old) == dirname(new) else "move_and_rename"


def _without_docstrings(module: Module) -> list[object]:
    """Everything in the file's order but docstrings."""
    return [module.own, [(symbol.kind, symbol.qualname, symbol.own) for symbol in module.symbols]]
