"""Compressed streams, unpacked piece by piece: what comes out is charged before more of it is asked for."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Final, Protocol

from backports import zstd

from app.core.limits import SourceLimits
from app.core.submission.archive.ledger import Ledger
from schemas.errors import Reason, Rejected

_FEED_BYTES: Final = 16 * 1024
_PIECE_BYTES: Final = 64 * 1024
GZIP: Final = b"\x1f\x8b"
BZIP2: Final = b"BZh"
XZ: Final = b"\xfd7zXZ\x00"
ZSTD: Final = (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))
"""How a zstd frame starts, or one to be skipped (RFC 8878, 3.1.2): pzstd writes such a one first."""


class _Decompressor(Protocol):
    """What bz2, lzma and zstd offer; zlib is made to."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gunzip:
    """zlib's decompressor for gzip, its checksum verified, in the manner of bz2's and lzma's."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self._pending = b""
        self._full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        # A full piece may leave output inside of zlib though all input is taken.
        return not self._pending and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._zlib.decompress(self._pending + data, max_length)
        self._pending = self._zlib.unconsumed_tail
        self._full = len(piece) == max_length
        return piece


class Unpacking:
    """Bytes of a tar file, compressed or not, read forward once."""

    def __init__(self, data: bytes, ledger: Ledger) -> None:
        self._data = data
        self._ledger = ledger
        self._position = 0
        self._buffer = bytearray()
        self._streams = 0
        self._magic, self._new = _codec(data, ledger.limits)
        self._stream: _Decompressor | None = None
        self._ended = not data

    def read(self, size_bytes: int) -> bytes:
        """The next bytes, fewer only at the end. Raises `Rejected`: `archive_corrupt`, `archive_limit`."""
        while len(self._buffer) < size_bytes and not self._ended:
            self._buffer += self._piece()
        taken = bytes(self._buffer[:size_bytes])
        del self._buffer[:size_bytes]
        return taken

    def skip(self, size_bytes: int) -> int:
        """Drop the next bytes; returns how many there were."""
        left = size_bytes
        while left > 0:
            dropped = len(self.read(min(left, _PIECE_BYTES)))
            if dropped == 0:
                break
            left -= dropped
        return size_bytes - left

    def drain(self) -> None:
        """Read to the end, so that a stream's checksum is verified."""
        while self.skip(_PIECE_BYTES):
            pass

    def _piece(self) -> bytes:
        piece = self._stored_piece() if self._new is None else self._unpacked_piece(self._new)
        self._ledger.count_bytes(len(piece))
        return piece

    def _stored_piece(self) -> bytes:
        piece = self._data[self._position : self._position + _PIECE_BYTES]
        self._position += len(piece)
        self._ended = self._position >= len(self._data)
        return piece

    def _unpacked_piece(self, new: Callable[[], _Decompressor]) -> bytes:
        stream = self._stream = self._stream or self._next_stream(new)
        fed = self._data[self._position : self._position + _FEED_BYTES] if stream.needs_input else b""
        if stream.needs_input and not fed:
            raise Rejected(Reason.ARCHIVE_CORRUPT, "the compressed stream is cut off")
        try:
            piece = stream.decompress(fed, _PIECE_BYTES)
        except (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, ValueError) as exc:
            raise Rejected(Reason.ARCHIVE_CORRUPT, f"the compressed stream is damaged ({type(exc).__name__})") from exc
        self._position += len(fed)
        if stream.eof:
            self._position -= len(stream.unused_data)
            self._stream = None
            # Whatever follows and is no further stream is padding, which every unpacker passes over.
            self._ended = not self._data.startswith(self._magic, self._position)
        return piece

    def _next_stream(self, new: Callable[[], _Decompressor]) -> _Decompressor:
        self._streams += 1
        if self._streams > self._ledger.limits.streams_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"more than {self._ledger.limits.streams_max} compressed streams")
        return new()


def _codec(data: bytes, limits: SourceLimits) -> tuple[tuple[bytes, ...], Callable[[], _Decompressor] | None]:
    """How each of the data's compressed streams starts, and what unpacks one; nothing where it is not compressed."""
    if data.startswith(GZIP):
        return (GZIP,), _Gunzip
    if data.startswith(BZIP2):
        return (BZIP2,), bz2.BZ2Decompressor
    if data.startswith(XZ):
        return (XZ,), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=limits.xz_memory_bytes_max)
    if data.startswith(ZSTD):
        window_log = limits.zstd_window_bytes_max.bit_length() - 1
        return ZSTD, lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window_log})
    return (), None
