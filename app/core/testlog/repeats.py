"""A later run of some of the tests of an earlier one, where logs do not name them all: told once, not summed."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from app.core.testlog.casebook import CONTRADICTORY, FAILING, Found
from app.core.testlog.naming import key_of
from schemas.tests import Outcome, TestCase


def size_of(run: Found) -> int:
    """Number of tests that ended, reruns aside."""
    return sum(count for outcome, count in run.totals.items() if outcome is not Outcome.RERUN)


def failed_in(run: Found) -> int:
    """Number of failed tests and errors."""
    return sum(run.totals.get(outcome, 0) for outcome in FAILING)


def may_be_in(parts: Iterable[str], test_id: str) -> bool:
    """Whether a test may belong to one of the files `parts`; where an id names no file, or there are none, it may."""
    file, found, _ = test_id.partition("::")
    paths = [f"/{part}" for part in parts]
    return not found or not paths or any(path.endswith(f"/{file}") for path in paths)


def with_repeated(base: Found, later: Found) -> Found:
    """`base` with a `later` run of some of its tests, and perhaps of others, in place of what they were.

    A test that failed, may have run again and is not named as failing is taken to pass, as far as so many passed.
    """
    shared = base.parts.keys() & later.parts.keys()
    passed = size_of(later) - failed_in(later)
    named = _failing(base)
    again = _failing(later)
    mended = [key for key, case in named.items() if key not in again and may_be_in(shared, case.id)][:passed]
    unnamed = 0 if shared else min(failed_in(base) - len(named), passed - len(mended))
    newly = failed_in(later) - len(again.keys() & named.keys())
    failed = failed_in(base) - len(mended) - max(0, unnamed) + newly
    disagree = bool(mended or newly or unnamed > 0)
    kept = {key_of(case.id): case for case in base.cases if key_of(case.id) not in mended}
    return replace(
        later,
        cases=tuple({**kept, **{key_of(case.id): case for case in later.cases}}.values()),
        totals=_totals(base, later, failed, size_of(base) + size_of(later) - _overlap(base, later)),
        confidence=CONTRADICTORY if disagree else min(base.confidence, later.confidence),
        marks=tuple(dict.fromkeys([*base.marks, *later.marks, *(["runs_disagree"] if disagree else [])])),
        parts={**base.parts, **later.parts},
        planned=None,
    )


def _failing(run: Found) -> dict[str, TestCase]:
    return {key_of(case.id): case for case in run.cases if case.outcome in FAILING}


def _overlap(base: Found, later: Found) -> int:
    """Number of tests that both ran: by their common files, or as many as the smaller run has."""
    common = [min(base.parts[part], later.parts[part]) for part in base.parts.keys() & later.parts.keys()]
    return sum(common) if common and all(common) else min(size_of(base), size_of(later))


def _totals(base: Found, later: Found, failed: int, size: int) -> Mapping[Outcome, int]:
    """Totals of `size` tests of which `failed` fail; the rest of what did not pass is as in the run that has more."""
    most = {outcome: max(base.totals.get(outcome, 0), later.totals.get(outcome, 0)) for outcome in Outcome}
    most[Outcome.ERROR] = min(most[Outcome.ERROR], failed)
    most[Outcome.FAILED] = failed - most[Outcome.ERROR]
    others = sum(most.values()) - most[Outcome.PASSED] - most[Outcome.RERUN]
    most[Outcome.PASSED] = max(0, size - others)
    return {outcome: count for outcome, count in most.items() if count > 0}
