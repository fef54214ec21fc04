"""Small source trees for tests of the comparison, and what came of comparing them."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from app.core.diff import TreeDiff, compare_trees
from app.core.limits import DiffLimits
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from schemas.changes import Change

KINDS = {".py": FileKind.PYTHON, ".ipynb": FileKind.NOTEBOOK, ".md": FileKind.MARKDOWN, ".yaml": FileKind.CONFIG}


def tree(files: Mapping[str, str]) -> SourceTree:
    """A tree of `files`, their kinds told by their endings."""
    return SourceTree(
        {
            path: SourceFile(path, text, KINDS.get(PurePosixPath(path).suffix, FileKind.TEXT))
            for path, text in files.items()
        }
    )


def diff(before: SourceTree | None, after: SourceTree, limits: DiffLimits | None = None) -> TreeDiff:
    """The comparison under default limits."""
    return compare_trees(before, after, limits or DiffLimits())


def changes(before: str | Mapping[str, str], after: str | Mapping[str, str]) -> list[Change]:
    """The changes between two texts of one Python file, or between two trees."""
    one = {"main.py": before} if isinstance(before, str) else before
    other = {"main.py": after} if isinstance(after, str) else after
    return list(diff(tree(one), tree(other)).changes)


def told(change: Change) -> tuple[str, str | None, str | None]:
    """A change in short: its kind, the symbol before and the symbol after."""
    before = change.before.symbol if change.before else None
    return (change.kind, before, change.after.symbol if change.after else None)


def names_path(change: Change, path: str) -> bool:
    """Whether a change is about a file: its own, or that of the folder that took it along."""
    places = [place.path for place in (change.before, change.after) if place]
    if change.kind.endswith("_folder"):
        return any(place == "." or path.startswith(f"{place}/") for place in places)
    return path in places
