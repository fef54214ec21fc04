"""The reviewer: a comparison comes in, a review of the progress goes out."""

from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from app.core.events.record import Record
from app.core.history.given_reviews import find_review, find_submission, remember_review, threads_before
from app.core.history.identity import review_id
from app.core.limits import HistoryLimits
from app.core.ports import Clock, KeptReviews, Outbox, Reviewer, ReviewHistories, Rubrics
from app.core.reviewing.finish import finish
from app.core.reviewing.question import ask
from app.core.words import Catalogue
from schemas.base import LIVE
from schemas.codec import decode, describe, encode
from schemas.comparison import Comparison
from schemas.errors import Reason, Rejected
from schemas.history import ReviewHistory
from schemas.replay import REPEAT, ReplayOrder, read_order
from schemas.review import Review


@dataclass(frozen=True, slots=True)
class ReviewerAgent:
    """What the reviewer works with."""

    reviewer: Reviewer
    rubrics: Rubrics
    reviews: Outbox
    kept: KeptReviews
    clock: Clock
    history: HistoryLimits
    catalogue: Catalogue
    regenerates_repeats: bool = False
    """`REGENERATE_ON_REWIND`: a submission that is read again gets a new answer instead of its stored review."""

    async def review(self, record: Record, histories: ReviewHistories) -> None:
        """Review one comparison, or give the answer that was already given for it.

        The answer is kept before it is sent: after a crash in between, the comparison comes again and finds it,
        so nobody pays for a second answer, and no two answers go out. A replay's is not: the history is the live one.
        """
        if record.value is None:
            raise Rejected(Reason.TOMBSTONE, "the record has no value")
        comparison = decode(Comparison, record.value)
        order = _order_in(record, comparison)
        student, assignment = comparison.student_id, comparison.assignment_id
        structlog.contextvars.bind_contextvars(
            submission=comparison.submission_id, student=student, assignment=assignment
        )
        this_id = review_id(student, assignment, comparison.submission_id, comparison.generation)
        entry = histories.get(student, assignment)

        review = find_review(entry, this_id) or await self._given_before(record, comparison, histories)
        if review is None:
            words = self.catalogue.of(comparison.language)
            previous = await self._previous(comparison, entry)
            question = ask(
                comparison,
                previous,
                threads_before(entry if order is None else None, previous),
                self.rubrics.of(assignment),
                words,
                is_fresh=order is not None and order.is_fresh,
            )
            started = self.clock.monotonic()
            draft = await self.reviewer.draft(question)
            review = finish(
                question,
                draft,
                review_id=this_id,
                timestamp=self.clock.now(),
                latency_ms=round((self.clock.monotonic() - started) * 1000),
                words=words,
                replay=order.note if order is not None else None,
            )
            if review.generation == LIVE:
                grown = remember_review(entry, histories.offset, review, histories.is_settled, self.history)
                await histories.put(student, assignment, grown)
        await self.reviews.send(student.encode(), encode(review), order.headers() if order is not None else ())

    async def _given_before(self, record: Record, comparison: Comparison, histories: ReviewHistories) -> Review | None:
        """The stored review of a comparison that comes again: a replay's, or a live one that was taken before.

        Live ones come again where somebody set the group's offsets back: to the comparison itself, or to its
        submission, whose comparison then says so in a header.
        """
        student, assignment = comparison.student_id, comparison.assignment_id
        if comparison.generation == LIVE:
            is_repeat = histories.is_behind(student, assignment) or any(name == REPEAT for name, _ in record.headers)
            if self.regenerates_repeats or not is_repeat:
                return None
        return await self.kept.find(review_id(student, assignment, comparison.submission_id, comparison.generation))

    async def _previous(self, comparison: Comparison, entry: ReviewHistory | None) -> Review | None:
        """The live review of the submission that was compared with; a replay's has left the history long ago."""
        known = find_submission(entry, comparison.previous_submission_id)
        if known is not None or comparison.generation == LIVE or comparison.previous_submission_id is None:
            return known
        return await self.kept.find(
            review_id(comparison.student_id, comparison.assignment_id, comparison.previous_submission_id, LIVE)
        )


def _order_in(record: Record, comparison: Comparison) -> ReplayOrder | None:
    """What a replay asks for in the headers; a live comparison has none."""
    try:
        order = read_order(record.headers)
    except ValidationError as exc:
        raise Rejected(Reason.INVALID_FIELD, f"headers of a replay: {describe(exc)}") from exc
    return order if comparison.generation != LIVE else None
