"""Strings and comments of Python text, and the marks that stand for them where lines are counted."""

import re
from typing import Final

LEXEME: Final = re.compile(
    r"""\#[^\n]*
    |(?<!\\)(?:
        \"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"
        |'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
        |"[^"\\\n]*(?:\\.[^"\\\n]*)*"
        |'[^'\\\n]*(?:\\.[^'\\\n]*)*'
    )""",
    re.VERBOSE | re.DOTALL,
)
"""No string begins behind a backslash: of one that has no end, no escaped quote is taken for another beginning."""

LEXEMES_APART: Final = re.compile(f"({LEXEME.pattern})", LEXEME.flags)
"""Splits a text into what is neither, and what is, by turns."""

STRING: Final = "$"
COMMENT: Final = "#"
JOINT: Final = "\x01\n"
"""A line end within a string. Neither this nor `$` is part of Python outside of strings and comments."""
