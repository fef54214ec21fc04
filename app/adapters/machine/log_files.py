"""Test logs on disk or from standard input, bounded and decoded, for the command line."""

import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from app.core.limits import LogLimits, SourceLimits
from app.core.submission.decoding import TextDecoder
from schemas.errors import StartRefused
from schemas.submission import NamedLog

_STDIN: Final = Path("-")
_BYTES_PER_CHAR: Final = 4
_CURE: Final = "name a test log's file, a folder of them, or - for stdin"
_PIECE_BYTES: Final = 1024 * 1024
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")  # what PowerShell's `>` writes


def read_log_files(paths: Iterable[Path], limits: LogLimits) -> tuple[NamedLog, ...]:
    """The logs at `paths`: files, folders of files (not of folders), `-` for standard input.

    One more than `logs_max` at most, so that it is seen that some are left out. Raises `StartRefused` for what cannot
    be read.
    """
    decoder = TextDecoder(SourceLimits())
    return tuple(_read(path, decoder, limits) for path in islice(_files(paths), limits.logs_max + 1))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path == _STDIN or not path.is_dir():
            yield path
            continue
        try:
            names = sorted(entry.name for entry in os.scandir(path) if entry.is_file() and entry.name[:1] != ".")
        except OSError as exc:
            raise _unreadable(path, exc) from exc
        if not names:
            raise StartRefused(f"{path} holds no files", _CURE)
        yield from (path / name for name in names)


def _read(path: Path, decoder: TextDecoder, limits: LogLimits) -> NamedLog:
    bytes_max = limits.log_chars_max * _BYTES_PER_CHAR
    try:
        if path == _STDIN:
            return NamedLog(name="stdin", text=_text(*_ends(sys.stdin.buffer, bytes_max), decoder))
        if path.is_char_device() or path.is_block_device():
            raise StartRefused(f"{path} is a device, which may never end", _CURE)
        with path.open("rb") as file:
            return NamedLog(name=path.name[:256], text=_text(*_ends(file, bytes_max), decoder))
    except OSError as exc:
        raise _unreadable(path, exc) from exc


def _ends(file: BinaryIO, bytes_max: int) -> tuple[bytes, int, bytes]:
    """The file's head, how many bytes lie between, and its tail: of a file of any size, and of a pipe."""
    half = bytes_max // 2
    head = file.read(half)
    tail = b""
    left_out = 0
    if file.seekable():
        left_out = max(0, file.seek(0, os.SEEK_END) - 2 * half)
        file.seek(len(head) + left_out)
    while piece := file.read(_PIECE_BYTES):
        tail += piece
        if len(tail) > 2 * half:
            left_out += len(tail) - half
            tail = tail[-half:]
    if len(tail) > half:
        left_out += len(tail) - half
        tail = tail[-half:]
    return head, left_out, tail


def _text(head: bytes, left_out: int, tail: bytes, decoder: TextDecoder) -> str:
    if not left_out:
        return _decoded(head + tail, decoder)
    mark = head[:2] if head.startswith(_UTF16) else b""
    if mark and left_out % 2:
        tail = tail[1:]
    return f"{_decoded(head, decoder)}\n[... {left_out} bytes left out ...]\n{_decoded(mark + tail, decoder)}"


def _decoded(data: bytes, decoder: TextDecoder) -> str:
    text, _ = decoder.decode("test.log", data)
    if text is not None:
        return text
    try:
        return data.decode("utf-8")  # a stray NUL makes no text binary: it is dropped like other control characters
    except UnicodeDecodeError:
        return f"[... {len(data)} bytes that are no text left out ...]"


def _unreadable(path: Path, exc: OSError) -> StartRefused:
    return StartRefused(f"{path} cannot be read: {exc.strerror}", _CURE)
