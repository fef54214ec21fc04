"""Which archive format some bytes are in, told by content, and archives within archives."""

from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.archive.ledger import Ledger, Unpacked
from app.core.submission.archive.streams import BZIP2, GZIP, XZ, ZSTD
from app.core.submission.archive.tar_reader import read_tar
from app.core.submission.archive.zip_reader import read_zip
from schemas.errors import Reason, Rejected

FORMATS: Final = "zip, tar, tar.gz, tar.bz2, tar.xz and tar.zst"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED: Final = (GZIP, BZIP2, XZ, *ZSTD)
_NOT_READ: Final = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"PK\x07\x08": "split zip",
}
_USTAR_AT: Final = 257


def read_archive(data: bytes, limits: SourceLimits) -> Unpacked:
    """The files in `data`, its format told by content.

    Archives in it are opened `nesting_max` deep, under a folder of their own name. Raises `Rejected`:
    `archive_format`, `archive_corrupt`, `archive_encrypted`, `archive_unsafe`, `archive_limit`,
    `submission_too_large`.
    """
    if len(data) > limits.archive_bytes_max:
        raise Rejected(
            Reason.ARCHIVE_LIMIT, f"the archive has {len(data)} bytes, the limit is {limits.archive_bytes_max}"
        )
    ledger = Ledger(limits, len(data))
    _read(data, ledger)
    return open_nested(ledger)


def open_nested(ledger: Ledger) -> Unpacked:
    """Open the archives that `ledger` put aside; one that cannot be read is a file like any other: left out."""
    while ledger.nested:
        nested = ledger.nested.popleft()
        ledger.open(nested)
        try:
            _read(nested.data, ledger)
        except Rejected as refusal:
            if refusal.reason not in {Reason.ARCHIVE_CORRUPT, Reason.ARCHIVE_ENCRYPTED, Reason.ARCHIVE_FORMAT}:
                raise
            ledger.forget()
            ledger.unpacked.left_out.add("unreadable_archive", nested.path)
            ledger.unpacked.notes.append(f"an archive within the submission is not read: {refusal.detail}")
    return ledger.unpacked


def is_archive(data: bytes) -> bool:
    """Whether `data` starts like an archive, one that is not read included."""
    marks = (*_ZIP, *_COMPRESSED, *_NOT_READ)
    return data.startswith(marks) or data[_USTAR_AT : _USTAR_AT + 5] == b"ustar"


def is_zip(data: bytes) -> bool:
    """Whether `data` starts like a zip file."""
    return data.startswith(_ZIP)


def _read(data: bytes, ledger: Ledger) -> None:
    if not data:
        raise Rejected(Reason.ARCHIVE_CORRUPT, "the archive is empty")
    for magic, name in _NOT_READ.items():
        if data.startswith(magic):
            raise Rejected(Reason.ARCHIVE_FORMAT, f"{name} archives are not read; hand in one of {FORMATS}")
    if data.startswith(_ZIP):
        read_zip(data, ledger)
        return
    try:
        read_tar(data, ledger)
    except Rejected as refusal:
        if refusal.reason is not Reason.ARCHIVE_FORMAT:
            raise
        raise Rejected(Reason.ARCHIVE_FORMAT, f"this is no archive in a known format ({FORMATS})") from refusal
