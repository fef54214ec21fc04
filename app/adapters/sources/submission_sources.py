"""Where a submission's source comes from: inline, base64, the archive root, or a host that the submission names."""

import asyncio
import base64
import binascii
import errno
import hashlib
import hmac
import os
import stat
from collections.abc import Callable
from pathlib import Path

import httpx

from app.adapters.http.client import new_http_client
from app.adapters.sources.download import FetchSettings, download
from app.adapters.sources.path_reader import read_file_bounded, read_folder, read_path
from app.core.limits import SourceLimits
from app.core.submission.source_place import SourcePlace, locate
from app.core.submission.sources import SourceTree
from app.core.submission.tree import tree_from_archive, tree_from_file, tree_from_texts
from app.core.submission.web_page import is_web_page
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.submission import ArchiveRef, Submission

__all__ = ["FetchSettings", "SubmissionSources", "read_path"]

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
_SHOWN_CHARS_MAX = 400
_PAGES = (".html", ".htm", ".xhtml")
_LAYOUT = ("", ".zip", ".tar.gz")


class SubmissionSources:
    """Port `SourceReader`.

    Without an `archive_root` nothing is read from disk. Without a `client` each download opens one of its own. See
    `http_client` for what a proxy is asked for.
    """

    def __init__(
        self,
        archive_root: Path | None,
        limits: SourceLimits,
        *,
        fetch: FetchSettings,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._root = archive_root
        self._limits = limits
        self._fetch = fetch
        self._client = client

    async def read(self, submission: Submission) -> SourceTree:
        """The submission's source tree. `Rejected` with an archive reason, or `Unavailable` for the archive root."""
        if submission.files is not None:
            return await asyncio.to_thread(tree_from_texts, submission.files, self._limits)
        if submission.archive_base64 is not None:
            return await asyncio.to_thread(self._read_base64, submission.archive_base64)
        if submission.archive is not None:
            return await self._read_reference(submission.archive)
        names = [f"{submission.submission_id}{ending}" for ending in _LAYOUT]
        return await self._on_disk(lambda root: self._read_first(root, names, None))

    async def _read_reference(self, reference: ArchiveRef) -> SourceTree:
        found = locate(reference)
        if found.place is SourcePlace.HOST:
            data = await self._download(found.url)
            name = found.path.rpartition("/")[2]
            if is_web_page(data) and not name.lower().endswith(_PAGES):
                raise Rejected(
                    Reason.ARCHIVE_FORMAT,
                    "the archive's host sent a web page, a login form perhaps: give a link that needs no login and "
                    "leads to the file itself",
                )
            return await asyncio.to_thread(self._read_bytes, data, name, reference.sha256)
        return await self._on_disk(lambda root: self._read_first(root, [self._relative(found.path)], reference.sha256))

    async def _download(self, url: str) -> bytes:
        if self._client is not None:
            return await download(self._client, url, self._limits.archive_bytes_max, self._fetch)
        async with new_http_client(self._fetch.timeout_s) as client:
            return await download(client, url, self._limits.archive_bytes_max, self._fetch)

    async def _on_disk(self, read: Callable[[Path], SourceTree]) -> SourceTree:
        named = self._root
        if named is None:
            raise Rejected(Reason.ARCHIVE_MISSING, "the submission holds no source, and there is no archive root")

        def guarded() -> SourceTree:
            try:
                root = Path(os.path.realpath(named))
                try:
                    return read(root)
                except Rejected as refusal:
                    if refusal.reason is Reason.ARCHIVE_MISSING:
                        _be_sure_of(root)
                    raise
            except OSError as exc:
                code = errno.errorcode.get(exc.errno or 0, "unknown error")
                raise Unavailable(Dependency.ARCHIVE_ROOT, f"the archive root cannot be read: {code}") from exc

        return await asyncio.to_thread(guarded)

    def _read_first(self, root: Path, names: list[str], sha256: str | None) -> SourceTree:
        """The first of `names` that lies in the root. `Rejected(archive_missing)` says what was looked for."""
        for name in names:
            tree = self._read_entry(root, name, sha256)
            if tree is not None:
                return tree
        raise Rejected(Reason.ARCHIVE_MISSING, f"the archive root holds none of: {_shown(names)}")

    def _read_entry(self, root: Path, name: str, sha256: str | None) -> SourceTree | None:
        """The tree at `name`, or None if nothing is there. Nothing outside of the root is touched."""
        if "\x00" in name:
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri holds a NUL")
        path = Path(os.path.realpath(root / name))
        if path == root or not path.is_relative_to(root):
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's uri leads out of the archive root")
        mode = _mode(path)
        if mode is None:
            return None
        # What vanishes from here on is no missing archive but a disk that fails, or a platform still writing.
        if not stat.S_ISDIR(mode):
            return self._read_bytes(read_file_bounded(path, self._limits.archive_bytes_max), path.name, sha256)
        if sha256 is not None:
            raise Rejected(Reason.ARCHIVE_DIGEST, "sha256 was given for a folder, which has none")
        return read_folder(path, self._limits)

    def _read_bytes(self, data: bytes, name: str, sha256: str | None) -> SourceTree:
        if sha256 is not None and not hmac.compare_digest(hashlib.sha256(data).hexdigest(), sha256.lower()):
            raise Rejected(Reason.ARCHIVE_DIGEST, "the archive's bytes are not those of the given sha256")
        return tree_from_file(name if name.strip(".") else "submission", data, self._limits)

    def _relative(self, path: str) -> str:
        """`path` below the root: given from the file system's root, or with the archive root taken for it."""
        # As configured or as resolved: whoever writes uris may know either.
        for root in (os.path.abspath(self._root or ""), os.path.realpath(self._root or "")):  # noqa: PTH100 - strings
            path = path.removeprefix(f"{root}{os.sep}")
        return path.lstrip("/") or "."

    def _read_base64(self, text: str) -> SourceTree:
        packed = "".join(text.split())  # encoders break it into lines
        if len(packed) // 4 * 3 - packed.count("=", -2) > self._limits.archive_bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {self._limits.archive_bytes_max} bytes")
        try:
            data = base64.b64decode(packed, validate=True)
        except (binascii.Error, ValueError) as exc:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "archive_base64 is not base64") from exc
        return tree_from_archive(data, self._limits)


def _be_sure_of(root: Path) -> None:
    """Doubt a root in which nothing was found: what is missing is the submission's fault only where others are there.

    Looked at afterwards, for a disk may go away between two looks. `Unavailable` for an empty root, which is what a
    disk that is not mounted leaves behind; `OSError` for one that cannot be read.
    """
    with os.scandir(root) as entries:
        if next(entries, None) is None:
            raise Unavailable(
                Dependency.ARCHIVE_ROOT,
                "the archive root is empty: is its disk mounted? If nothing is meant to be there, put any file into it",
            )


def _mode(path: Path) -> int | None:
    """The type and permissions of what lies at `path`, where links were followed already; None if nothing does."""
    try:
        mode = path.lstat().st_mode
    except OSError as exc:
        if exc.errno in _ABSENT:
            return None
        if exc.errno != errno.ELOOP:
            raise
        mode = stat.S_IFLNK
    if stat.S_ISLNK(mode):
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive is a link to itself")
    return mode


def _shown(names: list[str]) -> str:
    """Names fit for a log: those of a uri are the producer's to choose."""
    return "".join(char if char.isprintable() else "?" for char in ", ".join(names))[:_SHOWN_CHARS_MAX]
