"""What deciding needs of the world outside: the decisions that were taken, and the way in for new ones."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from app.core.deciding.ranking import DeskRow
from app.core.ports import SubmissionKey
from schemas.decision import Decision
from schemas.origin import Origin
from schemas.review import ReviewResult


class Decisions(Protocol):
    """The decisions that the editor has taken, in the order in which it took them: that of their log."""

    async def keep(self, decision: Decision) -> None:
        """Keep a decision behind all others on its submission, unless one of its id is kept: that keeps its place."""
        ...

    async def of(self, submission: SubmissionKey) -> Sequence[Decision]:
        """All decisions on a submission, in their order."""
        ...


class DeskReviews(Protocol):
    """The reviews as a teacher's desk lists them: all that may be decided about, so none that is in the shadow."""

    async def newest(self, assignment_id: str | None, limit: int) -> Sequence[DeskRow]:
        """The newest `limit`, of one assignment or of all."""
        ...

    async def of_submission(self, submission: SubmissionKey) -> Sequence[DeskRow]:
        """All generations of one submission."""
        ...

    async def results(self, review_ids: Sequence[UUID]) -> Sequence[ReviewResult]:
        """What is judged in these reviews, as it is read now; one that is not there is left out."""
        ...

    async def assignments(self) -> Sequence[str]:
        """All assignments that have reviews, in order."""
        ...


class DecisionOutbox(Protocol):
    """The topic of decisions."""

    async def send(self, decision: Decision) -> Origin:
        """Produce a decision; returns where it stands once all in-sync replicas have it."""
        ...
