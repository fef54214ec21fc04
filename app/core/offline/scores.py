"""Scores from the evidence alone: the same facts give the same scores.

Quality starts from radon's maintainability index and loses points for what makes code hard to trust; the overall
score mixes tests, quality and progress. The weights are judgement, the figures are not.
"""

from collections.abc import Iterable
from typing import Final

from app.core.bounds import TRUSTED
from app.core.offline.summary import SIGNS
from schemas.comparison import Comparison, Fact, ScoreBounds
from schemas.review import ReviewResult
from schemas.tests import Outcome

_QUALITY_UNKNOWN: Final = 65.0  # no Python was measured: neither good nor bad
_TESTS_UNKNOWN: Final = 50.0  # of 100, where no log tells: what is not shown is not taken to work
_RANK_PENALTY: Final = {"C": 3, "D": 6, "E": 9, "F": 12}
_PROGRESS_CODES: Final = frozenset(
    {
        *("tests_newly_passing", "tests_newly_failing", "tests_added", "tests_removed"),
        *(
            "asserts_removed",
            "tests_skipped_added",
            "refactoring",
            "complexity_reduced",
            "complexity_raised",
            "work_deleted",
        ),
        *("maintainability_up", "maintainability_down", "no_change", "only_formatting", "only_comments"),
    }
)
_FORM_CODES: Final = frozenset({"no_change", "only_formatting", "only_comments", "tests_still_failing"})
"""Facts of negative weight under which the work is as good as it was."""

_STANDING_CODES: Final = frozenset({"complex_function", "large_function", "findings", *SIGNS})
"""Facts about the work as it is: whether they are new is told by the comments on them."""

_PROGRESS_NONE: Final = 65.0
_PROGRESS_STEP: Final = 22.0  # points for a fact of weight 1


def quality_score(comparison: Comparison) -> int:
    """Quality of the code as it is, within the evidence's bounds."""
    facts = comparison.evidence.facts
    index = comparison.complexity.average_maintainability
    score = _QUALITY_UNKNOWN if index is None else 50 + 0.4 * max(0.0, min(100.0, index))
    score -= min(20, sum(_RANK_PENALTY.get(str(f.data.get("rank")), 0) for f in _with(facts, "complex_function")))
    score -= min(6, 2 * _number(facts, "large_function"))
    score -= min(25.0, sum(_finding_penalty(fact) for fact in _with(facts, "findings")))
    score -= min(30, 15 * _number(facts, "syntax_error")) + min(10, 10 * _number(facts, "secret_in_source"))
    score += min(6.0, 1.5 * _number(facts, "complexity_reduced")) + min(4, _number(facts, "refactoring"))
    score -= min(5, _number(facts, "complexity_raised"))
    score += 3 * _number(facts, "maintainability_up") - 3 * _number(facts, "maintainability_down")
    held = comparison.evidence.bounds
    return _clamp(score, held.quality_min, held.quality_max)


def overall_score(comparison: Comparison, quality: int) -> int:
    """The state of the work with its progress, within the evidence's bounds."""
    parts: list[tuple[float, float]] = [(0.25, quality)]
    report = comparison.tests.current
    if report is not None and report.confidence >= TRUSTED:
        share = (report.total - report.failed) / report.total if report.total else 0.0
        parts.append((0.55, 100 * max(0.0, share)))
    else:
        parts.append((0.55, _TESTS_UNKNOWN))
    if not any(fact.code in {"first_submission", "baseline_unavailable"} for fact in comparison.evidence.facts):
        parts.append((0.2, _progress(comparison.evidence.facts)))
    total = sum(weight for weight, _ in parts)
    held = comparison.evidence.bounds
    return _clamp(sum(weight * part for weight, part in parts) / total, held.overall_min, held.overall_max)


def declined(comparison: Comparison) -> bool:
    """Whether any fact says that the work is worse than at the previous attempt, or may be."""
    return any(fact.weight < 0 and _is_decline(fact, comparison) for fact in comparison.evidence.facts)


def not_below(earlier: ReviewResult, quality: int, overall: int, held: ScoreBounds) -> tuple[int, int]:
    """Quality and overall score raised to those of the previous review, as far as the bounds allow."""
    return (
        _clamp(max(quality, earlier.code_quality_score), held.quality_min, held.quality_max),
        _clamp(max(overall, earlier.overall_score), held.overall_min, held.overall_max),
    )


def _is_decline(fact: Fact, comparison: Comparison) -> bool:
    if fact.code in _FORM_CODES | _STANDING_CODES:
        return False
    before = comparison.tests.previous_totals
    if fact.code == "no_tests_given":
        return before is not None
    if fact.code == "tests_skipped":
        return before is None or _whole(fact, "count") > before.get(Outcome.SKIPPED, 0)
    if fact.code == "tests_failing":
        passed, failed = _whole(fact, "passed_before"), _whole(fact, "failed_before")
        share = _whole(fact, "failed") / max(1, _whole(fact, "total"))
        return passed + failed == 0 or share > failed / (passed + failed)
    return True


def _whole(fact: Fact, name: str) -> int:
    value = fact.data.get(name)
    return value if isinstance(value, int) else 0


def _progress(facts: Iterable[Fact]) -> float:
    """65 where nothing moved, up to 100 for much better, down to 0 for much worse."""
    moved = sum(fact.weight for fact in facts if fact.code in _PROGRESS_CODES)
    return max(0.0, min(100.0, _PROGRESS_NONE + _PROGRESS_STEP * moved))


def _finding_penalty(fact: Fact) -> float:
    count = fact.data.get("count")
    number = count if isinstance(count, int) else 0
    group = fact.data.get("group")
    if group in {"F", "E9", "B", "PLE", "S", "ASYNC"}:
        return 2.0 * number
    return 1.0 * number if group == "unused" else 0.3 * number


def _with(facts: Iterable[Fact], code: str) -> list[Fact]:
    return [fact for fact in facts if fact.code == code]


def _number(facts: Iterable[Fact], code: str) -> int:
    return len(_with(facts, code))


def _clamp(value: float, low: int, high: int) -> int:
    return max(low, min(high, round(value)))
