"""Single values of an answer, as models write them: names of fields, texts, lines, lists, one of several words."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

_LINE_MAX: Final = 10_000_000  # beyond every file that is read
_QUOTE_CHARS_MAX: Final = 800
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE: Final = re.compile(r"\D{0,12}?(\d{1,8})(?:\.0+)?(?:\s*(?:-|–|—|:|,|to|до)\s*\D{0,6}(\d{1,8}))?", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"\s{0,8}(\d{1,8})[|+] ?")
"""What stands before a line in the prompt, and is no part of it."""
_NOT_LETTERS: Final = re.compile(r"[^\w]+|_+")

_Word = TypeVar("_Word")


class InvalidAnswer(ValueError):
    """The answer is no review; the message says why and is fit for the prompt that asks for repair."""


class Mendings(Counter[str]):
    """How often each kind of slip was mended, or something was left out."""


def canonical(name: str, known: Mapping[str, str]) -> str | None:
    """The field that is meant by `name`, whatever its case, hyphens or spaces."""
    return known.get(re.sub(r"[\W_]", "", name[:64]).lower())


def renamed(document: Mapping[str, Any], known: Mapping[str, str], mendings: Mendings) -> dict[str, Any]:
    """The known fields under their own names; the exact name wins."""
    fields: dict[str, Any] = {}
    for name, value in document.items():
        own = canonical(name, known)
        if own is None or (own != name and own in document):
            continue
        if own != name:
            mendings["names"] += 1
        fields.setdefault(own, value)
    return fields


def plain_text(value: object) -> str:
    """A text without what no receiver could store; empty where there is none."""
    return cleaned(value) if isinstance(value, str) else ""


def cleaned(text: str) -> str:
    """Without control characters and lone surrogates."""
    return _CONTROL.sub("", text).strip()


def cut_text(text: str, chars_max: int, mendings: Mendings) -> str:
    """`text`, cut where it is over-long."""
    if len(text) <= chars_max:
        return text
    mendings["texts cut"] += 1
    return text[: chars_max - 1].rstrip() + "…"


def lines_of(value: object, mendings: Mendings) -> tuple[int | None, int | None]:
    """First and last line. A line that does not exist is none: the whole file is meant. None, 0 and "" say so."""
    if value is None or value == "" or (value == 0 and not isinstance(value, bool)):
        return None, None
    last: int | None = None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        first = value
    else:
        mendings["lines"] += 1
        first = 0
        if isinstance(value, float) and value.is_integer():
            first = int(value)
        elif isinstance(value, str) and (match := _LINE.fullmatch(value.strip()[:64])):
            first, last = int(match[1]), int(match[2]) if match[2] else None
        elif isinstance(value, list) and 1 <= len(value) <= 2 and all(type(item) is int for item in value):
            first, last = value[0], value[-1] if len(value) == 2 else None
    if not 1 <= first <= _LINE_MAX:
        return None, None
    return first, last if last is not None and first < last <= _LINE_MAX else None


def quote_of(value: object, line: int | None, mendings: Mendings) -> str | None:
    """The text of a line that is quoted: of several lines the first, without the number that the prompt gives it."""
    given = [text for text in value.split("\n") if text.strip()] if isinstance(value, str) else []
    if not given:
        return None
    quote = given[0]
    numbered = _NUMBERED.match(quote)
    if numbered is not None and int(numbered[1]) == line:
        quote = quote[numbered.end() :]
    if len(given) > 1 or quote is not given[0]:
        mendings["quotes"] += 1
    quote = cleaned(quote)
    return quote if 0 < len(quote) <= _QUOTE_CHARS_MAX else None


def word_of(
    value: object, words: Mapping[str, _Word], kind: str, mendings: Mendings, exact: Callable[[str], bool]
) -> _Word | None:
    """The one of `words` that is meant, None where none is; `exact` tells what needs no mending."""
    if not isinstance(value, str):
        return None
    found = words.get(_NOT_LETTERS.sub(" ", value[:64]).strip().casefold())
    if found is not None and not exact(value):
        mendings[kind] += 1
    return found
