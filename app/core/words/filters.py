"""What templates of the catalogue do with names and figures: mark, list, count."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from app.core.masking.students_text import mask
from schemas.submission import Language

ARROW: Final = " → "
"""Between what was and what is, wherever both are told."""

PARTS_APART: Final = "\x1f"
"""Between the parts of a name that a fact holds: ASCII's unit separator, which no code needs.

Of two parts the first became the second; of three that happened to the second and third, within the first.
"""

NAMES_MAX: Final = 3
_NAME_CHARS_MAX: Final = 80


def code(name: object) -> str:
    """A name from the student's code, marked as such, cut and cleaned; of one in parts, each of them."""
    return put_together([_marked(part) for part in str(name).split(PARTS_APART)])


def put_together(parts: Sequence[str]) -> str:
    """The parts of a name as they are told: `name`, `was → is`, `name: was → is`."""
    *within, last = parts
    if not within:
        return last
    *place, earlier = within
    return "".join(f"{part}: " for part in place) + f"{earlier}{ARROW}{last}"


def _marked(name: str) -> str:
    text = "".join(c if c.isprintable() else "\ufffd" for c in mask(name).replace("`", "'"))
    return f"`{text if len(text) <= _NAME_CHARS_MAX else text[: _NAME_CHARS_MAX - 1] + '…'}`"


def listed(names: Sequence[str], count: int, more: str) -> str:
    """The first names and how many are not named; `more` says that with a place for the number."""
    shown = names[:NAMES_MAX]
    rest = count - len(shown)
    return ", ".join(map(code, shown)) + (f" {more.format(rest)}" if rest > 0 else "")


def figure(value: object, point: str = ".") -> str:
    """A figure without a needless fraction, with the language's decimal point."""
    text = f"{value:g}" if isinstance(value, int | float) else str(value)
    return text.replace(".", point)


def capitalized(sentence: str) -> str:
    """`sentence` with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def lowered(sentence: str) -> str:
    """`sentence` with its first letter small."""
    return sentence[:1].lower() + sentence[1:]


def plural_in_russian(count: int, one: str, few: str, many: str) -> str:
    """The form of a noun that goes with `count`: 1 файл, 2 файла, 5 файлов, 21 файл."""
    if count % 10 == 1 and count % 100 != 11:
        return one
    if count % 10 in {2, 3, 4} and count % 100 not in {12, 13, 14}:
        return few
    return many


def plural_in_english(count: int, one: str, many: str | None = None) -> str:
    """The form of a noun that goes with `count`: 1 file, 2 files."""
    return one if count == 1 else many or f"{one}s"


PLURALS: Final[Mapping[Language, Callable[..., str]]] = {"ru": plural_in_russian, "en": plural_in_english}
"""How each language chooses a noun's form by its number."""
