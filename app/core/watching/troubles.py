"""What is wrong, in order: the worst first. Each rule looks at one moment and tells nothing that it cannot see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from app.core.watching.observed import Observed
from app.core.watching.silence import HeardWorker
from app.core.watching.worker_status import WorkerPhase
from schemas.errors import Dependency
from schemas.replay import ReplayPhase

MODEL_CALLS_MIN: Final = 3
"""Requests of the last minute before they are called slow: one may be."""
SLOW_SHARE: Final = 0.5
"""Of LLM_TIMEOUT_S: a mean beyond it leaves half of the requests on their way to a time-out."""
REFUSED_MIN: Final = 5
"""Refusals of the last minute before they are called a surge."""
SURGE_SHARE: Final = 0.5
"""Of REFUSED_SHARE_MAX: an operator should know before the worker stops itself."""
REPLAY_SILENT_S: Final = 30.0
"""A replay's process notes every two seconds how far it is."""
REPLAY_TOLD: Final = timedelta(hours=1)
"""After its end: so long failures of a replay that is through are told."""
FIRST_ANSWERS: Final = timedelta(seconds=15)
"""After somebody begins to look: so long until the slowest source has answered, one that waits for a time-out."""
SHOWN_MAX: Final = 3
"""Of partitions that are named in one sentence."""


class TroubleKind(StrEnum):
    """What can be wrong. Each has its words in the catalogues."""

    BROKER_AWAY = "broker_away"
    MONGODB_AWAY = "mongodb_away"
    NO_WORKER = "no_worker"
    WORKER_GONE = "worker_gone"
    WORKER_HALTED = "worker_halted"
    PARTITION_STALLED = "partition_stalled"
    MODEL_AWAY = "model_away"
    ARCHIVES_AWAY = "archives_away"
    REVIEW_API_AWAY = "review_api_away"
    BUDGET_SPENT = "budget_spent"
    REFUSALS_SURGING = "refusals_surging"
    REPLAY_FAILING = "replay_failing"
    REPLAY_SILENT = "replay_silent"
    ARCHIVES_EMPTY = "archives_empty"
    MODEL_SLOW = "model_slow"
    STATES_UNTOLD = "states_untold"
    WORKER_ENDED = "worker_ended"


class Gravity(IntEnum):
    """How bad it is: work stands, or it goes on and somebody should look."""

    STANDS = 0
    LOOK = 1


@dataclass(frozen=True, slots=True)
class InstallationTrouble:
    """One thing that is wrong. `name` tells it from others of its kind; `figures` go into its words.

    `since` is None where nobody told when it began. `may_be_older`: it was seen first then, and may have begun while
    nobody looked.
    """

    kind: TroubleKind
    gravity: Gravity
    since: datetime | None = None
    figures: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    may_be_older: bool = False


def find_troubles(seen: Observed) -> tuple[InstallationTrouble, ...]:
    """All that is wrong at one moment: where work stands before where it goes on, then in the order of the kinds."""
    found = [trouble for rule in _RULES for trouble in rule(seen)]
    order = list(TroubleKind)
    return tuple(sorted(found, key=lambda trouble: (trouble.gravity, order.index(trouble.kind), trouble.name)))


class TroubleMemory:
    """Remembers when each trouble was first seen, for those of which nobody tells when they began."""

    def __init__(self) -> None:
        self._first: dict[tuple[TroubleKind, str], datetime] = {}

    def date(
        self, now: datetime, troubles: Sequence[InstallationTrouble], looking_since: datetime
    ) -> tuple[InstallationTrouble, ...]:
        """The same troubles, each with its beginning. One that ends and comes again begins again.

        What was seen before `looking_since` may have ended in between, and is forgotten. What the first answers since
        then tell may be older than they are.
        """
        known = {key: first for key, first in self._first.items() if first >= looking_since}
        self._first = {
            (trouble.kind, trouble.name): known.get((trouble.kind, trouble.name), now) for trouble in troubles
        }
        return tuple(self._dated(one, looking_since + FIRST_ANSWERS) for one in troubles)

    def _dated(self, trouble: InstallationTrouble, answered_at: datetime) -> InstallationTrouble:
        if trouble.since is not None:
            return trouble
        first = self._first[trouble.kind, trouble.name]
        return replace(trouble, since=first, may_be_older=first < answered_at)


def _live(seen: Observed) -> list[HeardWorker]:
    return [worker for worker in seen.workers or () if worker.is_live]


def _broken(seen: Observed, part: str) -> str | None:
    """What was seen of a part that cannot be used, or None. What workers tell is read from MongoDB."""
    if part == "mongodb" and seen.unheard:
        return seen.unheard
    return next((one.cause for one in seen.parts or () if one.name == part and not one.ok), None)


