"""Zip archives: stored, deflate, bzip2 and LZMA, zip64, names in UTF-8, cp437 or a Russian encoding.

The central directory is judged whole before a byte is unpacked; what is not wanted is never unpacked.
"""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import Final

from app.core.submission.archive.ledger import Ledger
from app.core.submission.archive.zip_methods import BOUNDED, unpack_bounded
from app.core.submission.ignored import ignored
from app.core.submission.member_names import clean_name, refuse_leaving_link, russian_name_encoding
from schemas.errors import Reason, Rejected

_CENTRAL_ENTRY: Final = b"PK\x01\x02"
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8: Final = 0x800
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, *BOUNDED}
_ROOTS: Final = {"/", "./", ".\\"}  # some packers list the folder that they pack
_LINK_BYTES_MAX: Final = 4096  # PATH_MAX of every system that writes links into zip files
_FILE_TYPES: Final = {0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK}
_DAMAGE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # of seeks before the start; UnicodeError is one too
    OverflowError,
    IndexError,
    NotImplementedError,
)


def read_zip(data: bytes, ledger: Ledger) -> None:
    """Put what is wanted of the zip file `data` into `ledger`.

    Raises `Rejected`: `archive_corrupt`, `archive_encrypted`, `archive_format`, `archive_unsafe`, `archive_limit`.
    """
    # Counted before zipfile makes an object of half a kilobyte for each: a signature is an entry, or lies in a
    # nested archive that is stored, so this is never too low.
    if data.count(_CENTRAL_ENTRY) > ledger.limits.members_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"more than {ledger.limits.members_max} entries")
    try:
        with zipfile.ZipFile(_BoundedFile(data, ledger.limits.zip_directory_bytes_max)) as archive:
            _read_entries(archive, data, ledger)
    except _DAMAGE as exc:
        raise Rejected(Reason.ARCHIVE_CORRUPT, f"the zip file is damaged or cut off ({type(exc).__name__})") from exc


class _BoundedFile(io.BytesIO):
    """A file that refuses a read of more bytes: zipfile takes the directory, as large as it claims to be, in one."""

    def __init__(self, data: bytes, read_bytes_max: int) -> None:
        super().__init__(data)
        self._read_bytes_max = read_bytes_max

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self._read_bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"the zip file's directory has more than {self._read_bytes_max} bytes")
        return super().read(size)


def _read_entries(archive: zipfile.ZipFile, data: bytes, ledger: Ledger) -> None:
    raw_names = (raw for info in archive.infolist() if (raw := _raw_name(info)) is not None)
    encoding = russian_name_encoding(raw_names)
    entries = [
        (clean_name(_name(info, encoding), ledger.limits), info)
        for info in archive.infolist()
        if info.orig_filename not in _ROOTS
    ]
    ledger.count_entries(len(archive.infolist()))
    for path, info in entries:
        _refuse_special(path, info)
        ledger.count_bytes(info.file_size)
    _refuse_overlaps(archive, data)
    for path, info in entries:
        if _is_folder(info):
            continue
        if stat.S_IFMT(info.external_attr >> 16) == stat.S_IFLNK:
            if ignored(path) is None:
                refuse_leaving_link(path, _link_target(archive, data, info))
            ledger.omit(ignored(path) or "link", path)
        elif ledger.wants(path, info.file_size):
            ledger.keep(path, _content(archive, data, info))


def _refuse_special(path: str, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise Rejected(Reason.ARCHIVE_ENCRYPTED, "the zip file is encrypted; hand it in without a password")
    if stat.S_IFMT(info.external_attr >> 16) not in _FILE_TYPES and ignored(path) is None:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "the zip file holds a device, a pipe or a socket")


def _link_target(archive: zipfile.ZipFile, data: bytes, info: zipfile.ZipInfo) -> str:
    if info.file_size > _LINK_BYTES_MAX:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a link's target has more than {_LINK_BYTES_MAX} bytes")
    return _content(archive, data, info).decode("utf-8", "replace")


def _content(archive: zipfile.ZipFile, data: bytes, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type not in _METHODS:
        raise Rejected(
            Reason.ARCHIVE_FORMAT,
            f"the zip file is packed by method {info.compress_type}; stored, deflate, bzip2 and LZMA are read",
        )
    if info.compress_type in BOUNDED:
        return unpack_bounded(info, _packed(data, info))
    with archive.open(info) as stream:
        # Never `read()`: it inflates everything before it looks at the declared size.
        content = stream.read(info.file_size)
    if len(content) != info.file_size:
        raise Rejected(Reason.ARCHIVE_CORRUPT, "a file of the zip file is shorter than its directory says")
    return content


def _packed(data: bytes, info: zipfile.ZipInfo) -> bytes:
    _, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(data, info.header_offset)
    start = info.header_offset + _LOCAL_HEADER.size + name_bytes + extra_bytes
    return data[start : start + info.compress_size]


def _refuse_overlaps(archive: zipfile.ZipFile, data: bytes) -> None:
    """Entries that share bytes unpack one bomb many times over."""
    spans = []
    for info in archive.infolist():
        if info.header_offset < 0:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the zip file's directory points before its start")
        signature, name_bytes, extra_bytes = _LOCAL_HEADER.unpack_from(data, info.header_offset)
        if signature != b"PK\x03\x04":
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the zip file's directory points at something else than a file")
        start = info.header_offset
        spans.append((start, start + _LOCAL_HEADER.size + name_bytes + extra_bytes + info.compress_size))
    spans.sort()
    spans.append((archive.start_dir, archive.start_dir))
    if any(start < stop for (_, stop), (start, _) in pairwise(spans)):
        raise Rejected(Reason.ARCHIVE_UNSAFE, "entries of the zip file overlap")


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16)


def _raw_name(info: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name that is not marked as UTF-8 and is none; else None."""
    name = info.orig_filename
    if info.flag_bits & _UTF8 or name.isascii():
        return None
    raw = name.encode("cp437")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw
    return None


def _name(info: zipfile.ZipInfo, encoding: str | None) -> str:
    """The name in Unicode: packers that do not mark it write UTF-8 (macOS), a Russian `encoding` or cp437."""
    name = info.orig_filename
    if info.flag_bits & _UTF8 or name.isascii():
        return name
    raw = _raw_name(info)
    if raw is None:
        return name.encode("cp437").decode("utf-8")
    return raw.decode(encoding, "replace") if encoding else name
