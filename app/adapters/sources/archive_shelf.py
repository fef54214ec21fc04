"""Archives that come over HTTP, put under the archive root: whole or not at all, and never over another one."""

import asyncio
import errno
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from app.core.limits import MIB
from app.core.ports import KeptArchive
from app.core.submission.archive.formats import FORMATS, is_archive, is_zip
from schemas.errors import Dependency, Reason, Rejected, Unavailable

T = TypeVar("T")

_HEAD_BYTES: Final = 512
_COMING: Final = ".incoming-"
_ABANDONED_AFTER: Final = timedelta(days=1)
_ENDINGS: Final = (".zip", ".tar.gz")
"""What the sources' reader looks for; it tells formats by content, so `.tar.gz` holds every kind of tar."""


class DiskArchiveShelf:
    """Port `ArchiveShelf`. Ids are `Identifier`s: they hold no separator and begin with no dot."""

    def __init__(self, root: Path, archive_bytes_max: int) -> None:
        self._root = root
        self._bytes_max = archive_bytes_max

    async def holds(self, submission_id: str) -> bool:
        """Whether a folder or an archive is there."""
        return await self._on_disk(lambda: any(os.path.lexists(path) for path in self._places(submission_id)))

    async def keep(self, submission_id: str, pieces: AsyncIterator[bytes]) -> KeptArchive:
        """Put an archive in its place. The bytes go to a file of another name first, which is gone afterwards."""
        if submission_id.endswith(_ENDINGS):
            raise Rejected(
                Reason.ARCHIVE_FORBIDDEN, "the id ends like an archive's name: another id's archive is meant"
            )
        coming = self._root / f"{_COMING}{secrets.token_hex(16)}"
        try:
            head, size, digest = await self._write(coming, pieces)
            if not is_archive(head):
                raise Rejected(Reason.ARCHIVE_FORMAT, f"this is no archive; hand in one of {FORMATS}")
            ending = ".zip" if is_zip(head) else ".tar.gz"
            is_new = await self._on_disk(lambda: self._settle(coming, submission_id, ending, digest))
            return KeptArchive(size, digest, is_new)
        finally:
            with suppress(OSError):
                await asyncio.to_thread(coming.unlink, missing_ok=True)

    async def remove_abandoned(self, now: datetime) -> None:
        """Remove what a process that was killed while an archive came left behind, once it is a day old."""

        def remove() -> None:
            for path in self._root.glob(f"{_COMING}*"):
                with suppress(OSError):
                    if path.stat().st_mtime < (now - _ABANDONED_AFTER).timestamp():
                        path.unlink()

        with suppress(OSError):  # a root that is away is told by /ready
            await asyncio.to_thread(remove)

    async def _write(self, path: Path, pieces: AsyncIterator[bytes]) -> tuple[bytes, int, str]:
        digest, head, size = hashlib.sha256(), b"", 0
        file = await self._on_disk(lambda: path.open("xb"))
        try:
            async for piece in _joined(pieces):
                size += len(piece)
                if size > self._bytes_max:
                    raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {self._bytes_max} bytes")
                head = head or piece[:_HEAD_BYTES]
                digest.update(piece)
                await self._on_disk(lambda piece=piece: file.write(piece))  # type: ignore[misc]
            await self._on_disk(lambda: _sync(file))
        finally:
            file.close()
        return head, size, digest.hexdigest()

    def _settle(self, coming: Path, submission_id: str, ending: str, digest: str) -> bool:
        """Give the file its name, unless something has it. Whether it is new."""
        for path in self._places(submission_id):
            if os.path.lexists(path):
                return self._same_or_refused(path, digest)
        place = self._root / f"{submission_id}{ending}"
        try:
            os.link(coming, place)  # unlike a rename, it fails where somebody was faster
        except FileExistsError:
            return self._same_or_refused(place, digest)
        directory = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return True

    @staticmethod
    def _same_or_refused(path: Path, digest: str) -> bool:
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == digest:
                    return False
        raise Rejected(
            Reason.DUPLICATE_ID, "there is other content under this submission_id: give each attempt its own id"
        )

    def _places(self, submission_id: str) -> list[Path]:
        return [self._root / f"{submission_id}{ending}" for ending in ("", *_ENDINGS)]

    @staticmethod
    async def _on_disk(work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as exc:
            code = errno.errorcode.get(exc.errno or 0, "unknown error")
            raise Unavailable(Dependency.ARCHIVE_ROOT, f"the archive root cannot be used: {code}") from exc


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _joined(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces of a megabyte, so that each write is worth its thread."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= MIB:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
