"""Python in a newer grammar than the interpreter's -> Python that it parses, as far as a comparison needs it.

What only a newer version reads is put in older words, line by line; what the words say may be less. Python 3.12 to
3.14: strings of fields that reuse their quotes (PEP 701), `type` and type parameters (PEP 695, 696), templates (PEP
750), exceptions without brackets (PEP 758).
"""

import ast
import re
import warnings
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
    """`text` in words that older versions read; every line stays where it is."""
    code, hidden = _hidden(text)
    code = _without_type_parameters(code)
    code = _TYPE.sub(r"\1\2", code)
    code = _EXCEPT.sub(r"\1(\2)", code)
    shown = iter(hidden)
    return _MARK.sub(lambda _: next(shown), code)


def _hidden(text: str) -> tuple[str, list[str]]:
    """The code with marks for its strings and comments, and those, strings of fields in older words."""
    code: list[str] = []
    hidden: list[str] = []
    at = 0
    while found := _START.search(text, at):
        start = found.start()
        before = text[at:start]
        prefix = _PREFIX.search(text[max(at, start - _PREFIX_CHARS) : start]) if found[0] != "#" else None
        if prefix is not None:
            end = f_string_marks(text, start)[1]
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
