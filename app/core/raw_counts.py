"""Python text -> radon's raw counts, in one pass over the tokens.

`radon.raw.analyze` tokenises a statement again for each line that it spans, which is quadratic and takes minutes
for large data literals. The rules below are its rules, oddities included; a test proves both equal.
"""

import io
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.diff.syntax import SyntaxProblem

_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")

Token = tokenize.TokenInfo


@dataclass(frozen=True, slots=True)
class RawCounts:
    """Lines: all, logical, of source, with comments, of multi-line strings, blank, and of nothing but a comment."""

    loc: int
    lloc: int
    sloc: int
    comments: int
    multi: int
    blank: int
    single_comments: int


def count_raw(text: str) -> RawCounts | SyntaxProblem:
    """Count the lines of a text that parses; a problem where Python's tokenizer disagrees with its parser."""
    lines = [line.strip() for line in text.splitlines()]
    lloc = sloc = comments = multi = blank = single = 0
    try:
        for tokens, first, last in _statements("\n".join(text.splitlines()) + "\n"):
            span = lines[first - 1 : last]
            filled = sum(map(bool, span))
            comments += sum(token.type == tokenize.COMMENT for token in tokens)
            lloc += _logical_lines(tokens)
            on_one_line = tokens[0].start[0] == tokens[0].end[0]
            if _is_alone(tokens, tokenize.COMMENT) or (on_one_line and _is_alone(tokens, tokenize.STRING)):
                single += 1
            elif _is_alone(tokens, tokenize.STRING):
                multi += filled
                blank += len(span) - filled
            else:
                sloc += filled
                blank += len(span) - filled
    except (tokenize.TokenError, SyntaxError) as exc:
        return SyntaxProblem(f"lines not counted: {type(exc).__name__}")
    return RawCounts(sloc + blank + multi + single, lloc, sloc, comments, multi, blank, single)


def _statements(text: str) -> Iterator[tuple[list[Token], int, int]]:
    """Tokens between line ends that count, with the first and last of the lines that they span."""
    tokens: list[Token] = []
    first, depth = 1, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                continue
            tokens.append(token)
            if token.type == tokenize.OP:
                depth += (token.string in _OPENING) - (token.string in _CLOSING)
            elif token.type == tokenize.NEWLINE or (token.type == tokenize.NL and depth == 0):
                yield tokens, first, token.start[0]
                tokens, first = [], token.start[0] + 1


def _is_alone(tokens: list[Token], kind: int) -> bool:
    return tokens[0].type == kind and all(token.type in _LAYOUT for token in tokens[1:])


def _logical_lines(tokens: list[Token]) -> int:
    """One for each part between semicolons, two where something follows a colon, none for comments alone.

    A part that is not the last lacks the end mark that radon counts on, so that `if a: b; c` makes two.
    """
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.type == tokenize.OP and token.string == ";":
            parts.append([])
        elif token.type != tokenize.COMMENT and token.type not in _LAYOUT:
            parts[-1].append(token.string if token.type == tokenize.OP else "")
    count = 0
    for number, part in enumerate(parts):
        length = len(part) + (number == len(parts) - 1)
        if ":" in part:
            position = len(part) - 1 - part[::-1].index(":")
            count += 2 - (position == length - 2)
        else:
            count += bool(part)
    return count
