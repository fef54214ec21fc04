"""Why a file that is there cannot be read: what a student has to know to hand it in again.

A file is never unreadable without a cause, and where a line tells more than the cause alone, it is named.
"""

import json
import re
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.notebook import has_too_many_values
from app.core.submission.sources import FileKind, Unread

DESCRIPTIONS: Final = {
    "binary": "no text in any encoding",
    "empty": "empty",
    "encoding": "no UTF-8, and too many other files to guess at",
    "html": "a web page saved under this name",
    "lfs_pointer": "a Git LFS pointer, not the file itself",
    "merge_markers": "merge conflict markers",
    "no_cells": "JSON, but without a notebook's cells",
    "not_json": "no valid JSON",
    "nul_bytes": "NUL bytes",
    "rtf": "a word processor's document saved under this name",
    "too_many_values": "more values than a notebook holds",
    "truncated": "cut off",
}
"""What the causes found here mean; others are reasons for which a file is left out, and say it themselves."""

_LFS: Final = re.compile(r"version https?://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v\d+\n")
_LFS_CHARS_MAX: Final = 1024  # a pointer is smaller by its specification
_HTML: Final = re.compile(
    r"\s{0,1000}(?:<\?xml[^>]{0,200}>\s{0,100})?(?:<!--[^>]{0,200}-->\s{0,100})?<(?:!doctype html|html)\b",
    re.IGNORECASE,
)
_RTF: Final = "{\\rtf"
_MARKER: Final = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: .*)?$|^={7}$", re.MULTILINE)
_CODE: Final = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_CONTROLS_SHARE_MAX: Final = 0.1  # of the characters beside the NULs; more of them are data, not a damaged text
_SAMPLE_BYTES: Final = 64 * 1024


def described(unread: Unread) -> str:
    """The cause in English, with its line if it has one."""
    words = DESCRIPTIONS.get(unread.cause, unread.cause)
    return words if unread.line is None else f"{words} at line {unread.line}"


def unread_note(path: str, kind: FileKind, unread: Unread) -> str:
    """What a coverage says of code that was not read."""
    what = "no notebook that can be read" if kind is FileKind.NOTEBOOK else "not read"
    return f"{path} is {what}: {described(unread)}"


def something_else(text: str, kind: FileKind) -> Unread | None:
    """What `text` is where it is certainly not what its file should hold."""
    if len(text) <= _LFS_CHARS_MAX and _LFS.match(text):
        return Unread("lfs_pointer")
    if kind in _CODE and _HTML.match(text):
        return Unread("html")
    if kind in _CODE and text.startswith(_RTF):
        return Unread("rtf")
    return None


def why_no_notebook(text: str, limits: SourceLimits) -> Unread:
    """Why `text`, which is no notebook that can be read, is none."""
    if not text.strip():
        return Unread("empty")
    marker = _MARKER.search(text)
    if marker:
        return Unread("merge_markers", text.count("\n", 0, marker.start()) + 1)
    if has_too_many_values(text, limits):
        return Unread("too_many_values")
    try:
        json.loads(text)
    except json.JSONDecodeError as exc:
        unterminated = exc.pos >= len(text.rstrip()) or exc.msg.startswith("Unterminated string")
        return Unread("truncated" if unterminated else "not_json", exc.lineno)
    except (ValueError, RecursionError):
        return Unread("not_json")
    return Unread("no_cells")


def why_no_text(content: bytes | str, reason: str) -> Unread:
    """Why `content` was left out for `reason`: of a text that was damaged by NUL bytes the first one's line."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if reason != "binary" or b"\x00" not in data:
        return Unread(reason)
    rest = data[:_SAMPLE_BYTES].replace(b"\x00", b"")
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in rest)
    if not rest.strip() or controls > _CONTROLS_SHARE_MAX * len(rest) or not _is_utf8(rest):
        return Unread("binary")
    return Unread("nul_bytes", data.count(b"\n", 0, data.index(b"\x00")) + 1)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as exc:
        return exc.reason == "unexpected end of data"  # where the sample ends
    return True
