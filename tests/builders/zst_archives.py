"""tar.zst files, honest and hostile, by the frame format of RFC 8878."""

import struct
from collections.abc import Mapping

from backports import zstd

from tests.builders.archives import Content, tar_of


def archive_of(files: Mapping[str, Content]) -> bytes:
    """A tar.zst file, with the checksum that the `zstd` tool writes."""
    return zstd.compress(tar_of(files), options={zstd.CompressionParameter.checksum_flag: 1})


def as_pzstd_writes(files: Mapping[str, Content], piece_bytes: int) -> bytes:
    """A tar.zst file in frames of `piece_bytes`, each behind a frame to be skipped that tells its length."""
    data = tar_of(files)
    made = b""
    for start in range(0, len(data), piece_bytes):
        frame = zstd.compress(data[start : start + piece_bytes])
        made += struct.pack("<4sII", b"\x50\x2a\x4d\x18", 4, len(frame)) + frame
    return made


def of_zeros(size_bytes: int) -> bytes:
    """A tar file of zeros, packed by zstd: ten thousand times smaller and more."""
    return zstd.compress(tar_of({"zeros.txt": bytes(size_bytes)}), 19)


def asking_for_memory(window_log: int, content: bytes | None = None) -> bytes:
    """A frame that claims to look back on 2^`window_log` bytes, whatever its content is."""
    # RFC 8878, 3.1.1: no single segment, so that a window is told; then one raw block, the last.
    content = tar_of({"main.py": "x = 1\n"}) if content is None else content
    block = struct.pack("<I", (len(content) << 3) | 1)[:3] + content
    return b"\x28\xb5\x2f\xfd" + bytes([0, (window_log - 10) << 3]) + block


def with_damaged_byte() -> bytes:
    """A frame whose checksum is another one than its content's."""
    data = bytearray(archive_of({"main.py": "x = 1\n"}))
    data[-1] ^= 0xFF
    return bytes(data)
