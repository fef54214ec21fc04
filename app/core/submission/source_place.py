"""Where a submission's source lies: in the record, under the archive root, or at a host that it names.

Asked in one place, so that whoever reads a source and whoever waits for the archive root agree about it.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import unquote, urlsplit

from schemas.errors import Reason, Rejected
from schemas.submission import ArchiveRef, Submission

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")  # dropped by some readers of a URL, kept by others


class SourcePlace(Enum):
    """Who is asked for the source, and hence who may be away."""

    RECORD = auto()
    ARCHIVE_ROOT = auto()
    HOST = auto()


@dataclass(frozen=True, slots=True)
class Located:
    """An archive's place. `path` is the path below the root, or within the URL, percent signs undone.

    `url` is what a host is asked for; empty for what lies under the root.
    """

    place: SourcePlace
    path: str
    url: str = ""


def place_of(submission: Submission) -> SourcePlace:
    """Where the source lies. Raises `Rejected(archive_forbidden)` for a uri that names no such place."""
    if submission.files is not None or submission.archive_base64 is not None:
        return SourcePlace.RECORD
    return SourcePlace.ARCHIVE_ROOT if submission.archive is None else locate(submission.archive).place


def locate(reference: ArchiveRef) -> Located:
    """The place that the uri names. Raises `Rejected(archive_forbidden)`.

    Schemes and host names are read in either case, as RFC 3986 has it; blanks around a uri are no part of it. A plain
    path is no uri: its blanks, question marks and percent signs are its own.
    """
    uri = reference.uri
    stripped = uri.strip()
    try:
        parts = urlsplit(stripped)
    except ValueError as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri is not valid") from exc
    if not parts.scheme and not parts.netloc:
        return Located(SourcePlace.ARCHIVE_ROOT, uri)
    if _CONTROL.search(stripped):
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri holds control characters")
    if parts.scheme in {"http", "https"}:
        return Located(SourcePlace.HOST, unquote(parts.path), f"{parts.scheme}:{stripped.partition(':')[2]}")
    if parts.scheme != "file" or parts.netloc.lower() not in {"", "localhost"}:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri is neither file: nor http(s)")
    return Located(SourcePlace.ARCHIVE_ROOT, unquote(parts.path))
