"""What the outside saw of a run, as values: calls of the model and deliveries at the API, on one monotonic clock."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the model. `answered_at` is None where the caller went away first. Times in seconds, monotonic."""

    submission_id: str
    started_at: float
    answered_at: float | None
    prompt_chars: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One review that was POSTed. `body` is a digest of its bytes."""

    submission_id: str
    at: float
    body: str


@dataclass(frozen=True, slots=True)
class Record:
    """Calls by their start, deliveries as they came."""

    calls: tuple[Call, ...]
    deliveries: tuple[Delivery, ...]

    @classmethod
    def read(cls, document: dict[str, Any]) -> "Record":
        """From what the outside's `GET /record` says."""
        return cls(
            tuple(Call(*fields) for fields in document["calls"]),
            tuple(Delivery(*fields) for fields in document["deliveries"]),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a run is: calls started, answered and running, submissions that have a review at the API."""

    started: int
    answered: int
    running: int
    delivered: int
