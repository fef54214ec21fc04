"""Folders and files on disk as members, never leaving their root."""

import os
import stat
from pathlib import Path

from app.core.archive import Member, Unpacked
from app.core.ignored import FOLDERS, ignored
from app.core.limits import SourceLimits
from app.core.member_names import clean_name
from app.core.sources import SourceTree
from app.core.tree import build_tree, tree_from_file
from schemas.errors import Reason, Rejected


def read_path(path: Path, limits: SourceLimits) -> SourceTree:
    """The tree of a folder, an archive, a `.py` or an `.ipynb` file. `Rejected(archive_missing)` if there is none."""
    try:
        if path.is_dir():
            return read_folder(path, limits)
        return tree_from_file(path.name, read_bounded(path, limits.archive_bytes_max), limits)
    except OSError as exc:
        raise Rejected(Reason.ARCHIVE_MISSING, f"{path} cannot be read: {exc.strerror}") from exc


def read_folder(root: Path, limits: SourceLimits) -> SourceTree:
    """The tree of a folder. Links and special files are left out and counted, cache folders not even entered."""
    unpacked = Unpacked()
    seen = 0
    total = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        kept = []
        for name in sorted(folders):
            if os.path.islink(os.path.join(folder, name)):  # noqa: PTH114, PTH118 - os.walk speaks strings
                unpacked.omitted["link"] += 1
            elif name in FOLDERS:
                unpacked.omitted[FOLDERS[name]] += 1
            else:
                kept.append(name)
        folders[:] = kept
        for name in sorted(names):
            seen += 1
            if seen > limits.members_max:
                raise Rejected(Reason.ARCHIVE_LIMIT, f"the folder has more than {limits.members_max} files")
            file = Path(folder, name)
            info = file.lstat()
            path = clean_name(file.relative_to(root).as_posix(), limits)
            reason = _why_not(path, info, limits)
            if reason is not None:
                unpacked.omitted[reason] += 1
                continue
            total += info.st_size
            if total > limits.uncompressed_bytes_max:
                raise Rejected(
                    Reason.ARCHIVE_LIMIT, f"the folder holds more than {limits.uncompressed_bytes_max} bytes"
                )
            unpacked.members.append(Member(path, read_bounded(file, limits.file_bytes_max)))
    return build_tree(unpacked, limits)


def read_bounded(path: Path, bytes_max: int) -> bytes:
    """A file's bytes; a link at its end is not followed. `Rejected(archive_limit)` beyond `bytes_max`."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise Rejected(Reason.ARCHIVE_UNSAFE, "the archive is no regular file")
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a file has more than {bytes_max} bytes")
    return data


def _why_not(path: str, info: os.stat_result, limits: SourceLimits) -> str | None:
    if stat.S_ISLNK(info.st_mode):
        return "link"
    if not stat.S_ISREG(info.st_mode):
        return "special"
    return ignored(path) or ("too_large" if info.st_size > limits.file_bytes_max else None)
