"""Tar archives: ustar, GNU and pax, read forward in bounded memory.

tarfile reads the single header blocks; what stands between them is read here, for tarfile keeps whatever an
extended header claims to hold (gigabytes, or a quadratic number of keys), calls itself for each one, and takes a
damaged header in the middle for the archive's end.
"""

import tarfile
from dataclasses import dataclass
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.archive.ledger import Ledger
from app.core.submission.archive.streams import Unpacking
from app.core.submission.ignored import ignored
from app.core.submission.member_names import clean_name, escape_undecodable, refuse_leaving_link, russian_name_encoding
from schemas.errors import Reason, Rejected

_BLOCK: Final = 512
_FILES: Final = {tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE}
_SPECIAL: Final = {tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE}
_WITHOUT_DATA: Final = {tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, *_SPECIAL}
_PAX: Final = {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
_LONG: Final = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
_UTF8_BYTES_MAX: Final = 4  # of one character
_LETTERS_TELLING: Final = 40  # letters of names after which their encoding is settled
_PAX_DIGITS_MAX: Final = 12  # of a record's length; the header's own limit is far below


@dataclass(slots=True)
class _Extensions:
    """What the headers before an entry say about it."""

    path: str | None = None
    link: str | None = None
    size_bytes: int | None = None
    sparse: bool = False


class _Names:
    """The names of one archive, read forward: what is no UTF-8 is in the encoding that all such names so far tell."""

    def __init__(self) -> None:
        self._seen: list[bytes] = []
        self._letters = 0
        self._encoding: str | None = None

    def decode(self, name: str) -> str:
        """`name` as people wrote it, its odd bytes kept by `surrogateescape` until here."""
        raw = name.encode("utf-8", "surrogateescape")
        if self._letters < _LETTERS_TELLING and escape_undecodable(name) != name:
            self._seen.append(raw)
            self._letters += sum(byte > 0x7F for byte in raw)
            self._encoding = russian_name_encoding(self._seen)
        return escape_undecodable(name, self._encoding)


def read_tar(data: bytes, ledger: Ledger) -> None:
    """Put what is wanted of the tar file `data`, compressed or not, into `ledger`.

    Raises `Rejected`: `archive_format` if it is none, `archive_corrupt`, `archive_unsafe`, `archive_limit`.
    """
    stream = Unpacking(data, ledger)
    names = _Names()
    block = stream.read(_BLOCK)
    if len(block) < _BLOCK or not (_is_end(block) or _parsed(block)):
        raise Rejected(Reason.ARCHIVE_FORMAT, "the file holds no tar archive")
    while not _is_end(block):
        entry, extensions = _entry(block, stream, ledger)
        ledger.count_entries()
        _read_entry(entry, extensions, names, stream, ledger)
        block = stream.read(_BLOCK)
        if len(block) < _BLOCK:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the tar archive is cut off before its end mark")
    stream.drain()


def _entry(block: bytes, stream: Unpacking, ledger: Ledger) -> tuple[tarfile.TarInfo, _Extensions]:
    """The next entry proper, with what the extended headers before it say."""
    extensions = _Extensions()
    for _ in range(ledger.limits.tar_headers_max + 1):
        info = _parsed(block)
        if info is None or info.size < 0:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "a header of the tar archive is damaged")
        if info.type not in _PAX | _LONG:
            return info, extensions
        if info.size > ledger.limits.tar_header_bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"an extended tar header has {info.size} bytes")
        content = stream.read(_padded(info.size))
        _extend(extensions, info.type, content[: info.size], ledger.limits)
        block = stream.read(_BLOCK)
    raise Rejected(Reason.ARCHIVE_LIMIT, f"more than {ledger.limits.tar_headers_max} tar headers for one entry")


