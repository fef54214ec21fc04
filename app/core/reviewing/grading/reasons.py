"""Why code decided an item as it did: one short sentence with the figures, in the review's language."""

from collections.abc import Mapping, Sequence

from app.core.evidence.broken_off import break_of, figures_of_break
from app.core.evidence.facts.testing import collection_errors
from app.core.evidence.measured import (
    count_in,
    facts_of,
    findings_by_kind,
    index_of,
    is_compared,
    is_new_mistake,
    is_trusted,
    threads_in,
)
from app.core.words import Words
from schemas.changes import Complexity, Finding
from schemas.comparison import Fact, FactCode
from schemas.review import Thread, ThreadState
from schemas.tests import Outcome, TestReport


def of_tests(facts: Sequence[Fact], report: TestReport | None, share: float, words: Words) -> str:
    """How many tests pass; without a log that can be trusted, that nobody knows, and what was taken instead."""
    say = words.grading
    if report is None or not is_trusted(report):
        certain = bool(findings_by_kind(facts)["certain"] or facts_of(facts, FactCode.SYNTAX_ERROR))
        written = bool(facts_of(facts, FactCode.TESTS_WRITTEN))
        return say["no_log"](
            {"given": report is not None, "counted": share > 0, "certain": certain, "written": written}
        )
    if not report.total:
        return say[FactCode.TESTS_DID_NOT_RUN]({})
    if errors := collection_errors(report):
        return say[FactCode.TESTS_NOT_COLLECTED]({"count": errors})
    if break_of(report):
        return say[FactCode.TESTS_BROKE_OFF](figures_of_break(report))
    skipped = report.totals.get(Outcome.SKIPPED, 0)
    figures = {"passed": report.total - report.failed, "total": report.total, "skipped": skipped}
    return say["tests"](figures | {"run_failed": bool(facts_of(facts, FactCode.TESTS_RUN_FAILED))})


def of_diff(
    facts: Sequence[Fact], threads: Sequence[Thread], states_before: Mapping[str, ThreadState], words: Words
) -> str:
    """What speaks for progress, and what against it."""
    say = words.grading
    if not is_compared(facts):
        return say["nothing_before"]({"gone": bool(facts_of(facts, FactCode.BASELINE_UNAVAILABLE))})
    good = _counted(
        facts,
        (
            *(FactCode.TESTS_NEWLY_PASSING, FactCode.TESTS_ADDED, FactCode.TESTS_WRITTEN, FactCode.SYNTAX_MENDED),
            *(FactCode.FINDINGS_FIXED, FactCode.COMPLEXITY_REDUCED, FactCode.REFACTORING),
        ),
    )
    bad = _counted(
        facts,
        (
            *(FactCode.TESTS_NEWLY_FAILING, FactCode.TESTS_REMOVED, FactCode.ASSERTS_REMOVED),
            *(FactCode.TESTS_SKIPPED_ADDED, FactCode.WORK_DELETED, FactCode.SYNTAX_ERROR, FactCode.CERTAIN_ERROR),
            FactCode.COMPLEXITY_RAISED,
            *(FactCode.NO_CHANGE, FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE),
        ),
    )
    answers = {
        state: len(threads_in(state, threads, states_before))
        for state in (ThreadState.FIXED, ThreadState.STILL_OPEN, ThreadState.REGRESSED)
    }
    good |= {"fixed": answers[ThreadState.FIXED]}
    bad |= {"still_open": answers[ThreadState.STILL_OPEN], "regressed": answers[ThreadState.REGRESSED]}
    return say["diff"]({"better": _told(good, words), "worse": _told(bad, words)})


def of_complexity(facts: Sequence[Fact], complexity: Complexity, words: Words) -> str:
    """The maintainability index, and the functions that are complex or long."""
    index = index_of(complexity)
    if index is None:
        return words.grading["no_python"]({})
    named = {
        key: [str(fact.data.get("symbol")) for fact in facts_of(facts, code)]
        for key, code in (("hard", FactCode.COMPLEX_FUNCTION), ("long", FactCode.LARGE_FUNCTION))
    }
    return words.grading["complexity"]({"index": round(index), **named})


def of_linter(facts: Sequence[Fact], findings: Sequence[Finding], words: Words) -> str:
    """The linter's findings by kind, and what else stands in the code that should not; not all `findings` count."""
    numbers = findings_by_kind(facts)
    broken = len(facts_of(facts, FactCode.SYNTAX_ERROR))
    secrets = len(facts_of(facts, FactCode.SECRET_IN_SOURCE))
    told = _told({"broken": broken, **numbers, "secret": secrets}, words)
    return words.grading["linter"]({"told": told, "found": bool(findings)})


def _counted(facts: Sequence[Fact], codes: Sequence[FactCode]) -> dict[str, int]:
    """By code, how many things its facts tell of; a fact that moves no score is not counted."""
    counts = {}
    for code in codes:
        moving = [fact for fact in facts_of(facts, code) if fact.weight]
        if code in {FactCode.CERTAIN_ERROR, FactCode.SYNTAX_ERROR}:
            moving = [fact for fact in moving if is_new_mistake(fact)]
        each = code in {FactCode.CERTAIN_ERROR, FactCode.WORK_DELETED}
        counts[code.value] = sum(1 if each else count_in(fact) or 1 for fact in moving)
    return counts


def _told(counts: Mapping[str, int], words: Words) -> list[str]:
    return [words.grading[key]({"count": count}) for key, count in counts.items() if count]
