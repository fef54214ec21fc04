"""Port `Decisions` in memory."""

from uuid import UUID

from app.core.ports import SubmissionKey
from schemas.codec import decode, encode
from schemas.decision import Decision
from schemas.errors import Dependency, Unavailable


class MemoryDecisions:
    """Decisions by id as the bytes that they travel as. Set `away` for an outage."""

    def __init__(self) -> None:
        self.away = False
        self._kept: dict[UUID, bytes] = {}

    async def keep(self, decision: Decision) -> None:
        """Keep it behind the others unless its id is there."""
        self._answer()
        self._kept.setdefault(decision.decision_id, encode(decision))

    async def of(self, submission: SubmissionKey) -> list[Decision]:
        """All decisions on a submission, in their order."""
        self._answer()
        kept = [decode(Decision, value) for value in self._kept.values()]
        return [one for one in kept if (one.student_id, one.assignment_id, one.submission_id) == submission]

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "away")
