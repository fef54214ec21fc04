"""What the system tells of itself: frozen records of what happens.

The records go through one small port, `Telemetry`. Its readers are the log and Prometheus: both read the same records,
so a line and a count cannot disagree.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from schemas.errors import Dependency, HoldReason, Reason


@dataclass(frozen=True, slots=True)
class EventDone:
    """An event ended as an output."""

    stage: str
    attempts: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class EventRefused:
    """An event ended as a dead letter, which is written."""

    stage: str
    reason: Reason
    detail: str
    attempts: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class EventHeld:
    """An event waits on purpose; `until` is ISO 8601."""

    stage: str
    reason: HoldReason
    detail: str
    until: str
    cure: str


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """An attempt at an event failed and is repeated after `wait_s`. `dependency` is None where nobody mapped it."""

    stage: str
    attempt: int
    dependency: Dependency | None
    error: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class SendRepeated:
    """A send failed and is repeated after `wait_s`."""

    topic: str
    detail: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class DependencyLost:
    """A circuit opened: the dependency is waited for."""

    dependency: Dependency
    detail: str
    quota_exhausted: bool
    pause_s: float


@dataclass(frozen=True, slots=True)
class DependencyBack:
    """A circuit closed; `waiting` callers go on."""

    dependency: Dependency
    waiting: int


@dataclass(frozen=True, slots=True)
class DependencyOverrun:
    """A dependency answers too few of its calls, and gets fewer at once."""

    dependency: Dependency
    calls_at_once: int


class CallOutcome(StrEnum):
    """How a request to a model ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ModelCalled:
    """A request to a model ended. `model` is the configured name, `error` the type of what went wrong, or empty."""

    model: str
    outcome: CallOutcome
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class AnswerBought:
    """A model's answer was counted. `cost` is None where the model has no price."""

    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_prompt_tokens: int
    cost: float | None
    currency: str


@dataclass(frozen=True, slots=True)
class AnswerTaped:
    """A model's answer was on the tape."""

    model: str


class PublishOutcome(StrEnum):
    """What became of a review that the publisher or the editor took."""

    PUBLISHED = "published"
    REPEATED = "repeated"
    SHADOW = "shadow"
    HELD = "held"
    REVISED = "revised"


@dataclass(frozen=True, slots=True)
class ReviewTaken:
    """The publisher, or the editor, is through with a review."""

    outcome: PublishOutcome


@dataclass(frozen=True, slots=True)
class PartitionStalled:
    """A partition has lag and finishes nothing, though its dependencies are healthy."""

    topic: str
    partition: int
    lag: int
    silent_s: float


@dataclass(frozen=True, slots=True)
class PartitionMoves:
    """A partition that had stalled does so no more."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """The web process has answered. `route` is a template, never what was asked for."""

    route: str
    method: str
    status: int
    duration_s: float


Event = (
    EventDone
    | EventRefused
    | EventHeld
    | AttemptFailed
    | SendRepeated
    | DependencyLost
    | DependencyBack
    | DependencyOverrun
    | ModelCalled
    | AnswerBought
    | AnswerTaped
    | ReviewTaken
    | PartitionStalled
    | PartitionMoves
    | RequestAnswered
)
"""Whatever is told."""


class Telemetry(Protocol):
    """Whoever is told what happens. It does not wait, and does not raise."""

    def emit(self, event: Event) -> None:
        """Take note of `event`, in the context of whoever tells it."""
        ...


class Untold:
    """`Telemetry` where nobody listens, as at a desk."""

    def emit(self, event: Event) -> None:
        """Nothing."""


UNTOLD: Final = Untold()
