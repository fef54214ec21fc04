"""A quote and a line of code in one form, in which they can be compared.

A reviewer quotes from a listing in which lines are numbered, cut and masked, and it quotes as people do: other layout,
other quotation marks, marks around the whole. None of that makes it another line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.core.masking.students_text import mask

QUOTED_CHARS_MAX: Final = 4000
"""Of a quote, what is looked at: more is a model caught in a loop."""

_LINES_MAX: Final = 40
_SPACE_BESIDE_A_SIGN: Final = re.compile(r" (?!\w)|(?<!\w) ")
_ESCAPED_MARK: Final = re.compile(r"\\(?=[\"'`])")
_MARKS: Final = str.maketrans(dict.fromkeys('"`´\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f«»', "'"))
_SPACE: Final = re.compile(r"[^\S\n]+")
_UNSEEN: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufffd]+")
_NUMBERED: Final = re.compile(r"\s{0,8}(?:(?:\d{1,7}\s?)?[-+ ]?\s?[|│]|\d{1,7}\+)\s?")
_COUNTED: Final = re.compile(r"\s{0,8}\d{1,7}\s?[:.)\t]\s?")
_FENCE: Final = re.compile(r"\s{0,8}(?:```|~~~)")
_ELLIPSIS: Final = re.compile(r"…|\.\.\.|'(?:masked|student|e-mail|name)'")
"""Of a line in plain form, what stands for something that was cut or masked."""

_SAYING_NOTHING: Final = frozenset(
    {
        *("begin", "break", "continue", "do", "done", "else", "end", "endif", "esac", "fi", "finally", "pass"),
        *("return", "then", "try"),
    }
)
_WORD: Final = re.compile(r"\w+")
_TELLING_CHARS_MIN: Final = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """Lines that stand one under the other, in plain form, none of them empty.

    `is_cut` where the reviewer left something out of the line (there is one then): `pieces` stand in it in this order.
    """

    lines: tuple[str, ...]
    pieces: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The lines as they stand in a file in plain form."""
        return "\n".join(self.lines)

    @property
    def is_cut(self) -> bool:
        """Whether a part of the line is quoted, with an ellipsis for the rest."""
        return bool(self.pieces)


def plain(text: str) -> str:
    """`text` with its layout, its kind of quotation marks and what cannot be seen left out; lines stay lines.

    Of white space a single blank stays where it keeps two words apart. Secrets must have been masked before.
    """
    text = _SPACE.sub(" ", _UNSEEN.sub("", text))
    text = _SPACE_BESIDE_A_SIGN.sub("", text)
    return _ESCAPED_MARK.sub("", text).translate(_MARKS)


def count_word_chars(text: str) -> int:
    """Letters, digits and underscores in `text`."""
    return sum(map(len, _WORD.findall(text)))


def is_telling(text: str) -> bool:
    """Whether code in plain form says enough to prove anything: `)`, `i` and `else:` do not."""
    return count_word_chars(text) >= _TELLING_CHARS_MIN and not is_mere_keyword(text)


def is_mere_keyword(text: str) -> bool:
    """Whether `text` has words, and none that tells one place from another."""
    words = _WORD.findall(text)
    return bool(words) and _SAYING_NOTHING.issuperset(words)


def readings_of(quote: str) -> Iterator[Quote]:
    """What `quote` may mean, the most literal reading first.

    As it is; without the marks, numbers and signs of a listing; without marks around it; with an ellipsis taken for
    what was left out. Of a quote that shows removed lines alone there is none.
    """
    given = mask(quote[:QUOTED_CHARS_MAX]).split("\n")[:_LINES_MAX]
    bare = [line for line in given if not _FENCE.match(line)]
    listed = _without_numbers(bare)
    if listed is None:
        return
    seen: set[tuple[str, ...]] = set()
    for lines in (given, bare, listed, _uncounted(listed), _signless(listed), _unmarked(listed)):
        texts = tuple(text for line in lines if (text := plain(line)))
        if texts and texts not in seen:
            seen.add(texts)
            yield Quote(texts)
    yield from _cut_reading(listed)


def _without_numbers(lines: list[str]) -> list[str] | None:
    """Lines without what a listing puts before them, removed ones left out; None where there are no others."""
    prefixes = [_NUMBERED.match(line) for line in lines]
    is_listing = any(prefixes)
    kept = [
        line[prefix.end() :] if prefix else line
        for prefix, line in zip(prefixes, lines, strict=True)
        if not ("-" in prefix[0] if prefix else is_listing and line.startswith("-"))
    ]
    return kept if kept or not any(line.strip() for line in lines) else None


def _uncounted(lines: list[str]) -> list[str]:
    return [_COUNTED.sub("", line, count=1) for line in lines]


def _signless(lines: list[str]) -> list[str]:
    return [line.removeprefix("+") for line in lines]


def _unmarked(lines: list[str]) -> list[str]:
    return "\n".join(lines).strip().strip("`«»\"'\u201c\u201d").split("\n")


def _cut_reading(lines: list[str]) -> Iterator[Quote]:
    """Lines up to the first ellipsis that stands for others; a single line in the pieces that are left of it."""
    texts = [text for line in _unmarked(lines) if (text := plain(line))]
    until = next((number for number, text in enumerate(texts) if not _ELLIPSIS.sub("", text).strip()), len(texts))
    texts = texts[:until]
    if len(texts) == 1:
        pieces = tuple(piece for part in _ELLIPSIS.split(texts[0]) if (piece := part.strip()))
        if pieces:
            yield Quote((max(pieces, key=len),), pieces)
    elif texts:
        first, last = _ELLIPSIS.split(texts[0])[-1].strip(), _ELLIPSIS.split(texts[-1])[0].strip()
        yield Quote(tuple(text for text in (first, *texts[1:-1], last) if text))
