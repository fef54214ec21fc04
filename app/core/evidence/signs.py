"""Suspicious signs in a student's text: hidden characters, secrets, weakened tests.

Every pattern is bounded and starts with a literal, so that hostile text costs no more than its length.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.core.hunks import Patch

_INVISIBLE: Final = re.compile("[\u200b\u2060-\u2064\u00ad\ufeff\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# Bidirectional overrides, tags and zero-width marks inside words; a byte order mark at a file's start is harmless.
_HIDING: Final = re.compile("[\u200b\u2060\u202a-\u202e\u2066-\u2069\U000e0020-\U000e007f]")

_SECRETS: Final = (
    ("openai_key", re.compile(r"\bsk-(?:proj-|svcacct-|ant-)?[A-Za-z0-9_-]{24,200}")),
    ("aws_key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("github_token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b")),
    ("gitlab_token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,64}\b")),
    ("huggingface_token", re.compile(r"\bhf_[A-Za-z0-9]{30,64}\b")),
    ("slack_token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,200}")),
    ("google_key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b")),
    ("telegram_token", re.compile(r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b")),
    ("yandex_key", re.compile(r"\b(?:AQVN[A-Za-z0-9_-]{30,60}|y0_[A-Za-z0-9_-]{50,80})")),
    ("private_key", re.compile(r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----")),
)
_MASK: Final = "«masked»"

_TEST_PATH: Final = re.compile(r"(?:^|/)(?:tests?/|tests?(?:_[^/]*)?\.py$|[^/]*_tests?\.py$|conftest\.py$)")
_TEST_NAME: Final = re.compile(r"\s*(?:async\s+)?def\s+(test\w{0,200})\s*\(")
_ASSERT: Final = re.compile(
    r"\s*(?:assert\b|self\.(?:assert|fail)|with\s+(?:pytest\.raises|self\.assertRaises)|(?:np|pd)\.testing)"
)
_TRIVIAL_ASSERT: Final = re.compile(
    r"\s*assert\s*\(?\s*(?:True|1|not\s+False|\"[^\"]{0,80}\"|'[^']{0,80}')\s*\)?\s*(?:#.*)?$"
)
_SKIP: Final = re.compile(
    r"\s*(?:@?pytest\.mark\.(?:skip|skipif|xfail)\b|@?unittest\.(?:skip|skipIf|skipUnless|expectedFailure)\b"
    r"|pytest\.(?:skip|xfail)\(|self\.skipTest\(|pytestmark\s*=.{0,80}\bskip)"
)


@dataclass(frozen=True, slots=True)
class Sign:
    """One suspicious place: what kind, and the 1-based line."""

    kind: str
    line: int


@dataclass(frozen=True, slots=True)
class TestChanges:
    """What a diff did to the tests themselves: names of tests gone and come, asserts lost or won, skips won (net)."""

    __test__ = False

    removed: tuple[str, ...]
    added: tuple[str, ...]
    asserts_lost: int
    skips_won: int
    asserts_won: int = 0


def find_hidden(text: str) -> int | None:
    """The first line that holds characters made to be invisible or to reorder what is read, or None."""
    match = _HIDING.search(text)
    return text.count("\n", 0, match.start()) + 1 if match else None


def find_secrets(text: str, limit: int = 3) -> tuple[Sign, ...]:
    """Well-known kinds of keys and tokens in `text`, `limit` of each kind; the secrets themselves are not returned."""
    return tuple(
        Sign(kind, text.count("\n", 0, match.start()) + 1)
        for kind, pattern in _SECRETS
        for match in islice(pattern.finditer(text), limit)
    )


def mask(text: str) -> str:
    """`text` fit to be shown: secrets masked, invisible and reordering characters replaced by a visible mark.

    The number of lines stays the same.
    """
    for _, pattern in _SECRETS:
        text = pattern.sub(_MASK, text)
    return _INVISIBLE.sub("\ufffd", text)


def is_test_path(path: str) -> bool:
    """Whether `path` is a test by the naming of pytest, or of unittest and Django (`tests.py`)."""
    return _TEST_PATH.search(path) is not None


def compare_tests(patches: Iterable[Patch]) -> TestChanges:
    """What the diff did to the test files. A test, assert or skip that only moved counts on both sides, as nothing."""
    removed: set[str] = set()
    added: set[str] = set()
    asserts = skips = 0
    for patch in patches:
        if not is_test_path(patch.path):
            continue
        removed |= _test_names(patch.removed)
        added |= _test_names(patch.added)
        asserts += _count_asserts(patch.removed) - _count_asserts(patch.added)
        skips += _count(_SKIP, patch.added) - _count(_SKIP, patch.removed)
    return TestChanges(
        removed=tuple(sorted(removed - added)),
        added=tuple(sorted(added - removed)),
        asserts_lost=max(0, asserts),
        asserts_won=max(0, -asserts),
        skips_won=max(0, skips),
    )


def _test_names(lines: Iterable[str]) -> set[str]:
    return {match.group(1) for line in lines if (match := _TEST_NAME.match(line))}


def _count(pattern: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(1 for line in lines if pattern.match(line))


def _count_asserts(lines: Iterable[str]) -> int:
    return sum(1 for line in lines if _ASSERT.match(line) and not _TRIVIAL_ASSERT.match(line))
