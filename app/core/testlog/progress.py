"""This attempt's tests beside the previous attempt's."""

from app.core.testlog.casebook import FAILING
from app.core.testlog.naming import key_of
from schemas.tests import Outcome, TestCase, TestProgress, TestReport

_PASSING = frozenset({Outcome.PASSED, Outcome.XPASSED})

_PARTIAL = frozenset(
    {
        "truncated",
        "interrupted",
        "stopped_early",
        "bailed_out",
        "collection_error",
        "build_failed",
        "internal_error",
        "killed",
        "crashed",
        "passes_uncounted",
        "broken_xml",
        "xml_entities_refused",
        "logs_left_out",
        "cases_left_out",
        "unknown_log",
    }
)
"""Marks of reports that may not tell of every test there is: what they do not name did not vanish."""


def compare(previous: TestReport | None, current: TestReport | None) -> TestProgress:
    """What became of each test between two attempts; every list sorted, and no longer than the reports' own cases.

    A test is one although tools name it differently. Claims are made only where the logs carry them:

    - `newly_passing`: failed before, and passes now by name. Quiet logs do not name passing tests: there it is
      enough that no failure is left unnamed and both attempts count equally many tests.
    - `newly_failing`: fails now and did not fail before, as far as every failure of before is named. A test that
      is known not to have existed is in `added` only.
    - `still_failing`: fails in both. `flaky`: passed now, but only when it was run again.
    - `added`, `removed`: only where both sides are complete, that is, name every test that they count, the passing
      ones too. With a quiet log on either side nothing can be said, and both are empty.
    """
    if previous is None or current is None:
        return TestProgress(
            current=current,
            previous_totals=dict(previous.totals) if previous and previous.formats else None,
            flaky=_flaky(current),
        )
    before, now = _by_key(previous), _by_key(current)
    failed_before = {key for key, case in before.items() if case.outcome in FAILING}
    fails_now = {key for key, case in now.items() if case.outcome in FAILING}
    whole = is_complete(previous) and is_complete(current)
    implied = _names_all_but_passing(current) and 0 < _size(previous) == _size(current)
    newly_passing = {
        key
        for key in failed_before - fails_now
        if (now[key].outcome in _PASSING if key in now else implied and not is_complete(current))
    }
    newly_failing = {
        key
        for key in fails_now - failed_before
        if key in before or (_names_failures(previous) and not is_complete(previous))
    }
    return TestProgress(
        current=current,
        previous_totals=dict(previous.totals) if previous.formats else None,
        newly_passing=_ids(newly_passing, {**before, **now}),
        newly_failing=_ids(newly_failing, now),
        still_failing=_ids(failed_before & fails_now, now),
        flaky=_flaky(current),
        added=_ids(now.keys() - before.keys(), now) if whole else (),
        removed=_ids(before.keys() - now.keys(), before) if whole else (),
    )


def _by_key(report: TestReport) -> dict[str, TestCase]:
    return {key_of(case.id): case for case in reversed(report.cases)}  # the first, failing, one of a key stands


def _ids(keys: set[str], cases: dict[str, TestCase]) -> tuple[str, ...]:
    return tuple(sorted(cases[key].id for key in keys))


def _flaky(report: TestReport | None) -> tuple[str, ...]:
    if report is None:
        return ()
    return tuple(sorted(case.id for case in report.cases if case.reruns and case.outcome in _PASSING))


def _size(report: TestReport) -> int:
    return sum(count for outcome, count in report.totals.items() if outcome is not Outcome.RERUN)


def _named(report: TestReport, outcomes: frozenset[Outcome]) -> bool:
    """Whether every test that ended so is named."""
    named = sum(case.outcome in outcomes for case in report.cases)
    return named >= sum(report.totals.get(outcome, 0) for outcome in outcomes)


def is_complete(report: TestReport) -> bool:
    """Whether the report names every test that it counts, and counts every test that there is."""
    return _PARTIAL.isdisjoint(report.marks) and bool(report.cases) and len(report.cases) >= _size(report)


def _names_failures(report: TestReport) -> bool:
    return bool(report.formats) and _PARTIAL.isdisjoint(report.marks) and _named(report, FAILING)


def _names_all_but_passing(report: TestReport) -> bool:
    return _names_failures(report) and _named(report, frozenset(Outcome) - _PASSING - {Outcome.RERUN})
