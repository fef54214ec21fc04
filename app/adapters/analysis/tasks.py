"""What analysis processes do: compare, measure, lint, read test logs, weigh the evidence."""

from dataclasses import replace
from typing import Final

from app.adapters.analysis.grammar import judge_grammar
from app.adapters.analysis.linter import gravest, lint_both
from app.catalogue import load_catalogue
from app.core.comparing.analysis import analyse_sides, compare_measured, unchanged_paths
from app.core.comparing.compose import complete
from app.core.diff import compare_trees_by_line
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Analysis, Compared, Side
from app.core.submission.attempt import Attempt
from app.core.submission.sources import FileKind, SourceTree
from app.core.testlog import read_logs
from schemas.changes import FileComplexity, Finding
from schemas.errors import Unavailable
from schemas.submission import Language
from schemas.tests import TestReport

Logs = tuple[tuple[str, str], ...]

WHOLE: Final = "*"
"""Key in `Complexity.errors` of what went wrong with the whole submission, beside the paths of its files."""
LINTER: Final = "ruff"
"""Key in `Complexity.errors` of why there are no linter findings."""

_FINDINGS_SOUGHT: Final = 10
"""Times as many findings as are kept, so that a flood of them in code without effect hides none of the others."""
_PYTHON = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})


def compare_now(
    before: Side | None, attempt: Attempt, lineage: Lineage, limits: Limits, language: Language
) -> Compared:
    """The comparison of `attempt`, evidence weighed; `language` where it names none."""
    analysis = analyse_now(before, Side(attempt.tree), attempt.logs, limits)
    return complete(attempt, lineage, analysis, load_catalogue(language))


def compare_by_line(
    before: Side | None,
    attempt: Attempt,
    lineage: Lineage,
    *,
    tests: TestReport | None,
    limits: Limits,
    language: Language,
    reason: str,
) -> Compared:
    """The comparison of last resort, with `reason` in its errors and the tests that were read."""
    analysis = replace(analyse_by_line(before, Side(attempt.tree), limits, reason), tests=tests)
    return complete(attempt, lineage, analysis, load_catalogue(language))


def warm_up() -> None:
    """Nothing: whoever called it has imported this."""


def analyse_now(before: Side | None, after: Side, logs: Logs, limits: Limits) -> Analysis:
    """Compare two sides and read the logs in this process, without limits of time."""
    analysis = analyse_sides(before, after, limits.diff, judge_grammar)
    same = unchanged_paths(before.tree if before else None, after.tree)
    findings: tuple[Finding, ...] = ()
    earlier: tuple[Finding, ...] | None = None
    complexity = analysis.complexity
    is_cut = False
    wide = replace(limits.diff, findings_max=_FINDINGS_SOUGHT * limits.diff.findings_max)
    try:
        old = _changed_python(before.tree, same, limits) if before is not None else {}
        found, was_found = lint_both(_changed_python(after.tree, same, limits), old, wide, limits.diff)
        findings, is_cut = _kept(found, analysis, limits.diff.findings_max)
        if before is not None:
            earlier = was_found
    except Unavailable as exc:
        complexity = complexity.model_copy(update={"errors": complexity.errors | {LINTER: exc.detail}})
    # Of findings that were cut off on either side, fewer does not mean that any was mended.
    if earlier is not None and (is_cut or len(earlier) >= limits.diff.findings_max):
        earlier = None
    tests = read_logs(logs, limits.logs)
    return replace(analysis, complexity=complexity, findings=findings, tests=tests, findings_before=earlier)


def _kept(found: tuple[Finding, ...], analysis: Analysis, count: int) -> tuple[tuple[Finding, ...], bool]:
    """At most `count` findings, those about code with an effect first, and whether any of these is left out."""
    idle = analysis.idle_lines
    useful = [one for one in found if one.path not in analysis.extended and one.line not in idle.get(one.path, ())]
    if len(useful) >= count:
        return gravest(useful, count), True
    chosen = {id(one) for one in useful}
    others = [one for one in found if id(one) not in chosen]
    return gravest([*useful, *gravest(others, count - len(useful))], count), False


def analyse_by_line(before: Side | None, after: Side, limits: Limits, reason: str) -> Analysis:
    """The comparison of last resort: by line, with the figures that are known already, and `reason` in its errors."""
    old, new = before.tree if before else None, after.tree
    diff = compare_trees_by_line(old, new, limits.diff, reason)
    known = {figures.path: figures for figures in (before.complexity if before else ())}
    same = unchanged_paths(old, new)
    figures = tuple(
        known[path] if path in same and path in known else FileComplexity(path=path, error=reason)
        for path in sorted(new.files)
        if new.files[path].kind in _PYTHON
    )
    complexity = compare_measured(before, after, known.values(), figures, limits.diff)
    complexity = complexity.model_copy(update={"errors": {WHOLE: reason}})
    return Analysis(diff.diff_info, diff.files, diff.changes, complexity, figures, (), None)


def _changed_python(tree: SourceTree, unchanged: frozenset[str], limits: Limits) -> dict[str, str]:
    return {
        path: file.text
        for path, file in tree.files.items()
        if file.kind in _PYTHON and path not in unchanged and len(file.text) <= limits.diff.parse_chars_max
    }