def _open_circuit(seen: Observed, dependency: Dependency) -> tuple[datetime, str, int] | None:
    """Since when a dependency is waited for, what it said, and by how many workers; None where nobody waits."""
    found = [
        (breaker.open_since, breaker.detail)
        for worker in _live(seen)
        for breaker in worker.status.breakers
        if breaker.dependency == dependency and breaker.open_since is not None
    ]
    if not found:
        return None
    since, detail = min(found)
    return since, detail, len(found)


def _away(
    kind: TroubleKind, dependency: Dependency, part: str | None = None
) -> Callable[[Observed], Iterator[InstallationTrouble]]:
    """A rule: the dependency cannot be used, as this process sees it or as workers do."""

    def rule(seen: Observed) -> Iterator[InstallationTrouble]:
        circuit = _open_circuit(seen, dependency)
        cause = _broken(seen, part) if part is not None else None
        if circuit is not None:
            since, detail, workers = circuit
            yield InstallationTrouble(kind, Gravity.STANDS, since, {"detail": cause or detail, "workers": workers})
        elif cause is not None:
            yield InstallationTrouble(kind, Gravity.STANDS, None, {"detail": cause, "workers": 0})

    return rule


def _broker_away(seen: Observed) -> Iterator[InstallationTrouble]:
    unheard = [w.status.kafka_unheard_since for w in _live(seen) if w.status.kafka_unheard_since is not None]
    cause = _broken(seen, "kafka")
    if cause is not None or unheard:
        figures = {"detail": cause or "workers do not hear of it", "workers": len(unheard)}
        yield InstallationTrouble(TroubleKind.BROKER_AWAY, Gravity.STANDS, min(unheard, default=None), figures)


def _workers(seen: Observed) -> Iterator[InstallationTrouble]:
    if seen.workers is None:
        return
    if not any(worker.is_live for worker in seen.workers):
        since = max((_silent_since(worker, seen.now) for worker in seen.workers), default=None)
        yield InstallationTrouble(TroubleKind.NO_WORKER, Gravity.STANDS, since)
    for worker in seen.workers:
        status, who = worker.status, worker.status.who
        where = {"host": who.host, "pid": who.pid}
        if any(_takes_the_place_of(worker, other) for other in seen.workers):
            continue
        if worker.is_gone:
            since = _silent_since(worker, seen.now)
            yield InstallationTrouble(TroubleKind.WORKER_GONE, Gravity.STANDS, since, where, who.worker_id)
        elif status.phase is WorkerPhase.STOPPED and status.ending is not None:
            kind = TroubleKind.WORKER_HALTED if status.ending.is_halt else TroubleKind.WORKER_ENDED
            figures = {**where, "detail": status.ending.cause}
            yield InstallationTrouble(kind, Gravity.STANDS, status.told_at, figures, who.worker_id)


def _silent_since(worker: HeardWorker, now: datetime) -> datetime:
    """When it told last: one that said that it ends told so itself."""
    is_ended = worker.status.phase is WorkerPhase.STOPPED
    return worker.status.told_at if is_ended else now - timedelta(seconds=worker.silent_s)


def _takes_the_place_of(worker: HeardWorker, other: HeardWorker) -> bool:
    """Whether `other` began later in the same place, so that `worker` is no trouble any more.

    One that refused to start takes no place: the one that held it, and is gone, is still missed.
    """
    who, later = worker.status.who, other.status.who
    if later.place != who.place or later.started_at <= who.started_at:
        return False
    return other.is_live or other.is_gone or (other.status.ending is not None and not worker.is_gone)


def _partition_stalled(seen: Observed) -> Iterator[InstallationTrouble]:
    stalled = [
        (lag.stalled_since, f"{lag.topic}[{lag.partition}]", lag.lag, worker.status.who)
        for worker in _live(seen)
        for lag in worker.status.lags
        if lag.stalled_since is not None
    ]
    if stalled:
        stalled.sort(key=lambda one: (one[0], one[1]))
        figures = {
            "partitions": [name for _, name, _, _ in stalled[:SHOWN_MAX]],
            "more": max(0, len(stalled) - SHOWN_MAX),
            "lag": sum(lag for _, _, lag, _ in stalled),
            "host": stalled[0][3].host,
            "pid": stalled[0][3].pid,
        }
        yield InstallationTrouble(TroubleKind.PARTITION_STALLED, Gravity.STANDS, stalled[0][0], figures)


