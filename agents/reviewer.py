"""The reviewer: a comparison comes in, a review of the progress goes out."""

from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from agents.earlier_reviews import Earlier, find_earlier
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
    """`REGENERATE_ON_REWIND`: a submission that is read again is asked about anew; its stored review stays."""

    async def review(self, record: Record, histories: ReviewHistories) -> None:
        """Review one comparison, or give the answer that was already given for it.

        The answer is kept before it is sent: after a crash in between, the comparison comes again and finds it,
        so nobody pays for a second answer, and no two answers go out. A replay's is not, nor a new answer to what was
        read again: the history is the live one, and has gone on.
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
        is_regenerated = review is not None and self.regenerates_repeats and _is_read_again(record, comparison)
        if review is None or is_regenerated:
            is_new = comparison.generation == LIVE and not is_regenerated
            words = self.catalogue.of(comparison.language)
            earlier = _known_to(entry, comparison) if is_new else await find_earlier(comparison, self.kept, entry)
            question = ask(
                comparison,
                earlier.previous,
                earlier.threads,
                self.rubrics.of(assignment),
                words,
                is_fresh=is_regenerated or (order is not None and order.is_fresh),
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
            if is_new:
                grown = remember_review(entry, histories.offset, review, histories.is_settled, self.history)
                await histories.put(student, assignment, grown)
        await self.reviews.send(student.encode(), encode(review), order.headers() if order is not None else ())

    async def _given_before(self, record: Record, comparison: Comparison, histories: ReviewHistories) -> Review | None:
        """The stored review of a comparison that comes again: a replay's, or a live one that was taken before.

        Live ones come again where somebody set the group's offsets back: to the comparison itself, or to its
        submission, whose comparison then says so in a header.
        """
        student, assignment = comparison.student_id, comparison.assignment_id
        is_repeat = histories.is_behind(student, assignment) or _is_read_again(record, comparison)
        if comparison.generation == LIVE and not is_repeat:
            return None
        return await self.kept.find(review_id(student, assignment, comparison.submission_id, comparison.generation))


def _known_to(entry: ReviewHistory | None, comparison: Comparison) -> Earlier:
    """What had been said before a submission that is new, as the table knows it."""
    previous = find_submission(entry, comparison.previous_submission_id)
    return Earlier(previous, threads_before(entry, previous))


def _is_read_again(record: Record, comparison: Comparison) -> bool:
    """Whether a live submission was read again, as after its group was set back."""
    return comparison.generation == LIVE and any(name == REPEAT for name, _ in record.headers)


def _order_in(record: Record, comparison: Comparison) -> ReplayOrder | None:
    """What a replay asks for in the headers; a live comparison has none."""
    try:
        order = read_order(record.headers)
    except ValidationError as exc:
        raise Rejected(Reason.INVALID_FIELD, f"headers of a replay: {describe(exc)}") from exc
    return order if comparison.generation != LIVE else None
