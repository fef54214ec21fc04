"""The submissions of a topic in their order -> what preceded each of them, as the comparator saw it then.

The comparator's own rules are applied to the heads of submissions: ids and places, no sources. So a whole topic fits
into memory, and what is compared in the end is read again, two submissions at a time.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.core.history.lineage import Lineage, remember_submission, trace
from schemas.comparison import Baseline
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin
from schemas.review import Review

_UNREAD: Final = ""
"""Stands for a digest: of two submissions under one id the first counts, whatever the second holds."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a scan keeps of one submission. `written_at` is when its record was written, `origin` where it first stood.

    `position` is where this record stands: elsewhere, for a dead letter that was requeued. `previous_submission_id` is
    the one that the submission names. `requeue_attempt` counts how often it had been requeued, 0 at first.
    """

    origin: Origin
    position: Origin
    written_at: datetime
    student_id: str
    assignment_id: str
    submission_id: str
    previous_submission_id: str | None = None
    requeue_attempt: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """The predecessor that is named where the topic has lost it: its id, its sources' digest, where it first stood."""

    submission_id: str
    digest: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One submission with its predecessor; `before` is None where it had none.

    `is_certain`: the topic, or the live review with it, still tells what preceded it. Where not, `before` is no more
    than a guess; `named` is what the live review says, where it tells the digest too, and `baseline` is its own then.
    """

    head: Head
    baseline: Baseline
    before: Head | None
    is_certain: bool
    named: Named | None = None


@dataclass(slots=True)
class Timeline:
    """Takes in heads in the order of the topic's partitions.

    `depth` is the history's. `refused` are submissions that did not enter it, dead letters of the comparator: where
    they first stood, and how often they had been requeued. `cut` are the partitions whose first records are gone.
    """

    depth: int
    refused: AbstractSet[tuple[Origin, int]]
    cut: AbstractSet[int] = frozenset()
    _entries: dict[tuple[str, str], SubmissionHistory] = field(default_factory=dict)
    _heads: dict[Origin, Head] = field(default_factory=dict)

    def take(self, head: Head) -> Step | None:
        """The submission's place, that of its first record for a duplicate; None where the comparator refused it."""
        if (head.origin, head.requeue_attempt) in self.refused:
            return None
        key = head.student_id, head.assignment_id
        entry = self._entries.get(key)
        lineage = trace(entry, head, head.origin, _UNREAD)
        before = self._heads.get(lineage.before.origin) if lineage.before is not None else None
        if lineage.moves_stamp:
            grown = remember_submission(entry, _past(head, lineage.before), self.depth)
            self._forget(entry, grown)
            self._entries[key] = grown
            self._heads[head.origin] = head
        is_certain = head.origin.partition not in self.cut or self._is_certain(head, entry, lineage)
        return Step(self._heads.get(lineage.origin, head), lineage.baseline, before, is_certain)

    def _is_certain(self, head: Head, entry: SubmissionHistory | None, lineage: Lineage) -> bool:
        """Whether what is left of a partition tells the predecessor: one that it names may have been among the rest."""
        if entry is None:
            return False
        is_found = head.previous_submission_id is None or lineage.baseline is Baseline.NAMED
        return is_found or len(entry.submissions) >= self.depth

    def _forget(self, entry: SubmissionHistory | None, grown: SubmissionHistory) -> None:
        kept = {past.origin for past in grown.submissions}
        for past in entry.submissions if entry is not None else ():
            if past.origin not in kept:
                self._heads.pop(past.origin, None)


def checked(step: Step, live: Review | None) -> Step:
    """`step`, certain where the submission's live review says the same as the log, uncertain where it does not.

    A dead letter that was purged, or a duplicate whose first record is gone, would make the log tell a wrong one. The
    live review was made while all was there: with it the rest of a cut partition is enough. One that knew its
    predecessor no more itself says nothing.
    """
    if live is None or live.baseline is Baseline.UNAVAILABLE:
        return step
    told = step.before.submission_id if step.before is not None else None
    if live.previous_submission_id == told:
        return replace(step, baseline=live.baseline, is_certain=True)
    if live.previous_submission_id is None:
        return replace(step, baseline=live.baseline, before=None, is_certain=True)
    if live.previous_digest is None:
        return replace(step, is_certain=False)
    named = Named(live.previous_submission_id, live.previous_digest, live.previous_origin)
    return replace(step, baseline=live.baseline, is_certain=False, named=named)


def _past(head: Head, before: PastSubmission | None) -> PastSubmission:
    return PastSubmission(
        origin=head.origin,
        submission_id=head.submission_id,
        previous_submission_id=before.submission_id if before is not None else None,
        submitted_at=head.written_at,
        digest=_UNREAD,
        sources={},
    )
