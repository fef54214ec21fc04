"""Names within facts: a few, none so long that a fact becomes a text, and each as it stands in the code.

A fact's figures are scalars, so its names are one text. What separates them in it is what no code needs: a comma and an
arrow are a name's own.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from app.core.words.filters import PARTS_APART, put_together
from schemas.comparison import Fact

Figure = str | int | float | bool | None
Figures = dict[str, Figure]
"""What a fact's `data` holds."""

NameParts = tuple[str, ...]
"""A name of which one part became another: `(was, is)`, or `(within, was, is)`."""

NAMES_APART: Final = "\x1e"
"""Between the names of a fact: ASCII's record separator."""

_NAMES_MAX: Final = 3  # names quoted in one fact; the count tells the rest
_NAME_CHARS_MAX: Final = 200  # two names, where one became the other
_NAMED: Final = frozenset({"names", "rules"})
_UNSEPARATED: Final = str.maketrans(dict.fromkeys(NAMES_APART + PARTS_APART, "\ufffd"))


def names_of(names: Iterable[str | NameParts]) -> str:
    """The first of `names` as one text, which `split_names` takes apart."""
    return NAMES_APART.join(clip_name(_joined(name)) for name in islice(names, _NAMES_MAX))


def split_names(fact: Fact) -> list[str]:
    """The names quoted in a fact, as the catalogue's `code` takes them."""
    return _apart(fact.data.get("names") or fact.data.get("rules"))


def told_names(names: object) -> str:
    """The names for whoever reads a fact as it is: with commas, and with arrows from what was to what is."""
    return ", ".join(put_together(name.split(PARTS_APART)) for name in _apart(names))


def told_figures(data: Mapping[str, Figure]) -> Figures:
    """A fact's figures for such a reader."""
    return {key: told_names(value) if key in _NAMED and value is not None else value for key, value in data.items()}


def _apart(names: object) -> list[str]:
    return [name for name in names.split(NAMES_APART) if name] if isinstance(names, str) else []


def _joined(name: str | NameParts) -> str:
    parts = (name,) if isinstance(name, str) else name
    return PARTS_APART.join(part.translate(_UNSEPARATED) for part in parts)


def clip_name(name: str) -> str:
    """`name`, cut where it is too long."""
    return name if len(name) <= _NAME_CHARS_MAX else name[: _NAME_CHARS_MAX - 1] + "…"
