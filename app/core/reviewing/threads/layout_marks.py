"""Brackets and commas of a statement that only layout asks for: formatters put them there, and take them away."""

import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_CLOSED_BY: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSING: Final = frozenset(_CLOSED_BY.values())
_STARTS: Final = frozenset({*_CLOSED_BY, ",", "return", "yield", "if", "elif", "while", "assert"})
"""After these a whole expression begins, so that brackets around all of it say nothing."""
_ENDS: Final = frozenset({*_CLOSING, ",", ":"})
_LISTS: Final = frozenset({"import", "with"})
"""After these brackets around commas say nothing either."""
_TELLING: Final = frozenset({"for", "if", "as", "yield", ":"})
"""Words that say what stands in a bracket: a loop, a condition, a name that is given, by `lambda` and `:=` too."""
_COMPARED: Final = frozenset("=!<>")
_WORD: Final = re.compile(r"\w+")


@dataclass(slots=True)
class _Bracket:
    """A bracket that is closed: where, how many tokens and commas stand right in it, and which telling words."""

    at: int
    tokens: int = 0
    commas: int = 0
    words: frozenset[str] = frozenset()


def without_layout_marks(tokens: Sequence[str]) -> tuple[str, ...]:
    """`tokens` of a statement without brackets around a whole expression, and commas before a closing bracket.

    Those of tuples and of calls stay, and whatever is not closed.
    """
    starts = _starts_of_pairs(tokens)
    if not starts:
        return tuple(tokens)
    gone: set[int] = set()
    looped = tokens.index("in") + 1 if "for" in tokens[:2] and "in" in tokens else -1
    inside: list[_Bracket] = [_Bracket(-1)]
    opening = set(starts.values())
    for index, part in enumerate(tokens):
        here = inside[-1]
        if index in opening:
            inside.append(_Bracket(index))
        elif index in starts:
            inside.pop()
            if _is_layouts_comma(tokens, here, index):
                gone.add(index - 1)
                here.commas -= 1
                here.tokens -= 1
            inside[-1].tokens += here.tokens
            if _is_redundant(tokens, here, index, is_looped=here.at == looped):
                gone.update((here.at, index))
                inside[-1].words |= here.words
            else:
                inside[-1].tokens += 2
        else:
            here.tokens += 1
            here.commas += part == ","
            if part in _TELLING:
                here.words |= {part}
    return tuple(part for index, part in enumerate(tokens) if index not in gone)


def _starts_of_pairs(tokens: Sequence[str]) -> dict[int, int]:
    """Where a bracket closes -> where it opens, of those that do both."""
    pairs: dict[int, int] = {}
    inside: list[int] = []
    for index, part in enumerate(tokens):
        if part in _CLOSED_BY:
            inside.append(index)
        elif inside and part == _CLOSED_BY[tokens[inside[-1]]]:
            pairs[index] = inside.pop()
    return pairs


def _is_layouts_comma(tokens: Sequence[str], bracket: _Bracket, end: int) -> bool:
    """Whether a comma before a closing bracket makes no tuple."""
    if tokens[end - 1] != "," or end - 1 == bracket.at:
        return False
    before, is_after_value = _before(tokens, bracket)
    makes_one = (tokens[bracket.at] == "(" and not is_after_value) or (tokens[bracket.at] == "[" and is_after_value)
    is_list = before == "import" or (before == "with" and tokens[end + 1 : end + 2] == [":"])
    return bracket.commas > 1 or not makes_one or is_list


def _is_redundant(tokens: Sequence[str], bracket: _Bracket, end: int, *, is_looped: bool) -> bool:
    """Whether a pair of brackets says nothing; `is_looped`: it stands behind a loop's `in`."""
    before, is_after_value = _before(tokens, bracket)
    if tokens[bracket.at] != "(" or is_after_value or not bracket.tokens:
        return False
    if bracket.tokens == 1 and not bracket.commas and "yield" not in bracket.words:
        return True
    after = tokens[end + 1] if end + 1 < len(tokens) else None
    if bracket.words & {"for", "yield", ":"} or not (after is None or after in _ENDS):
        return False
    if before in _LISTS:
        return before == "import" or bracket.commas > 0 or "as" in bracket.words
    if bracket.commas or (before == "if" and "if" in bracket.words):
        return False
    return before in _STARTS or is_looped or _is_assigned(tokens, bracket.at)


def _before(tokens: Sequence[str], bracket: _Bracket) -> tuple[str, bool]:
    """The token before a bracket, and whether that is a value, which the bracket calls or looks into."""
    before = tokens[bracket.at - 1] if bracket.at else ""
    is_word = _WORD.fullmatch(before) is not None
    return before, before in _CLOSING or before[-1:] in {'"', "'"} or (is_word and not keyword.iskeyword(before))


def _is_assigned(tokens: Sequence[str], start: int) -> bool:
    return start > 1 and tokens[start - 1] == "=" and tokens[start - 2] not in _COMPARED
