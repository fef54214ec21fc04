"""A worker as it tells of itself, for whoever wants to see all workers: one small document for each process.

Nothing of a student stands in it. Counts only grow, from the start of the process: whoever sees two statuses of one
process knows what happened in between.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.core.readiness import Cause, StageLevels, WorkerLevels
from app.core.watching.tally import ModelTally, StageTally, Tally
from schemas.base import Moment, Schema

DETAIL_CHARS_MAX: Final = 300
"""Of one text: an endpoint's words may be long."""
PARTITIONS_TOLD_MAX: Final = 100
"""Partitions with lag that are told one by one, the longest first; the rest stands in the sums."""
MODELS_TOLD_MAX: Final = 20


class WorkerPhase(StrEnum):
    """What a worker is doing. `STOPPED` is its goodbye: it ended as it was told to, or said why."""

    STARTING = "starting"
    RECOVERING = "recovering"
    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"


class StageStatus(Schema):
    """One stage of a worker: what it has done so far, and what it has in hand."""

    stage: str
    tally: StageTally = StageTally()
    in_flight: int = 0
    waiting: int = 0
    set_aside: int = 0
    refused_share: float = 0.0


class PartitionLag(Schema):
    """A partition with records left. `stalled_since`: it finishes nothing, and nothing outside explains it."""

    topic: str
    partition: int
    lag: int
    stalled_since: Moment | None = None


class TopicLag(Schema):
    """All partitions of a topic that a worker holds."""

    topic: str
    partitions: int
    lag: int


class BreakerStatus(Schema):
    """The circuit to a dependency; `open_since` is None while it is closed."""

    dependency: str
    calls_max: int
    open_since: Moment | None = None
    detail: str = ""


class CauseStatus(Schema):
    """Why a worker is not ready."""

    what: str
    since: Moment
    cure: str


class Ending(Schema):
    """Why a worker ended by itself. `is_halt`: it refused so much that it stopped."""

    cause: str
    cure: str
    is_halt: bool = False


class WorkerProcess(Schema):
    """Which process it is. `place` is the same for whoever takes its place after a restart: host and DATA_DIR."""

    worker_id: str
    place: str
    host: str
    pid: int
    address: str
    started_at: Moment


class WorkerStatus(Schema):
    """A worker at one moment. `beat` counts its statuses: one that grows no more is a worker that tells no more.

    `told_at` is by the worker's own clock. `untold` counts statuses that could not be written.
    """

    who: WorkerProcess
    beat: int
    told_at: Moment
    phase: WorkerPhase
    untold: int = 0
    assigned: int = 0
    recovery_left: int = 0
    stages: tuple[StageStatus, ...] = ()
    topics: tuple[TopicLag, ...] = ()
    lags: tuple[PartitionLag, ...] = ()
    breakers: tuple[BreakerStatus, ...] = ()
    models: tuple[ModelTally, ...] = ()
    causes: tuple[CauseStatus, ...] = ()
    kafka_unheard_since: Moment | None = None
    ending: Ending | None = None


def worker_status(
    who: WorkerProcess,
    levels: WorkerLevels,
    tally: Tally,
    causes: Sequence[Cause] = (),
    *,
    now: datetime,
    beat: int,
    phase: WorkerPhase,
    untold: int = 0,
    ending: Ending | None = None,
) -> WorkerStatus:
    """The status of a worker that stands as `levels` say, has done what `tally` counted, is not ready for `causes`."""
    return WorkerStatus(
        who=who,
        beat=beat,
        told_at=now,
        phase=phase,
        untold=untold,
        assigned=levels.assigned,
        recovery_left=levels.recovery_left,
        stages=tuple(_stages(levels, tally)),
        topics=tuple(_by_topic(levels)),
        lags=_lags(levels, now),
        breakers=tuple(
            BreakerStatus(
                dependency=dependency.value,
                calls_max=of.calls_max,
                open_since=_since(of.open_s, now),
                detail=of.detail[:DETAIL_CHARS_MAX] if of.open_s is not None else "",
            )
            for dependency, of in levels.breakers.items()
        ),
        models=tally.models()[:MODELS_TOLD_MAX],
        causes=tuple(CauseStatus(what=c.what[:DETAIL_CHARS_MAX], since=c.since, cure=c.cure) for c in causes),
        kafka_unheard_since=_since(levels.unheard_s, now),
        ending=ending,
    )


def _stages(levels: WorkerLevels, tally: Tally) -> Iterable[StageStatus]:
    """Also a stage of which only the past is known, as at a worker's end."""
    tallies = tally.stages()
    for name in dict.fromkeys([*levels.stages, *tallies]):
        of = levels.stages.get(name, StageLevels(in_flight=0, waiting=0, set_aside=0, refused_share=0.0))
        yield StageStatus(
            stage=name,
            tally=tallies.get(name, StageTally()),
            in_flight=of.in_flight,
            waiting=of.waiting,
            set_aside=of.set_aside,
            refused_share=of.refused_share,
        )


def _by_topic(levels: WorkerLevels) -> Iterable[TopicLag]:
    by_topic: dict[str, list[int]] = {}
    for (topic, _), lag in levels.lags.items():
        by_topic.setdefault(topic, []).append(lag)
    for topic, lags in sorted(by_topic.items()):
        yield TopicLag(topic=topic, partitions=len(lags), lag=sum(lags))


def _lags(levels: WorkerLevels, now: datetime) -> tuple[PartitionLag, ...]:
    """Those that have stalled, then those with the longest lag."""
    stalled: Mapping[tuple[str, int], float] = levels.stalled_s
    left = [(key, lag) for key, lag in levels.lags.items() if lag or key in stalled]
    left.sort(key=lambda one: (one[0] not in stalled, -one[1], one[0]))
    return tuple(
        PartitionLag(topic=topic, partition=number, lag=lag, stalled_since=_since(stalled.get((topic, number)), now))
        for (topic, number), lag in left[:PARTITIONS_TOLD_MAX]
    )


def _since(age_s: float | None, now: datetime) -> datetime | None:
    return None if age_s is None else now - timedelta(seconds=age_s)
