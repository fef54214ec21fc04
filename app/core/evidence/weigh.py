"""What is known about an attempt without any model: facts, the scores that they allow, and suspicious signs.

Facts hold names and figures, no code of a student's; only a sign of an order quotes a few words, which no model sees.
Their order is that of a review: what was handed in, tests, structure, complexity, findings, signs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.complexity import is_padded
from app.core.evidence import bounds
from app.core.evidence.facts import change, quality, testing
from app.core.evidence.facts.gravity import gravity_of, is_certain_error, is_worth_telling
from app.core.evidence.facts.signs import AlsoRead, sign_facts
from app.core.evidence.facts.unused_code import NewUnused, new_unused, unused_facts
from app.core.hunks import read_patches, without_lines
from app.core.ports import Analysis
from app.core.submission.sources import FileKind
from app.core.submission.tree import kind_of
from app.core.words import Words
from schemas.changes import FileChange, Finding
from schemas.comparison import Baseline, ChangedFile, Evidence, Fact, FactCode, Flag
from schemas.tests import TestProgress

_NOTHING_ELSE: Final = AlsoRead()
_COMPARED: Final = frozenset({Baseline.PREVIOUS, Baseline.NAMED, Baseline.UNKNOWN_NAMED})
_FLAGGED_AS_SUCH: Final = (
    *(Flag.ASSERTS_REMOVED, Flag.TESTS_SKIPPED_ADDED, Flag.HIDDEN_CHARACTERS, Flag.SECRET_IN_SOURCE),
)
_PROSE: Final = frozenset({FileKind.MARKDOWN, FileKind.TEXT})
_COUNTED_BY_TEXT: Final = frozenset({"C901", "PLR0912", "PLR0915"})
"""Findings about branches and statements, whether or not these ever run."""
_STATEMENTS_SHRUNK: Final = 20
_LINES_SHRUNK: Final = 30  # lines fewer; below that a clean-up is one


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an analysis does not tell: how the tests went, what was handed in, and what it was compared with.

    `sources` are the changed files, `previous_id` is the submission that was compared with, None if there was none.
    What was `read` beside the sources is searched for signs, and for nothing else. The bounds' sentences are told in
    `words`.
    """

    tests: TestProgress
    sources: tuple[ChangedFile, ...]
    baseline: Baseline
    words: Words
    previous_id: str | None = None
    read: AlsoRead = _NOTHING_ELSE

    @property
    def is_compared(self) -> bool:
        """Whether there is a predecessor; without one there are no facts about change, for nothing moved yet."""
        alone = self.baseline is Baseline.UNKNOWN_NAMED and self.previous_id is None
        return self.baseline in _COMPARED and not alone


def weigh(analysis: Analysis, beside: Circumstances) -> Evidence:
    """All facts about an attempt with the score bounds they allow."""
    diff_info, files, changes, complexity = analysis.diff_info, analysis.files, analysis.changes, analysis.complexity
    tests, sources, compared = beside.tests, beside.sources, beside.is_compared
    patches = read_patches(diff_info.diff)
    proving = tuple(without_lines(patch, analysis.hollow_lines.get(patch.path, frozenset())) for patch in patches)
    broken = tuple(change.syntax_facts(files, compared=compared))
    unparsed = {fact.path for fact in broken if fact.path}
    unused = new_unused(analysis, patches)
    findings = quality.told_findings(analysis.findings, unparsed)
    told = tuple(found for found in findings if not unused.is_dead(found.path, found.line))
    standing = tuple(found for found in findings if not unused.is_new(found.path, found.line))
    counted = _counted(told, analysis, unused)
    before = _earlier(analysis.findings_before, files) if compared else None
    linted = {source.path for source in sources} - unparsed - analysis.extended
    facts = [
        *change.baseline_facts(beside.baseline, diff_info, files, previous_id=beside.previous_id, compared=compared),
        *(change.form_facts(changes, patches, is_surface=_is_surface(analysis)) if compared else ()),
        *broken,
        *change.unread_facts(files),
        *testing.log_facts(tests),
        *testing.code_facts(patches, proving, analysis.test_lines, tests, changes, compared=compared),
        *(change.change_facts(changes, unused) if compared else ()),
        *quality.complexity_facts(complexity, sources, unused, compared=compared),
        *unused_facts(unused),
        *quality.finding_facts(counted, before),
        *quality.fixed_facts(standing, before, linted, is_shrunk=_is_shrunk(analysis)),
        *sign_facts(sources, tests.current, beside.read),
    ]
    flags = _flags(facts, unused)
    return Evidence(
        facts=tuple(facts),
        findings=told,
        bounds=bounds.derive(facts, flags, tests.current, beside.words),
        flags=flags,
    )


def _counted(told: tuple[Finding, ...], analysis: Analysis, unused: NewUnused) -> tuple[Finding, ...]:
    """The findings that cost points: none about what does nothing or did not change.

    In new code that nothing uses only mistakes count, for whoever uses it runs into them: hints there cost nothing, as
    the code earns nothing.
    """
    padded = {(file.path, f.line) for file in analysis.file_complexity for f in file.functions if is_padded(f)}
    kept = []
    for found in told:
        if unused.is_new(found.path, found.line):
            counts = gravity_of(found.rule) != "minor"
        else:
            is_padding = found.rule in _COUNTED_BY_TEXT and (found.path, found.line) in padded
            counts = found.path not in analysis.extended and not is_padding
        if counts and (is_certain_error(found.rule) or not unused.is_without_effect(found.path, found.line)):
            kept.append(found)
    return tuple(kept)


def _is_surface(analysis: Analysis) -> bool:
    """Whether all that was touched does what it did before, prose aside."""
    touched = {file.path for file in analysis.files if file.status != "unchanged" and kind_of(file.path) not in _PROSE}
    return bool(touched) and touched <= analysis.surface


def _is_shrunk(analysis: Analysis) -> bool:
    """Whether far more was taken out than put in: what is of no use was not put in, nor were words."""
    removed, added, least = analysis.statements_gone, analysis.statements_come, _STATEMENTS_SHRUNK
    if removed is None or added is None:
        removed, added, least = analysis.diff_info.lines_removed, analysis.diff_info.lines_added, _LINES_SHRUNK
    return removed - added > max(least, removed // 2)


def _earlier(findings: tuple[Finding, ...] | None, files: tuple[FileChange, ...]) -> tuple[Finding, ...] | None:
    """The previous attempt's findings under the paths that its files have now."""
    if findings is None:
        return None
    paths = {file.previous_path: file.path for file in files if file.previous_path}
    moved = (finding.model_copy(update={"path": paths.get(finding.path, finding.path)}) for finding in findings)
    return tuple(finding for finding in moved if is_worth_telling(finding))


def _flags(facts: Sequence[Fact], unused: NewUnused) -> tuple[Flag, ...]:
    """What a person should look at. Tests that were replaced by as many new ones are no flag."""
    codes = {fact.code: fact for fact in facts}
    flags = []
    if FactCode.INSTRUCTION_IN_SOURCE in codes or FactCode.INSTRUCTION_IN_LOG in codes:
        flags.append(Flag.INSTRUCTION_IN_SOURCE)
    if removed := codes.get(FactCode.TESTS_REMOVED):
        added = codes.get(FactCode.TESTS_ADDED)
        if int(removed.data["count"] or 0) > int((added.data["count"] if added else 0) or 0):
            flags.append(Flag.TESTS_REMOVED)
    flags += [flag for flag in _FLAGGED_AS_SUCH if flag in codes]
    if unused.is_much:
        flags.append(Flag.UNUSED_CODE)
    return tuple(flags)
