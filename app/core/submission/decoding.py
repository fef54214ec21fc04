"""A file's bytes as text with line feeds: byte order mark, coding cookie, UTF-8, then Russian, then a detector."""

import codecs
import re
from collections import Counter
from typing import Final

from app.core.limits import SourceLimits
from app.core.submission.cyrillic import guess_cyrillic
from schemas.base import without_lone_surrogates

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COOKIE: Final = re.compile(rb"[ \t\f]*#[^\n]{0,200}?coding[:=][ \t]*([-\w.]{1,40})")  # PEP 263
_COOKIE_CODECS: Final = {
    "ascii", "utf-8", "cp1251", "cp866", "cp855", "koi8-r", "koi8-u", "mac-cyrillic", "iso8859-5",
    "cp1250", "cp1252", "cp1253", "cp1254", "cp1257", "iso8859-1", "iso8859-2", "iso8859-9", "iso8859-15",
    "gbk", "gb2312", "gb18030", "big5", "shift_jis", "euc_jp", "cp932", "euc_kr", "cp949",
}  # fmt: skip
"""Encodings that files are written in. Python knows others, some of which take quadratic time or are no text."""

_DETECTED: Final = ["cp1251", "koi8_r", "cp866", "mac_cyrillic", "cp1252", "cp1250", "cp1254", "gb18030", "shift_jis"]


class TextDecoder:
    """Decodes one submission's files; guessing is dear, so only so many files are guessed at."""

    def __init__(self, limits: SourceLimits) -> None:
        self._limits = limits
        self._guesses_left = limits.detect_files_max
        self._guessed: Counter[str] = Counter()
        self._repaired = 0

    def decode(self, path: str, data: bytes) -> tuple[str, None] | tuple[None, str]:
        """The text, or the reason why there is none: `binary`, or `encoding` where no more files are guessed at."""
        for mark, encoding in _BOMS:
            if data.startswith(mark):
                return self._checked(_decoded(data[len(mark) :], encoding))
        if b"\x00" in data:
            return None, "binary"
        cookie = _cookie(data) if path.endswith((".py", ".pyi", ".pyw")) else None
        text = _decoded(data, cookie) if cookie else None
        if text is None:
            text = _decoded(data, "utf-8")
        if text is not None:
            return self._checked(text)
        if self._guesses_left == 0:
            return None, "encoding"
        self._guesses_left -= 1
        return self._checked(self._guess(data))

    def clean(self, text: str) -> tuple[str, None] | tuple[None, str]:
        """The same for what comes as text already."""
        return self._checked(text)

    def notes(self) -> list[str]:
        """What a reader should know of the encodings."""
        notes = [f"files that are no UTF-8 and were read as {name}: {number}" for name, number in self._guessed.items()]
        if self._repaired:
            notes.append(f"files with broken Unicode (lone surrogates), replaced by U+FFFD: {self._repaired}")
        return notes

    def _checked(self, text: str | None) -> tuple[str, None] | tuple[None, str]:
        if text is None or "\x00" in text:
            return None, "binary"
        repaired = without_lone_surrogates(text)
        self._repaired += repaired != text
        return repaired.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), None

    def _guess(self, data: bytes) -> str | None:
        sample = data[: self._limits.detect_bytes_max]
        encoding = guess_cyrillic(sample)
        if encoding is None:
            import charset_normalizer  # noqa: PLC0415 - it takes a fifth of a second, and few submissions need it

            best = charset_normalizer.from_bytes(sample, cp_isolation=_DETECTED, preemptive_behaviour=False).best()
            if best is None:
                return None
            encoding = best.encoding
        self._guessed[encoding] += 1
        return data.decode(encoding, "replace")


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _cookie(data: bytes) -> str | None:
    for line in data[:1024].splitlines()[:2]:
        found = _COOKIE.match(line)
        if found:
            try:
                name = codecs.lookup(found[1].decode("ascii", "replace")).name
            except LookupError:
                return None
            return name if name in _COOKIE_CODECS else None
    return None
