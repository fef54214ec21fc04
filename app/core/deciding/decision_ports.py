"""What deciding needs of the world outside: the decisions that were taken, the way in for new ones, asked replays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class AskedReplay:
    """What somebody asked for at the desk: another review of the submission of `review_id`.

    `replay_id` is the replay that was drawn for it, `failure` why it ended without a replay that was carried out.
    """

    submission: SubmissionKey
    review_id: UUID
    reason: str
    is_fresh: bool
    asked_by: str
    asked_at: datetime
    replay_id: str | None = None
    failure: str | None = None


class AskedReplays(Protocol):
    """Replays that were asked for and have not ended, or that failed: one of a submission at most.

    A `holder` is a process that carries one out. Times are kept to the millisecond.
    """

    async def ask(self, asked: AskedReplay) -> bool:
        """Keep it, also in the place of one that failed; False where one of the submission waits or runs."""
        ...

    async def find(self, submission: SubmissionKey) -> AskedReplay | None:
        """The submission's, or None."""
        ...

    async def take(self, holder: str, at: datetime, silent_since: datetime) -> AskedReplay | None:
        """Hold the oldest that has not failed and that this one holds, or nobody, or one not heard since that time."""
        ...

    async def note(self, submission: SubmissionKey, holder: str, at: datetime, replay_id: str | None = None) -> bool:
        """Let the holder be heard, and keep the replay that it drew; False where it does not hold this one any more."""
        ...

    async def give_back(self, holder: str) -> None:
        """Let others take what it holds."""
        ...

    async def end(self, submission: SubmissionKey, holder: str, failure: str | None = None) -> None:
        """Remove what it holds, or keep why it failed. Where another one holds it, nothing is changed."""
        ...
