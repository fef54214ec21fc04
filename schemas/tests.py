"""What the test logs of a submission say, and how it differs from the previous attempt."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Schema


class Outcome(StrEnum):
    """How one test ended, in pytest's words."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    RERUN = "rerun"


class TestCase(Schema):
    """One test: its id, how it ended, and where and why it failed (`message` is data from the student's code).

    `path` and `line` are where it failed: the last frame in the student's own code, relative where the log tells
    the root. `reruns` counts the failed runs before this outcome: passed with reruns is flaky.
    """

    __test__ = False

    id: str
    outcome: Outcome
    message: str | None = None
    path: str | None = None
    line: int | None = None
    duration_s: float | None = None
    frames: tuple[str, ...] = ()
    reruns: Annotated[int, Field(ge=0)] = 0


class TestReport(Schema):
    """What was read out of a submission's logs.

    `totals` counts tests by outcome and may exceed `cases`, for a quiet log names only the failing ones. `planned` is
    how many tests the runs set out to run, where each of them says so.
    `confidence` is 1 where totals and cases agree, lower where the log was cut or only guessed at. `excerpt` is
    the end of a log in no known format: shown to the model, never interpreted.
    """

    __test__ = False

    formats: tuple[str, ...] = ()
    totals: dict[Outcome, int] = Field(default_factory=dict)
    planned: Annotated[int, Field(ge=0)] | None = None
    cases: tuple[TestCase, ...] = ()
    duration_s: float | None = None
    coverage_percent: float | None = None
    exit_code: int | None = None
    marks: tuple[str, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    excerpt: str | None = None

    @property
    def passed(self) -> int:
        """Number of passed tests, expected failures that passed among them."""
        return self.totals.get(Outcome.PASSED, 0) + self.totals.get(Outcome.XPASSED, 0)

    @property
    def failed(self) -> int:
        """Number of failed tests and errors."""
        return self.totals.get(Outcome.FAILED, 0) + self.totals.get(Outcome.ERROR, 0)

    @property
    def total(self) -> int:
        """Number of tests that ran: reruns and skips do not count."""
        return self.passed + self.failed + self.totals.get(Outcome.XFAILED, 0)


class TestProgress(Schema):
    """This attempt's tests beside the previous attempt's; `current` is None where no log was given."""

    __test__ = False

    current: TestReport | None = None
    previous_totals: dict[Outcome, int] | None = None
    newly_passing: tuple[str, ...] = ()
    newly_failing: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
