"""What is known about an attempt without any model: facts, the scores that they allow, and suspicious signs.

Facts hold names and figures, no code of a student's; only a sign of an order quotes a few words, which no model sees.
Their order is that of a review: what was handed in, tests, structure, complexity, findings, signs.
"""

from collections.abc import Sequence
from typing import Final

from app.core import bounds
from app.core.facts import change, quality, testing
from app.core.hunks import read_patches
from app.core.sign_facts import AlsoRead, sign_facts
from schemas.changes import Change, Complexity, DiffInfo, FileChange, Finding
from schemas.comparison import Baseline, ChangedFile, Evidence, Fact
from schemas.submission import Language
from schemas.tests import TestProgress

_NOTHING_ELSE: Final = AlsoRead()
_COMPARED: Final = frozenset({Baseline.PREVIOUS, Baseline.NAMED, Baseline.UNKNOWN_NAMED})


def weigh(  # noqa: PLR0917 -- what an analysis gives, in its order
    diff_info: DiffInfo,
    files: tuple[FileChange, ...],
    changes: tuple[Change, ...],
    complexity: Complexity,
    tests: TestProgress,
    findings: tuple[Finding, ...],
    sources: tuple[ChangedFile, ...],
    baseline: Baseline,
    language: Language = "en",
    previous_id: str | None = None,
    read: AlsoRead = _NOTHING_ELSE,
) -> Evidence:
    """All facts about an attempt with the score bounds they allow; `language` is that of the bounds' sentences.

    `previous_id` is the submission that was compared with, None if there was none. A comparison without a predecessor
    yields no facts about change: a first submission has no progress yet. What was `read` beside the sources is
    searched for signs, and for nothing else.
    """
    alone = baseline is Baseline.UNKNOWN_NAMED and previous_id is None
    compared = baseline in _COMPARED and not alone
    patches = read_patches(diff_info.diff)
    broken = tuple(change.syntax_facts(files))
    facts = [
        *change.baseline_facts(baseline, diff_info, files, previous_id=previous_id, compared=compared),
        *(change.form_facts(changes) if compared else ()),
        *broken,
        *testing.log_facts(tests),
        *testing.code_facts(patches, tests, compared=compared),
        *(change.change_facts(changes) if compared else ()),
        *quality.complexity_facts(complexity, sources, compared=compared),
        *quality.finding_facts(findings, {fact.path for fact in broken if fact.path}),
        *sign_facts(sources, tests.current, read),
    ]
    flags = _flags(facts)
    return Evidence(
        facts=tuple(facts),
        findings=findings,
        bounds=bounds.derive(facts, flags, tests.current, language),
        flags=flags,
    )


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
