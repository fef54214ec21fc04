"""Where a submission's source comes from: inline, base64, the archive root, or a host that the submission names."""

import asyncio
import base64
import binascii
import errno
import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from app.adapters.download import FetchSettings, download
from app.adapters.folders import read_bounded, read_folder
from app.core.limits import SourceLimits
from app.core.sources import SourceTree
from app.core.tree import tree_from_archive, tree_from_file, tree_from_texts
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.submission import ArchiveRef, Submission

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_LINK = {errno.ELOOP}


class SubmissionSources:
    """Port `SourceReader`."""

    def __init__(
        self, archive_root: Path, limits: SourceLimits, *, fetch: FetchSettings, client: httpx.AsyncClient
    ) -> None:
        self._root = archive_root
        self._limits = limits
        self._fetch = fetch
        self._client = client

    async def read(self, submission: Submission) -> SourceTree:
        """The submission's source tree. `Rejected` with an archive reason, or `Unavailable` for the archive root."""
        if submission.files is not None:
            files = submission.files
            return await asyncio.to_thread(tree_from_texts, files, self._limits)
        if submission.archive_base64 is not None:
            text = submission.archive_base64
            return await asyncio.to_thread(lambda: tree_from_archive(_decoded(text), self._limits))
        if submission.archive is not None:
            return await self._read_reference(submission.archive)
        return await self._on_disk(lambda: self._read_layout(submission.submission_id))

    async def _read_reference(self, reference: ArchiveRef) -> SourceTree:
        parts = urlsplit(reference.uri)
        if parts.scheme in {"http", "https"}:
            data = await download(self._client, reference.uri, self._limits.archive_bytes_max, self._fetch)
            return await asyncio.to_thread(self._read_bytes, data, parts.path.rsplit("/", 1)[-1], reference.sha256)
        if parts.scheme not in {"", "file"} or parts.netloc:
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri is neither file: nor http(s)")
        path = unquote(parts.path)
        return await self._on_disk(lambda: self._read_inside(path, reference.sha256))

    async def _on_disk(self, read: Callable[[], SourceTree]) -> SourceTree:
        def guarded() -> SourceTree:
            try:
                # What is missing is the submission's fault only while the root itself can be read.
                if not self._root.is_dir():
                    raise Unavailable(Dependency.ARCHIVE_ROOT, "ARCHIVE_PATH is no folder that can be read")
                next(self._root.iterdir(), None)
                return read()
            except OSError as exc:
                raise Unavailable(
                    Dependency.ARCHIVE_ROOT, f"the archive root cannot be read: {errno.errorcode.get(exc.errno or 0)}"
                ) from exc

        return await asyncio.to_thread(guarded)

    def _read_layout(self, submission_id: str) -> SourceTree:
        """`ARCHIVE_PATH/<submission_id>` as a folder, `.zip` or `.tar.gz`; the id's pattern confines it."""
        for name in (submission_id, f"{submission_id}.zip", f"{submission_id}.tar.gz"):
            tree = self._read_entry(name, None)
            if tree is not None:
                return tree
        raise Rejected(
            Reason.ARCHIVE_MISSING, f"the archive root holds no {submission_id} as a folder, .zip or .tar.gz"
        )

    def _read_inside(self, path: str, sha256: str | None) -> SourceTree:
        tree = self._read_entry(path, sha256)
        if tree is None:
            raise Rejected(Reason.ARCHIVE_MISSING, "the archive root holds nothing under the archive's uri")
        return tree

    def _read_entry(self, name: str, sha256: str | None) -> SourceTree | None:
        """The tree at `name`, relative to the root or absolute and inside it; None if nothing is there.

        Nothing outside the root is touched.
        """
        if not name or "\x00" in name:
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri names no path")
        root = self._root.resolve()
        path = (root / name).resolve()
        if path == root or not path.is_relative_to(root):
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri leads out of the archive root")
        try:
            if path.is_dir():
                if sha256 is not None:
                    raise Rejected(Reason.ARCHIVE_DIGEST, "sha256 was given for a folder, which has none")
                return read_folder(path, self._limits)
            data = read_bounded(path, self._limits.archive_bytes_max)
        except OSError as exc:
            if exc.errno in _ABSENT:
                return None
            if exc.errno in _LINK:
                raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive is a link") from exc
            raise
        return self._read_bytes(data, path.name, sha256)

    def _read_bytes(self, data: bytes, name: str, sha256: str | None) -> SourceTree:
        if sha256 is not None and not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256.lower()):
            raise Rejected(Reason.ARCHIVE_DIGEST, "the archive's bytes are not those of the given sha256")
        return tree_from_file(name or "archive", data, self._limits)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Rejected(Reason.ARCHIVE_CORRUPT, "archive_base64 is not base64") from exc
