"""Whom a submission is compared with, and what the history keeps of it.

The comparison is acknowledged first and the entry second, so an offset at or below the entry's stamp was already
emitted: it is emitted again with the predecessor that it had, and the entry is left alone. A submission whose
predecessor fell out of the entry is compared with nothing rather than with something else.
"""

from dataclasses import dataclass
from typing import Protocol

from schemas.comparison import Baseline
from schemas.errors import Reason, Rejected
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin


class Identified(Protocol):
    """What a submission says of its place: its own id, and the one that it names as its predecessor's."""

    @property
    def submission_id(self) -> str: ...

    @property
    def previous_submission_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Lineage:
    """A submission's place in its history. `moves_stamp`: it is new and live, so the entry takes it in.

    `origin` is where the submission first stood: a duplicate keeps the first one's.
    """

    baseline: Baseline
    before: PastSubmission | None
    origin: Origin
    moves_stamp: bool


def trace(entry: SubmissionHistory | None, submission: Identified, origin: Origin, digest: str) -> Lineage:
    """Find `submission`'s predecessor in `entry`.

    Raises `Rejected(duplicate_id)` where the same id was submitted with other content.
    """
    known = _by_id(entry, submission.submission_id)
    if entry is not None and known is not None:
        if known.digest != digest and known.origin != origin:
            raise Rejected(
                Reason.DUPLICATE_ID,
                f"submission_id was used before for other content, at {known.origin}: give each attempt its own id",
            )
        before = _by_id(entry, known.previous_submission_id)
        return Lineage(_baseline_again(submission, known, before), before, known.origin, moves_stamp=False)

    live = entry is None or origin.offset > entry.stamp.offset
    older = [past for past in entry.submissions if past.origin.offset < origin.offset] if entry else []
    if submission.previous_submission_id is not None:
        named = next((p for p in older if p.submission_id == submission.previous_submission_id), None)
        if named is not None:
            return Lineage(Baseline.NAMED, named, origin, moves_stamp=live)
    before = older[-1] if older else None
    if before is None and entry is not None and entry.forgotten and not live:
        baseline = Baseline.UNAVAILABLE
    elif submission.previous_submission_id is not None:
        baseline = Baseline.UNKNOWN_NAMED
    else:
        baseline = Baseline.NONE if before is None else Baseline.PREVIOUS
    return Lineage(baseline, before, origin, moves_stamp=live)


def baseline_with(submission: Identified, before: PastSubmission) -> Baseline:
    """How `before` came to be what `submission` is compared with: it was named, or is the previous one."""
    if submission.previous_submission_id is None:
        return Baseline.PREVIOUS
    return Baseline.NAMED if submission.previous_submission_id == before.submission_id else Baseline.UNKNOWN_NAMED


def remember_submission(entry: SubmissionHistory | None, past: PastSubmission, depth: int) -> SubmissionHistory:
    """`entry` with `past` as its newest submission and the oldest beyond `depth` forgotten."""
    submissions = (*(entry.submissions if entry else ()), past)
    kept = submissions[-depth:]
    forgotten = (entry.forgotten if entry else False) or len(kept) < len(submissions)
    return SubmissionHistory(stamp=past.origin, submissions=kept, forgotten=forgotten)


def _by_id(entry: SubmissionHistory | None, submission_id: str | None) -> PastSubmission | None:
    if entry is None or submission_id is None:
        return None
    return next((past for past in entry.submissions if past.submission_id == submission_id), None)


def _baseline_again(submission: Identified, known: PastSubmission, before: PastSubmission | None) -> Baseline:
    """The baseline that a known submission had, or `UNAVAILABLE` where its predecessor was forgotten since."""
    if known.previous_submission_id is None:
        return Baseline.UNKNOWN_NAMED if submission.previous_submission_id is not None else Baseline.NONE
    return Baseline.UNAVAILABLE if before is None else baseline_with(submission, before)
