"""What both languages' phrases are made with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.evidence.facts.change import ARROW
from app.core.masking.students_text import mask

Data = Mapping[str, Any]
"""A fact's figures and names, as phrases take them."""

Phrase = Callable[[Data], str]

NAMES_MAX: Final = 3
_NAME_CHARS_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language: a whole sentence for each key; `kinds` name changes in the singular and the plural.

    `rules` explain linter rules where the linter's own words are in another language.
    """

    sentences: Mapping[str, Phrase]
    comments: Mapping[str, Phrase]
    advice: Mapping[str, Phrase]
    kinds: Mapping[str, tuple[str, str]]
    rules: Mapping[str, str]


def code(name: object) -> str:
    """A name from the student's code, marked as such, cut and cleaned; of two with an arrow between them, each."""
    before, arrow, after = str(name).partition(ARROW)
    if not arrow:
        return _marked(before)
    place, colon, earlier = before.partition(": ")
    if not colon:
        return f"{_marked(before)}{ARROW}{_marked(after)}"
    return f"{_marked(place)}: " + f"{_marked(earlier)}{ARROW}{_marked(after)}"


def _marked(name: str) -> str:
    text = "".join(c if c.isprintable() else "\ufffd" for c in mask(name).replace("`", "'"))
    return f"`{text if len(text) <= _NAME_CHARS_MAX else text[: _NAME_CHARS_MAX - 1] + '…'}`"


def listed(names: Sequence[str], count: int, more: str) -> str:
    """The first names and how many are not named; `more` says that with a place for the number."""
    shown = names[:NAMES_MAX]
    rest = count - len(shown)
    return ", ".join(map(code, shown)) + (f" {more.format(rest)}" if rest > 0 else "")


def figure(value: object) -> str:
    """A figure without a needless fraction."""
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def capitalized(sentence: str) -> str:
    """`sentence` with its first letter large."""
    return sentence[:1].upper() + sentence[1:]
