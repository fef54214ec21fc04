"""What code can prove of an attempt beside the one before: that it is no worse, and that it is better."""

from typing import Final

from app.core.evidence.facts.testing import nothing_ran
from app.core.evidence.measured import count_in, is_new_mistake, is_trusted
from schemas.comparison import Comparison, Fact, FactCode
from schemas.tests import Outcome

_FORM_CODES: Final = frozenset(
    {
        *(FactCode.NO_CHANGE, FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE),
        *(FactCode.TESTS_STILL_FAILING, FactCode.UNUSED_CODE),
    }
)
"""Facts of negative weight under which the work is as good as it was."""

_STANDING_CODES: Final = frozenset(
    {
        *(FactCode.COMPLEX_FUNCTION, FactCode.LARGE_FUNCTION, FactCode.FINDINGS),
        *(FactCode.SECRET_IN_SOURCE, FactCode.HIDDEN_CHARACTERS),
        *(FactCode.INSTRUCTION_IN_SOURCE, FactCode.INSTRUCTION_IN_LOG),
    }
)
"""Facts about the work as it is: what of them is new costs points by the linter's and the complexity's items."""

_UNKNOWN_CODES: Final = frozenset({FactCode.NO_TESTS_GIVEN, FactCode.TESTS_UNREAD, FactCode.TESTS_BROKE_OFF})
"""Facts by which nobody knows what the tests say; worse than before only where that was known then."""

_LOSSES: Final = frozenset(
    {
        *(FactCode.TESTS_REMOVED, FactCode.TESTS_NEWLY_FAILING, FactCode.ASSERTS_REMOVED),
        *(FactCode.TESTS_SKIPPED_ADDED, FactCode.TESTS_NOT_COLLECTED, FactCode.TESTS_DID_NOT_RUN),
        *(FactCode.TESTS_RUN_FAILED, FactCode.TESTS_BROKE_OFF),
        *(FactCode.SYNTAX_ERROR, FactCode.WORK_DELETED, FactCode.FILE_UNREAD),
    }
)
"""Facts under which more passing tests do not prove that the work is better."""


def is_declined(comparison: Comparison) -> bool:
    """Whether any fact says that the work is worse than at the previous attempt, or may be."""
    return any(fact.weight < 0 and _is_decline(fact, comparison) for fact in comparison.evidence.facts)


def is_provably_better(comparison: Comparison) -> bool:
    """Whether more tests pass than at the previous attempt, and nothing was lost.

    Lost is a test that was removed or fails now, an assert, work; lost is also what a new mistake breaks. A sign that
    a person should look at leaves nothing proved.
    """
    report, before = comparison.tests.current, comparison.tests.previous_totals
    if report is None or not is_trusted(report) or before is None or nothing_ran(before):
        return False
    if comparison.evidence.flags or comparison.tests.newly_failing or comparison.tests.removed:
        return False
    if any(_is_loss(fact) for fact in comparison.evidence.facts):
        return False
    passed = before.get(Outcome.PASSED, 0) + before.get(Outcome.XPASSED, 0)
    return report.passed > passed and all(
        report.totals.get(outcome, 0) <= before.get(outcome, 0)
        for outcome in (Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.XFAILED)
    )


def _is_loss(fact: Fact) -> bool:
    return is_new_mistake(fact) or fact.code in _LOSSES


def _is_decline(fact: Fact, comparison: Comparison) -> bool:
    if fact.code in _FORM_CODES | _STANDING_CODES:
        return False
    before = comparison.tests.previous_totals
    if fact.code in {FactCode.CERTAIN_ERROR, FactCode.SYNTAX_ERROR}:
        return is_new_mistake(fact)
    if fact.code in _UNKNOWN_CODES or (
        fact.code == FactCode.TESTS_DID_NOT_RUN and not is_trusted(comparison.tests.current)
    ):
        return before is not None
    if fact.code == FactCode.TESTS_SKIPPED:
        return before is None or count_in(fact) > before.get(Outcome.SKIPPED, 0)
    if fact.code == FactCode.TESTS_FAILING:
        passed, failed = count_in(fact, "passed_before"), count_in(fact, "failed_before")
        share = count_in(fact, "failed") / max(1, count_in(fact, "total"))
        return passed + failed == 0 or share > failed / (passed + failed)
    return True
