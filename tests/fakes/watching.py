"""What an operator is told, in memory: workers' statuses and the reviews that were published last."""

from collections.abc import Sequence

from app.core.watching.observed import PublishedReview
from app.core.watching.worker_status import WorkerStatus
from schemas.errors import Dependency, Unavailable


class MemoryStatuses:
    """Port `WorkerStatuses`; a status goes through its own text, as it does in a database. Set `away` for an outage."""

    def __init__(self) -> None:
        self.away = False
        self.told: list[WorkerStatus] = []
        self._standing: dict[str, str] = {}

    async def tell(self, status: WorkerStatus) -> None:
        """Keep it in place of the earlier one."""
        self._answer()
        self.told.append(status)
        self._standing[status.who.worker_id] = status.model_dump_json()

    async def heard(self) -> Sequence[WorkerStatus]:
        """All that stand."""
        self._answer()
        statuses = [WorkerStatus.model_validate_json(text) for text in self._standing.values()]
        return sorted(statuses, key=lambda status: status.who.started_at, reverse=True)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")


class MemoryPublished:
    """Port `PublishedReviews` over a list. Set `away` for an outage."""

    def __init__(self, *reviews: PublishedReview) -> None:
        self.away = False
        self.reviews = list(reviews)

    async def newest(self, limit: int) -> Sequence[PublishedReview]:
        """The newest first."""
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")
        return sorted(self.reviews, key=lambda review: review.published_at, reverse=True)[:limit]
