"""What an endpoint handed over -> the text in which the model's answer stands, thoughts taken off.

Models think aloud in their answers, each family with marks of its own, and some endpoints take the opening mark away.
So everything up to the last closing mark is no answer, and after an opening mark without an end there is none. Marks
within a string of a whole JSON object are data: a comment may quote them.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_NAMES: Final = (  # bounded, so that no run of letters is looked through again and again
    r"[\w:.-]{0,40}(?:think|thought|reason|reflect|scratch|analy[sz]|monolog|deliberat|ruminat|rational|brainstorm"
    r"|draft|planning|cot)[\w:.-]{0,40}"
)
_BRACKETED: Final = r"(?:THINK|THINKING|THOUGHT|REASONING)"  # small letters in brackets may be anything
_ANSWERS: Final = r"(?:final|answer|solution|response|output|content)[\w:.-]{0,40}"
_OPENING: Final = re.compile(
    rf"(?:<|&lt;)(?:{_NAMES})(?:\s[^<>&]*)?(?<!/)(?:>|&gt;)"
    rf"|<\|\s*(?:begin_of_|start_|begin_)?(?:{_NAMES})\s*\|>"
    rf"|(?-i:\[{_BRACKETED}\])|\u25c1(?:{_NAMES})\u25b7"
    rf"|<\|?channel\|>?\s*(?!{_ANSWERS})\w+|<\|channel>?\s*(?!{_ANSWERS})[a-z]\w*"
    r"|<unused94>",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    rf"(?:<|&lt;)/\s*(?:{_NAMES})\s*(?:>|&gt;)"
    rf"|<\|\s*(?:end_of_|end_|/)\s*(?:{_NAMES})\s*\|>"
    rf"|(?-i:\[/{_BRACKETED}\])|\u25c1/\s*(?:{_NAMES})\u25b7"
    rf"|<\|?channel\|?>\s*{_ANSWERS}[^<{{]*(?:<\|message\|>)?|<channel\|>|<\|/channel\|?>"
    rf"|<\|\s*(?:begin_of_|start_|begin_)(?:{_ANSWERS})\s*\|>"
    r"|\bassistantfinal\b|(?<=[.!?\w])assistantfinal(?=\s*[{`])|<unused95>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AnswerParts:
    """What one completion holds: its text, the arguments of calls of tools, and thoughts that came apart from it."""

    text: str = ""
    arguments: tuple[str, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Marks:
    """Where an answer may begin in a text, and whether it may begin at all."""

    begin: int
    open_thought: bool


def find_marks(text: str, data: Sequence[tuple[int, int]]) -> Marks:
    """The marks of `text` that do not stand within `data`, spans from start to before end that are whole objects.

    The spans stand in their order, and none within another.
    """
    begin = 0
    for mark in _CLOSING.finditer(text):
        if not _within(mark.start(), data):
            begin = max(begin, mark.end())
    opened = any(not _within(mark.start(), data) for mark in _OPENING.finditer(text, begin))
    return Marks(begin, opened)


def without_thoughts(text: str) -> str:
    """What of an answer is worth showing the model again: nothing of its thoughts."""
    marks = find_marks(text, ())
    opening = _OPENING.search(text, marks.begin)
    return text[marks.begin : opening.start() if opening else None].strip()


def _within(index: int, spans: Sequence[tuple[int, int]]) -> bool:
    before = bisect_right(spans, index, key=lambda span: span[0])
    return before > 0 and index < spans[before - 1][1]
