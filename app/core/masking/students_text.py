"""What a student's text must not show: well-known kinds of keys and tokens, and characters made to be invisible.

Every pattern is bounded and starts with a literal, so that hostile text costs no more than its length.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.core.visible import UNSEEN

_INVISIBLE: Final = re.compile(UNSEEN)
_HARMLESS: Final = re.compile(
    r"[\xad\ufeff]|(?<=[\u2200-\u22ff\u3400-\ufaff\U0001f000-\U0003ffff])[\ufe00-\ufe0d\U000e0100-\U000e01ef]"
    "|\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|"
    "\U000e0077\U000e006c\U000e0073)\U000e007f"
)
"""A byte order mark; a soft hyphen, which web pages are full of; one selector behind a sign that has other forms, such
as a Chinese one, where a row of them may spell sentences; the flags of England, Scotland and Wales."""

_SECRETS: Final = (
    ("openai_key", ("sk-",), re.compile(r"\bsk-(?:proj-|svcacct-|ant-)?[A-Za-z0-9_-]{24,200}")),
    ("aws_key", ("AKIA", "ASIA"), re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "github_token",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b"),
    ),
    ("gitlab_token", ("glpat-",), re.compile(r"\bglpat-[A-Za-z0-9_-]{20,64}\b")),
    ("huggingface_token", ("hf_",), re.compile(r"\bhf_[A-Za-z0-9]{30,64}\b")),
    ("slack_token", ("xox",), re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,200}")),
    ("google_key", ("AIza",), re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("telegram_token", (":AA",), re.compile(r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b")),
    ("yandex_key", ("AQVN", "y0_"), re.compile(r"\b(?:AQVN[A-Za-z0-9_-]{30,60}|y0_[A-Za-z0-9_-]{50,80})")),
    ("private_key", ("-----BEGIN ",), re.compile(r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----")),
)
"""Each kind with what every one of it holds: a text without that is not searched, which is a hundred times as fast."""
_MASK: Final = "«masked»"
_EACH_MAX: Final = 3  # places of one kind that are told


@dataclass(frozen=True, slots=True)
class Sign:
    """One suspicious place: what kind, and the 1-based line."""

    kind: str
    line: int


def find_hidden(text: str) -> int | None:
    """The first line that holds characters made to be invisible or to reorder what is read, or None."""
    if text.isascii():
        return None
    match = _INVISIBLE.search(_HARMLESS.sub(" ", text))
    return text.count("\n", 0, match.start()) + 1 if match else None


def find_secrets(text: str) -> tuple[Sign, ...]:
    """Well-known kinds of keys and tokens in `text`, three of each kind at most; no secret is returned."""
    return tuple(
        Sign(kind, text.count("\n", 0, match.start()) + 1)
        for kind, pattern in _sought_in(text)
        for match in islice(pattern.finditer(text), _EACH_MAX)
    )


def mask(text: str) -> str:
    """`text` fit to be shown: secrets masked, invisible and reordering characters replaced by a visible mark.

    The number of lines stays the same.
    """
    for _, pattern in _sought_in(text):
        text = pattern.sub(_MASK, text)
    return _INVISIBLE.sub("\ufffd", text)


def _sought_in(text: str) -> list[tuple[str, re.Pattern[str]]]:
    """The kinds that may be in `text`, by what each of them holds."""
    return [(kind, pattern) for kind, signs, pattern in _SECRETS if any(sign in text for sign in signs)]
