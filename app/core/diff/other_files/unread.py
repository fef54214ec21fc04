"""Files of which one side could not be read: there, and not compared, so neither new nor gone."""

from dataclasses import dataclass

from app.core.submission.sources import SourceTree, Unread
from app.core.submission.tree import is_code
from schemas.changes import Change, ChangeKind, FileChange, FileStatus, Place, UnreadFile


@dataclass(frozen=True, slots=True)
class UnreadDiff:
    """The fate of every such file that is code or was read on the other side, and a record of each that changed.

    What could be read on neither side may be as it was.
    """

    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]


def compare_unread(before: SourceTree | None, after: SourceTree) -> UnreadDiff:
    """What became of files that one side holds unread.

    What lay in an archive that cannot be opened any more is told under the archive's path.
    """
    earlier = before.files if before else {}
    found: dict[str, FileChange] = {}
    emptied: set[str] = set()
    for path in after.unread.keys() - after.files.keys():
        if is_code(path) or path in earlier:
            found[path] = _fate(path, "unread", after.unread[path])
    for path in earlier.keys() - after.files.keys():
        root = _unread_root(after, path)
        if root is not None:
            emptied.add(root)
            found[root] = _fate(root, "unread", after.unread[root])
    for path in after.files.keys() - earlier.keys():
        why = before.why_unread(path) if before else None
        if why is not None:
            found[path] = _fate(path, "modified", why)
    files = tuple(found[path] for path in sorted(found))
    changed = (file for file in files if file.status != "unread" or before is None or not before.why_unread(file.path))
    return UnreadDiff(files, tuple(_record(file, was_there=file.path in emptied) for file in changed))


def _record(file: FileChange, *, was_there: bool) -> Change:
    readable = file.status != "unread"
    place = Place(path=file.path)
    return Change(
        kind=ChangeKind.READABLE_FILE if readable else ChangeKind.UNREAD_FILE,
        before=place if readable or was_there else None,
        after=place,
        detail=file.unread.model_dump(exclude_none=True) if file.unread else {},
    )


def _fate(path: str, status: FileStatus, why: Unread) -> FileChange:
    return FileChange(path=path, status=status, unread=UnreadFile(cause=why.cause, line=why.line))


def _unread_root(tree: SourceTree, path: str) -> str | None:
    """What of `tree` was not read: the file at `path`, or the archive around it."""
    while path and path not in tree.unread:
        path = path.rpartition("/")[0]
    return path or None
