"""The scores that facts allow: caps for what is broken, floors for what is proved, a sentence for each.

Bounds are the last guard: they hold whatever an assignment's rubric adds up to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.evidence.measured import is_trusted
from app.core.words import Phrase, Words
from schemas.comparison import Fact, FactCode, Flag, ScoreBounds
from schemas.tests import TestReport

TESTS_WEAKENED: Final = frozenset({Flag.TESTS_REMOVED, Flag.ASSERTS_REMOVED, Flag.TESTS_SKIPPED_ADDED})
"""Flags under which passing tests prove nothing."""

_ONLY_FORM: Final = frozenset({FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE})
_NOTHING_NEW_MAX: Final = 70
"""The best overall score of work that does what it did before, unless all tests pass: nothing of form lifts it."""
TESTS_UNKNOWN_MAX: Final = 70
"""The best overall score of work whose tests are not known: to keep a failing log back must not pay."""


_MUCH_BETTER: Final = 0.2  # share of tests that newly pass


@dataclass(slots=True)
class _Ledger:
    """Bounds as they grow; only a bound that really narrows is told."""

    sentences: Mapping[str, Phrase]
    overall_max: int = 100
    quality_max: int = 100
    overall_min: int = 0
    quality_min: int = 0
    why: list[str] = field(default_factory=list)

    def cap_overall(self, limit: int, key: str, **data: object) -> None:
        if limit < self.overall_max:
            self.overall_max = limit
            self.why.append(self.sentences[key]({"limit": limit, **data}))

    def cap_quality(self, limit: int, key: str, **data: object) -> None:
        if limit < self.quality_max:
            self.quality_max = limit
            self.why.append(self.sentences[key]({"limit": limit, **data}))

    def floor_overall(self, limit: int, key: str, **data: object) -> None:
        # A cap is stronger than a floor: what is broken is broken, however much else was proved.
        limit = min(limit, self.overall_max)
        if limit > self.overall_min:
            self.overall_min = limit
            self.why.append(self.sentences[key]({"limit": limit, **data}))


def derive(facts: Sequence[Fact], flags: tuple[Flag, ...], report: TestReport | None, words: Words) -> ScoreBounds:
    """The bounds that `facts` allow, told in `words`. A test report of little confidence counts as none."""
    ledger = _Ledger(words.bounds)
    by_code: dict[str, list[Fact]] = {}
    for fact in facts:
        by_code.setdefault(fact.code, []).append(fact)
    trusted = is_trusted(report)
    if trusted:
        _cap_by_tests(ledger, by_code)
    else:
        ledger.cap_overall(TESTS_UNKNOWN_MAX, "tests_unknown")
    if TESTS_WEAKENED.intersection(flags):
        ledger.cap_overall(70, "weakened")
    _cap_by_form(ledger, by_code)
    _cap_quality(ledger, by_code)
    if trusted and not TESTS_WEAKENED.intersection(flags):
        _floor(ledger, by_code)
    return ScoreBounds(
        overall_min=ledger.overall_min,
        overall_max=ledger.overall_max,
        quality_min=ledger.quality_min,
        quality_max=ledger.quality_max,
        why=tuple(ledger.why),
    )


def _cap_by_tests(ledger: _Ledger, facts: dict[str, list[Fact]]) -> None:
    for fact in facts.get(FactCode.TESTS_FAILING, ()):
        failed, total = _count(fact, "failed"), max(1, _count(fact, "total"))
        passed_share = max(0.0, 1 - failed / total)
        ledger.cap_overall(round(40 + 55 * passed_share), FactCode.TESTS_FAILING, failed=failed, total=total)
    for fact in facts.get(FactCode.TESTS_NEWLY_FAILING, ()):
        count = _count(fact, "count")
        ledger.cap_overall(ledger.overall_max - min(15, 5 * count), "tests_broken", count=count)
    for fact in facts.get(FactCode.TESTS_NOT_COLLECTED, ()):
        ledger.cap_overall(40, FactCode.TESTS_NOT_COLLECTED, count=_count(fact, "count"))
    if FactCode.TESTS_DID_NOT_RUN in facts:
        ledger.cap_overall(50, FactCode.TESTS_DID_NOT_RUN)
    for fact in facts.get(FactCode.TESTS_BROKE_OFF, ()):
        ledger.cap_overall(TESTS_UNKNOWN_MAX, FactCode.TESTS_BROKE_OFF, **fact.data)
    if FactCode.TESTS_RUN_FAILED in facts:
        ledger.cap_overall(80, FactCode.TESTS_RUN_FAILED)


def _cap_by_form(ledger: _Ledger, facts: dict[str, list[Fact]]) -> None:
    if broken := facts.get(FactCode.SYNTAX_ERROR):
        share = min(1.0, len(broken) / max(1, _count(broken[0], "files_python")))
        ledger.cap_overall(round(65 - 30 * share), FactCode.SYNTAX_ERROR, count=len(broken))
        ledger.cap_quality(round(60 - 30 * share), "syntax_error_quality", count=len(broken))
    if certain := facts.get(FactCode.CERTAIN_ERROR):
        # Tests that all pass prove that they do not come there; the mistake stays.
        limit = 85 if FactCode.TESTS_ALL_PASS in facts else 50
        data = {"rule": certain[0].data.get("rule"), "count": _count(certain[0], "count")}
        ledger.cap_overall(limit, FactCode.CERTAIN_ERROR, **data)
        ledger.cap_quality(75, "certain_error_quality", **data)
    if FactCode.WORK_DELETED in facts:
        ledger.cap_overall(60, FactCode.WORK_DELETED)
    if FactCode.TESTS_ALL_PASS in facts:
        return
    if FactCode.NO_CHANGE in facts:
        ledger.cap_overall(_NOTHING_NEW_MAX, FactCode.NO_CHANGE)
    if not _ONLY_FORM.isdisjoint(facts):
        ledger.cap_overall(_NOTHING_NEW_MAX, "only_form")


def _cap_quality(ledger: _Ledger, facts: dict[str, list[Fact]]) -> None:
    if FactCode.SECRET_IN_SOURCE in facts:
        ledger.cap_quality(75, FactCode.SECRET_IN_SOURCE)
    for fact in facts.get(FactCode.COMPLEX_FUNCTION, ()):
        limit = {"D": 92, "E": 86, "F": 80}.get(str(fact.data.get("rank")), 100)
        ledger.cap_quality(limit, "rank", rank=fact.data.get("rank"), symbol=fact.data.get("symbol"))
    likely_errors = sum(
        _count(fact, "count") for fact in facts.get(FactCode.FINDINGS, ()) if fact.data.get("group") == "likely"
    )
    if likely_errors:
        ledger.cap_quality(max(75, 97 - 2 * likely_errors), "likely_errors", count=likely_errors)


def _floor(ledger: _Ledger, facts: dict[str, list[Fact]]) -> None:
    """What is proved."""
    if FactCode.TESTS_ALL_PASS not in facts:
        return
    total = _count(facts[FactCode.TESTS_ALL_PASS][0], "total")
    newly = sum(_count(fact, "count") for fact in facts.get(FactCode.TESTS_NEWLY_PASSING, ()))
    if newly >= max(1, _MUCH_BETTER * total):
        ledger.floor_overall(60, "much_better", count=newly)
    else:
        ledger.floor_overall(35, FactCode.TESTS_ALL_PASS, total=total)


def _count(fact: Fact, name: str) -> int:
    value = fact.data.get(name)
    return int(value) if isinstance(value, int | float) else 0
