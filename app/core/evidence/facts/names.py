"""Names within facts: a few, and none so long that a fact becomes a text."""

from collections.abc import Sequence
from typing import Final

Figures = dict[str, str | int | float | bool | None]
"""What a fact's `data` holds."""

_NAMES_MAX: Final = 3  # names quoted in one fact; the count tells the rest
_NAME_CHARS_MAX: Final = 200  # two names, where one became the other


def names_of(names: Sequence[str]) -> str:
    return ", ".join(clip_name(name) for name in names[:_NAMES_MAX])


def clip_name(name: str) -> str:
    return name if len(name) <= _NAME_CHARS_MAX else name[: _NAME_CHARS_MAX - 1] + "…"
