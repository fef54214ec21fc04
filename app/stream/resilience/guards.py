"""Ports behind their circuit breakers: each call waits while its dependency is out."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.core.costs import Charge, DaySpending
from app.core.deciding.decision_ports import Decisions
from app.core.ports import (
    AnswerTape,
    CurrentReviews,
    Draft,
    Question,
    ReviewApi,
    Reviewer,
    ReviewStore,
    SourceReader,
    Spending,
    StoredReview,
    SubmissionKey,
    TapedAnswer,
)
from app.core.submission.source_place import SourcePlace, place_of
from app.core.submission.sources import SourceTree
from app.stream.resilience.breaker import CircuitBreaker
from app.stream.resilience.outcomes import CallKind
from schemas.decision import Decision
from schemas.origin import Origin
from schemas.review import Review
from schemas.submission import Submission


@dataclass(frozen=True, slots=True)
class GuardedSources:
    """`SourceReader`; only what lies under the archive root goes through its circuit.

    A source in the record or at a host that a submission names says nothing about the archive root, however it ends.
    """

    inner: SourceReader
    breaker: CircuitBreaker

    async def read(self, submission: Submission) -> SourceTree:
        """As the inner one, once the circuit lets it."""
        if place_of(submission) is not SourcePlace.ARCHIVE_ROOT:
            return await self.inner.read(submission)
        return await self.breaker.call(lambda: self.inner.read(submission))


@dataclass(frozen=True, slots=True)
class GuardedReviewer:
    """`Reviewer`. A draft whose answers were all on the tape says nothing about the model's health."""

    inner: Reviewer
    breaker: CircuitBreaker

    async def draft(self, question: Question) -> Draft:
        """As the inner one, once the circuit lets it."""
        return await self.breaker.call(
            lambda: self.inner.draft(question), has_asked=lambda draft: not draft.usage.taped
        )


class Preparation:
    """What has to be done once before the first write: the indexes, for a database may come up after us."""

    def __init__(self, prepare: Callable[[], Awaitable[None]]) -> None:
        self._prepare = prepare
        self._prepared = False

    async def ensure(self) -> None:
        """Do it unless it was done."""
        if not self._prepared:
            await self._prepare()
            self._prepared = True


class GuardedStore:
    """`ReviewStore`. `prepare` (the indexes) runs before the first write."""

    def __init__(self, inner: ReviewStore, breaker: CircuitBreaker, prepare: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._breaker = breaker
        self._preparation = Preparation(prepare)

    async def store(self, review: Review) -> StoredReview:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._store(review))

    async def find(self, review_id: UUID) -> Review | None:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.find(review_id), kind=CallKind.READ)

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(
            lambda: self._inner.find_before(student_id, assignment_id, origin), kind=CallKind.READ
        )

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.find_original(review_id), kind=CallKind.READ)

    async def revise(self, review: Review) -> bool:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.revise(review))

    async def mark_published(self, review: Review, at: datetime) -> None:
        """As the inner one, once the circuit lets it."""
        await self._breaker.call(lambda: self._inner.mark_published(review, at))

    async def mark_promoted(self, review: Review) -> None:
        """As the inner one, once the circuit lets it."""
        await self._breaker.call(lambda: self._inner.mark_promoted(review))

    async def _store(self, review: Review) -> StoredReview:
        await self._preparation.ensure()
        return await self._inner.store(review)


@dataclass(frozen=True, slots=True)
class OriginalReviews:
    """`KeptReviews` as they were made: what the reviewer gives again, or compares with, holds nothing of a person's."""

    store: ReviewStore

    async def find(self, review_id: UUID) -> Review | None:
        """The review as it was made, or None."""
        stored = await self.store.find_original(review_id)
        return None if stored is None else stored.review

    async def find_before(self, student_id: str, assignment_id: str, origin: Origin) -> Review | None:
        """The newest live review before `origin` as it was made, or None."""
        read = await self.store.find_before(student_id, assignment_id, origin)
        return None if read is None else await self.find(read.review_id)


class GuardedDecisions:
    """`Decisions`. `prepare` (the indexes) runs before the first write."""

    def __init__(self, inner: Decisions, breaker: CircuitBreaker, prepare: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._breaker = breaker
        self._preparation = Preparation(prepare)

    async def keep(self, decision: Decision) -> None:
        """As the inner one, once the circuit lets it."""

        async def keep() -> None:
            await self._preparation.ensure()
            await self._inner.keep(decision)

        await self._breaker.call(keep)

    async def of(self, submission: SubmissionKey) -> Sequence[Decision]:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.of(submission), kind=CallKind.READ)


class GuardedTape:
    """`AnswerTape`. `prepare` (the indexes) runs before the first write."""

    def __init__(self, inner: AnswerTape, breaker: CircuitBreaker, prepare: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._breaker = breaker
        self._preparation = Preparation(prepare)

    async def find(self, key: str) -> TapedAnswer | None:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.find(key), kind=CallKind.READ)

    async def keep(self, key: str, answer: TapedAnswer) -> TapedAnswer:
        """As the inner one, once the circuit lets it."""

        async def keep() -> TapedAnswer:
            await self._preparation.ensure()
            return await self._inner.keep(key, answer)

        return await self._breaker.call(keep)

    async def let_go(self, keys: Collection[str], after_s: float) -> None:
        """As the inner one, once the circuit lets it."""
        await self._breaker.call(lambda: self._inner.let_go(keys, after_s))


class GuardedSpending:
    """`Spending`. `prepare` (the indexes) runs before the first write."""

    def __init__(self, inner: Spending, breaker: CircuitBreaker, prepare: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._breaker = breaker
        self._preparation = Preparation(prepare)

    async def count(self, charge: Charge) -> None:
        """As the inner one, once the circuit lets it."""

        async def count() -> None:
            await self._preparation.ensure()
            await self._inner.count(charge)

        await self._breaker.call(count)

    async def find_spent(self, day: date, student_id: str) -> DaySpending:
        """As the inner one, once the circuit lets it."""
        return await self._breaker.call(lambda: self._inner.find_spent(day, student_id), kind=CallKind.READ)


@dataclass(frozen=True, slots=True)
class GuardedCurrentReviews:
    """`CurrentReviews`."""

    inner: CurrentReviews
    breaker: CircuitBreaker

    async def current(self, keys: Sequence[SubmissionKey]) -> Mapping[SubmissionKey, Review]:
        """As the inner one, once the circuit lets it."""
        return await self.breaker.call(lambda: self.inner.current(keys), kind=CallKind.READ)

    async def make_current(self, review: Review) -> None:
        """As the inner one, once the circuit lets it."""
        await self.breaker.call(lambda: self.inner.make_current(review))


@dataclass(frozen=True, slots=True)
class GuardedApi:
    """`ReviewApi`."""

    inner: ReviewApi
    breaker: CircuitBreaker

    async def deliver(self, review: Review) -> None:
        """As the inner one, once the circuit lets it."""
        await self.breaker.call(lambda: self.inner.deliver(review))
