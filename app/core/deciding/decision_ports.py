"""What deciding needs of the world outside: the decisions that were taken, and the way in for new ones."""

from collections.abc import Sequence
from typing import Protocol

from app.core.ports import SubmissionKey
from schemas.decision import Decision
from schemas.origin import Origin


class Decisions(Protocol):
    """The decisions that the editor has taken, in the order of their log."""

    async def keep(self, decision: Decision, offset: int) -> None:
        """Keep a decision that stands at `offset` of its log, unless one of its id is kept."""
        ...

    async def of(self, submission: SubmissionKey) -> Sequence[Decision]:
        """All decisions on a submission, in the order of the log."""
        ...


class DecisionOutbox(Protocol):
    """The topic of decisions."""

    async def send(self, decision: Decision) -> Origin:
        """Produce a decision; returns where it stands once all in-sync replicas have it."""
        ...
