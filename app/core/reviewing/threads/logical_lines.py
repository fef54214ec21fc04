"""A text -> its logical lines, each as the code that it is: without layout, comments and ways to quote.

Found by words alone: hostile text is searched, never parsed, and code that does not parse has lines all the same.
"""

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.python.lexemes import LEXEME
from app.core.reviewing.threads.layout_marks import without_layout_marks

ComparableCode = tuple[str, ...]
"""The tokens of a statement: its words and marks without layout, comments and ways to quote."""

_TOKEN: Final = re.compile(
    rf"""(?P<string>(?:\b[rRbBuUfF]{{1,2}}(?=["']))?(?:{LEXEME.pattern}))
    |(?P<word>\w+)|(?P<end>\n)|(?P<mark>[^\s\\])|\\\n""",
    LEXEME.flags,
)
_HEADER: Final = re.compile(r"[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w")
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_PREFIX: Final = re.compile(r"[rRbBuUfF]*")
_KEYWORDS: Final = frozenset({*keyword.kwlist, "self", "cls"})
_SHARED_MIN: Final = 0.6  # share of tokens in common from which a statement is another one altered
_TELLING_NAMES_MIN: Final = 2
_TELLING_TOKENS_MIN: Final = 5


@dataclass(slots=True)
class LogicalLine:
    """A logical line: 1-based lines, both ends included, its code, and the number of the symbol that it stands in.

    A comment that has a line of its own is one as well; its code is the comment.
    """

    line: int
    end_line: int
    code: ComparableCode
    symbol: int | None
    opens: int | None = None
    """The symbol whose header, or decorator, it is."""

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment alone, which changes nothing."""
        return self.code[0].startswith("#")


def read_logical_lines(text: str) -> list[LogicalLine]:  # noqa: C901, PLR0912 -- one loop: each token of all code
    """The logical lines of Python, in their order; those that share a line are one, for a comment cannot part them.

    Within brackets a line goes on, unless a header says that they were never closed.
    """
    lines = text.split("\n")
    found: list[LogicalLine] = []
    tokens: list[str] = []
    line = start = 1
    depth = 0

    def close() -> None:
        """The logical line ends."""
        if tokens:
            found.append(LogicalLine(start, line, without_layout_marks(tokens), None))
            tokens.clear()

    for match in _TOKEN.finditer(text):
        kind, part = match.lastgroup, match[0]
        if kind == "word":
            if not tokens:
                start = line
            tokens.append(part)
        elif kind == "mark":
            if part == ";" and depth == 0:
                close()
                continue
            if not tokens:
                start = line
            tokens.append(part)
            if part in _OPENING:
                depth += 1
            elif depth and part in _CLOSING:
                depth -= 1
        elif kind == "end":
            if depth and line < len(lines) and _HEADER.match(lines[line]):
                depth = 0
            if depth == 0 and tokens:
                close()
            line += 1
        elif kind is None:  # a line that goes on by a backslash
            line += 1
        elif part[0] == "#":
            if not tokens:
                found.append(LogicalLine(line, line, (" ".join(part.split()),), None))
        else:
            if not tokens:
                start = line
            line += part.count("\n")
            tokens.append(_plain_string(part))
    close()
    return _one_of_each_line(found)


def _one_of_each_line(found: list[LogicalLine]) -> list[LogicalLine]:
    kept: list[LogicalLine] = []
    for statement in found:
        if kept and statement.line <= kept[-1].end_line:
            code = (*kept[-1].code, *statement.code)
            kept[-1] = LogicalLine(kept[-1].line, statement.end_line, code, None)
        else:
            kept.append(statement)
    return kept


def code_of(line: str) -> ComparableCode:
    """The code of one line alone, as a quote holds it; of a comment, the comment."""
    return tuple(token for statement in read_logical_lines(line) for token in statement.code)


def with_new_names(code: ComparableCode, names: Mapping[str, str]) -> ComparableCode:
    """`code` with names replaced, also those within strings that Python formats."""
    if not names:
        return code
    return tuple(_renamed_token(token, names) for token in code)


def shape_of(code: ComparableCode) -> ComparableCode:
    """`code` without its names: what is left tells its form."""
    return tuple("_" if _NAME.fullmatch(token) and token not in _KEYWORDS else token for token in code)


def is_altered(one: ComparableCode, other: ComparableCode) -> bool:
    """Whether one of two is the other with something added, and not much."""
    small, large = sorted((one, other), key=len)
    if 2 * len(small) < _SHARED_MIN * (len(small) + len(large)) or one == other:
        return False
    rest = iter(large)
    return all(token in rest for token in small)


def tells_enough(code: ComparableCode) -> bool:
    """Whether `code` is so much its own that equal code elsewhere is no chance."""
    words = [token for token in code if _NAME.fullmatch(token) and token not in _KEYWORDS]
    return len(words) >= _TELLING_NAMES_MIN and len(code) >= _TELLING_TOKENS_MIN


def defined_name(code: ComparableCode) -> str | None:
    """The name that a header of a function or class defines."""
    rest = code[1:] if code[0] == "async" else code
    return rest[1] if len(rest) > 1 and rest[0] in {"def", "class"} and _NAME.fullmatch(rest[1]) else None


def _plain_string(token: str) -> str:
    """A string in double quotes, where that says the same."""
    prefix = _PREFIX.match(token)
    start = prefix.end() if prefix is not None else 0
    quote = token[start : start + 3] if token[start : start + 3] in {'"""', "'''"} else token[start : start + 1]
    inner = token[start + len(quote) : -len(quote)]
    if len(quote) == 1 and '"' not in inner and "\\" not in inner:
        quote = '"'
    return f"{token[:start].lower()}{quote}{inner}{quote}"


def _renamed_token(token: str, names: Mapping[str, str]) -> str:
    if token in names:
        return names[token]
    prefix = _PREFIX.match(token)
    is_formatted = prefix is not None and "f" in prefix[0] and token[prefix.end() : prefix.end() + 1] in {'"', "'"}
    return _NAME.sub(lambda match: names.get(match[0], match[0]), token) if is_formatted and "{" in token else token
