"""What a diff did to the tests themselves, and which files are tests.

Every pattern is bounded and starts with a literal, so that hostile text costs no more than its length.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.core.hunks import Patch

_TEST_PATH: Final = re.compile(r"(?:^|/)(?:tests?/|tests?(?:_[^/]*)?\.py$|[^/]*_tests?\.py$|conftest\.py$)")
_SOURCE_SUFFIXES: Final = (".py", ".ipynb")
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
class TestChanges:
    """What a diff did to the tests themselves: names of tests gone and come, asserts lost or won, skips won (net).

    `written` are those among the `added` that run and may prove something, `asserts_lost_in` and `skips_won_in` the
    files with most of them.
    """

    __test__ = False

    removed: tuple[str, ...]
    added: tuple[str, ...]
    written: tuple[str, ...]
    asserts_lost: int
    skips_won: int
    asserts_won: int = 0
    asserts_lost_in: str | None = None
    skips_won_in: str | None = None


def is_test_path(path: str) -> bool:
    """Whether `path` is a test by the naming of pytest, or of unittest and Django (`tests.py`)."""
    return _TEST_PATH.search(path) is not None


def compare_tests(patches: Iterable[Patch], test_lines: Mapping[str, AbstractSet[int]]) -> TestChanges:
    """What the diff did to the test files. A test, assert or skip that only moved counts on both sides, as nothing.

    `test_lines` are those on which tests are defined that count as written, by path: what reads as one elsewhere may be
    a string, or never run.
    """
    removed: set[str] = set()
    added: set[str] = set()
    written: set[str] = set()
    asserts: Counter[str] = Counter()
    skips: Counter[str] = Counter()
    for patch in patches:
        if not (is_test_path(patch.path) and patch.path.endswith(_SOURCE_SUFFIXES)):
            continue
        removed |= _test_names(patch.removed)
        added |= _test_names(patch.added)
        written |= _test_names(patch.added_on(test_lines.get(patch.path, frozenset())))
        asserts[patch.path] += _count_asserts(patch.removed) - _count_asserts(patch.added)
        skips[patch.path] += _count(_SKIP, patch.added) - _count(_SKIP, patch.removed)
    lost, won = asserts.total(), skips.total()
    return TestChanges(
        removed=tuple(sorted(removed - added)),
        added=tuple(sorted(added - removed)),
        written=tuple(sorted(written - removed)),
        asserts_lost=max(0, lost),
        asserts_won=max(0, -lost),
        skips_won=max(0, won),
        asserts_lost_in=asserts.most_common(1)[0][0] if lost > 0 else None,
        skips_won_in=skips.most_common(1)[0][0] if won > 0 else None,
    )


def _test_names(lines: Iterable[str]) -> set[str]:
    return {match.group(1) for line in lines if (match := _TEST_NAME.match(line))}


def _count(pattern: re.Pattern[str], lines: Iterable[str]) -> int:
    return sum(1 for line in lines if pattern.match(line))


def _count_asserts(lines: Iterable[str]) -> int:
    return sum(1 for line in lines if _ASSERT.match(line) and not _TRIVIAL_ASSERT.match(line))
