"""Python that does not parse -> a syntax tree all the same, by mending what keeps it from parsing.

Python 2 is translated; then, as long as there is an error, the statement that holds it is put aside: a text stands in
its place, so that an edit of it still shows. Every line stays where it is. All attempts of one comparison share a
budget, for the code is hostile input and each attempt parses a whole file again.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from app.core.limits import DiffLimits
from app.core.python.lexemes import LEXEME
from app.core.python.newer_grammar import downgrade, downgrade_broken
from app.core.python.python2 import translate_python2
from app.core.python.syntax import SyntaxProblem, parse

_ON_LINE: Final = re.compile(r"on line (\d+)")
_DEFINITION: Final = re.compile(r"(?:async )?def \w+|class \w+")
_LEXEME: Final = re.compile(
    LEXEME.pattern
    + r"""
    |(?P<start>^[\ \t]*(?:def|class|return|import|while|with|try|raise|assert|del)\b(?=[\ \t:]))
    |[\[({\])}]
    |\\?\n""",
    LEXEME.flags | re.MULTILINE,
)
"""Strings, comments, words that only a statement begins with, brackets, and the ends of lines."""
_ATTEMPT_CHARS_MAX: Final = 2_000  # of a header that is mended rather than put aside
_TAB: Final = 8


class _Starts:
    """On which lines a statement may start: not within brackets or a string, nor after a backslash.

    A word that only a statement begins with ends whatever bracket is open; `unclosed` has the line of that bracket by
    the line of that word.
    """

    def __init__(self, text: str) -> None:
        self.lines = [True]
        self.unclosed: dict[int, int] = {}
        opened: list[int] = []
        for match in _LEXEME.finditer(text):
            sign = match[0]
            if match["start"] is not None:
                if opened:
                    self.unclosed[len(self.lines) - 1] = opened[0]
                    opened.clear()
                self.lines[-1] = True
            elif sign in "[({":
                opened.append(len(self.lines) - 1)
            elif sign in "])}":
                del opened[-1:]
            elif sign[-1] == "\n" and sign[0] in "\\\n":
                self.lines.append(not opened and sign == "\n")
            else:
                self.lines.extend([False] * sign.count("\n"))


class Repairs:
    """Mends the files of one comparison as long as anything is left of its budget."""

    def __init__(self, limits: DiffLimits) -> None:
        self._limits = limits
        self._chars_left = limits.repair_chars_max

    def repair(self, text: str, problem: SyntaxProblem | None = None) -> tuple[str, ast.Module] | None:
        """`text`, mended, and its tree; None where that takes too many attempts, or cannot be done.

        `problem` is what is known of it: whether it is in a newer grammar, else it may be in an older one, or in a
        newer one and wrong besides.
        """
        if "\0" in text:
            return None
        is_newer = problem is not None and problem.needs is not None
        text = downgrade(text) if is_newer else translate_python2(downgrade_broken(text))
        for _ in range(self._limits.repairs_max):
            self._chars_left -= len(text)
            if self._chars_left < 0:
                return None
            tree = parse(text, self._limits)
            if isinstance(tree, ast.Module):
                return text, tree
            if tree.line is None:
                return None
            text = self._mended(text, tree.line, tree)
        return None

    def _mended(self, text: str, line: int, problem: SyntaxProblem) -> str:
        """`text` without the error that `problem` tells of, whatever others there are."""
        lines = text.split("\n")
        at, message = min(line, len(lines)) - 1, problem.message
        if "inconsistent use of tabs" in message:
            lines = [" " * _indent(line) + line.lstrip() for line in lines]
        elif "expected an indented block" in message:
            _fill(lines, at, _ON_LINE.search(message))
        elif "unexpected indent" in message or "unindent does not match" in message:
            _align(lines, at, _Starts(text))
        elif "expected 'except' or 'finally' block" in message:
            _forget_try(lines, at, _Starts(text))
        else:
            self._put_aside(lines, at, _Starts(text), closed="never closed" not in message)
        return "\n".join(lines)

    def _put_aside(self, lines: list[str], at: int, starts: _Starts, *, closed: bool) -> None:
        """Let a text stand for the statement at fault; a header keeps its block, a definition its name."""
        if at in starts.unclosed:
            at, closed = starts.unclosed[at], False
        first = next((number for number in range(at, -1, -1) if starts.lines[number]), at)
        last = next((number - 1 for number in range(at + 1, len(lines)) if starts.lines[number]), at) if closed else at
        while last > at and not _code(lines[last]):
            last -= 1
        indent = _indent(lines[first])
        statement = " ".join(" ".join(map(_code, lines[first : last + 1])).split())
        following = next((line for line in lines[last + 1 :] if _code(line)), "")
        has_block = _indent(following) > indent
        end = "" if has_block else " pass"
        headers = _headers(statement, has_block=has_block) if len(statement) <= _ATTEMPT_CHARS_MAX else ()
        mended = next(
            (one + end for one in headers if isinstance(parse(f"{one} pass", self._limits), ast.Module)), None
        )
        if mended is None:
            mended = f"if ({statement!r},):" if has_block else f"({statement!r},)"
        lines[first : last + 1] = [" " * indent + mended, *[""] * (last - first)]


def _headers(statement: str, *, has_block: bool) -> Iterator[str]:
    """What a header with an error may have been meant to be."""
    definition = _DEFINITION.match(statement)
    if has_block or definition:
        bare = statement.rstrip(": ")
        yield f"{bare}:"
        yield f"{bare}):"
    if definition:
        yield f"{definition[0]}:" if statement.startswith("class") else f"{definition[0]}():"


def _fill(lines: list[str], at: int, told: re.Match[str] | None) -> None:
    """Give the block that ends before it began something to do."""
    header = next((number for number in range(at - 1, -1, -1) if _code(lines[number])), 0)
    header = max(header, int(told[1]) - 1 if told else 0)
    lines[header] = f"{_code(lines[header])} pass"


def _align(lines: list[str], at: int, starts: _Starts) -> None:
    """Move the block that begins with the error to the nearest level of those around it."""
    indent, levels = _indent(lines[at]), [0]
    for number in range(at - 1, -1, -1):
        level = _indent(lines[number])
        if starts.lines[number] and _code(lines[number]) and (len(levels) == 1 or level < levels[-1]):
            levels.append(level)
            if level == 0:
                break
    shift = min(levels, key=lambda level: (abs(level - indent), -level)) - indent
    for number in range(at, len(lines)):
        if _code(lines[number]):
            if _indent(lines[number]) < indent:
                break
            lines[number] = " " * (_indent(lines[number]) + shift) + lines[number].lstrip()


def _forget_try(lines: list[str], at: int, starts: _Starts) -> None:
    """Make the `try` that nothing follows a condition."""
    for number in range(at, -1, -1):
        if (
            starts.lines[number]
            and lines[number].lstrip().startswith("try")
            and _indent(lines[number]) <= _indent(lines[at])
        ):
            lines[number] = lines[number].replace("try", "if 1", 1)
            return


def _code(line: str) -> str:
    """A line without its comment and what is blank at its end."""
    return LEXEME.sub(lambda match: "" if match[0].startswith("#") else match[0], line).rstrip()


def _indent(line: str) -> int:
    return len(line.expandtabs(_TAB)) - len(line.expandtabs(_TAB).lstrip())
