"""Names of archive members and inline files: what may be one path within a tree, and what may not."""

import unicodedata
from collections.abc import Iterable

from app.core.limits import SourceLimits
from schemas.errors import Reason, Rejected


def clean_name(name: str, limits: SourceLimits) -> str:
    """`name` as a POSIX path within the tree.

    Raises `Rejected(archive_unsafe)` for whatever would lead out of the tree or mean different files on different
    systems: absolute and drive paths, `..`, NUL and other control characters, lone surrogates; `archive_limit` for
    names that are too long or too deep.
    """
    path = name.replace("\\", "/")
    if len(path) > limits.path_chars_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a path has {len(path)} characters, the limit is {limits.path_chars_max}")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in path):
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path holds control characters or lone surrogates")
    if path.startswith("/") or (len(path) > 1 and path[1] == ":"):
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path is absolute")
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path leads out of the archive (..)")
    if not parts:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a path is empty")
    if len(parts) > limits.path_depth_max:
        raise Rejected(
            Reason.ARCHIVE_LIMIT, f"a path is {len(parts)} folders deep, the limit is {limits.path_depth_max}"
        )
    return "/".join(parts)


def refuse_collisions(paths: Iterable[str]) -> None:
    """Refuse paths that are one file on some system: equal, or equal after Unicode and case folding."""
    seen: dict[str, str] = {}
    for path in paths:
        folded = unicodedata.normalize("NFC", path).casefold()
        other = seen.setdefault(folded, path)
        if other is not path:
            what = "appears twice" if other == path else "differs from another one only by case or Unicode form"
            raise Rejected(Reason.ARCHIVE_UNSAFE, f"a path {what}")
