"""An archive's bytes as members, under limits; nothing is ever written to disk.

What is certainly not the student's source is counted and not unpacked. Whatever could hurt is refused with a
reason: bombs, paths and links that leave the tree, devices, encryption, names that are one file on some systems.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol

from app.core.ignored import ignored
from app.core.limits import SourceLimits
from app.core.member_names import clean_name, refuse_collisions
from schemas.errors import Reason, Rejected

FORMATS: Final = "zip, tar, tar.gz, tar.bz2 and tar.xz"
_CHUNK_BYTES: Final = 64 * 1024
_ZIP_SYMLINK: Final = 0o120000
_ENCRYPTED: Final = 0x1
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_CORRUPT = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    UnicodeError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: clean POSIX path and bytes."""

    path: str
    data: bytes


@dataclass(slots=True)
class Unpacked:
    """An archive's files; `omitted` counts by reason what was not unpacked."""

    members: list[Member] = field(default_factory=list)
    omitted: Counter[str] = field(default_factory=Counter)


def read_archive(data: bytes, limits: SourceLimits) -> Unpacked:
    """The files in `data`, its format told by content.

    Raises `Rejected`: `archive_format`, `archive_corrupt`, `archive_encrypted`, `archive_unsafe`, `archive_limit`.
    """
    if len(data) > limits.archive_bytes_max:
        raise Rejected(
            Reason.ARCHIVE_LIMIT, f"the archive has {len(data)} bytes, the limit is {limits.archive_bytes_max}"
        )
    try:
        if data[:4] in {b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"}:
            return _read_zip(data, limits)
        return _read_tar(data, limits)
    except _CORRUPT as exc:
        raise Rejected(Reason.ARCHIVE_CORRUPT, f"the archive is damaged or cut off ({type(exc).__name__})") from exc


def _read_zip(data: bytes, limits: SourceLimits) -> Unpacked:
    unpacked = Unpacked()
    budget = _Budget(limits, len(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        budget.count_members(len(infos))
        files = [(clean_name(_unicode_name(info), limits), info) for info in infos if not info.is_dir()]
        refuse_collisions(path for path, _ in files)
        _refuse_overlaps([info for _, info in files], len(data))
        for path, info in files:
            if info.flag_bits & _ENCRYPTED:
                raise Rejected(Reason.ARCHIVE_ENCRYPTED, "the archive is encrypted; hand it in without a password")
            if (info.external_attr >> 16) & 0o170000 == _ZIP_SYMLINK:
                _refuse_leaving_link(path, archive.read(info)[: limits.path_chars_max * 4].decode("utf-8", "replace"))
                unpacked.omitted["link"] += 1
                continue
            budget.claim(info.file_size)
            reason = ignored(path) or ("too_large" if info.file_size > limits.file_bytes_max else None)
            if reason is not None:
                unpacked.omitted[reason] += 1
                continue
            if info.compress_type not in _METHODS:
                raise Rejected(Reason.ARCHIVE_FORMAT, "the archive is compressed by a method that zip readers lack")
            with archive.open(info) as stream:
                content = stream.read(info.file_size + 1)
            if len(content) != info.file_size:
                raise Rejected(Reason.ARCHIVE_CORRUPT, "a file has another size than the archive says")
            unpacked.members.append(Member(path, content))
    return unpacked


def _read_tar(data: bytes, limits: SourceLimits) -> Unpacked:
    unpacked = Unpacked()
    budget = _Budget(limits, len(data))
    stream = _CountingReader(_decompressed(data), budget)
    paths: list[str] = []
    for info, archive in _tar_members(stream):
        budget.count_members(1)
        if info.isdir():
            continue
        path = clean_name(info.name, limits)
        if info.ischr() or info.isblk() or info.isfifo():
            raise Rejected(Reason.ARCHIVE_UNSAFE, "the archive holds a device or a pipe")
        if info.issym() or info.islnk():
            base = path if info.issym() else "x"
            _refuse_leaving_link(base, info.linkname)
            unpacked.omitted["link"] += 1
            continue
        if not info.isreg():
            unpacked.omitted["special"] += 1
            continue
        paths.append(path)
        reason = ignored(path) or ("too_large" if info.size > limits.file_bytes_max else None)
        if reason is not None:
            unpacked.omitted[reason] += 1
            continue
        file = archive.extractfile(info)
        content = file.read() if file is not None else b""
        if len(content) != info.size:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the archive is cut off")
        unpacked.members.append(Member(path, content))
    refuse_collisions(paths)
    return unpacked


def _tar_members(stream: "_CountingReader") -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    try:
        archive = tarfile.open(fileobj=stream, mode="r|", errors="surrogateescape")  # type: ignore[call-overload]  # noqa: SIM115 - it reads and closes, and no more is asked of it
    except tarfile.ReadError as exc:
        raise Rejected(Reason.ARCHIVE_FORMAT, f"this is no archive in a known format ({FORMATS})") from exc
    with archive:
        for info in archive:
            yield info, archive


def _decompressed(data: bytes) -> "_Readable":
    raw = io.BytesIO(data)
    if data[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=raw)
    if data[:3] == b"BZh":
        return bz2.BZ2File(raw)
    if data[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(raw)
    if data[:4] == b"\x28\xb5\x2f\xfd" or data[:6] in {b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"}:
        raise Rejected(Reason.ARCHIVE_FORMAT, f"archives of this kind are not read; hand in one of {FORMATS}")
    return raw


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class _Budget:
    """Members and bytes still allowed."""

    def __init__(self, limits: SourceLimits, packed_bytes: int) -> None:
        self._limits = limits
        self._packed_bytes = max(packed_bytes, 1)
        self._members = 0
        self._bytes = 0

    def count_members(self, number: int) -> None:
        self._members += number
        if self._members > self._limits.members_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {self._limits.members_max} entries")

    def claim(self, number: int) -> None:
        """Count bytes as they unpack, or as the archive says they would."""
        self._bytes += number
        limits = self._limits
        if self._bytes > limits.uncompressed_bytes_max:
            raise Rejected(
                Reason.ARCHIVE_LIMIT, f"the archive unpacks to more than {limits.uncompressed_bytes_max} bytes"
            )
        if self._bytes > limits.ratio_floor_bytes and self._bytes > limits.ratio_max * self._packed_bytes:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive unpacks to more than {limits.ratio_max} times its size")


class _CountingReader:
    """A stream that charges what is read from it."""

    def __init__(self, stream: "_Readable", budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int = -1) -> bytes:
        size = _CHUNK_BYTES if size < 0 else size
        content = self._stream.read(size)
        self._budget.claim(len(content))
        return content

    def close(self) -> None:
        self._stream.close()


def _unicode_name(info: zipfile.ZipInfo) -> str:
    """The name, cp437 taken back where an old packer wrote UTF-8 or cp866 without saying so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "cp866"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refuse_overlaps(infos: list[zipfile.ZipInfo], end: int) -> None:
    """Entries that share bytes unpack the same bomb many times over."""
    spans = sorted((info.header_offset, info.header_offset + 30 + info.compress_size) for info in infos)
    for (_, stop), (start, _) in pairwise(spans):
        if start < stop:
            raise Rejected(Reason.ARCHIVE_UNSAFE, "entries of the archive overlap")
    if spans and spans[-1][1] > end:
        raise Rejected(Reason.ARCHIVE_CORRUPT, "the archive is cut off")


def _refuse_leaving_link(path: str, target: str) -> None:
    """A link within the tree is left out and counted; one that leaves it is an attack or a mistake, and refused."""
    if target.startswith(("/", "\\")) or ":" in target[:2]:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "a link leads out of the archive")
    depth = path.count("/")
    for part in target.replace("\\", "/").split("/"):
        depth += -1 if part == ".." else 0 if part in {"", "."} else 1
        if depth < 0:
            raise Rejected(Reason.ARCHIVE_UNSAFE, "a link leads out of the archive")
