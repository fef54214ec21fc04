"""Foreign text made safe to look at: characters that steer a terminal, hide, or turn the direction of writing.

What comes from a student or a model is shown as plain text everywhere; a character that would act, or that nobody can
see, is shown as one that everybody can.
"""

import re
from typing import Final

_STEERING: Final = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
"""Control characters but for the line feed, separators of lines, lone surrogates."""
IGNORABLE: Final = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""What Unicode calls default ignorable, for a class of a pattern: marks and overrides of writing direction, fillers,
tags, selectors of a letter's form, invisible signs within words. Joiners and `PICTURED` are told by what is beside
them."""
JOINERS: Final = r"\u200c\u200d"
PICTURED: Final = r"\ufe0e\ufe0f"
"""The two selectors that make the sign before them a text or a picture."""
_SCRIPTS: Final = r"\u0590-\u1fff\u2070-\U0010ffff"
"""Behind Latin, Greek and Cyrillic: what joiners join, letters of Arabic or of India, and pictures."""
_PICTURES: Final = r"#*0-9\xa9\xae\u203c-\u3299\U0001f000-\U0001faff"
"""What may be shown as a picture."""
UNSEEN: Final = (
    rf"[{IGNORABLE}{JOINERS}{PICTURED}](?<![{_PICTURES}][{PICTURED}])(?:(?<![{_SCRIPTS}][{JOINERS}])|(?![{_SCRIPTS}]))"
)
"""A pattern of every character that nobody sees, but for those that pictures and other scripts are written with."""
_UNSAFE: Final = re.compile(rf"[{_STEERING}]|{UNSEEN}")


def made_visible(text: str, tab: str = " ") -> str:
    """`text` with a mark in place of each such character; a tab becomes `tab`, a carriage return a blank."""
    return _UNSAFE.sub(lambda match: tab if match[0] == "\t" else _mark(match[0]), text)


def in_field(text: str) -> str:
    """`text` as a form's field shows it: with its tabs, which may be a program's."""
    return made_visible(text, tab="\t")


def _mark(character: str) -> str:
    return " " if character == "\r" else "\N{REPLACEMENT CHARACTER}"
