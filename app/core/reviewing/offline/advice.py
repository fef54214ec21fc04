"""What to do next, the most important first: each piece of advice follows from a fact."""

from collections.abc import Iterator
from typing import Any, Final

from app.core.evidence.facts.testing import tests_among
from app.core.reviewing.offline.summary import data_of, likely_errors, short_test_name, split_names
from app.core.reviewing.offline.whereabouts import Whereabouts
from app.core.testlog.casebook import FAILING
from app.core.words import Words
from schemas.comparison import Comparison, Fact

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
    if "work_deleted" in facts:
        yield phrases.advice["work_deleted"](data_of(facts["work_deleted"]))
    broken = [fact for fact in comparison.evidence.facts if fact.code == "file_unread" and fact.weight < 0]
    for fact in broken[:_UNREAD_MAX]:
        yield phrases.advice["file_unread"](data_of(fact))
    if "syntax_error" in facts:
        yield phrases.advice["syntax_error"](where.data_of(facts["syntax_error"], phrases))
    if "certain_error" in facts:
        yield phrases.advice["certain_error"](where.data_of(facts["certain_error"], phrases))
    yield from _advise_on_tests(comparison, facts, phrases)
    yield from _advise_on_code(comparison, facts, phrases)
    for code in ("no_tests_given", "no_change"):
        if code in facts:
            yield phrases.advice[code](data_of(facts[code]))
    coverage = facts["test_coverage"].data.get("percent") if "test_coverage" in facts else None
    if isinstance(coverage, int | float) and coverage < _COVERAGE_ENOUGH:
        yield phrases.advice["test_coverage"]({"percent": coverage})


def _advise_on_code(comparison: Comparison, facts: Facts, phrases: Words) -> Iterator[str]:
    if "secret_in_source" in facts:
        yield phrases.advice["secret_in_source"](data_of(facts["secret_in_source"]))
    _, rules = likely_errors(comparison.evidence.facts)
    if rules:
        yield phrases.advice["likely_errors"]({"rules": rules})
    for code in ("complex_function", "large_function"):
        if code in facts:
            yield phrases.advice[code](data_of(facts[code]))
    for fact in comparison.evidence.facts:
        if fact.code == "findings" and fact.data.get("group") == "unused":
            yield phrases.advice["unused"](data_of(fact))


def _advise_on_tests(comparison: Comparison, facts: Facts, phrases: Words) -> Iterator[str]:
    tests = comparison.tests
    if "tests_did_not_run" in facts:
        yield phrases.advice["tests_did_not_run"]({})
    if "tests_not_collected" in facts:
        if "syntax_error" not in facts:
            yield phrases.advice["tests_not_collected"]({})
    elif tests.newly_failing:
        yield phrases.advice["tests_newly_failing"](_named(tests.newly_failing))
    elif "tests_failing" in facts:
        failing = tests.still_failing or _failing_names(comparison)
        if failing:
            yield phrases.advice["tests_failing"](_named(failing))
        else:
            yield phrases.advice["tests_failing_unnamed"](data_of(facts["tests_failing"]))
    if "tests_removed" in facts and "tests_removed" in comparison.evidence.flags:
        removed = tests_among(tests.removed) or tuple(split_names(facts["tests_removed"]))
        yield phrases.advice["tests_removed"](_named(removed))
    for code in ("asserts_removed", "tests_skipped_added"):
        if code in facts:
            yield phrases.advice[code]({})


def _failing_names(comparison: Comparison) -> tuple[str, ...]:
    report = comparison.tests.current
    return tuple(case.id for case in report.cases if case.outcome in FAILING) if report else ()


def _named(names: tuple[str, ...]) -> dict[str, Any]:
    return {"count": len(names), "names": [short_test_name(name) for name in names]}
