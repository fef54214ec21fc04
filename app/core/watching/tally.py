"""What a worker has done since its start, counted from the same records that the log and Prometheus read."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pydantic import Field

from app.core.metrics import SECONDS
from app.core.telemetry import (
    AnswerBought,
    AnswerTaped,
    AttemptFailed,
    CallOutcome,
    Event,
    EventDone,
    EventHeld,
    EventRefused,
    ModelCalled,
)
from schemas.base import Schema

_NOTHING: Final = (0,) * (len(SECONDS) + 1)


class Durations(Schema):
    """How long things took: how many up to each bound of `SECONDS` and beyond the one before; the last, beyond all."""

    counts: tuple[int, ...] = _NOTHING
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)

    def without(self, earlier: "Durations") -> "Durations":
        """Those that came after `earlier`, which is of the same process."""
        counts = tuple(max(0, now - then) for now, then in zip(self.counts, earlier.counts, strict=False))
        return Durations(counts=counts, seconds=max(0.0, self.seconds - earlier.seconds))

    def plus(self, other: "Durations") -> "Durations":
        """Both together."""
        counts = tuple(one + two for one, two in zip(self.counts, other.counts, strict=False))
        return Durations(counts=counts, seconds=self.seconds + other.seconds)

    def quantile(self, share: float) -> float | None:
        """The seconds that `share` of them took at most, even within a bound; None where there was none.

        What lies beyond the last bound is told as that bound.
        """
        if not self.count:
            return None
        wanted, seen = share * self.count, 0
        for number, count in enumerate(self.counts[: len(SECONDS)]):
            if count and seen + count >= wanted:
                low, high = (SECONDS[number - 1] if number else 0.0), SECONDS[number]
                return min(high, low + (high - low) * max(0.0, wanted - seen) / count)
            seen += count
        return SECONDS[-1]


class StageTally(Schema):
    """What one stage has done: events by their ends, attempts that failed, times that an event was held."""

    done: int = 0
    refused: int = 0
    by_reason: dict[str, int] = Field(default_factory=dict)
    repeated: int = 0
    held: int = 0
    durations: Durations = Durations()

    def without(self, earlier: "StageTally") -> "StageTally":
        """What happened after `earlier`, which is of the same process."""
        reasons = {name: count - earlier.by_reason.get(name, 0) for name, count in self.by_reason.items()}
        return StageTally(
            done=self.done - earlier.done,
            refused=self.refused - earlier.refused,
            by_reason={name: count for name, count in reasons.items() if count},
            repeated=self.repeated - earlier.repeated,
            held=self.held - earlier.held,
            durations=self.durations.without(earlier.durations),
        )

    def plus(self, other: "StageTally") -> "StageTally":
        """Both together."""
        return StageTally(
            done=self.done + other.done,
            refused=self.refused + other.refused,
            by_reason=dict(Counter(self.by_reason) + Counter(other.by_reason)),
            repeated=self.repeated + other.repeated,
            held=self.held + other.held,
            durations=self.durations.plus(other.durations),
        )


class ModelTally(Schema):
    """What one model was asked and what it answered. `cost` is None while no answer had a price."""

    model: str
    answered: int = 0
    failed: int = 0
    durations: Durations = Durations()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    cost: float | None = None
    taped: int = 0

    @property
    def calls(self) -> int:
        """Requests that ended, one way or the other."""
        return self.answered + self.failed

    def without(self, earlier: "ModelTally") -> "ModelTally":
        """What happened after `earlier`, which is of the same process."""
        return ModelTally(
            model=self.model,
            answered=self.answered - earlier.answered,
            failed=self.failed - earlier.failed,
            durations=self.durations.without(earlier.durations),
            prompt_tokens=self.prompt_tokens - earlier.prompt_tokens,
            completion_tokens=self.completion_tokens - earlier.completion_tokens,
            cached_prompt_tokens=self.cached_prompt_tokens - earlier.cached_prompt_tokens,
            cost=None if self.cost is None else self.cost - (earlier.cost or 0.0),
            taped=self.taped - earlier.taped,
        )

    def plus(self, other: "ModelTally") -> "ModelTally":
        """Both together."""
        known = [cost for cost in (self.cost, other.cost) if cost is not None]
        return ModelTally(
            model=self.model,
            answered=self.answered + other.answered,
            failed=self.failed + other.failed,
            durations=self.durations.plus(other.durations),
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cached_prompt_tokens=self.cached_prompt_tokens + other.cached_prompt_tokens,
            cost=sum(known) if known else None,
            taped=self.taped + other.taped,
        )


@dataclass(slots=True)
class _Lasted:
    counts: list[int] = field(default_factory=lambda: list(_NOTHING))
    seconds: float = 0.0

    def note(self, duration_s: float) -> None:
        self.counts[bisect_left(SECONDS, duration_s)] += 1
        self.seconds += duration_s

    def told(self) -> Durations:
        return Durations(counts=tuple(self.counts), seconds=round(self.seconds, 6))


@dataclass(slots=True)
class _Stage:
    counts: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)
    lasted: _Lasted = field(default_factory=_Lasted)


@dataclass(slots=True)
class _Model:
    counts: Counter[str] = field(default_factory=Counter)
    cost: float | None = None
    lasted: _Lasted = field(default_factory=_Lasted)


class Tally:
    """`Telemetry` that keeps sums."""

    def __init__(self) -> None:
        self._stages: dict[str, _Stage] = {}
        self._models: dict[str, _Model] = {}

    def emit(self, event: Event) -> None:
        """Count `event`, if it is one of an event's ends or of a model's."""
        match event:
            case EventDone():
                self._end(event.stage, "done", event.duration_s)
            case EventRefused():
                self._end(event.stage, "refused", event.duration_s).by_reason[event.reason.value] += 1
            case AttemptFailed():
                self._stage(event.stage).counts["repeated"] += 1
            case EventHeld():
                self._stage(event.stage).counts["held"] += 1
            case ModelCalled() | AnswerBought() | AnswerTaped():
                self._count_model(event)
            case _:
                pass

    def stages(self) -> dict[str, StageTally]:
        """By stage, as far as anything happened there."""
        return {
            name: StageTally(
                done=of.counts["done"],
                refused=of.counts["refused"],
                repeated=of.counts["repeated"],
                held=of.counts["held"],
                by_reason=dict(of.by_reason),
                durations=of.lasted.told(),
            )
            for name, of in self._stages.items()
        }

    def models(self) -> tuple[ModelTally, ...]:
        """By model, in the order in which they were first asked."""
        return tuple(
            ModelTally(
                model=name,
                answered=of.counts["answered"],
                failed=of.counts["failed"],
                prompt_tokens=of.counts["prompt_tokens"],
                completion_tokens=of.counts["completion_tokens"],
                cached_prompt_tokens=of.counts["cached_prompt_tokens"],
                taped=of.counts["taped"],
                cost=of.cost,
                durations=of.lasted.told(),
            )
            for name, of in self._models.items()
        )

    def _end(self, stage: str, end: str, duration_s: float) -> _Stage:
        of = self._stage(stage)
        of.counts[end] += 1
        of.lasted.note(duration_s)
        return of

    def _stage(self, stage: str) -> _Stage:
        return self._stages.setdefault(stage, _Stage())

    def _count_model(self, event: ModelCalled | AnswerBought | AnswerTaped) -> None:
        of = self._models.setdefault(event.model, _Model())
        match event:
            case ModelCalled():
                if event.outcome is not CallOutcome.CANCELLED:
                    of.counts[event.outcome.value] += 1
                    of.lasted.note(event.duration_s)
            case AnswerBought():
                of.counts["prompt_tokens"] += event.prompt_tokens
                of.counts["completion_tokens"] += event.completion_tokens
                of.counts["cached_prompt_tokens"] += event.cached_prompt_tokens
                if event.cost is not None:
                    of.cost = (of.cost or 0.0) + event.cost
            case AnswerTaped():
                of.counts["taped"] += 1
