"""The core without Kafka, for a teacher's desk: two sides on disk, one comparison."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.adapters.analysis.pool import AnalysisPool
from app.adapters.machine.log_files import read_log_files
from app.adapters.sources.path_reader import read_own_path, read_path
from app.catalogue import words_in
from app.config import Settings
from app.core.comparing.coverage import coverage_of
from app.core.history.lineage import Lineage
from app.core.limits import SourceLimits
from app.core.ports import Side
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree
from schemas.changes import Coverage
from schemas.comparison import Baseline, Comparison
from schemas.errors import Reason, Rejected
from schemas.history import PastSubmission
from schemas.origin import Origin
from schemas.submission import NamedLog, Submission

_ONLY_OF_SUBMISSIONS: Final = frozenset({Reason.SUBMISSION_TOO_LARGE, Reason.ARCHIVE_LIMIT, Reason.ARCHIVE_UNSAFE})
"""Refused of a stranger's submission, and no reason not to compare the files of whoever asks."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What was put on the desk. Paths are folders, archives, `.py` or `.ipynb` files; `previous` None: a first one."""

    previous: Path | None
    current: Path
    assignment: str = "desk"
    test_logs: Path | None = None

    def read(self, settings: Settings) -> tuple[SourceTree | None, Attempt]:
        """Both sides, cleaned. Raises `Rejected` as the door of the stream would, naming the side.

        Only that of a person's own files more is read than of a submission; the coverage's notes then say so.
        """
        limits = settings.limits()
        logs: tuple[NamedLog, ...] = ()
        if self.test_logs is not None:
            logs = read_log_files([self.test_logs], limits.logs)
        submission = Submission(
            submission_id="current",
            student_id="desk",
            assignment_id=self.assignment,
            submitted_at=datetime.now(UTC),
            test_logs=logs or None,
        )
        previous = _read_side("PREVIOUS", self.previous, limits.sources) if self.previous is not None else None
        return previous, Attempt(submission, _read_side("CURRENT", self.current, limits.sources))


async def compare_on_desk(desk: Desk, settings: Settings) -> tuple[Comparison, Coverage | None]:
    """The comparison of the two sides, exactly as the comparator makes it, and what was read of the previous one."""
    previous, attempt = desk.read(settings)
    comparison = await compare_sides(previous, attempt, settings)
    words = words_in(settings.review_language)
    return comparison, coverage_of(previous, words) if previous is not None else None


async def compare_sides(previous: SourceTree | None, attempt: Attempt, settings: Settings) -> Comparison:
    """The comparison of two sides that were read."""
    async with AsyncExitStack() as closing:
        pool = AnalysisPool(settings.limits(), settings.review_language)
        closing.push_async_callback(pool.aclose)
        before = Side(previous) if previous is not None else None
        return (await pool.compare(before, attempt, _lineage(previous))).comparison


def _read_side(name: str, path: Path, limits: SourceLimits) -> SourceTree:
    """One side, as the door of the stream reads it; where that refuses what it finds, as a person's own files."""
    try:
        return read_path(path, limits)
    except Rejected as exc:
        refusal = exc
    try:
        if refusal.reason not in _ONLY_OF_SUBMISSIONS:
            raise refusal
        tree = read_own_path(path, limits)
    except Rejected as exc:
        raise Rejected(exc.reason, f"{name}: {exc.detail}") from exc
    note = f"a submission like this would be refused ({refusal.reason}): {refusal.detail}"
    return replace(tree, notes=(note, *tree.notes))


def _lineage(previous: SourceTree | None) -> Lineage:
    origin = Origin(topic="desk", partition=0, offset=1)
    if previous is None:
        return Lineage(Baseline.NONE, None, origin, moves_stamp=False)
    past = PastSubmission(
        origin=Origin(topic="desk", partition=0, offset=0),
        submission_id="previous",
        submitted_at=datetime.now(UTC),
        digest=previous.digest(),
        sources=previous.texts(),
    )
    return Lineage(Baseline.PREVIOUS, past, origin, moves_stamp=False)
