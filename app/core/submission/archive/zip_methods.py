"""Zip entries packed by bzip2 or LZMA, unpacked no further than their directory says.

zipfile reads both, but unpacks whatever a piece of them holds before it looks at the size: 500 bytes of bzip2 may
stand for 45 MB.
"""

import bz2
import lzma
import struct
import zipfile
import zlib
from typing import Final

from schemas.errors import Reason, Rejected

BOUNDED: Final = frozenset({zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_PROPERTIES: Final = struct.Struct("<2xHBI")  # APPNOTE.TXT 5.8.8: version, size of what follows, LZMA's own five bytes
_DICTIONARY_BYTES_MIN: Final = 4096  # liblzma takes no less


def unpack_bounded(info: zipfile.ZipInfo, packed: bytes) -> bytes:
    """The bytes of an entry of one of the methods in `BOUNDED`. Raises `Rejected(archive_corrupt)`, or the library's.

    `packed` are the entry's own bytes, its local header left out.
    """
    if info.compress_type == zipfile.ZIP_BZIP2:
        content = bz2.BZ2Decompressor().decompress(packed, info.file_size + 1)
    else:
        content = _lzma(info, packed)
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise Rejected(Reason.ARCHIVE_CORRUPT, "a file of the zip file is not what its directory says")
    return content


def _lzma(info: zipfile.ZipInfo, packed: bytes) -> bytes:
    properties_bytes, packing, dictionary_bytes = _PROPERTIES.unpack_from(packed)
    packing, literal_context = divmod(packing, 9)
    position_bits, literal_position = divmod(packing, 5)
    options = {
        "id": lzma.FILTER_LZMA1,
        # Nothing refers to more than the file itself, whatever memory the header asks for.
        "dict_size": max(min(dictionary_bytes, info.file_size), _DICTIONARY_BYTES_MIN),
        "lc": literal_context,
        "lp": literal_position,
        "pb": position_bits,
    }
    decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[options])
    return decompressor.decompress(packed[4 + properties_bytes :], info.file_size + 1)
