"""How the work flows over all workers: rates of the last seconds, durations of the last minute, what is in hand."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.watching.silence import HeardWorker
from app.core.watching.tally import ModelTally, StageTally
from app.core.watching.worker_status import StageStatus, WorkerStatus

STAGES: Final = ("comparator", "reviewer", "publisher")
"""In the order in which a submission passes them; others that a worker tells of come after these."""
RATE_S: Final = 10.0
"""Rates are of so long: workers tell every two seconds."""
RECENT_S: Final = 60.0
"""Durations are of so long: a rate's seconds hold too few events for a percentile."""


@dataclass(frozen=True, slots=True)
class StageFlow:
    """One stage: events a second, what is in hand now, and what the last minute brought."""

    stage: str
    done_per_s: float = 0.0
    refused_per_s: float = 0.0
    repeated_per_s: float = 0.0
    in_flight: int = 0
    waiting: int = 0
    set_aside: int = 0
    lag: int = 0
    recent: StageTally = field(default_factory=StageTally)


@dataclass(frozen=True, slots=True)
class ModelFlow:
    """One model: requests a second, and what the last minute brought."""

    calls_per_s: float
    recent: ModelTally


@dataclass(frozen=True, slots=True)
class Flow:
    """All stages in their order, and the models by name."""

    stages: tuple[StageFlow, ...] = tuple(StageFlow(stage) for stage in STAGES)
    models: tuple[ModelFlow, ...] = ()


@dataclass(frozen=True, slots=True)
class _Step:
    """What all workers did between two looks."""

    at_s: float
    stages: dict[str, StageTally]
    models: dict[str, ModelTally]


class FlowMeter:
    """Is shown the workers from time to time; times are seconds of a monotonic clock.

    What a worker did before the first look is not recent; one that comes later began with nothing.
    """

    def __init__(self) -> None:
        self._steps: deque[_Step] = deque()
        self._last: dict[str, WorkerStatus] | None = None
        self._began_s = 0.0

    def observe(self, now_s: float, heard: Sequence[HeardWorker], stage_of: Mapping[str, str]) -> Flow:
        """The flow as of now. `stage_of`: which stage takes the events of a topic."""
        statuses = [one.status for one in heard]
        if self._last is None:
            self._began_s = now_s
            self._last = {status.who.worker_id: status for status in statuses}
        self._steps.append(self._step(now_s, statuses, self._last))
        self._last = {status.who.worker_id: status for status in statuses}
        while self._steps[0].at_s <= now_s - RECENT_S:
            self._steps.popleft()
        live = [one.status for one in heard if one.is_live]
        others = {stage.stage for status in live for stage in status.stages} - set(STAGES)
        names = (*STAGES, *sorted(others))
        return Flow(tuple(self._stage(name, now_s, live, stage_of) for name in names), self._models(now_s))

    def _step(self, now_s: float, statuses: Iterable[WorkerStatus], last: Mapping[str, WorkerStatus]) -> _Step:
        step = _Step(now_s, {}, {})
        for status in statuses:
            before = last.get(status.who.worker_id)
            stages = {stage.stage: stage.tally for stage in before.stages} if before is not None else {}
            models = {model.model: model for model in before.models} if before is not None else {}
            for stage in status.stages:
                done = stage.tally.without(stages.get(stage.stage, StageTally()))
                step.stages[stage.stage] = step.stages.get(stage.stage, StageTally()).plus(done)
            for model in status.models:
                asked = model.without(models.get(model.model, ModelTally(model=model.model)))
                step.models[model.model] = step.models.get(model.model, ModelTally(model=model.model)).plus(asked)
        return step

    def _rate_s(self, now_s: float) -> float:
        """The seconds that a rate is of: fewer right after the first look, but never so few that one event is many."""
        return min(RATE_S, max(1.0, now_s - self._began_s))

    def _stage(self, name: str, now_s: float, live: Sequence[WorkerStatus], stage_of: Mapping[str, str]) -> StageFlow:
        lately, recent = StageTally(), StageTally()
        for step in self._steps:
            tally = step.stages.get(name)
            if tally is not None:
                recent = recent.plus(tally)
                lately = lately.plus(tally) if step.at_s > now_s - RATE_S else lately
        levels: list[StageStatus] = [stage for status in live for stage in status.stages if stage.stage == name]
        rate_s = self._rate_s(now_s)
        return StageFlow(
            stage=name,
            done_per_s=lately.done / rate_s,
            refused_per_s=lately.refused / rate_s,
            repeated_per_s=lately.repeated / rate_s,
            in_flight=sum(level.in_flight for level in levels),
            waiting=sum(level.waiting for level in levels),
            set_aside=sum(level.set_aside for level in levels),
            lag=sum(topic.lag for status in live for topic in status.topics if stage_of.get(topic.topic) == name),
            recent=recent,
        )

    def _models(self, now_s: float) -> tuple[ModelFlow, ...]:
        flows = []
        for name in sorted({name for step in self._steps for name in step.models}):
            lately = recent = ModelTally(model=name)
            for step in self._steps:
                if name in step.models:
                    recent = recent.plus(step.models[name])
                    lately = lately.plus(step.models[name]) if step.at_s > now_s - RATE_S else lately
            flows.append(ModelFlow(lately.calls / self._rate_s(now_s), recent))
        return tuple(flows)
