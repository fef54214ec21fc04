"""A raw log made fit for reading: no colours, no control characters, bounded lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from app.core.limits import LogLimits
from app.core.testlog.prefixes import from_json, other_readings, without_prefixes

TITLE_CHARS_MAX = 120
"""One title of several that make up a test's name: it stands once in the log and in the names of all beneath it."""

TITLES_DEEP_MAX = 12
"""Titles within titles."""

# CSI sequences (colours), OSC and APC sequences (titles, links, Buildkite's times), the two-character rest of ECMA-48.
# None of them takes a `<`, nor a quote or `&` behind the escape: where a message ends in one, those are its XML's.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-;=-?]{0,64}[ -/]{0,16}[@-~]|[\]_P^X][^<\x07\x1b\r\n]{0,2048}(?:\x07|\x1b\\)|[ #-%(-/]?[0-;=-~])",
)
# Control characters except tab and line feed, marks that reorder text, line separators, lone surrogates.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]",
)
_CONTROLS_BUT_RETURNS = re.compile(_CONTROLS.pattern.replace("\x0b-\x1f", "\x0b\x0c\x0e-\x1f"))
_LINE_END = re.compile(r"(?<!\r)\r{1,8}\n")
_BLANK_RUN = re.compile(r"\n{4,}")


@dataclass(frozen=True, slots=True)
class Log:
    """One log: `text` as cleaned, `lines` each cut to its limit, and whether anything was left out of the middle."""

    name: str
    text: str
    lines: tuple[str, ...]
    cut: bool


def readings(name: str, text: str, chars_max: int, limits: LogLimits) -> tuple[list[Log], Iterator[Log]]:
    """The log as most of its lines have it, in one or two ways; and then guesses, the likeliest first.

    At most `chars_max` characters of `text` are read: where it is longer its head and its tail, half of each.
    """
    cut = len(text) > chars_max
    if cut:
        left_out = len(text) - chars_max
        half = chars_max // 2
        text = f"{text[:half]}\n[... {left_out} characters left out ...]\n{text[len(text) - half :]}"
    text = _LINE_END.sub("\n", from_json(text))
    if "\n" not in text:
        text = text.replace("\r", "\n")
    # What a carriage return overwrites has the line's prefix before it: prefixes come off first.
    if text.count("\x00") * 3 > len(text):  # UTF-16 taken for an encoding of one byte: a NUL within each escape
        text = text.replace("\x00", "")
    text = _CONTROLS_BUT_RETURNS.sub("", _ESCAPES.sub("", text) if "\x1b" in text else text)
    likely = without_prefixes(text)
    return (
        [_log(name, plain, limits, cut=cut) for plain in likely],
        (_log(name, other, limits, cut=cut) for other in other_readings(text, likely[0])),
    )


def _log(name: str, text: str, limits: LogLimits, *, cut: bool) -> Log:
    if "\x1b" in text:  # what JSON hid beneath a prefix
        text = _ESCAPES.sub("", text)
    text = _BLANK_RUN.sub("\n\n\n", _LINE_END.sub("\n", text).replace("\r", "\n"))
    lines = text.split("\n")
    if len(lines) > limits.lines_max:
        cut = True
        half = limits.lines_max // 2
        lines = [*lines[:half], f"[... {len(lines) - 2 * half} lines left out ...]", *lines[-half:]]
    return Log(name, text, tuple(line[: limits.line_chars_max].rstrip() for line in lines), cut)


def scrub(text: str) -> str:
    """`text` without escape sequences and control characters other than tab and line feed."""
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    return _CONTROLS.sub("", text)


def clip(text: str, chars_max: int) -> str:
    """`text` cut to `chars_max` characters, the last one then an ellipsis."""
    return text if len(text) <= chars_max else f"{text[: chars_max - 1]}…"


def one_line(text: str, chars_max: int) -> str:
    """`text` scrubbed, on one line, cut to `chars_max` characters."""
    return clip(scrub(text[: 4 * chars_max]).replace("\n", " ").replace("\t", " ").strip(), chars_max)


def shortened_id(text: str, chars_max: int) -> str:
    """`text` as a test's id on one line; where it is too long, a digest keeps ids with one beginning apart."""
    whole = scrub(text).replace("\n", " ").replace("\t", " ").strip()
    if len(whole) <= chars_max:
        return whole
    return f"{whole[: chars_max - 9]}…{sha256(whole.encode()).hexdigest()[:8]}"


def paragraph(text: str, chars_max: int) -> str:
    """`text` scrubbed, without blank edges, cut to `chars_max` characters."""
    return clip(scrub(text[: 4 * chars_max]).strip("\n").rstrip(), chars_max)


def whole_number(text: str) -> int | None:
    """The number that `text` is, or None; more than nine digits are no count of tests."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def seconds(text: str) -> float | None:
    """The decimal number that `text` is, or None."""
    plain = text.replace(".", "", 1)
    return float(text) if plain.isascii() and plain.isdigit() and len(text) <= 16 else None
