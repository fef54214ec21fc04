"""Ports behind their circuit breakers: each call waits while its dependency is out."""

from dataclasses import dataclass
from datetime import datetime

from app.core.ports import Draft, ReviewApi, Reviewer, ReviewStore, SourceReader, StoredReview
from app.core.sources import SourceTree
from app.stream.breaker import CircuitBreaker
from schemas.comparison import Comparison
from schemas.review import Review
from schemas.submission import Submission


@dataclass(frozen=True, slots=True)
class GuardedSources:
    """`SourceReader`; only what lies under the archive root goes through its circuit."""

    inner: SourceReader
    breaker: CircuitBreaker

    async def read(self, submission: Submission) -> SourceTree:
        """As the inner one, once the circuit lets it."""
        if submission.files is not None or submission.archive_base64 is not None:
            return await self.inner.read(submission)
        return await self.breaker.call(lambda: self.inner.read(submission))


@dataclass(frozen=True, slots=True)
class GuardedReviewer:
    """`Reviewer`."""

    inner: Reviewer
    breaker: CircuitBreaker

    async def draft(self, comparison: Comparison, previous: Review | None) -> Draft:
        """As the inner one, once the circuit lets it."""
        return await self.breaker.call(lambda: self.inner.draft(comparison, previous))


@dataclass(frozen=True, slots=True)
class GuardedStore:
    """`ReviewStore`."""

    inner: ReviewStore
    breaker: CircuitBreaker

    async def store(self, review: Review) -> StoredReview:
        """As the inner one, once the circuit lets it."""
        return await self.breaker.call(lambda: self.inner.store(review))

    async def mark_published(self, review: Review, at: datetime) -> None:
        """As the inner one, once the circuit lets it."""
        await self.breaker.call(lambda: self.inner.mark_published(review, at))


@dataclass(frozen=True, slots=True)
class GuardedApi:
    """`ReviewApi`."""

    inner: ReviewApi
    breaker: CircuitBreaker

    async def deliver(self, review: Review) -> None:
        """As the inner one, once the circuit lets it."""
        await self.breaker.call(lambda: self.inner.deliver(review))
