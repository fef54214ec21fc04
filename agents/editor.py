"""The editor: a person's decision comes in, and the review is what that person made of it."""

from dataclasses import dataclass

import structlog

from agents.publication import Publication, submission_of
from agents.publisher import is_shadow
from app.core.deciding.applying import apply_ruling
from app.core.deciding.folding import excess_in, fold_decisions
from app.core.events.record import Record
from app.core.history.identity import review_id
from app.core.ports import StoredReview
from app.core.telemetry import UNTOLD, PublishOutcome, ReviewTaken, Telemetry
from schemas.codec import decode
from schemas.decision import Decision
from schemas.errors import Reason, Rejected
from schemas.review import Review, ReviewStanding


@dataclass(frozen=True, slots=True)
class Editor:
    """What the editor works with."""

    publication: Publication
    telemetry: Telemetry = UNTOLD

    async def edit(self, record: Record) -> None:
        """Take one decision: keep it, then bring out the review that it is about, and the one that counts now.

        It is kept before anything is looked at, so that no review which is published meanwhile can miss it. A decision
        that comes twice is kept once, and what was brought out with it is not brought out again.
        """
        decision = _read(record)
        structlog.contextvars.bind_contextvars(
            submission=decision.submission_id, student=decision.student_id, assignment=decision.assignment_id
        )
        publication = self.publication
        decided = await publication.store.find_original(decision.review_id)
        if decided is None:
            raise Rejected(Reason.UNKNOWN_REVIEW, "MongoDB holds no review of this id")
        key = submission_of(decided.review)
        ruling = fold_decisions([*await publication.decisions.of(key), decision])
        if (excess := excess_in(ruling)) is not None:
            raise Rejected(Reason.INVALID_FIELD, excess)
        await publication.decisions.keep(decision)
        counting = await self._find_counting(decided.review)
        if counting is not None and counting.review.generation > decided.review.generation:
            # A later one counts: this one is only read, and nobody is told of it again.
            if not _is_hidden(decided):
                await self._rewrite(decided)
        else:
            await self._bring_out(decided)
            counting = await self._find_counting(decided.review)
        if counting is not None and counting.review.review_id != decision.review_id:
            await self._bring_out(counting)

    async def _find_counting(self, review: Review) -> StoredReview | None:
        """The review that counts for this one's submission."""
        key = submission_of(review)
        current = (await self.publication.current.current([key])).get(key)
        return None if current is None else await self.publication.store.find_original(current.review_id)

    async def _bring_out(self, stored: StoredReview) -> None:
        if _is_hidden(stored):
            self._tell(PublishOutcome.SHADOW)
            return
        self._tell(await self.publication.bring_out(stored))

    async def _rewrite(self, stored: StoredReview) -> None:
        publication = self.publication
        ruling = fold_decisions(await publication.decisions.of(submission_of(stored.review)))
        review = apply_ruling(stored.review, ruling)
        await publication.store.revise(review)
        if ruling.standing_of(review.review_id) is ReviewStanding.APPROVED:
            # As if it had been approved before the later one came: else it would be on its way for ever.
            await publication.store.mark_published(review, publication.clock.now())

    def _tell(self, outcome: PublishOutcome) -> None:
        self.telemetry.emit(ReviewTaken(outcome))


def _is_hidden(stored: StoredReview) -> bool:
    """Whether a review is in the shadow, where nobody reads it."""
    return is_shadow(stored.review) and not (stored.promoted or stored.published)


def _read(record: Record) -> Decision:
    """The decision in a record, or `Rejected` with what is wrong with it."""
    if record.value is None:
        raise Rejected(Reason.TOMBSTONE, "the record has no value; a decision is taken back by another one")
    if record.key is None:
        raise Rejected(Reason.KEY_ABSENT, "the record has no key; it must be the student id in UTF-8")
    decision = decode(Decision, record.value)
    if record.key != decision.student_id.encode():
        raise Rejected(Reason.KEY_MISMATCH, "the record's key is not its student_id in UTF-8")
    ids = decision.student_id, decision.assignment_id, decision.submission_id
    if decision.review_id != review_id(*ids, decision.generation):
        raise Rejected(Reason.INVALID_FIELD, "review_id: not that of this student, assignment, submission, generation")
    return decision
