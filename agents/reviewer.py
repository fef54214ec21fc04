"""The reviewer: a comparison comes in, a review of the progress goes out."""

from dataclasses import dataclass

import structlog

from app.core.events.record import Record
from app.core.history.given_reviews import find_review, find_submission, remember_review, threads_before
from app.core.history.identity import review_id
from app.core.limits import HistoryLimits
from app.core.ports import Clock, Outbox, Reviewer, ReviewHistories, Rubrics
from app.core.reviewing.finish import finish
from app.core.reviewing.question import ask
from app.core.words import Catalogue
from schemas.base import LIVE
from schemas.codec import decode, encode
from schemas.comparison import Comparison
from schemas.errors import Reason, Rejected
from schemas.history import GivenReview


@dataclass(frozen=True, slots=True)
class ReviewerAgent:
    """What the reviewer works with."""

    reviewer: Reviewer
    rubrics: Rubrics
    reviews: Outbox
    clock: Clock
    history: HistoryLimits
    catalogue: Catalogue

    async def review(self, record: Record, histories: ReviewHistories) -> None:
        """Review one comparison, or give the answer that was already given for it.

        The answer is kept before it is sent: after a crash in between, the comparison comes again and finds it,
        so nobody pays for a second answer, and no two answers go out. A replay's is not: the history is the live one.
        """
        if record.value is None:
            raise Rejected(Reason.TOMBSTONE, "the record has no value")
        comparison = decode(Comparison, record.value)
        student, assignment = comparison.student_id, comparison.assignment_id
        structlog.contextvars.bind_contextvars(
            submission=comparison.submission_id, student=student, assignment=assignment
        )
        this_id = review_id(student, assignment, comparison.submission_id, comparison.generation)
        entry = histories.get(student, assignment)

        review = find_review(entry, this_id)
        if review is None:
            previous = find_submission(entry, comparison.previous_submission_id)
            words = self.catalogue.of(comparison.language)
            threads = threads_before(entry, previous)
            question = ask(comparison, previous, threads, self.rubrics.of(assignment), words)
            started = self.clock.monotonic()
            draft = await self.reviewer.draft(question)
            review = finish(
                question,
                draft,
                review_id=this_id,
                timestamp=self.clock.now(),
                latency_ms=round((self.clock.monotonic() - started) * 1000),
                words=words,
            )
            if review.generation == LIVE:
                newest = GivenReview(offset=histories.offset, review=review)
                await histories.put(
                    student, assignment, remember_review(entry, newest, histories.is_settled, self.history)
                )
        await self.reviews.send(student.encode(), encode(review))
