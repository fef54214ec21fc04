"""Putting a comparison together, and what the history keeps of the submission it is about."""

from collections.abc import Set as AbstractSet
from typing import Final

from app.core import testlog
from app.core.comparing.coverage import coverage_of
from app.core.evidence.facts.signs import AlsoRead
from app.core.evidence.weigh import Circumstances, weigh
from app.core.history.lineage import Lineage
from app.core.limits import SourceLimits
from app.core.ports import Analysis, Compared
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree, digest_texts
from app.core.submission.tree import is_code
from app.core.words import Catalogue
from schemas.changes import UnreadFile
from schemas.comparison import Baseline, ChangedFile, Comparison
from schemas.history import PastSubmission

_LIMITS: Final = SourceLimits()

NOTES = {
    Baseline.UNKNOWN_NAMED: "the named previous submission is not known; compared with the latest known one, if any",
    Baseline.UNAVAILABLE: "the previous submission is older than the kept history; nothing was compared",
}


def compose(attempt: Attempt, lineage: Lineage, analysis: Analysis, catalogue: Catalogue) -> Comparison:
    """The comparison record of `attempt` beside its predecessor, evidence weighed.

    The language is the submission's, else the catalogue's default.
    """
    submission, tree, before = attempt.submission, attempt.tree, lineage.before
    words = catalogue.of(submission.language)
    tests = testlog.compare(before.tests if before else None, analysis.tests)
    touched = {file.path for file in analysis.files if file.status in {"added", "modified", "renamed"}}
    sources = tuple(ChangedFile(path=path, text=text) for path, text in tree.texts().items() if path in touched)
    note = NOTES.get(lineage.baseline)
    beside = Circumstances(
        tests=tests,
        sources=sources,
        baseline=lineage.baseline,
        previous_id=before.submission_id if before else None,
        read=_also_read(attempt, touched),
        words=words,
    )
    return Comparison(
        submission_id=submission.submission_id,
        student_id=submission.student_id,
        assignment_id=submission.assignment_id,
        submitted_at=submission.submitted_at,
        language=words.language,
        origin=lineage.origin,
        source_digest=tree.digest(),
        previous_submission_id=before.submission_id if before else None,
        previous_origin=before.origin if before else None,
        previous_digest=digest_texts(before.sources) if before else None,
        named_previous_id=submission.previous_submission_id,
        baseline=lineage.baseline,
        diff_info=analysis.diff_info,
        files=analysis.files,
        changes=analysis.changes,
        complexity=analysis.complexity,
        tests=tests,
        sources=sources,
        evidence=weigh(analysis, beside),
        coverage=coverage_of(tree, words, *((note,) if note else ())),
    )


def _also_read(attempt: Attempt, touched: AbstractSet[str]) -> AlsoRead:
    """What people and models see of an attempt beside its sources: logs, outputs of notebooks, names left out."""
    tree = attempt.tree
    return AlsoRead(
        logs=attempt.logs,
        outputs=tuple(
            (path, *output) for path in sorted(touched) if path in tree.files for output in tree.files[path].outputs
        ),
        names=tuple(name for names in tree.omitted_files.values() for name in names),
    )


def complete(attempt: Attempt, lineage: Lineage, analysis: Analysis, catalogue: Catalogue) -> Compared:
    """As `compose`, with what the history keeps of the analysis."""
    return Compared(compose(attempt, lineage, analysis, catalogue), analysis.tests, analysis.file_complexity)


def keep(
    attempt: Attempt, lineage: Lineage, measured: Analysis | Compared, limits: SourceLimits = _LIMITS
) -> PastSubmission:
    """What the history keeps of `attempt`."""
    return PastSubmission(
        origin=lineage.origin,
        submission_id=attempt.submission.submission_id,
        previous_submission_id=lineage.before.submission_id if lineage.before else None,
        submitted_at=attempt.submission.submitted_at,
        digest=attempt.digest(),
        sources=attempt.tree.texts(),
        unread=_kept_unread(attempt.tree, limits),
        tests=measured.tests,
        complexity=measured.file_complexity,
    )


def _kept_unread(tree: SourceTree, limits: SourceLimits) -> dict[str, UnreadFile]:
    """The files that could not be read, as far as the history has room for them."""
    paths = [path for path in tree.unread if len(path) <= limits.path_chars_max]
    kept = sorted(paths, key=lambda path: (not is_code(path), path))[: limits.unread_kept_max]
    return {path: UnreadFile(cause=tree.unread[path].cause, line=tree.unread[path].line) for path in sorted(kept)}
