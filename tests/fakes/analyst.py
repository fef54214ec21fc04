"""An analyst without processes: the core's own comparison, and whatever linter findings a test hands it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from app.catalogue import load_catalogue
from app.core.comparing.analysis import analyse_sides
from app.core.comparing.compose import complete
from app.core.diff import compare_trees_by_line
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Analysis, Compared, Side
from app.core.submission.attempt import Attempt
from app.core.testlog import read_logs
from schemas.changes import Complexity, Finding
from schemas.errors import ReviewstreamError
from schemas.submission import Language

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
        language: Language = "en",
    ) -> None:
        self.limits = limits or Limits()
        self.findings = tuple(findings)
        self.failures = list(failures)
        self.overrun = overrun
        self.language: Language = language
        self.calls: list[tuple[Side | None, Attempt]] = []

    async def compare(self, before: Side | None, attempt: Attempt, lineage: Lineage) -> Compared:
        """Compare now, or raise the next of `failures`."""
        self.calls.append((before, attempt))
        if self.failures:
            raise self.failures.pop(0)
        return complete(attempt, lineage, self._analyse(before, attempt), load_catalogue(self.language))

    def _analyse(self, before: Side | None, attempt: Attempt) -> Analysis:
        old, limits = before.tree if before else None, self.limits.diff
        tests = read_logs(attempt.logs, self.limits.logs)
        if self.overrun:
            lines = compare_trees_by_line(old, attempt.tree, limits, OVERRUN)
            errors = Complexity(errors={"*": OVERRUN})
            return Analysis(lines.diff_info, lines.files, lines.changes, errors, (), (), tests)
        findings = tuple(finding for finding in self.findings if finding.path in attempt.tree.files)
        return replace(analyse_sides(before, Side(attempt.tree), limits), findings=findings, tests=tests)
