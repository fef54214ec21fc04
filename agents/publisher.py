"""The publisher: a review comes in and is where people look: MongoDB, the platform's API, the webhook."""

from dataclasses import dataclass

import structlog

from app.core.events.record import Record
from app.core.ports import Clock, CurrentReviews, Notifier, ReviewApi, ReviewStore
from app.core.telemetry import UNTOLD, PublishOutcome, ReviewTaken, Telemetry
from schemas.codec import decode
from schemas.errors import Reason, Rejected
from schemas.replay import PROMOTED
from schemas.review import Review


@dataclass(frozen=True, slots=True)
class Publisher:
    """What the publisher works with."""

    store: ReviewStore
    current: CurrentReviews
    api: ReviewApi
    notifier: Notifier
    clock: Clock
    telemetry: Telemetry = UNTOLD

    async def publish(self, record: Record) -> None:
        """Publish one review.

        The first stored review of an id wins and is what API and webhook get, so that a record that comes twice,
        or with another answer, never gives one id two bodies. A webhook that fails never unpublishes. A shadow review
        is stored and no more, until its replay is promoted: then it comes once more, with a header that says so.
        """
        if record.value is None:
            raise Rejected(Reason.TOMBSTONE, "the record has no value")
        review = decode(Review, record.value)
        structlog.contextvars.bind_contextvars(
            submission=review.new_submission_id, student=review.student_id, assignment=review.assignment_id
        )
        stored = await self.store.store(review)
        if stored.published or _stays_in_the_shadow(stored.review, record):
            self._tell(PublishOutcome.REPEATED if stored.published else PublishOutcome.SHADOW)
            return
        await self.api.deliver(stored.review)
        await self.current.make_current(stored.review)
        await self.notifier.notify(stored.review)
        await self.store.mark_published(stored.review, self.clock.now())
        self._tell(PublishOutcome.PUBLISHED)

    def _tell(self, outcome: PublishOutcome) -> None:
        self.telemetry.emit(ReviewTaken(outcome))


def _stays_in_the_shadow(review: Review, record: Record) -> bool:
    if review.replay is None or not review.replay.is_shadow:
        return False
    return all(name != PROMOTED for name, _ in record.headers)
