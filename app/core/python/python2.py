"""Python 2, and files left in the middle of a merge -> Python 3 that says the same, line by line.

Only what keeps Python 3 from parsing is put in other words; every line stays where it is.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from app.core.python.lexemes import LEXEME

_STATEMENT: Final = r"(?:^[ \t]*|[:;][ \t]*)"
_CALLED: Final = re.compile(
    _STATEMENT + r"(?:print|exec)(?P<gap>[ \t]+)(?=[\w\"'\[{`~-])(?!(?:in|is|and|or|if|else|for)\b)", re.MULTILINE
)
_RAISED: Final = re.compile(_STATEMENT + r"raise[ \t]+[\w.]+(?P<gap>[ \t]*,[ \t]*)", re.MULTILINE)
_PARAMETERS: Final = re.compile(r"^[ \t]*def[ \t]+\w+[^\n]*", re.MULTILINE)
_TUPLE: Final = re.compile(r"(?<=[(, ])\(([\w ,]+)\)(?=[ ]*[,)])")
_BOUNDARY: Final = re.compile(r"[\[({\])};\n\\]")
_BOUNDARIES_MAX: Final = 100  # brackets and lines of one statement
_WORDS: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"^([ \t]*except\b[^\n:]*[^\s,:])[ \t]*,[ \t]*([A-Za-z_]\w*)(?=[ \t]*:)", re.MULTILINE), r"\1 as \2"),
    (re.compile(r"`([^`\n]+)`"), r"repr(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"(?<![\w.])0(0*[1-7][0-7]*)[lL]?(?![\w.])"), r"0o\1"),
    (re.compile(r"(?<![\w.])(\d+|0[xX][\da-fA-F]+)[lL](?!\w)"), r"\1"),
    (re.compile(r"\b[uU]([rR])(?=[\"'])"), r"\1"),
    (re.compile(r"\blambda[ \t]*\(([\w ,]+)\)[ \t]*:"), r"lambda \1:"),
    (_PARAMETERS, lambda match: _TUPLE.sub(r"\1", match[0])),
    (re.compile(r"\basync\b(?![ \t]+(?:def|for|with)\b)"), "async_"),
    (re.compile(r"^(?:<{7}|={7}|>{7}|\|{7})(?: [^\n]*)?$", re.MULTILINE), ""),
)
_MARK: Final = re.compile(r"\"\0\"|#\0")
"""What stands for a string or a comment while the code around it is looked at; Python that parses holds no NUL."""


def translate_python2(text: str) -> str:
    """`text` with Python 2's statements and literals as Python 3 writes them, and without marks of a merge."""
    hidden = [match[0] for match in LEXEME.finditer(text)]
    code = LEXEME.sub(_marked, text)
    for statement in (_CALLED, _RAISED):
        code = "".join(_called(code, statement))
    for pattern, words in _WORDS:
        code = pattern.sub(words, code)
    shown = iter(hidden)
    return _MARK.sub(lambda _: next(shown), code)


def _marked(match: re.Match[str]) -> str:
    return "#\0" if match[0].startswith("#") else '"\0"'


def _called(code: str, statement: re.Pattern[str]) -> Iterator[str]:
    """`code` in pieces, with what each such statement is given in brackets."""
    at = 0
    while match := statement.search(code, at):
        end = _end_of_statement(code, match.end())
        yield f"{code[at : match.start('gap')]}({code[match.end() : end]})"
        at = end
    yield code[at:]


def _end_of_statement(code: str, start: int) -> int:
    """Where the statement that `start` is in ends, its comment and the space before that left out.

    One whose brackets do not close ends with its line.
    """
    depth, at, end = 0, start, -1
    for _ in range(_BOUNDARIES_MAX):
        found = _BOUNDARY.search(code, at)
        if found is None or (found[0] in ";\n" and depth <= 0):
            end = len(code) if found is None else found.start()
            break
        at = found.end() + (found[0] == "\\")
        depth += (found[0] in "[({") - (found[0] in "])}")
    if end < 0 or depth > 0:
        end = code.find("\n", start) % (len(code) + 1)  # the end, where there is none
    last = code.rfind("\n", start, end) + 1 or start
    return last + len(code[last:end].partition("#")[0].rstrip())
