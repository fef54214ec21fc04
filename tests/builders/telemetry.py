"""One record of every kind that telemetry has."""

from typing import Final

from app.core.telemetry import (
    AnswerBought,
    AnswerTaped,
    AttemptFailed,
    CallOutcome,
    DependencyBack,
    DependencyLost,
    DependencyOverrun,
    Event,
    EventDone,
    EventHeld,
    EventRefused,
    ModelCalled,
    PartitionMoves,
    PartitionStalled,
    PublishOutcome,
    RequestAnswered,
    ReviewTaken,
    SendRepeated,
)
from schemas.errors import Dependency, HoldReason, Reason

EVERY_RECORD: Final[tuple[Event, ...]] = (
    EventDone("reviewer", 2, 1.25),
    EventRefused("reviewer", Reason.NOT_JSON, "line 1", 1, 0.5),
    EventHeld("reviewer", HoldReason.BUDGET_DAY, "spent", "2026-03-03T00:00:00+00:00", "raise it"),
    AttemptFailed("reviewer", 1, Dependency.LLM, "llm: 500", 0.2),
    AttemptFailed("reviewer", 2, None, "KeyError", 0.4),
    SendRepeated("reviews", "no broker", 0.2),
    DependencyLost(Dependency.LLM, "500", quota_exhausted=False, pause_s=1.04),
    DependencyBack(Dependency.LLM, 3),
    DependencyOverrun(Dependency.LLM, 8),
    ModelCalled("m", CallOutcome.ANSWERED, 2.5),
    AnswerBought("m", 1000, 100, 10, 0.25, "EUR"),
    AnswerTaped("m"),
    ReviewTaken(PublishOutcome.PUBLISHED),
    PartitionStalled("submissions", 1, 7, 61.2),
    PartitionMoves("submissions", 1),
    RequestAnswered("/api/v1/reviews/{task_id}", "GET", 200, 0.02),
)
