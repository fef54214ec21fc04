"""Evidence about attempts that no analysis was made of."""

from dataclasses import replace
from typing import Any

from app.catalogue import words_in
from app.core.evidence.weigh import Circumstances, weigh
from app.core.ports import Analysis
from schemas.changes import Complexity, Finding
from schemas.comparison import Comparison, Evidence
from tests.builders.records import a_diff

NO_ANALYSIS = Analysis(a_diff(), (), (), Complexity(), (), ())


def weighed(comparison: Comparison, findings: tuple[Finding, ...] = (), **circumstances: Any) -> Evidence:
    """The evidence about what a comparison holds, with these `findings` of the linter's."""
    analysis = replace(
        NO_ANALYSIS,
        diff_info=comparison.diff_info,
        files=comparison.files,
        changes=comparison.changes,
        complexity=comparison.complexity,
        findings=findings,
    )
    beside = Circumstances(comparison.tests, comparison.sources, comparison.baseline, words_in(comparison.language))
    return weigh(analysis, replace(beside, **circumstances))
