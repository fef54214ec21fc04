"""What to do next, the most important first: each piece of advice follows from a fact."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.core.evidence.facts.names import split_names
from app.core.evidence.facts.testing import tests_among
from app.core.reviewing.offline.summary import data_of, likely_errors, short_test_name
from app.core.reviewing.offline.whereabouts import Whereabouts
from app.core.testlog.casebook import FAILING
from app.core.words import Words
from schemas.comparison import Comparison, Fact, FactCode, Flag

_COVERAGE_ENOUGH: Final = 80.0  # per cent; below it tests leave too much unproved

_UNREAD_MAX: Final = 3  # files to hand in again

Facts = dict[str, Fact]
"""The first fact of each code: of several complex functions, say, the worst one is advised on."""


def advise(comparison: Comparison, phrases: Words) -> Iterator[str]:
    """Advice on what was deleted, what does not run, then tests, then the code, then what is missing."""
    facts: Facts = {}
    where = Whereabouts.of(comparison)
    for fact in comparison.evidence.facts:
        facts.setdefault(fact.code, fact)
    if FactCode.WORK_DELETED in facts:
        yield phrases.advice[FactCode.WORK_DELETED](data_of(facts[FactCode.WORK_DELETED]))
    broken = [fact for fact in comparison.evidence.facts if fact.code == FactCode.FILE_UNREAD and fact.weight < 0]
    for fact in broken[:_UNREAD_MAX]:
        yield phrases.advice[FactCode.FILE_UNREAD](data_of(fact))
    if FactCode.SYNTAX_ERROR in facts:
        yield phrases.advice[FactCode.SYNTAX_ERROR](where.data_of(facts[FactCode.SYNTAX_ERROR], phrases))
    if FactCode.CERTAIN_ERROR in facts:
        yield phrases.advice[FactCode.CERTAIN_ERROR](where.data_of(facts[FactCode.CERTAIN_ERROR], phrases))
    yield from _advise_on_tests(comparison, facts, phrases)
    yield from _advise_on_code(comparison, facts, phrases, where)
    for code in (FactCode.NO_TESTS_GIVEN, FactCode.NO_CHANGE):
        if code in facts:
            yield phrases.advice[code](data_of(facts[code]))
    coverage = facts[FactCode.TEST_COVERAGE].data.get("percent") if FactCode.TEST_COVERAGE in facts else None
    if isinstance(coverage, int | float) and coverage < _COVERAGE_ENOUGH:
        yield phrases.advice[FactCode.TEST_COVERAGE]({"percent": coverage})


def _advise_on_code(comparison: Comparison, facts: Facts, phrases: Words, where: Whereabouts) -> Iterator[str]:
    if FactCode.SECRET_IN_SOURCE in facts:
        yield phrases.advice[FactCode.SECRET_IN_SOURCE](data_of(facts[FactCode.SECRET_IN_SOURCE]))
    _, rules = likely_errors(comparison.evidence.facts)
    if rules:
        yield phrases.advice["likely_errors"]({"rules": rules})
    for code in (FactCode.COMPLEX_FUNCTION, FactCode.LARGE_FUNCTION):
        if code in facts:
            yield phrases.advice[code](data_of(facts[code]))
    if FactCode.UNUSED_CODE in facts:
        yield phrases.advice[FactCode.UNUSED_CODE](where.data_of(facts[FactCode.UNUSED_CODE], phrases))
    for fact in comparison.evidence.facts:
        if fact.code == FactCode.FINDINGS and fact.data.get("group") == "unused":
            yield phrases.advice["unused"](data_of(fact))


def _advise_on_tests(comparison: Comparison, facts: Facts, phrases: Words) -> Iterator[str]:
    tests = comparison.tests
    yield from _advise_on_each((FactCode.TESTS_DID_NOT_RUN, FactCode.TESTS_UNREAD), facts, phrases)
    if FactCode.TESTS_NOT_COLLECTED in facts:
        if FactCode.SYNTAX_ERROR not in facts:
            yield phrases.advice[FactCode.TESTS_NOT_COLLECTED]({})
    elif tests.newly_failing:
        yield phrases.advice[FactCode.TESTS_NEWLY_FAILING](_named(tests.newly_failing))
    elif FactCode.TESTS_FAILING in facts:
        failing = tests.still_failing or _failing_names(comparison)
        if failing:
            yield phrases.advice[FactCode.TESTS_FAILING](_named(failing))
        else:
            yield phrases.advice["tests_failing_unnamed"](data_of(facts[FactCode.TESTS_FAILING]))
    if FactCode.TESTS_REMOVED in facts and Flag.TESTS_REMOVED in comparison.evidence.flags:
        removed = tests_among(tests.removed) or tuple(split_names(facts[FactCode.TESTS_REMOVED]))
        yield phrases.advice[FactCode.TESTS_REMOVED](_named(removed))
    yield from _advise_on_each(
        (FactCode.TESTS_BROKE_OFF, FactCode.ASSERTS_REMOVED, FactCode.TESTS_SKIPPED_ADDED), facts, phrases
    )


def _advise_on_each(codes: Iterable[FactCode], facts: Facts, phrases: Words) -> Iterator[str]:
    for code in codes:
        if code in facts:
            yield phrases.advice[code](data_of(facts[code]))


def _failing_names(comparison: Comparison) -> tuple[str, ...]:
    report = comparison.tests.current
    return tuple(case.id for case in report.cases if case.outcome in FAILING) if report else ()


def _named(names: tuple[str, ...]) -> dict[str, Any]:
    return {"count": len(names), "names": [short_test_name(name) for name in names]}
