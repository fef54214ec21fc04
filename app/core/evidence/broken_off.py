"""Whether a test run broke off, and by which sign: what did not run may pass or fail, and nobody knows."""

from collections.abc import Mapping
from typing import Final

from app.core.testlog.casebook import UNFINISHED
from schemas.tests import Outcome, TestReport

_DEATHS: Final = ("out_of_memory", "timeout", "killed", "crashed")
"""Marks of a process that died. Where the run told its own end, it may have been one that a test started."""
_STOPS: Final = ("internal_error", "bailed_out", "interrupted", "stopped_early")
"""Marks by which a run itself says that it stopped."""
_DOUBTS: Final = frozenset({"runs_disagree", "totals_disagree"})
"""Marks that take confidence from a log that may be whole."""


def break_of(report: TestReport) -> str | None:
    """The mark that tells best why a run of some tests broke off; None where it came to its end.

    It is `truncated` where no more is known than that no log holds the run's end.
    """
    if not report.total:
        return None
    stop = next((mark for mark in _STOPS if mark in report.marks), None)
    has_no_end = "truncated" in report.marks and report.confidence <= UNFINISHED and _DOUBTS.isdisjoint(report.marks)
    return (death_of(report) or stop or "truncated") if stop or has_no_end else None


def death_of(report: TestReport) -> str | None:
    """The mark of a process that died while the tests ran, or beside them; None where there is none."""
    return next((mark for mark in _DEATHS if mark in report.marks), None)


def figures_of_break(report: TestReport) -> Mapping[str, str | int | None]:
    """How many tests ran, skipped ones among them, passed and failed; and were planned, where that is known."""
    ran = report.total + report.totals.get(Outcome.SKIPPED, 0)
    planned = report.planned if report.planned is not None and report.planned > ran else None
    sign = break_of(report)
    return {"sign": sign, "ran": ran, "passed": report.passed, "failed": report.failed, "planned": planned}
