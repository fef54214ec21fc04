"""An analyst without processes: the core's own comparison, and whatever linter findings a test hands it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.core.comparing.analysis import analyse_sides
from app.core.diff import compare_trees_by_line
from app.core.limits import Limits
from app.core.ports import Analysis, Side
from app.core.testlog import read_logs
from schemas.changes import Complexity, Finding
from schemas.errors import ReviewstreamError

OVERRUN: Final = "compared by line: the analysis took longer than allowed"


class FakeAnalyst:
    """Implements `Analyst` in the caller's process.

    `failures` are raised first, one for each call; `overrun` makes it fall back to lines, as the pool does for
    what takes too long. `calls` holds what it was asked to compare.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        findings: Sequence[Finding] = (),
        failures: Sequence[ReviewstreamError] = (),
        overrun: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.findings = tuple(findings)
        self.failures = list(failures)
        self.overrun = overrun
        self.calls: list[tuple[Side | None, Side, tuple[tuple[str, str], ...]]] = []

    async def analyse(self, before: Side | None, after: Side, logs: tuple[tuple[str, str], ...]) -> Analysis:
        """Compare now, or raise the next of `failures`."""
        if not isinstance(logs, tuple) or not all(isinstance(text, str) for log in logs for text in log):
            raise AssertionError("logs are a tuple of (name, text)")
        self.calls.append((before, after, logs))
        if self.failures:
            raise self.failures.pop(0)
        old, limits = before.tree if before else None, self.limits.diff
        tests = read_logs(logs, self.limits.logs)
        if self.overrun:
            lines = compare_trees_by_line(old, after.tree, limits, OVERRUN)
            errors = Complexity(errors={"*": OVERRUN})
            return Analysis(lines.diff_info, lines.files, lines.changes, errors, (), (), tests)
        findings = tuple(finding for finding in self.findings if finding.path in after.tree.files)
        return replace(analyse_sides(before, after, limits), findings=findings, tests=tests)