def _extend(extensions: _Extensions, kind: bytes, content: bytes, limits: SourceLimits) -> None:
    if kind == tarfile.GNUTYPE_LONGNAME:
        extensions.path = _text(content.split(b"\x00", 1)[0], limits)
    elif kind == tarfile.GNUTYPE_LONGLINK:
        extensions.link = _text(content.split(b"\x00", 1)[0], limits)
    elif kind != tarfile.XGLTYPE:  # a global header names the commit (git archive), never a path of ours
        for key, value in _pax_records(content):
            if key == b"path":
                extensions.path = _text(value, limits)
            elif key == b"linkpath":
                extensions.link = _text(value, limits)
            elif key == b"size" and value.isdigit() and len(value) <= _PAX_DIGITS_MAX:
                extensions.size_bytes = int(value)
            elif key.startswith(b"GNU.sparse."):
                extensions.sparse = True


def _pax_records(content: bytes) -> list[tuple[bytes, bytes]]:
    """Records `<length> <key>=<value>` + line feed, the length in decimal over all of the record (POSIX pax)."""
    records = []
    position = 0
    while position < len(content) and content[position] != 0:
        digits, space, _ = content[position : position + _PAX_DIGITS_MAX].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = content[position : position + length]
        key, equals, value = record[len(digits) + 1 : -1].partition(b"=")
        if not equals or len(record) != length or record[-1:] != b"\n":
            raise Rejected(Reason.ARCHIVE_CORRUPT, "an extended tar header is damaged")
        records.append((key, value))
        position += length
    return records


def _read_entry(
    info: tarfile.TarInfo, extensions: _Extensions, names: _Names, stream: Unpacking, ledger: Ledger
) -> None:
    size = info.size if extensions.size_bytes is None else extensions.size_bytes
    if info.type == tarfile.GNUTYPE_SPARSE:
        _skip_sparse_headers(info, stream)
    data_bytes = 0 if info.type in _WITHOUT_DATA else size
    name = names.decode(extensions.path or info.name)
    if info.type == tarfile.DIRTYPE and name in {"", ".", "./"}:  # `tar -C folder .`
        return
    path = clean_name(name, ledger.limits)
    if info.type in _FILES and not extensions.sparse and not name.endswith("/") and ledger.wants(path, size):
        content = stream.read(size)
        if len(content) != size:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the tar archive is cut off within a file")
        ledger.keep(path, content)
        data_bytes = 0
        stream.skip(_padded(size) - size)
    elif info.type not in _FILES:
        _leave_out(info, path, names.decode(extensions.link or info.linkname), ledger)
    elif extensions.sparse:
        ledger.omit("data", path)
    if stream.skip(_padded(data_bytes)) != _padded(data_bytes):
        raise Rejected(Reason.ARCHIVE_CORRUPT, "the tar archive is cut off within a file")


def _leave_out(info: tarfile.TarInfo, path: str, target: str, ledger: Ledger) -> None:
    reason = ignored(path)
    if info.type == tarfile.DIRTYPE:
        return
    if reason is None and info.type in _SPECIAL:
        raise Rejected(Reason.ARCHIVE_UNSAFE, "the tar archive holds a device or a pipe")
    is_link = info.type in {tarfile.SYMTYPE, tarfile.LNKTYPE}
    if reason is None and is_link:
        refuse_leaving_link(path if info.type == tarfile.SYMTYPE else "", target)
    left_out_as = "link" if is_link else "data" if info.type == tarfile.GNUTYPE_SPARSE else "special"
    ledger.omit(reason or left_out_as, path)


def _skip_sparse_headers(info: tarfile.TarInfo, stream: Unpacking) -> None:
    """Old GNU sparse files list further holes in blocks of their own, each with a mark that one more follows."""
    more = bool(getattr(info, "_sparse_structs", ((), False, 0))[1])
    while more:
        block = stream.read(_BLOCK)
        more = len(block) == _BLOCK and block[504] != 0


def _parsed(block: bytes) -> tarfile.TarInfo | None:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError, OverflowError):
        return None


def _is_end(block: bytes) -> bool:
    return block.count(0) == _BLOCK


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK) * _BLOCK


def _text(raw: bytes, limits: SourceLimits) -> str:
    if len(raw) > limits.name_chars_max * _UTF8_BYTES_MAX:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"a name has more than {limits.name_chars_max} characters")
    return raw.decode("utf-8", "surrogateescape")
