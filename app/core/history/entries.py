"""An entry of a table as it is stored: its stamp in clear, so that a scan need not unpack it, then deflated JSON."""

import zlib
from struct import Struct
from typing import Final, TypeVar

from schemas.base import Schema
from schemas.codec import decode, encode

S = TypeVar("S", bound=Schema)

_STAMP: Final = Struct(">Iq")  # partition of the source topic, and the offset that the entry was stamped with
_COMPRESSION_LEVEL: Final = 6


def pack(entry: Schema, partition: int, offset: int) -> bytes:
    """`entry` with the place of the event that it was written for."""
    return _STAMP.pack(partition, offset) + zlib.compress(encode(entry), _COMPRESSION_LEVEL)


def unpack(schema: type[S], value: bytes) -> S:
    """The entry that `pack` made into `value`."""
    return decode(schema, zlib.decompress(memoryview(value)[_STAMP.size :]))


def stamp_of(value: bytes) -> tuple[int, int]:
    """Partition and offset of the event that a stored entry was written for."""
    partition, offset = _STAMP.unpack_from(value)
    return partition, offset
