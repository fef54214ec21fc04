"""What a student's text must not show: well-known kinds of keys and tokens, and characters made to be invisible.

Every pattern is bounded and starts with a literal, so that hostile text costs no more than its length.
"""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Final

_INVISIBLE: Final = re.compile("[\u200b\u2060-\u2064\u00ad\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# Bidirectional overrides, tags and zero-width marks inside words; a byte order mark at a file's start is harmless.
_HIDING: Final = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\U000e0020-\U000e007f]")

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
    match = _HIDING.search(text)
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
