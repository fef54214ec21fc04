"""The scores of the review by rules: what was measured, within the bounds, and no worse without a reason."""

from typing import Final

from app.core.evidence.measured import measure
from app.core.reviewing.offline.summary import SIGNS
from schemas.comparison import Comparison, Fact, FactCode, ScoreBounds
from schemas.review import ReviewResult
from schemas.tests import Outcome

_FORM_CODES: Final = frozenset(
    {
        *(FactCode.NO_CHANGE, FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE),
        FactCode.TESTS_STILL_FAILING,
    }
)
"""Facts of negative weight under which the work is as good as it was."""

_STANDING_CODES: Final = frozenset(
    {FactCode.COMPLEX_FUNCTION, FactCode.LARGE_FUNCTION, FactCode.FINDINGS, FactCode.CERTAIN_ERROR, *SIGNS}
)
"""Facts about the work as it is: whether they are new is told by the comments on them."""


def scores(comparison: Comparison) -> tuple[int, int]:
    """The overall and the quality score, within the evidence's bounds."""
    measured = measure(comparison.evidence.facts, comparison.complexity, comparison.tests, comparison.sources)
    held = comparison.evidence.bounds
    return (
        _clamp(measured.overall, held.overall_min, held.overall_max),
        _clamp(measured.quality, held.quality_min, held.quality_max),
    )


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
    if fact.code == FactCode.NO_TESTS_GIVEN:
        return before is not None
    if fact.code == FactCode.TESTS_SKIPPED:
        return before is None or _whole(fact, "count") > before.get(Outcome.SKIPPED, 0)
    if fact.code == FactCode.TESTS_FAILING:
        passed, failed = _whole(fact, "passed_before"), _whole(fact, "failed_before")
        share = _whole(fact, "failed") / max(1, _whole(fact, "total"))
        return passed + failed == 0 or share > failed / (passed + failed)
    return True


def _whole(fact: Fact, name: str) -> int:
    value = fact.data.get(name)
    return value if isinstance(value, int) else 0


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
