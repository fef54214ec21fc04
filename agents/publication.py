"""Where people look: a stored review goes to the platform's API, to MongoDB's readers and to the webhook."""

from dataclasses import dataclass, replace

from app.core.deciding.applying import apply_ruling, may_be_delivered
from app.core.deciding.decision_ports import Decisions
from app.core.deciding.folding import Ruling, fold_decisions
from app.core.ports import Clock, CurrentReviews, Notifier, ReviewApi, ReviewStore, StoredReview, SubmissionKey
from app.core.telemetry import PublishOutcome
from schemas.review import Review


@dataclass(frozen=True, slots=True)
class Publication:
    """What brings a review out, as persons have decided it. The publisher and the editor both do, whoever is first."""

    store: ReviewStore
    current: CurrentReviews
    decisions: Decisions
    api: ReviewApi
    notifier: Notifier
    clock: Clock

    async def bring_out(self, stored: StoredReview) -> PublishOutcome:
        """Bring a stored review out, and once more where somebody decided something meanwhile.

        Decisions are read before and again after the review became the current one. Whoever decides stores first and
        looks then which one is current. So one of the two sees the other, whatever comes first.
        """
        outcome, seen = PublishOutcome.REPEATED, -1
        while True:
            ruling = fold_decisions(await self.decisions.of(submission_of(stored.review)))
            if ruling.revision <= seen or (stored.published and ruling.revision <= stored.revision):
                return outcome
            seen = ruling.revision
            outcome = await self._bring_out(stored, ruling)
            told = outcome in {PublishOutcome.PUBLISHED, PublishOutcome.REVISED}
            stored = replace(stored, published=stored.published or told, revision=seen)

    async def _bring_out(self, stored: StoredReview, ruling: Ruling) -> PublishOutcome:
        review = apply_ruling(stored.review, ruling)
        if review.decision is not None and not await self.store.revise(review):
            return PublishOutcome.REPEATED  # a later revision is there, and whoever put it there brings it out
        if not may_be_delivered(review):
            if stored.published:
                # It was told before: whoever shows it must hear that it was rejected.
                await self.api.deliver(review)
                await self.store.mark_published(review, self.clock.now())
            return PublishOutcome.HELD
        await self.api.deliver(review)
        await self.current.make_current(review)
        await self.notifier.notify(review)
        await self.store.mark_published(review, self.clock.now())
        return PublishOutcome.REVISED if stored.published else PublishOutcome.PUBLISHED


def submission_of(review: Review) -> SubmissionKey:
    """Whose work a review is about."""
    return review.student_id, review.assignment_id, review.new_submission_id
