"""What has gone wrong with one event, and how it is told: by type and place, never by a message that may quote code."""

import traceback
from dataclasses import dataclass, field

from app.backoff import FailedTry
from app.core.telemetry import AttemptFailed
from app.stream.intake.poison import PoisonClock
from app.stream.resilience.outcomes import CallTally
from schemas.errors import Reason, Unavailable


@dataclass(slots=True)
class Trouble:
    """What has gone wrong with one event so far. `first_at`: its first failure, in seconds of the monotonic clock."""

    attempts: int = 0
    first_at: float | None = None
    calls: CallTally = field(default_factory=CallTally)
    """The event's own, of all its attempts."""
    poison: PoisonClock = field(default_factory=PoisonClock)
    equal_bugs: int = 0
    last_bug: str = ""


@dataclass(frozen=True, slots=True)
class RefusalCause:
    """That one event is refused, and why: no further attempt is made."""

    reason: Reason
    detail: str
    error: Exception


def repeated(stage: str, failed: FailedTry) -> AttemptFailed:
    """An attempt that failed and will be repeated, as it is told."""
    error = failed.error
    dependency = error.dependency if isinstance(error, Unavailable) else None
    return AttemptFailed(stage, failed.attempt, dependency, _told(error), failed.wait_s)


def _told(error: Exception) -> str:
    if isinstance(error, Unavailable):
        return f"{error.dependency.value}: {error.detail}"
    return type(error).__qualname__


def where(error: BaseException) -> str:
    """File and line of ours or a library's where `error` was raised; its message may quote a student's text."""
    seen = traceback.extract_tb(error.__traceback__)
    return f"{seen[-1].filename.rsplit('/', 2)[-1]}:{seen[-1].lineno}" if seen else "?"


def frames(error: BaseException) -> list[str]:
    """The last places of its traceback, without a line of code or a value."""
    seen = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in seen]
