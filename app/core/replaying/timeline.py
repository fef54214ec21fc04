"""The submissions of a topic in their order -> what preceded each of them, as the comparator saw it then.

The comparator's own rules are applied to the heads of submissions: ids and places, no sources. So a whole topic fits
into memory, and what is compared in the end is read again, two submissions at a time.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.core.history.lineage import remember_submission, trace
from schemas.comparison import Baseline
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin

_UNREAD: Final = ""
"""Stands for a digest: of two submissions under one id the first counts, whatever the second holds."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a scan keeps of one submission. `written_at` is when its record was written, `origin` where it first stood.

    `position` is where this record stands: elsewhere, for a dead letter that was requeued. `previous_submission_id` is
    the one that the submission names.
    """

    origin: Origin
    position: Origin
    written_at: datetime
    student_id: str
    assignment_id: str
    submission_id: str
    previous_submission_id: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One submission with its predecessor; `before` is None where it had none, or none that the topic still has.

    `is_known_whole`: the topic holds everything that the student handed in before, so what is not there never was.
    """

    head: Head
    baseline: Baseline
    before: Head | None
    is_known_whole: bool


@dataclass(slots=True)
class Timeline:
    """Takes in heads in the order of the topic's partitions.

    `depth` is the history's. `refused` are the origins of submissions that never entered it: dead letters of the
    comparator. `is_whole` tells whether the partitions still hold their first records.
    """

    depth: int
    refused: AbstractSet[Origin]
    is_whole: bool
    _entries: dict[tuple[str, str], SubmissionHistory] = field(default_factory=dict)
    _heads: dict[Origin, Head] = field(default_factory=dict)

    def take(self, head: Head) -> Step | None:
        """The submission's place, None where the comparator refused it."""
        if head.origin in self.refused and head.position == head.origin:
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
        baseline = lineage.baseline
        return Step(head, baseline, before, is_known_whole=self.is_whole or entry is not None)

    def _forget(self, entry: SubmissionHistory | None, grown: SubmissionHistory) -> None:
        kept = {past.origin for past in grown.submissions}
        for past in entry.submissions if entry is not None else ():
            if past.origin not in kept:
                self._heads.pop(past.origin, None)


def _past(head: Head, before: PastSubmission | None) -> PastSubmission:
    return PastSubmission(
        origin=head.origin,
        submission_id=head.submission_id,
        previous_submission_id=before.submission_id if before is not None else None,
        submitted_at=head.written_at,
        digest=_UNREAD,
        sources={},
    )
