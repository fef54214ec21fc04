"""How far a submission has come on its way to its review: what the HTTP API answers."""

from enum import StrEnum
from uuid import UUID

from schemas.base import LIVE, Identifier, Moment, Schema


class SubmissionPhase(StrEnum):
    """Where a submission is. Public: the values stand in answers of the HTTP API.

    `QUEUED`: Kafka has it. `COMPARING`: a worker has read past it, so it is in hand and not yet compared. `REVIEWING`:
    its comparison is written, its review is not. `PUBLISHING`: its review is written, and not yet everywhere.
    `COMPLETED`: published. `REFUSED`: it is a dead letter. `HELD`: it waits on purpose.
    """

    QUEUED = "queued"
    COMPARING = "comparing"
    REVIEWING = "reviewing"
    PUBLISHING = "publishing"
    COMPLETED = "completed"
    REFUSED = "refused"
    HELD = "held"

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes unless an operator acts."""
        return self in {SubmissionPhase.COMPLETED, SubmissionPhase.REFUSED}


class RefusalStory(Schema):
    """Why a submission was refused, by which stage, and what mends it. `reason` is a code of `Reason`."""

    stage: str
    reason: str
    detail: str
    cure: str


class HoldStory(Schema):
    """Why a submission waits though nothing is broken, and what lets it go on before `until`, None where unknown."""

    reason: str
    detail: str
    cure: str
    until: Moment | None = None


class SubmissionState(Schema):
    """The state of one submission and generation.

    `task_id` is the id that its review has, or will have. `changed_at` is when the record was written that brought it
    into this phase, or when it was published.
    """

    task_id: UUID
    student_id: Identifier
    assignment_id: Identifier
    submission_id: Identifier
    generation: int = LIVE
    phase: SubmissionPhase
    refusal: RefusalStory | None = None
    hold: HoldStory | None = None
    changed_at: Moment
