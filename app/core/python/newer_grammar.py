"""Python in a newer grammar than the interpreter's -> Python that it parses, as far as a comparison needs it.

What only a newer version reads is put in older words, line by line; what the words say may be less. Python 3.12 to
3.14: strings of fields that reuse their quotes (PEP 701), `type` and type parameters (PEP 695, 696), templates (PEP
750), exceptions without brackets (PEP 758).
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Final

from app.core.python.fstrings import f_string_marks
from app.core.python.lexemes import LEXEME

_START: Final = re.compile(r"\#|[\"']")
_PREFIX: Final = re.compile(r"(?<!\w)(?:[fFtT][rR]?|[rR][fFtT])\Z")
_PREFIX_CHARS: Final = 3  # two, and the one before that tells whether a longer word ends there
_PARSED_CHARS_MAX: Final = 2_000  # of one string that is tried as it is; a longer one becomes a plain text
_PARAMETERS: Final = re.compile(r"\b(?:def|class)[ \t]+\w+[ \t]*(?=\[)|^[ \t]*type[ \t]+\w+[ \t]*(?=\[)", re.MULTILINE)
_BRACKET: Final = re.compile(r"[\[\]]")
_TYPE: Final = re.compile(r"^([ \t]*)type[ \t]+(\w+[ \t\\\n]*=(?!=))", re.MULTILINE)
_EXCEPT: Final = re.compile(r"^([ \t]*except\*?[ \t]+)([^\n:()]{1,300},[^\n:()]{1,300}?)(?=[ \t]{0,20}:)", re.MULTILINE)
_BRACKETS_MAX: Final = 200  # of one list of type parameters
_MARK: Final = re.compile(r"\"\0\"|#\0")
"""What stands for a string or a comment while the code around it is looked at; no text with a NUL comes here."""


def downgrade(text: str) -> str:
    """`text`, which a newer version reads, in words that older ones read; every line stays where it is."""
    code, hidden = _hidden(text, lambda start: f_string_marks(text, start)[1])
    return _shown(_EXCEPT.sub(r"\1(\2)", _without_types(code)), hidden)


def downgrade_broken(text: str) -> str:
    """The same of a text that no version reads: what a quote or a bracket without its other half holds is left alone.

    So are exceptions without brackets, which are Python 2's as well.
    """
    code, hidden = _hidden(text, _EndsOnLines(text).end)
    return _shown(_without_types(code), hidden)


class _EndsOnLines:
    """Where strings of fields end that are closed on the line on which they begin. Each line is read once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open_until = 0

    def end(self, start: int) -> int | None:
        """The end of the string whose quote stands at `start`; None if its line does not close it."""
        if start < self._open_until or self._text.startswith(('"""', "'''"), start):
            return None
        line_end = self._text.find("\n", start) % (len(self._text) + 1)  # the text's, where there is none
        line = self._text[start:line_end]
        end = f_string_marks(f"{line}\n", 0)[1]
        if end > len(line):
            self._open_until = line_end
            return None
        return start + end


def _shown(code: str, hidden: Iterable[str]) -> str:
    shown = iter(hidden)
    return _MARK.sub(lambda _: next(shown), code)


def _without_types(code: str) -> str:
    return _TYPE.sub(r"\1\2", _without_type_parameters(code))


def _hidden(text: str, end_of: Callable[[int], int | None]) -> tuple[str, list[str]]:
    """The code with marks for its strings and comments, and those, strings of fields in older words.

    `end_of` tells where such a string ends, by its quote; None where it is to be left alone.
    """
    code: list[str] = []
    hidden: list[str] = []
    at = 0
    while found := _START.search(text, at):
        start = found.start()
        before = text[at:start]
        prefix = _PREFIX.search(text[max(at, start - _PREFIX_CHARS) : start]) if found[0] != "#" else None
        end = end_of(start) if prefix is not None else None
        if prefix is not None and end is not None:
            code.append(before[: len(before) - len(prefix[0])])
            hidden.append(_older(prefix[0], text[start:end]))
        else:
            lexeme = LEXEME.match(text, start)
            if lexeme is None:  # a quote that nothing closes
                code.append(text[at : start + 1])
                at = start + 1
                continue
            end = lexeme.end()
            code.append(before)
            hidden.append(lexeme[0])
        code.append("#\0" if found[0] == "#" else '"\0"')
        at = end
    code.append(text[at:])
    return "".join(code), hidden


def _older(prefix: str, quoted: str) -> str:
    """A string of fields as one of older versions, or where that cannot be, as a plain text."""
    as_fields = prefix + quoted
    if "t" in prefix.lower():  # a field at its start tells a template from a string that says the same
        quotes = 3 if quoted[:3] == quoted[0] * 3 else 1
        as_fields = f"{prefix.lower().replace('t', 'f')}{quoted[:quotes]}{{0}}{quoted[quotes:]}"
    if len(quoted) <= _PARSED_CHARS_MAX and _parses(as_fields):
        return as_fields
    text = quoted.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{text}"""'


def _parses(expression: str) -> bool:
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_type_parameters(code: str) -> str:
    pieces: list[str] = []
    at = 0
    while found := _PARAMETERS.search(code, at):
        end = _closing(code, found.end())
        pieces.append(code[at : found.end()])
        pieces.append("\\\n" * code.count("\n", found.end(), end))  # every line stays where it is
        at = end
    return "".join((*pieces, code[at:]))


def _closing(code: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed; `start` where it is not."""
    depth, at = 0, start
    for _ in range(_BRACKETS_MAX):
        found = _BRACKET.search(code, at)
        if found is None:
            break
        depth += 1 if found[0] == "[" else -1
        at = found.end()
        if depth == 0:
            return at
    return start
