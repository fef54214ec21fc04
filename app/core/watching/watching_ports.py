"""Where what an operator is told comes from. Every method may raise `Unavailable`, and nothing else."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from app.core.costs import DayTotals
from app.core.watching.observed import PublishedReview
from app.core.watching.worker_status import WorkerStatus


class WorkerStatuses(Protocol):
    """What each worker told last. A status that is not told again ends after a while."""

    async def tell(self, status: WorkerStatus) -> None:
        """Let `status` stand in place of the one that its process told before."""
        ...

    async def heard(self) -> Sequence[WorkerStatus]:
        """All that stand, the worker that began last first."""
        ...


class DaySums(Protocol):
    """What the models' answers of a day cost."""

    async def add_up(self, day: date) -> DayTotals:
        """All answers of `day` (UTC)."""
        ...


class PublishedReviews(Protocol):
    """The reviews that were published last."""

    async def newest(self, limit: int) -> Sequence[PublishedReview]:
        """As many as `limit`, the newest first."""
        ...
