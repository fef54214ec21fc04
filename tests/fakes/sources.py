"""Port `SourceReader` in memory."""

import base64
import binascii
import posixpath
from collections.abc import Mapping
from hashlib import sha256

from app.core.limits import SourceLimits
from app.core.submission.source_place import SourcePlace, locate
from app.core.submission.sources import SourceTree
from app.core.submission.tree import tree_from_archive, tree_from_file, tree_from_texts
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.submission import ArchiveRef, Submission

ROOT = "/archives"


class FakeSources:
    """An archive root and hosts that are dictionaries.

    `files` and `folders` lie below the root, by name; `hosted` maps URLs to bodies, and every other URL is a 404.
    Set `away` for an outage of the archive root; an empty one counts as such.
    """

    def __init__(self, limits: SourceLimits | None = None) -> None:
        self.away = False
        self.files: dict[str, bytes] = {}
        self.folders: dict[str, Mapping[str, str]] = {}
        self.hosted: dict[str, bytes] = {}
        self._limits = limits or SourceLimits()

    async def read(self, submission: Submission) -> SourceTree:
        """The submission's source tree."""
        if submission.files is not None:
            return tree_from_texts(submission.files, self._limits)
        if submission.archive_base64 is not None:
            try:
                packed = base64.b64decode("".join(submission.archive_base64.split()), validate=True)
            except (binascii.Error, ValueError) as exc:
                raise Rejected(Reason.ARCHIVE_CORRUPT, "no base64") from exc
            return tree_from_archive(packed, self._limits)
        if submission.archive is not None:
            return self._referenced(submission.archive)
        for name in (submission.submission_id, f"{submission.submission_id}.zip", f"{submission.submission_id}.tar.gz"):
            tree = self._below_root(name, None)
            if tree is not None:
                return tree
        raise self._missing()

    def _referenced(self, reference: ArchiveRef) -> SourceTree:
        found = locate(reference)
        if found.place is SourcePlace.HOST:
            if found.url not in self.hosted:
                raise Rejected(Reason.ARCHIVE_MISSING, "status 404")
            return self._checked(found.path.rsplit("/", 1)[-1], self.hosted[found.url], reference.sha256)
        below = found.path.removeprefix(f"{ROOT}/").lstrip("/")
        path = posixpath.normpath(posixpath.join(ROOT, below))
        if not path.startswith(f"{ROOT}/"):
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "out of the root")
        tree = self._below_root(path.removeprefix(f"{ROOT}/"), reference.sha256)
        if tree is None:
            raise self._missing()
        return tree

    def _missing(self) -> Rejected | Unavailable:
        if not self.files and not self.folders:
            return Unavailable(Dependency.ARCHIVE_ROOT, "empty")
        return Rejected(Reason.ARCHIVE_MISSING, "nothing there")

    def _below_root(self, name: str, digest: str | None) -> SourceTree | None:
        if self.away:
            raise Unavailable(Dependency.ARCHIVE_ROOT, "away")
        if name in self.folders:
            if digest is not None:
                raise Rejected(Reason.ARCHIVE_DIGEST, "a folder has none")
            return tree_from_texts(self.folders[name], self._limits)
        if name in self.files:
            return self._checked(posixpath.basename(name), self.files[name], digest)
        return None

    def _checked(self, name: str, data: bytes, digest: str | None) -> SourceTree:
        if digest is not None and sha256(data).hexdigest() != digest.lower():
            raise Rejected(Reason.ARCHIVE_DIGEST, "other bytes")
        return tree_from_file(name, data, self._limits)
