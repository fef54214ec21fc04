"""Whether a review is written in the language that was asked for, told by its letters.

Names from the code, quotes and code itself stand in Latin letters in every language, so they do not count.
"""

import re
import unicodedata
from collections import Counter
from typing import Final

from app.core.ports import Opinion
from schemas.submission import Language

_CODE: Final = re.compile(
    r"```.*?```|`[^`\n]*`|«[^«»\n]*»|\"[^\"\n]*\"|“[^“”\n]*”|'[^'\n]*'|https?://\S+"
    r"|(?<![\w./\\-])[\w./\\-]*[A-Za-z0-9][_./\\()=\[\]{}<>]+[\w./\\()=\[\]{}<>-]*"
    r"|\b[A-Za-z]+[0-9]\w*|\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*|\b[A-Z]{2,}\b",
    re.DOTALL | re.ASCII,
)
_LETTERS_MIN: Final = 24
"""Fewer letters say nothing: a summary may be two names of functions."""
_FOREIGN_MIN: Final = 4
"""Letters of a third script that are no slip: models of some families fall into Chinese within a sentence."""
_CHARS_MAX: Final = 60_000
_SCRIPT: Final[dict[Language, str]] = {"ru": "CYRILLIC", "en": "LATIN"}


def is_written_in(opinion: Opinion, language: Language) -> bool:
    """Whether the summary, and all prose together, is mainly in `language`, with nothing in a third script."""
    comments = (comment.message for comment in opinion.comments)
    reasons = (item.reason for item in opinion.items if item.reason)
    rest = "\n".join((*comments, *opinion.recommendations, *reasons))
    parts = [_scripts(opinion.summary), _scripts(rest)]
    return all(_fits(scripts, _SCRIPT[language]) for scripts in (*parts, parts[0] + parts[1]))


def _fits(scripts: Counter[str], wanted: str) -> bool:
    if sum(count for script, count in scripts.items() if script not in _SCRIPT.values()) >= _FOREIGN_MIN:
        return False
    total = scripts.total()
    return total < _LETTERS_MIN or scripts[wanted] * 2 >= total


def _scripts(text: str) -> Counter[str]:
    """Letters by script, of what is not code."""
    prose = _CODE.sub(" ", text[:_CHARS_MAX])
    return Counter(_script(letter) for letter in prose if letter.isalpha())


def _script(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    name = unicodedata.name(letter, "OTHER")
    return next((script for script in _SCRIPT.values() if script in name), "OTHER")
