"""Python text -> radon's raw counts, without its tokens.

`radon.raw.analyze` tokenises each statement anew for every line that it spans, which is quadratic and takes minutes
for large data literals. Here strings and comments shrink to one mark each, everything else to the few marks that
the rules look at. The rules are radon's, oddities included; tests prove the counts equal.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.core.python.fstrings import F_STRINGS_HAVE_TOKENS, f_string_marks, starts_f_string
from app.core.python.lexemes import COMMENT, JOINT, LEXEME, LEXEMES_APART, STRING

_BRACKETS: Final = dict(zip(b"[]{}", b"()()", strict=True))
_KEPT: Final = frozenset(b"\n\\\x01$#;:()")
_PREFIXES: Final = frozenset(b"rbfuRBFU")
_MARKS: Final = bytes(
    _BRACKETS.get(byte, byte if byte in _KEPT else ord("p" if byte in _PREFIXES else "x")) for byte in range(256)
)
"""What stands for each byte: brackets of one kind, `p` for a letter that may start a string, `x` for all the rest."""
_SPACE: Final = b" \t\x0c\r\x0b"
_LONE_STRINGS: Final = (b"$", b"p$", b"pp$")
_LONE_TEXT: Final = re.compile(rb"p{0,2}\$\x01+")
_APART: Final = b" "  # stands before a text that the rules do not take for a lone one
_TEXT_ENDS: Final = frozenset({b"#", b"$", b"\x01"})
_PLAIN: Final = frozenset(
    {b"", b"()", b"(())", b"()()", b"(()())", b"($)", b"($$)", b"($)()", b"()($)", b"(($))"}
    | {b"!", b"()!", b"(:)!", b"(::)!", b"()()!", b"(())!", b"$!", b"($)!"}
)
"""Shapes of lines that are one logical line of source, or blank: brackets that close, strings beside other things; and
heads of blocks, which end in a colon."""
_SIMPLE: Final = frozenset({b"#", b"$", b"$#", b"!#", b"()#", b"($)#"})
"""… that are such a line with a comment, or may be nothing but a comment or a string."""
_LAYOUT = frozenset({tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.COMMENT})


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


def count_raw(text: str) -> RawCounts:
    """Count the lines of a text that parses."""
    lines = [*map(str.strip, text.splitlines())]
    blank = lines.count("")
    filled = len(lines) - blank
    simple, others = _statements(lines)
    alone, strings = simple.count(b"#"), sum(map(simple.count, _LONE_STRINGS))
    lloc, sloc = filled - alone, filled - alone - strings
    comments, multi, single = b"".join(simple).count(b"#"), 0, alone + strings
    for marks, first, last in others:
        here = last - first - lines[first:last].count("")
        lloc += _logical_lines(marks, lines, first, last) - here
        comments += marks.count(b"#")
        if marks[-1:] not in _TEXT_ENDS:
            continue
        if marks == b"#" or marks in _LONE_STRINGS:
            single += 1
            sloc -= here
            blank -= last - first - here
        elif _LONE_TEXT.fullmatch(marks):
            multi += here
            sloc -= here
    return RawCounts(sloc + blank + multi + single, lloc, sloc, comments, multi, blank, single)


def _statements(lines: list[str]) -> tuple[list[bytes], list[tuple[bytes, int, int]]]:
    """The marks of simple lines; and of each other statement, with the lines that it spans as a slice.

    Left out are blank lines, and lines whose shape alone says that each is one logical line of source. Of line ends
    there are marks for those of strings.
    """
    code = _without_texts("\n".join(lines)).encode("ascii", "replace").replace(b":=", b"x")
    whole = code.translate(_MARKS, _SPACE).replace(b"\x01\n", b"\x01")  # a string on one line, whatever it spans
    shapes = whole.replace(b":\n", b"!\n").replace(b":#", b"!#").translate(None, b"px").split(b"\n")
    marked = whole.split(b"\n")
    simple: list[bytes] = []
    others: list[tuple[bytes, int, int]] = []
    end = spanned = 0
    for number in [number for number, shape in enumerate(shapes) if shape not in _PLAIN]:
        if number < end:
            continue
        if shapes[number] in _SIMPLE:
            simple.append(marked[number])
            continue
        first = number + spanned
        marks, end = _statement(marked, shapes, number)
        spanned += marks.count(b"\x01")
        others.append((marks, first, end + spanned))
    return simple, others


def _statement(marked: list[bytes], shapes: list[bytes], first: int) -> tuple[bytes, int]:
    """The marks of the statement or comment that starts on a line, and the line after its last one.

    After a backslash an empty line ends a statement for Python, not for radon: that takes in the line after it. A
    string or comment there is not alone, though nothing stands before the backslash.
    """
    marks, depth, joined = b"", 0, False
    for number in range(first, len(marked)):
        shape = shapes[number]
        marks += marked[number]
        depth += shape.count(b"(") - shape.count(b")")
        if marks.endswith(b"\\"):
            marks, joined = marks[:-1], True
        elif joined and not marked[number]:
            marks, joined = marks or _APART, False
        elif depth <= 0:
            return marks, number + 1
    return marks, len(marked)


def _without_texts(code: str) -> str:
    """`code` with a mark for each string and comment, on as many lines."""
    if not F_STRINGS_HAVE_TOKENS:
        pieces = LEXEMES_APART.split(code)
        pieces[1::2] = map(_mark, pieces[1::2])
        return "".join(pieces)
    parts: list[str] = []
    at = 0
    while match := LEXEME.search(code, at):
        start, end = match.span()
        parts.append(code[at:start])
        if code[start] != COMMENT and starts_f_string(code, start):
            mark, end = f_string_marks(code, start)
            parts.append(mark)
        else:
            parts.append(_mark(match[0]))
        at = end
    return "".join((*parts, code[at:]))


def _mark(text: str) -> str:
    return COMMENT if text[0] == COMMENT else STRING + JOINT * text.count("\n")


def _logical_lines(marks: bytes, lines: list[str], first: int, last: int) -> int:
    """None of a comment; else one, or two where something follows the last colon; with semicolons, part by part."""
    if b";" in marks:
        return sum(_parts(lines[first:last]))
    if b":" in marks:
        return 2 - marks.rstrip(b"#").endswith(b":")
    return marks.strip() not in {b"", b"#"}


def _parts(lines: list[str]) -> Iterator[int]:
    """Logical lines between semicolons.

    A part that is not the last lacks the end mark that radon counts on, so that `if a: b; c` makes two.
    """
    parts: list[list[str]] = [[]]
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            if token.type == tokenize.OP and token.string == ";":
                parts.append([])
            elif token.type not in _LAYOUT:
                parts[-1].append(token.string if token.type == tokenize.OP else "")
    except (tokenize.TokenError, SyntaxError):  # where Python's tokenizer and its parser disagree
        yield 1
        return
    for number, part in enumerate(parts):
        if ":" in part:
            after = part[::-1].index(":")
            yield 2 - (after == (number != len(parts) - 1))
        else:
            yield bool(part)
