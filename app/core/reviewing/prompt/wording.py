"""How a student's or a model's words stand in a prompt: cut, cleaned, and never at the start of a line.

A line of a prompt begins with a word of ours, and so do not look like one: text of several lines stands behind `| `,
and a name within a line stands in quotes unless it is one plain word.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from app.core.visible import UNSEEN

_UNSEEN: Final = re.compile(UNSEEN)

Mask = Callable[[str], str]
"""Takes out of a text what must not be shown; keeps its lines."""

_STRING_CHARS_MAX: Final = 512  # as long as a path may be: comments are anchored by it
_PLAIN_WORD: Final = re.compile(r"[\w./:\[\]«»*+-]{1,512}")


def said(value: object, mask: Mask) -> str:
    """One value within a line: a number, a plain word, or words in quotes."""
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) else str(value).lower()
    text = printable(mask(value))[:_STRING_CHARS_MAX]
    return text if _PLAIN_WORD.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def at(path: str | None, line: int | None, mask: Mask) -> str:
    """` path:line` as far as there is one."""
    if path is None:
        return ""
    return f" {said(path, mask)}" + (f":{line}" if line is not None else "")


def figures(data: Mapping[str, object], mask: Mask) -> str:
    """`: name value, …` of all values that are there."""
    told = [f"{name} {said(value, mask)}" for name, value in data.items() if value is not None]
    return f": {', '.join(told)}" if told else ""


def quoted(text: str, chars_max: int, mask: Mask) -> str:
    """`text` behind `| ` on every line, cut at `chars_max` characters, cleaned."""
    masked = mask(text)
    cut = masked if len(masked) <= chars_max else f"{masked[:chars_max]}…"
    lines = cut.replace("\r", "\n").split("\n")
    return "\n".join(f"| {printable(line)}" for line in lines) if cut else ""


def in_one_line(text: str, chars_max: int, mask: Mask) -> str:
    """`text` without its line ends, cut and cleaned, in quotes."""
    plain = printable(" ".join(mask(text).split()))
    return json.dumps(plain if len(plain) <= chars_max else f"{plain[:chars_max]}…", ensure_ascii=False)


def printable(text: str) -> str:
    """`text` with a visible mark for each character that is none."""
    text = _UNSEEN.sub("\ufffd", text)
    if text.replace("\t", "").isprintable():
        return text  # nearly all of it is
    return "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text)
