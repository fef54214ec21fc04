"""Foreign text made safe to look at: characters that steer a terminal, hide, or turn the direction of writing.

What comes from a student or a model is shown as plain text everywhere; a character that would act, or that nobody can
see, is shown as one that everybody can.
"""

import re
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
"""Control characters but for the line feed, marks and overrides of writing direction, invisible marks within words,
lone surrogates."""


def made_visible(text: str, tab: str = " ") -> str:
    """`text` with a mark in place of each such character; a tab becomes `tab`, a carriage return a blank."""
    return _UNSAFE.sub(lambda match: tab if match[0] == "\t" else _mark(match[0]), text)


def in_field(text: str) -> str:
    """`text` as a form's field shows it: with its tabs, which may be a program's."""
    return made_visible(text, tab="\t")


def _mark(character: str) -> str:
    return " " if character == "\r" else "\N{REPLACEMENT CHARACTER}"