def _model_slow(seen: Observed) -> Iterator[InstallationTrouble]:
    for model in seen.flow.models:
        count = model.recent.durations.count
        if count < MODEL_CALLS_MIN:
            continue
        mean_s = model.recent.durations.seconds / count
        if mean_s >= SLOW_SHARE * seen.bounds.llm_timeout_s:
            figures = {
                "model": model.recent.model,
                "seconds": round(mean_s, 1),
                "limit": seen.bounds.llm_timeout_s,
                "count": count,
            }
            yield InstallationTrouble(TroubleKind.MODEL_SLOW, Gravity.LOOK, None, figures, model.recent.model)


def _refusals_surging(seen: Observed) -> Iterator[InstallationTrouble]:
    for stage in seen.flow.stages:
        refused, ended = stage.recent.refused, stage.recent.refused + stage.recent.done
        if refused < REFUSED_MIN or refused < SURGE_SHARE * seen.bounds.refused_share_max * ended:
            continue
        reason, of_reason = max(stage.recent.by_reason.items(), key=lambda one: (one[1], one[0]), default=("", 0))
        figures = {
            "stage": stage.stage,
            "refused": refused,
            "total": ended,
            "reason": reason,
            "of_reason": of_reason,
            "percent": round(100 * seen.bounds.refused_share_max),
        }
        yield InstallationTrouble(TroubleKind.REFUSALS_SURGING, Gravity.LOOK, None, figures, stage.stage)


def _budget_spent(seen: Observed) -> Iterator[InstallationTrouble]:
    budget = seen.bounds.budgets.day
    if seen.spent is not None and budget is not None and seen.spent.cost >= budget:
        figures = {"spent": f"{seen.spent.cost.normalize():f}", "budget": f"{budget.normalize():f}"}
        figures["currency"] = seen.bounds.budgets.currency
        yield InstallationTrouble(TroubleKind.BUDGET_SPENT, Gravity.STANDS, None, figures)


def _replays(seen: Observed) -> Iterator[InstallationTrouble]:
    for replay in seen.replays or ():
        name = replay.replay_id
        silent = seen.now - replay.heard_at
        is_open = replay.phase in {ReplayPhase.RUNNING, ReplayPhase.PAUSED}
        if replay.failed and (is_open or (replay.phase is ReplayPhase.FINISHED and silent < REPLAY_TOLD)):
            figures = {"replay": name, "failed": replay.failed, "total": replay.chosen, "reviewed": replay.reviewed}
            yield InstallationTrouble(TroubleKind.REPLAY_FAILING, Gravity.LOOK, None, figures, name)
        if replay.phase is ReplayPhase.RUNNING and silent > timedelta(seconds=REPLAY_SILENT_S):
            yield InstallationTrouble(TroubleKind.REPLAY_SILENT, Gravity.LOOK, replay.heard_at, {"replay": name}, name)


def _archives(seen: Observed) -> Iterator[InstallationTrouble]:
    """An empty root keeps nobody waiting until a submission needs it; then it is as one that is away."""
    empty = next((part for part in seen.parts or () if part.name == "archives" and part.is_empty), None)
    if empty is None:
        yield from _ARCHIVES_AWAY(seen)
        return
    circuit = _open_circuit(seen, Dependency.ARCHIVE_ROOT)
    gravity, since = (Gravity.LOOK, None) if circuit is None else (Gravity.STANDS, circuit[0])
    yield InstallationTrouble(TroubleKind.ARCHIVES_EMPTY, gravity, since, {"detail": empty.cause})


def _states_untold(seen: Observed) -> Iterator[InstallationTrouble]:
    cause = _broken(seen, "states")
    # Without its log or its database there are no states: that is told already, and mends both.
    if cause is not None and _broken(seen, "kafka") is None and _broken(seen, "mongodb") is None:
        yield InstallationTrouble(TroubleKind.STATES_UNTOLD, Gravity.LOOK, None, {"detail": cause})


_ARCHIVES_AWAY: Final = _away(TroubleKind.ARCHIVES_AWAY, Dependency.ARCHIVE_ROOT, "archives")
_RULES: Final[tuple[Callable[[Observed], Iterator[InstallationTrouble]], ...]] = (
    _broker_away,
    _away(TroubleKind.MONGODB_AWAY, Dependency.MONGODB, "mongodb"),
    _workers,
    _partition_stalled,
    _away(TroubleKind.MODEL_AWAY, Dependency.LLM),
    _away(TroubleKind.REVIEW_API_AWAY, Dependency.REVIEW_API),
    _budget_spent,
    _refusals_surging,
    _replays,
    _archives,
    _model_slow,
    _states_untold,
)
