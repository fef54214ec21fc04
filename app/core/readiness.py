"""Whether a worker is ready, and if not, why: each cause in words, since when, and what to do.

`WorkerLevels` is a worker as it stands at one moment. The metrics that go up and down are read from the same record, so
that `/ready` and `/metrics` cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.events.offsets import Partition
from schemas.errors import Dependency


@dataclass(frozen=True, slots=True)
class StageLevels:
    """Events of one stage."""

    in_flight: int
    waiting: int
    set_aside: int
    refused_share: float


@dataclass(frozen=True, slots=True)
class BreakerLevels:
    """One dependency; `open_s` is how long it has been waited for, or None."""

    calls_max: int
    open_s: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WorkerLevels:
    """One worker, now. Ages are in seconds; None: it is not so.

    `unheard_s`: how long Kafka has not told the ends of the partitions. `recovery_left` counts records.
    """

    assigned: int
    stages: Mapping[str, StageLevels] = field(default_factory=dict)
    lags: Mapping[Partition, int] = field(default_factory=dict)
    stalled_s: Mapping[Partition, float] = field(default_factory=dict)
    breakers: Mapping[Dependency, BreakerLevels] = field(default_factory=dict)
    table_entries: Mapping[str, int] = field(default_factory=dict)
    recovery_left: int = 0
    unassigned_s: float | None = None
    recovering_s: float | None = None
    suspended_s: float | None = None
    unheard_s: float | None = None


@dataclass(frozen=True, slots=True)
class WebLevels:
    """One web process, now. `states_lag` is None where the log is not read."""

    waiting_places: int
    watchers: int
    states_lag: int | None
    states_told: bool


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a worker is not ready. `since` is aware."""

    what: str
    since: datetime
    cure: str


def find_causes(levels: WorkerLevels, now: datetime) -> tuple[Cause, ...]:
    """Why the worker does not do its work just now; empty where it does."""
    causes: list[Cause] = []

    def add(age_s: float | None, what: str, cure: str) -> None:
        if age_s is not None:
            causes.append(Cause(what, now - timedelta(seconds=age_s), cure))

    add(
        levels.suspended_s,
        "this process was stopped for so long that its partitions may be another worker's",
        "wait some seconds: the group decides; if it comes again, the machine sleeps or is overloaded",
    )
    add(
        levels.unassigned_s,
        "no partition is assigned to this worker",
        "wait for the rebalance; more workers than TOPIC_PARTITIONS have nothing to do",
    )
    add(
        levels.recovering_s,
        f"tables are being recovered from their changelogs, {levels.recovery_left} records are left",
        "wait; a DATA_DIR that survives restarts makes it short",
    )
    add(
        levels.unheard_s,
        f"{Dependency.KAFKA.value} does not answer",
        "see the brokers; work resumes by itself when they are back",
    )
    for dependency, breaker in levels.breakers.items():
        add(
            breaker.open_s,
            f"{dependency.value} is unavailable: {breaker.detail}",
            f"see {dependency.value}; events wait and resume by themselves, nothing is refused",
        )
    for (topic, partition), silent_s in levels.stalled_s.items():
        add(
            silent_s,
            f"{topic}[{partition}] has {levels.lags.get((topic, partition), 0)} records left and finishes nothing, "
            "though its dependencies are healthy",
            "see the log for the last lines of this partition; restart this worker: nothing is lost. If single calls "
            "take that long by right, raise STALL_AFTER_S",
        )
    return tuple(causes)


def readiness_body(causes: tuple[Cause, ...]) -> dict[str, object]:
    """What `/ready` answers, as JSON has it."""
    told = [{"what": cause.what, "since": cause.since.isoformat(), "cure": cause.cure} for cause in causes]
    return {"ready": not causes, "causes": told}
