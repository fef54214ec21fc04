"""A submission and its predecessor, read again -> the comparison that was made of them, of another generation.

The same sources, the same analysis and the same words give the same comparison, byte for byte but for its generation.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.core.comparing.compose import keep
from app.core.comparing.kept_side import side_of
from app.core.events.admission import DoorRules, admit
from app.core.history.lineage import Lineage, baseline_with, trace
from app.core.history.rewound import chars_of
from app.core.limits import MIB
from app.core.ports import Analyst, Clock, SourceReader
from app.core.replaying.replay_ports import SubmissionRecords
from app.core.replaying.timeline import Head, Named, Step
from app.core.submission.attempt import Attempt
from schemas.comparison import Baseline, Comparison
from schemas.errors import Reason, Rejected
from schemas.history import PastSubmission, SubmissionHistory
from schemas.origin import Origin
from schemas.submission import Submission

_REMEMBERED_CHARS_MAX: Final = 64 * MIB
"""Text of analysed submissions that are kept at hand: each is the predecessor of the next one of its student, and the
log holds a whole class in between."""


@dataclass(slots=True)
class Rebuilder:
    """Reads the log again. `histories` are the table's entries of students whose log has lost its beginning."""

    log: SubmissionRecords
    sources: SourceReader
    analyst: Analyst
    clock: Clock
    door: DoorRules
    histories: Mapping[tuple[str, str], SubmissionHistory] = field(default_factory=dict)
    chars_max: int = _REMEMBERED_CHARS_MAX
    _remembered: OrderedDict[tuple[str, int, int], PastSubmission] = field(default_factory=OrderedDict)
    _chars: int = 0

    async def rebuild(self, step: Step, generation: int) -> Comparison:
        """The comparison of `step`'s submission.

        `Rejected` where it cannot be made: the record has left the topic, its archive is gone or another one.
        """
        attempt = await self._read(step.head)
        lineage = await self._lineage(step, attempt)
        compared = await self.analyst.compare(side_of(lineage.before), attempt, lineage)
        self._remember(step.head, keep(attempt, lineage, compared))
        comparison = compared.comparison
        fields: dict[str, object] = {"generation": generation}
        if comparison.previous_origin == comparison.origin:
            fields["previous_origin"] = None  # it came from the archive, and nobody knows where it stood
        return comparison.model_copy(update=fields)

    async def _read(self, head: Head) -> Attempt:
        record = await self.log.record(head.position)
        if record is None:
            raise Rejected(Reason.NO_SOURCES, f"the record at {head.position} has left the topic")
        submission = admit(record, self.door, self.clock.now())
        return Attempt(submission, await self.sources.read(submission))

    async def _lineage(self, step: Step, attempt: Attempt) -> Lineage:
        """What the submission was compared with: from the log, else from the table, else from the archive.

        The archive is asked for the predecessor that the live review names, else for the one that the table does.
        """
        origin = step.head.origin
        if step.is_certain:
            before = await self._past(step.before) if step.before is not None else None
            return Lineage(step.baseline, before, origin, moves_stamp=False)
        entry = self.histories.get((step.head.student_id, step.head.assignment_id))
        kept = entry.submissions if entry is not None else ()
        known = next((past for past in kept if past.submission_id == step.head.submission_id), None)
        if known is not None:
            lineage = trace(entry, attempt.submission, known.origin, known.digest)
            if lineage.baseline is not Baseline.UNAVAILABLE:
                return lineage
        named = step.named
        if named is None and known is not None and known.previous_submission_id is not None:
            named = Named(known.previous_submission_id)
        archived = await self._archived(attempt.submission, named, origin) if named is not None else None
        if archived is None:
            return Lineage(Baseline.UNAVAILABLE, None, origin, moves_stamp=False)
        return Lineage(baseline_with(attempt.submission, archived), archived, origin, moves_stamp=False)

    async def _past(self, head: Head) -> PastSubmission:
        known = self._remembered.get(_key(head))
        if known is not None:
            self._remembered.move_to_end(_key(head))
            return known
        return self._remember(head, await self._analysed(await self._read(head), head.origin))

    async def _analysed(self, attempt: Attempt, origin: Origin) -> PastSubmission:
        """What the history kept of a submission: its own figures and tests do not depend on what came before it."""
        alone = Lineage(Baseline.NONE, None, origin, moves_stamp=False)
        return keep(attempt, alone, await self.analyst.compare(None, attempt, alone))

    async def _archived(self, submission: Submission, named: Named, origin: Origin) -> PastSubmission | None:
        """The predecessor from the archive root, where it still lies there under its id; its test logs are gone.

        None as well where other sources lie there by now. `origin` stands for its own, where nobody knows that.
        """
        wanted = Submission(
            submission_id=named.submission_id,
            student_id=submission.student_id,
            assignment_id=submission.assignment_id,
            submitted_at=submission.submitted_at,
        )
        try:
            attempt = Attempt(wanted, await self.sources.read(wanted))
        except Rejected:
            return None
        if named.digest is not None and attempt.tree.digest() != named.digest:
            return None
        return await self._analysed(attempt, named.origin or origin)

    def _remember(self, head: Head, past: PastSubmission) -> PastSubmission:
        self._forget(_key(head))
        self._remembered[_key(head)] = past
        self._chars += chars_of(past)
        while self._chars > self.chars_max:
            self._forget(next(iter(self._remembered)))
        return past

    def _forget(self, key: tuple[str, int, int]) -> None:
        past = self._remembered.pop(key, None)
        if past is not None:
            self._chars -= chars_of(past)


def _key(head: Head) -> tuple[str, int, int]:
    return head.origin.topic, head.origin.partition, head.origin.offset
