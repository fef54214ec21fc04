"""Why a file was not read, in the words of a review."""

from typing import Final

from app.core.reviewing.offline.words import Data
from app.core.submission.unread_causes import UNREAD_CAUSES
from schemas.submission import Language

_LINES: Final[dict[Language, str]] = {"en": "{words} (line {line})", "ru": "{words} (строка {line})"}


def why_unread(data: Data, language: Language) -> str:
    """The cause in `data`, with its line where it has one."""
    words = UNREAD_CAUSES[language]
    told = words.get(str(data.get("cause")), words[""]).format(cause=data.get("cause"))
    return _LINES[language].format(words=told, line=data["line"]) if data.get("line") else told
