"""What is known about an attempt without any model: facts, the scores that they allow, and suspicious signs.

Facts hold names and figures, no code of a student's; only a sign of an order quotes a few words, which no model sees.
Their order is that of a review: what was handed in, tests, structure, complexity, findings, signs.
"""

from collections.abc import Sequence
from typing import Final

from app.core.evidence import bounds
from app.core.evidence.facts import change, quality, testing
from app.core.evidence.facts.gravity import is_worth_telling
from app.core.evidence.facts.signs import AlsoRead, sign_facts
from app.core.evidence.measured import measure
from app.core.hunks import read_patches
from app.core.words import Words
from schemas.changes import Change, Complexity, DiffInfo, FileChange, Finding
from schemas.comparison import Baseline, ChangedFile, Evidence, Fact
from schemas.tests import TestProgress

_NOTHING_ELSE: Final = AlsoRead()
_COMPARED: Final = frozenset({Baseline.PREVIOUS, Baseline.NAMED, Baseline.UNKNOWN_NAMED})
_LINES_SHRUNK: Final = 30  # lines fewer; below that a clean-up is one


def weigh(  # noqa: PLR0917 -- what an analysis gives, in its order
    diff_info: DiffInfo,
    files: tuple[FileChange, ...],
    changes: tuple[Change, ...],
    complexity: Complexity,
    tests: TestProgress,
    findings: tuple[Finding, ...],
    sources: tuple[ChangedFile, ...],
    baseline: Baseline,
    words: Words,
    previous_id: str | None = None,
    findings_before: tuple[Finding, ...] | None = None,
    read: AlsoRead = _NOTHING_ELSE,
) -> Evidence:
    """All facts about an attempt with the score bounds they allow, told in `words`.

    `previous_id` is the submission that was compared with, None if there was none. A comparison without a predecessor
    yields no facts about change: a first submission has no progress yet. `findings_before` are the linter's about the
    previous attempt's side of the changed files, None where nobody looked. What was `read` beside the sources is
    searched for signs, and for nothing else.
    """
    alone = baseline is Baseline.UNKNOWN_NAMED and previous_id is None
    compared = baseline in _COMPARED and not alone
    patches = read_patches(diff_info.diff)
    broken = tuple(change.syntax_facts(files))
    unparsed = {fact.path for fact in broken if fact.path}
    told = quality.told_findings(findings, unparsed)
    before = _earlier(findings_before, files) if compared else None
    linted = {source.path for source in sources} - unparsed
    facts = [
        *change.baseline_facts(baseline, diff_info, files, previous_id=previous_id, compared=compared),
        *(change.form_facts(changes, patches) if compared else ()),
        *broken,
        *change.unread_facts(files),
        *testing.log_facts(tests),
        *testing.code_facts(patches, tests, changes, compared=compared),
        *(change.change_facts(changes) if compared else ()),
        *quality.complexity_facts(complexity, sources, compared=compared),
        *quality.finding_facts(told, before),
        *quality.fixed_facts(told, before, linted, is_shrunk=_is_shrunk(diff_info)),
        *sign_facts(sources, tests.current, read),
    ]
    flags = _flags(facts)
    return Evidence(
        facts=tuple(facts),
        findings=told,
        bounds=bounds.derive(facts, flags, tests.current, words, measure(facts, complexity, tests, sources)),
        flags=flags,
    )


def _is_shrunk(diff_info: DiffInfo) -> bool:
    """Whether far more was taken out than put in."""
    gone = diff_info.lines_removed - diff_info.lines_added
    return gone > max(_LINES_SHRUNK, diff_info.lines_removed // 2)


def _earlier(findings: tuple[Finding, ...] | None, files: tuple[FileChange, ...]) -> tuple[Finding, ...] | None:
    """The previous attempt's findings under the paths that its files have now."""
    if findings is None:
        return None
    paths = {file.previous_path: file.path for file in files if file.previous_path}
    moved = (finding.model_copy(update={"path": paths.get(finding.path, finding.path)}) for finding in findings)
    return tuple(finding for finding in moved if is_worth_telling(finding))


def _flags(facts: Sequence[Fact]) -> tuple[str, ...]:
    """What a person should look at. Tests that were replaced by as many new ones are no flag."""
    codes = {fact.code: fact for fact in facts}
    flags = []
    if "instruction_in_source" in codes or "instruction_in_log" in codes:
        flags.append("instruction_in_source")
    if removed := codes.get("tests_removed"):
        added = codes.get("tests_added")
        if int(removed.data["count"] or 0) > int((added.data["count"] if added else 0) or 0):
            flags.append("tests_removed")
    flags += [
        code
        for code in ("asserts_removed", "tests_skipped_added", "hidden_characters", "secret_in_source")
        if code in codes
    ]
    return tuple(flags)
