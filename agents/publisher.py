"""The publisher: a review comes in and is where people look, unless a person is to see it first."""

from dataclasses import dataclass

import structlog

from agents.publication import Publication
from app.core.events.record import Record
from app.core.telemetry import UNTOLD, PublishOutcome, ReviewTaken, Telemetry
from schemas.codec import decode
from schemas.errors import Reason, Rejected
from schemas.replay import PROMOTED
from schemas.review import Review


@dataclass(frozen=True, slots=True)
class Publisher:
    """What the publisher works with."""

    publication: Publication
    telemetry: Telemetry = UNTOLD

    async def publish(self, record: Record) -> None:
        """Publish one review, with all that persons have decided about its submission so far.

        The first stored review of an id wins and is what API and webhook get, so that a record that comes twice,
        or with another answer, never gives one key two bodies. A webhook that fails never unpublishes. A shadow review
        is stored and no more, until its replay is promoted: then it comes once more, with a header that says so. One
        that a person has to approve is stored, and waits for the editor.
        """
        if record.value is None:
            raise Rejected(Reason.TOMBSTONE, "the record has no value")
        review = decode(Review, record.value)
        structlog.contextvars.bind_contextvars(
            submission=review.new_submission_id, student=review.student_id, assignment=review.assignment_id
        )
        store = self.publication.store
        stored = await store.store(review)
        if is_shadow(stored.review):
            if any(name == PROMOTED for name, _ in record.headers):
                await store.mark_promoted(stored.review)
            elif not stored.published:
                self._tell(PublishOutcome.SHADOW)
                return
        self._tell(await self.publication.bring_out(stored))

    def _tell(self, outcome: PublishOutcome) -> None:
        self.telemetry.emit(ReviewTaken(outcome))


def is_shadow(review: Review) -> bool:
    """Whether a review was made to be looked at, not to be delivered."""
    return review.replay is not None and review.replay.is_shadow
