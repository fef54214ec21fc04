"""Sample logs, written by the real tools (`generate.py`), and how tests read them."""

from pathlib import Path

from app.core.limits import LogLimits
from app.core.testlog import read_logs
from schemas.tests import Outcome, TestCase, TestReport

SAMPLES = Path(__file__).parent
LIMITS = LogLimits()


def sample(name: str) -> str:
    """The text of one sample."""
    return (SAMPLES / name).read_text()


def read(*texts: str, limits: LogLimits = LIMITS) -> TestReport:
    """The report of some logs' texts."""
    report = read_logs([(f"{number}.log", text) for number, text in enumerate(texts)], limits)
    assert report is not None
    return report


def read_sample(*names: str) -> TestReport:
    """The report of some samples, as one submission's logs."""
    return read(*map(sample, names))


def totals(report: TestReport) -> dict[str, int]:
    """Totals under plain names."""
    return {outcome.value: count for outcome, count in report.totals.items()}


def ids(report: TestReport, *outcomes: Outcome) -> list[str]:
    """Ids of the tests that ended so, sorted; of all where no outcome is given."""
    return sorted(case.id for case in report.cases if not outcomes or case.outcome in outcomes)


def case(report: TestReport, test_id: str) -> TestCase:
    """The one record of a test."""
    found = [kept for kept in report.cases if kept.id == test_id]
    assert len(found) == 1, f"{len(found)} records of {test_id}"
    return found[0]
