"""Names of archive members and inline files: what may be one path within a tree, and what may not."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.cyrillic import guess_cyrillic
from schemas.errors import Reason, Rejected

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_SURROGATE: Final = re.compile("[\udc80-\udcff]")
_OF_PACKERS: Final = {"cp866": 2.0, "cp1251": 1.5, "koi8_r": 0.0}
"""Russian Windows packs names in the first two, old Unix systems in the third."""
_NAMES_MAX: Final = 1_000  # names that their encoding is told by
_NO_NAME: Final = re.compile("[\x00\ud800-\udfff]")


def clean_name(name: str, limits: SourceLimits) -> str:
    """`name` as a POSIX path within the tree, in Unicode's composed form, so that macOS and Windows agree on it.

    Backslashes separate folders, as old Windows packers write them. Raises `Rejected(archive_unsafe)` for whatever
    would lead out of the tree: absolute and drive paths, `..`; and for NUL and lone surrogates, with which no file
    system agrees on where a name ends; `archive_limit` for what is too long to be a path on any system.
    """
    if len(name) > limits.name_chars_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a name has more than {limits.name_chars_max} characters")
    path = name.replace("\\", "/")
    if _NO_NAME.search(path):
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path holds a NUL or a lone surrogate")
    if path.startswith("/") or _DRIVE.match(path):
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path is absolute")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path leads out of the tree (..)")
    if not parts:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path is empty")
    return unicodedata.normalize("NFC", "/".join(parts))


def russian_name_encoding(names: Iterable[bytes]) -> str | None:
    """The encoding of an archive's names that are no UTF-8, if they read as Russian in one: then all are in it."""
    return guess_cyrillic(b"\n".join(islice(names, _NAMES_MAX)), _OF_PACKERS)


def escape_undecodable(name: str, encoding: str | None = None) -> str:
    """A name that was no UTF-8 in `encoding`; without one the odd bytes that `surrogateescape` kept as `%FF`.

    Equal in every attempt.
    """
    if name.isascii() or not _SURROGATE.search(name):
        return name
    if encoding is not None:
        return name.encode("utf-8", "surrogateescape").decode(encoding, "replace")
    return "".join(f"%{ord(char) - 0xDC00:02X}" if "\udc80" <= char <= "\udcff" else char for char in name)


def is_too_long(path: str, limits: SourceLimits) -> bool:
    """Whether a clean path has too many characters or folders to be a person's."""
    return len(path) > limits.path_chars_max or path.count("/") > limits.path_depth_max


def refuse_leaving_link(path: str, target: str) -> None:
    """Refuse a link at the clean `path` whose `target`, relative to the link's folder, lies outside of the tree.

    A hard link's target counts from the root: give a `path` without folders.
    """
    target = target.replace("\\", "/")
    depth = -1 if target.startswith("/") or _DRIVE.match(target) or "\x00" in target else path.count("/")
    for part in target.split("/"):
        if depth < 0:
            raise Rejected(Reason.ARCHIVE_UNSAFE, "a link leads out of the tree")
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
    if depth < 0:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a link leads out of the tree")


class ClaimedNames:
    """The paths taken so far, so that no two of them are one file on some system."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: set[str] = set()

    def claim(self, path: str) -> None:
        """Take the clean `path`. Raises `Rejected(archive_unsafe)` if it is taken, whatever its case, or a folder."""
        folded = unicodedata.normalize("NFC", path.casefold())
        taken = self._files.get(folded)
        if taken is not None:
            what = "appears twice" if taken == path else "differs from another one only by case or Unicode form"
            raise Rejected(Reason.ARCHIVE_UNSAFE, f"a path {what}")
        self._files[folded] = path
        ends = [end for end, char in enumerate(folded) if char == "/"]
        folders = {folded[:end] for end in ends}
        if folded in self._folders or any(folder in self._files for folder in folders):
            raise Rejected(Reason.ARCHIVE_UNSAFE, "a path is a file and a folder at once")
        self._folders |= folders
