"""Folders and files on disk as members, never leaving their root."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from app.core.limits import SourceLimits
from app.core.submission.archive import Ledger, open_nested, size_limit
from app.core.submission.ignored import ignored, is_opened_archive
from app.core.submission.member_names import clean_name, escape_undecodable
from app.core.submission.sources import SourceTree
from app.core.submission.tree import build_tree, tree_from_file
from schemas.errors import Reason, Rejected


def read_path(path: Path, limits: SourceLimits, *, own: bool = False) -> SourceTree:
    """The tree of a folder, an archive or a single file, for the command line; `own` as for `read_folder`.

    Raises `Rejected`: `archive_missing`, `archive_forbidden` where it may not be read, and whatever is wrong with
    its content.
    """
    try:
        if path.is_dir():
            return read_folder(path, limits, own=own)
        # Who types a path means the file behind a link; within a submission links are not followed.
        data = read_file_bounded(Path(os.path.realpath(path)), limits.archive_bytes_max)
    except PermissionError as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, f"{path} may not be read") from exc
    except OSError as exc:
        said = "does not exist" if isinstance(exc, FileNotFoundError) else os.strerror(exc.errno or errno.EIO)
        raise Rejected(Reason.ARCHIVE_MISSING, f"{path}: {said}") from exc
    return tree_from_file(path.name, data, limits)


def read_own_path(path: Path, limits: SourceLimits) -> SourceTree:
    """As `read_path`, for a person's own files: read although a submission like them would be refused.

    Their size is bounded by memory alone, and what must not be in a submission's folder is left out and counted. An
    archive may still be a stranger's: its bounds against bombs stand. Raises as `read_path`.
    """
    return read_path(path, limits.of_own_folder() if path.is_dir() else limits.at_a_desk(), own=True)


def read_folder(root: Path, limits: SourceLimits, *, own: bool = False) -> SourceTree:
    """The tree of a folder, under the rules and limits of an archive.

    Links within it are left out and counted, links that leave it refused; of an `own` folder nothing is refused but
    left out. Raises `Rejected` like an archive, and `OSError` where the disk fails.
    """
    ledger = Ledger(limits, None)
    confines = os.path.realpath(root)
    for entry in _entries(root, ledger):
        path = escape_undecodable(Path(entry.path).relative_to(root).as_posix())
        if own and is_opened_archive(path):
            ledger.omit("archive", path)  # the wider limits are for what lies on the disk, not for what unpacks
            continue
        try:
            _read_entry(entry, clean_name(path, limits), ledger, confines)
        except Rejected as refusal:
            if not own or refusal.reason is not Reason.ARCHIVE_UNSAFE:
                raise
            ledger.omit("unsafe", path)
    return build_tree(open_nested(ledger), limits)


def _read_entry(entry: os.DirEntry[str], path: str, ledger: Ledger, confines: str) -> None:
    """Take in what lies at the clean `path`, or count it as left out."""
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        if ignored(path) is None:
            _refuse_leaving_link(entry.path, path, confines)
        ledger.omit(ignored(path) or "link", path)
    elif not stat.S_ISREG(status.st_mode):
        if ignored(path) is None:
            raise Rejected(Reason.ARCHIVE_UNSAFE, "the folder holds a device, a pipe or a socket")
        ledger.omit(ignored(path) or "special", path)
    else:
        ledger.count_bytes(status.st_size)
        if ledger.wants(path, status.st_size):
            ledger.keep(path, read_file_bounded(Path(entry.path), size_limit(path, ledger.limits)))


def read_file_bounded(path: Path, bytes_max: int) -> bytes:
    """A file's bytes; a link at its end is not followed. `Rejected(archive_limit)` beyond `bytes_max`, or `OSError`."""
    # Non-blocking, for opening a pipe would wait for its writer before anyone could see what it is.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Rejected(Reason.ARCHIVE_UNSAFE, "what should be a file is a device or a pipe")
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a file has more than {bytes_max} bytes")
    return data


def _entries(root: Path, ledger: Ledger) -> Iterator[os.DirEntry[str]]:
    """Everything below `root` but the folders themselves, in an order that does not depend on the disk."""
    pending = [os.fspath(root)]
    while pending:
        with os.scandir(pending.pop()) as found:
            # Counted while it is listed: a folder of a million names must not be in memory first.
            entries = []
            for entry in found:
                ledger.count_entries()
                entries.append(entry)
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                yield entry


def _refuse_leaving_link(link: str, path: str, confines: str) -> None:
    target = os.path.realpath(link)
    if target != confines and not target.startswith(f"{confines}{os.sep}"):
        raise Rejected(Reason.ARCHIVE_UNSAFE, f"a link leads out of the folder: {path[:200]}")
