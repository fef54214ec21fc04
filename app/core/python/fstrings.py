"""f-strings as Python 3.12 and later see them: not one token, but pieces of text and fields of code.

radon counts what the tokenizer gives, so a colon before a format counts as one from 3.12 on, and did not before.
"""

import re
import sys
from collections.abc import Iterator
from typing import Final

from app.core.python.lexemes import COMMENT, JOINT, LEXEME, STRING

F_STRINGS_HAVE_TOKENS: Final = sys.version_info >= (3, 12)

_PREFIX: Final = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])\Z")
_PREFIX_CHARS: Final = 3  # two, and the one before that tells whether a longer word ends there
_IN_TEXT: Final = re.compile(r"""\\N\{[^}\n]*\}|\\[^{}]|\{\{|\}\}|[{}"'\n]""", re.DOTALL)
_IN_FORMAT: Final = re.compile(r"""[{}"'\n]""")
_IN_FIELD: Final = re.compile(r"""[#"'(\[{}\]):\n]|[^#"'(\[{}\]):\n]+""")


def starts_f_string(code: str, quote_at: int) -> bool:
    """Whether the quote there opens an f-string."""
    return _PREFIX.search(code[max(0, quote_at - _PREFIX_CHARS) : quote_at]) is not None


def lexemes(text: str) -> Iterator[re.Match[str]]:
    """Strings and comments, whatever is within f-strings aside where those are more than one token."""
    return _lexemes_outside(text) if F_STRINGS_HAVE_TOKENS else LEXEME.finditer(text)


def _lexemes_outside(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while match := LEXEME.search(text, at):
        start, at = match.span()
        if text[start] != COMMENT and starts_f_string(text, start):
            at = f_string_marks(text, start)[1]
        else:
            yield match


def f_string_marks(code: str, start: int) -> tuple[str, int]:
    """Marks of the f-string whose quote stands at `start`, and where it ends."""
    reader = _Reader(code, start)
    while reader.frames and reader.at < len(code):
        reader.step()
    return "".join((*reader.marks, "x")), reader.at


class _Reader:
    """Frames are the texts, fields and formats that are open: a quote for a text, `{` for a field, `:` for a format.

    `depths` holds the open brackets of each field.
    """

    def __init__(self, code: str, start: int) -> None:
        self.code = code
        self.at = start
        self.marks: list[str] = []
        self.frames: list[str] = []
        self.depths: list[int] = []
        self._open_text()

    def step(self) -> None:
        """Read up to the next character that matters."""
        frame = self.frames[-1]
        if frame == "{":
            self._step_field()
            return
        found = (_IN_FORMAT if frame == ":" else _IN_TEXT).search(self.code, self.at)
        if found is None:
            self.at = len(self.code)
            return
        self.at = found.end()
        piece = found.group()
        if piece == "{":
            self._open_field()
        elif piece == "}" and frame == ":":
            self.frames.pop()
            self._close_field()
        elif piece[-1] == "\n":
            self.marks.append(JOINT)
        elif piece == frame[0] and self.code.startswith(frame, found.start()):
            self.at = found.start() + len(frame)
            self.frames.pop()
            self.marks.append("x")

    def _step_field(self) -> None:
        found = _IN_FIELD.match(self.code, self.at)
        piece = found.group() if found else self.code[self.at]
        text = LEXEME.match(self.code, self.at) if piece in "#\"'" else None
        if text is not None and piece != "#" and starts_f_string(self.code, self.at):
            self._open_text()
            return
        start, self.at = self.at, text.end() if text else self.at + len(piece)
        if text is not None:
            mark = COMMENT if piece == "#" else STRING + JOINT * self.code.count("\n", start, self.at)
            self.marks.append(mark)
        elif piece in "([{":
            self.depths[-1] += 1
            self.marks.append("(")
        elif piece == "}" and not self.depths[-1]:
            self._close_field()
        elif piece in ")]}":
            self.depths[-1] -= 1
            self.marks.append(")")
        elif piece == ":" and not self.depths[-1]:
            self.marks.append(":")
            self.frames.append(":")
        else:
            self.marks.append(piece)

    def _open_text(self) -> None:
        quote = self.code[self.at]
        self.frames.append(quote * 3 if self.code.startswith(quote * 3, self.at) else quote)
        self.at += len(self.frames[-1])
        self.marks.append("x")

    def _open_field(self) -> None:
        self.frames.append("{")
        self.depths.append(0)
        self.marks.append("(")

    def _close_field(self) -> None:
        self.frames.pop()
        self.depths.pop()
        self.marks.append(")")
