"""What the logs say about the tests, and what the diff did to them."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from app.core.evidence.broken_off import break_of, death_of, figures_of_break
from app.core.evidence.changed_tests import compare_tests
from app.core.evidence.facts.names import Figures, names_of
from app.core.hunks import Patch
from schemas.changes import Change, ChangeKind
from schemas.comparison import Fact, FactCode
from schemas.tests import Outcome, TestProgress, TestReport


def log_facts(tests: TestProgress) -> Iterator[Fact]:
    report = tests.current
    if report is None:
        before = sum(tests.previous_totals.values()) if tests.previous_totals else None
        yield Fact(code=FactCode.NO_TESTS_GIVEN, weight=-0.1, data={"total_before": before})
        return
    trust = report.confidence
    if report.total == 0:
        yield _nothing_ran(report)
        return
    figures = _test_figures(tests, report)
    if errors := collection_errors(report):
        yield Fact(code=FactCode.TESTS_NOT_COLLECTED, weight=-trust, data=figures | {"count": errors})
    else:
        yield from _run_facts(report, figures)
    named = (
        (FactCode.TESTS_NEWLY_PASSING, 0.8, tests.newly_passing),
        (FactCode.TESTS_NEWLY_FAILING, -0.8, tests.newly_failing),
        (FactCode.TESTS_STILL_FAILING, -0.3, tests.still_failing),
        (FactCode.TESTS_FLAKY, -0.2, tests.flaky),
        (FactCode.TESTS_ADDED, 0.3, tests_among(tests.added)),
        (FactCode.TESTS_REMOVED, -0.5, tests_among(tests.removed)),
    )
    for code, weight, names in named:
        if names:
            yield Fact(code=code, weight=weight * trust, data={"count": len(names), "names": names_of(names)})
    if skipped := report.totals.get(Outcome.SKIPPED, 0):
        yield Fact(code=FactCode.TESTS_SKIPPED, weight=-0.1, data={"count": skipped})
    if report.coverage_percent is not None:
        yield Fact(code=FactCode.TEST_COVERAGE, data={"percent": report.coverage_percent})


def _nothing_ran(report: TestReport) -> Fact:
    """Why no test ran; a log that is empty or in no known format does not tell."""
    skipped = report.totals.get(Outcome.SKIPPED, 0)
    data: Figures = {"exit_code": report.exit_code, "confidence": report.confidence}
    if "usage_error" in report.marks:
        code, data = FactCode.TESTS_DID_NOT_RUN, data | {"cause": "usage_error"}
    elif not report.formats:
        code = FactCode.TESTS_UNREAD
        data |= {} if report.excerpt else {"cause": "empty_log"}
    else:
        code, data = FactCode.TESTS_DID_NOT_RUN, data | ({"cause": "skipped", "skipped": skipped} if skipped else {})
    return Fact(code=code, weight=min(-0.1, -0.6 * report.confidence), data=data)


def _run_facts(report: TestReport, figures: Figures) -> Iterator[Fact]:
    """How the tests that ran ended, and how their run did."""
    trust, sign = report.confidence, break_of(report)
    if report.failed:
        yield Fact(code=FactCode.TESTS_FAILING, weight=-trust * min(1.0, report.failed / report.total), data=figures)
    if sign is not None:
        yield Fact(code=FactCode.TESTS_BROKE_OFF, weight=-0.4 * trust, data=dict(figures_of_break(report)))
    elif not report.failed:
        death = death_of(report)
        if report.exit_code in {None, 0} and death is None:
            yield Fact(code=FactCode.TESTS_ALL_PASS, weight=trust, data=figures)
        else:
            data = figures | {"exit_code": report.exit_code, "sign": death}
            yield Fact(code=FactCode.TESTS_RUN_FAILED, weight=-0.4 * trust, data=data)


def collection_errors(report: TestReport) -> int:
    """Number of errors where test files could not be imported and no test ran at all; else 0."""
    errors = report.totals.get(Outcome.ERROR, 0)
    failing = [case.id for case in report.cases if case.outcome in {Outcome.FAILED, Outcome.ERROR}]
    alone = errors == report.total and not tests_among(tuple(failing))
    return errors if alone and "collection_error" in report.marks else 0


def nothing_ran(totals: Mapping[Outcome, int]) -> bool:
    """Whether there are errors alone, so that a number of passing tests would tell nothing."""
    return {outcome for outcome, count in totals.items() if count} <= {Outcome.ERROR, Outcome.SKIPPED}


def _test_figures(tests: TestProgress, report: TestReport) -> Figures:
    before = tests.previous_totals
    if before and nothing_ran(before):
        before = None
    passed_before = before.get(Outcome.PASSED, 0) + before.get(Outcome.XPASSED, 0) if before else None
    failed_before = before.get(Outcome.FAILED, 0) + before.get(Outcome.ERROR, 0) if before else None
    return {
        "passed": report.passed,
        "failed": report.failed,
        "total": report.total,
        "skipped": report.totals.get(Outcome.SKIPPED, 0),
        "passed_before": passed_before,
        "failed_before": failed_before,
        "confidence": report.confidence,
    }


def code_facts(
    patches: tuple[Patch, ...],
    proving: tuple[Patch, ...],
    test_lines: Mapping[str, AbstractSet[int]],
    tests: TestProgress,
    changes: tuple[Change, ...],
    *,
    compared: bool,
) -> Iterator[Fact]:
    """Tests written, removed or weakened in the source, whether or not a log shows it. A renamed test is neither.

    `proving` are the `patches` without the new lines of tests that prove nothing, `test_lines` those that define tests
    which run and prove something.
    """
    if not compared:
        return
    change = compare_tests(proving, test_lines)
    before, after = _renamed(changes)
    gone = frozenset(compare_tests(patches, test_lines).removed) | _changed(changes)
    # What proves nothing and was only laid out anew is where it was.
    removed = tuple(name for name in change.removed if name in gone and name not in before)
    added = tuple(name for name in change.added if name not in after)
    if len(removed) > len(added) and not tests_among(tests.removed):
        yield Fact(code=FactCode.TESTS_REMOVED, weight=-0.5, data={"count": len(removed), "names": names_of(removed)})
    written = tuple(name for name in change.written if name not in after)
    won = len(written) - len(removed)
    if won > 0 and change.asserts_won:
        # Tests that assert nothing are no tests: names alone could be had for nothing.
        proved = min(won, change.asserts_won)
        yield Fact(
            code=FactCode.TESTS_WRITTEN,
            weight=min(0.6, 0.3 + 0.05 * proved),
            data={"count": len(written), "names": names_of(written)},
        )
    if change.asserts_lost:
        count, path = change.asserts_lost, change.asserts_lost_in
        yield Fact(code=FactCode.ASSERTS_REMOVED, weight=-0.5, path=path, data={"count": count})
    if change.skips_won:
        count, path = change.skips_won, change.skips_won_in
        yield Fact(code=FactCode.TESTS_SKIPPED_ADDED, weight=-0.5, path=path, data={"count": count})


def _renamed(changes: tuple[Change, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of functions that became others, and what they became."""
    pairs = [
        (change.before.symbol.rpartition(".")[2], change.after.symbol.rpartition(".")[2])
        for change in changes
        if change.kind in {ChangeKind.RENAME_METHOD, ChangeKind.MOVE_AND_RENAME_METHOD}
        and change.before
        and change.after
        and change.before.symbol
        and change.after.symbol
    ]
    return frozenset(one for one, _ in pairs), frozenset(other for _, other in pairs)


def _changed(changes: tuple[Change, ...]) -> frozenset[str]:
    """Names of functions that do not say what they said."""
    return frozenset(
        change.before.symbol.rpartition(".")[2] for change in changes if change.before and change.before.symbol
    )


def tests_among(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of tests; a file's own name stands for its failed collection, which comes and goes with its errors."""
    return tuple(name for name in names if not name.endswith(".py"))
