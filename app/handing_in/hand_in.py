"""Handing in a submission over HTTP: claimed once, produced at least once, and known from then on."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from app.core.events.record import Record
from app.core.history.identity import review_id
from app.core.ports import ArchiveShelf, Claims, Clock, SubmissionOutbox, SubmissionStates
from app.core.states import StateTopics, read_fact
from schemas.base import LIVE
from schemas.codec import encode
from schemas.errors import Reason, Rejected
from schemas.submission import Submission

KEY_KEPT: Final = timedelta(days=7)
"""How long an `Idempotency-Key` is remembered; a submission's id is for ever."""


class KeyReused(Exception):
    """An `Idempotency-Key` that was used before for another request."""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A submission that is on its way. Not `is_new`: it was handed in before."""

    task_id: UUID
    is_new: bool


@dataclass(frozen=True, slots=True)
class HandingIn:
    """What handing in works with."""

    shelf: ArchiveShelf
    claims: Claims
    outbox: SubmissionOutbox
    states: SubmissionStates
    topics: StateTopics
    clock: Clock
    record_bytes_max: int

    async def hand_in(self, submission: Submission, *, key: str | None) -> HandedIn:
        """Produce `submission`, whose source lies under the archive root, unless it was and is known.

        `key` is the caller's `Idempotency-Key`, if it gave one. Raises `Rejected`: `archive_missing`,
        `record_too_large`, and `duplicate_id` where the id has other content; `KeyReused`; `Unavailable`.
        """
        size = len(encode(submission))
        if size > self.record_bytes_max:
            # Before the id is claimed: a shorter log is other content, and must still be welcome.
            detail = f"the submission's record would have {size} bytes, the limit is {self.record_bytes_max}"
            raise Rejected(Reason.RECORD_TOO_LARGE, detail)
        digest = _digest(submission)
        now = submission.submitted_at
        if key is not None:
            claim = await self.claims.claim(f"key/{key}", digest, now, KEY_KEPT)
            if claim.digest != digest:
                raise KeyReused
        if not await self.shelf.holds(submission.submission_id):
            name = submission.submission_id
            raise Rejected(Reason.ARCHIVE_MISSING, f"the archive root holds no {name}, {name}.zip or {name}.tar.gz")
        name = f"submission/{submission.submission_id}"
        claim = await self.claims.claim(name, digest, now)
        if claim.digest != digest:
            raise Rejected(
                Reason.DUPLICATE_ID, "this submission_id was handed in with other content: give each attempt its own id"
            )
        task_id = review_id(submission.student_id, submission.assignment_id, submission.submission_id, LIVE)
        if claim.is_done and await self.states.find(task_id) is not None:
            return HandedIn(task_id, is_new=False)
        # Whoever was stopped between claiming and producing said when, and a state is gone where `states rebuild` found
        # no record of it any more. A second record is byte for byte the same, so it does no harm.
        await self._produce(submission.model_copy(update={"submitted_at": claim.at}))
        await self.claims.finish(name)
        return HandedIn(task_id, is_new=not claim.is_done)

    async def _produce(self, submission: Submission) -> None:
        written_at = self.clock.now()
        written_at = written_at.replace(microsecond=written_at.microsecond // 1000 * 1000)  # as Kafka keeps it
        place = await self.outbox.send(submission, written_at)
        # What the projection will read, told now: whoever asks next finds the submission.
        record = Record(place, place, submission.student_id.encode(), encode(submission))
        fact = read_fact(self.topics, record, written_at).fact
        if fact is not None:
            await self.states.advance([fact])


def _digest(submission: Submission) -> str:
    """Of everything but the time, which is ours."""
    fields = submission.model_dump_json(exclude={"submitted_at"})
    return hashlib.sha256(fields.encode()).hexdigest()
