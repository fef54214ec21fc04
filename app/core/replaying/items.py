"""One submission of a replay: where it stands in the log, and how far it has come."""

from enum import StrEnum
from uuid import UUID

from app.core.replaying.timeline import Step
from schemas.base import Identifier, Schema


class ItemPhase(StrEnum):
    """How far one submission has come. `FAILED` ones have no review of this generation, and `why` says the reason."""

    WAITING = "waiting"
    SENT = "sent"
    REVIEWED = "reviewed"
    FAILED = "failed"


class ReplayItem(Schema):
    """One submission of the replay `replay_id`; `number` is its place in the order of the log.

    `review_id` is the review that it is to get, `supersedes` the one that was current when it was chosen.
    """

    replay_id: Identifier
    number: int
    step: Step
    review_id: UUID
    supersedes: UUID | None = None
    phase: ItemPhase = ItemPhase.WAITING
    why: str | None = None
