"""What is wrong, told from one moment: each rule by a table, and all together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.costs import Budgets, DayTotals
from app.core.watching.flow import STAGES, Flow, ModelFlow, StageFlow
from app.core.watching.observed import Bounds, Observed, PartSeen
from app.core.watching.silence import HeardWorker
from app.core.watching.tally import Durations, ModelTally, StageTally
from app.core.watching.troubles import Gravity, InstallationTrouble, TroubleKind, TroubleMemory, find_troubles
from app.core.watching.worker_status import BreakerStatus, Ending, PartitionLag, WorkerPhase, WorkerProcess
from schemas.replay import ReplayPhase
from tests.builders.records import NOON
from tests.builders.replays import a_state
from tests.builders.watching import a_heard, a_process, ago

WELL = tuple(PartSeen(name, ok=True) for name in ("kafka", "mongodb", "archives", "states"))


def seen(*workers: HeardWorker, **fields: Any) -> Observed:
    """A moment in which nothing else is wrong; one worker runs if none is given."""
    return Observed(**{"now": NOON, "workers": workers or (a_heard(),), "parts": WELL, **fields})


def without(name: str, cause: str = "no answer", **fields: Any) -> tuple[PartSeen, ...]:
    """All parts but one are well."""
    return tuple(PartSeen(p.name, False, cause, **fields) if p.name == name else p for p in WELL)


def waits(dependency: str, since_s: float = 30, detail: str = "HTTP 500", worker: str = "w1") -> HeardWorker:
    """A worker that waits for a dependency."""
    breaker = BreakerStatus(dependency=dependency, calls_max=8, open_since=ago(since_s), detail=detail)
    return a_heard(worker, breakers=(BreakerStatus(dependency="kafka", calls_max=8), breaker))


def asked(count: int, mean_s: float) -> Flow:
    """A model that was asked so often in the last minute."""
    durations = Durations(counts=(0,) * 14 + (count,), seconds=count * mean_s)
    return Flow(models=(ModelFlow(0.1, ModelTally(model="m", answered=count, durations=durations)),))


def refused(count: int, done: int) -> Flow:
    """A comparator that refused so much in the last minute."""
    recent = StageTally(done=done, refused=count, by_reason={"archive_missing": count - 1, "bug": 1})
    return Flow(stages=(StageFlow(STAGES[0], recent=recent),))


def spent(cost: str, budget: str | None = "20") -> Observed:
    """A day that cost so much."""
    budgets = Budgets(Decimal(budget) if budget is not None else None, None, "EUR")
    return seen(spent=DayTotals(Decimal(cost)), bounds=Bounds(budgets))


def at_one_place(worker_id: str, age_s: float) -> WorkerProcess:
    """A process that began so long ago, on the same machine with the same DATA_DIR as the others."""
    return a_process(worker_id, place="alpha:/data", started_at=ago(age_s))


STALL = PartitionLag(topic="submissions", partition=1, lag=7, stalled_since=ago(70))
HALT = Ending(cause="the comparator refused 41 of its last 50 events", cure="mend it", is_halt=True)
FAILING = a_state(phase=ReplayPhase.RUNNING, heard_at=NOON, chosen=9, reviewed=3, failed=2)

TROUBLES: dict[str, tuple[Observed, TroubleKind, Gravity, float | None, Mapping[str, object]]] = {
    "model away": (
        seen(waits("llm", 10), waits("llm", 30, worker="w2")),
        *(TroubleKind.MODEL_AWAY, Gravity.STANDS, 30, {"detail": "HTTP 500", "workers": 2}),
    ),
    "model slow": (
        seen(flow=asked(3, 30.0)),
        *(TroubleKind.MODEL_SLOW, Gravity.LOOK, None),
        {"model": "m", "seconds": 30.0, "limit": 60.0, "count": 3},
    ),
    "mongodb away, as this process sees it": (
        seen(parts=without("mongodb")),
        *(TroubleKind.MONGODB_AWAY, Gravity.STANDS, None, {"detail": "no answer", "workers": 0}),
    ),
    "mongodb away, which holds what workers tell": (
        seen(unheard="mongodb: no primary"),
        *(TroubleKind.MONGODB_AWAY, Gravity.STANDS, None, {"detail": "mongodb: no primary", "workers": 0}),
    ),
    "mongodb away, as a worker sees it": (
        seen(waits("mongodb")),
        *(TroubleKind.MONGODB_AWAY, Gravity.STANDS, 30, {"detail": "HTTP 500", "workers": 1}),
    ),
    "archive root empty": (
        seen(parts=tuple(PartSeen(p.name, p.ok, "a is empty", is_empty=p.name == "archives") for p in WELL)),
        *(TroubleKind.ARCHIVES_EMPTY, Gravity.LOOK, None, {"detail": "a is empty"}),
    ),
    "archive root empty, and submissions wait": (
        seen(
            waits("archive_root"), parts=tuple(PartSeen(p.name, True, "e", is_empty=p.name == "archives") for p in WELL)
        ),
        *(TroubleKind.ARCHIVES_EMPTY, Gravity.STANDS, 30, {"detail": "e"}),
    ),
    "archive root away": (
        seen(parts=without("archives")),
        *(TroubleKind.ARCHIVES_AWAY, Gravity.STANDS, None, {"detail": "no answer", "workers": 0}),
    ),
    "broker away, as this process sees it": (
        seen(parts=without("kafka")),
        *(TroubleKind.BROKER_AWAY, Gravity.STANDS, None, {"detail": "no answer", "workers": 0}),
    ),
    "broker away, as a worker sees it": (
        seen(a_heard(kafka_unheard_since=ago(20))),
        *(TroubleKind.BROKER_AWAY, Gravity.STANDS, 20, {"detail": "workers do not hear of it", "workers": 1}),
    ),
    "a stalled partition": (
        seen(a_heard(lags=(STALL, PartitionLag(topic="reviews", partition=0, lag=3)))),
        *(TroubleKind.PARTITION_STALLED, Gravity.STANDS, 70),
        {"partitions": ["submissions[1]"], "more": 0, "lag": 7, "host": "alpha", "pid": 4711},
    ),
    "refusals surging": (
        seen(flow=refused(5, 15)),
        *(TroubleKind.REFUSALS_SURGING, Gravity.LOOK, None),
        {
            "stage": "comparator",
            "refused": 5,
            "total": 20,
            "percent": 50,
            "reason": "archive_missing",
            "of_reason": 4,
        },
    ),
    "a worker that refused too much": (
        seen(a_heard(), a_heard("w2", phase=WorkerPhase.STOPPED, ending=HALT, silent_s=300)),
        *(TroubleKind.WORKER_HALTED, Gravity.STANDS, 0, {"host": "alpha", "pid": 4711, "detail": HALT.cause}),
    ),
    "a worker that could not go on": (
        seen(a_heard(), a_heard("w2", phase=WorkerPhase.STOPPED, ending=Ending(cause="no index", cure="drop it"))),
        *(TroubleKind.WORKER_ENDED, Gravity.STANDS, 0, {"host": "alpha", "pid": 4711, "detail": "no index"}),
    ),
    "budget spent": (
        spent("20.50"),
        *(TroubleKind.BUDGET_SPENT, Gravity.STANDS, None, {"spent": "20.5", "budget": "20", "currency": "EUR"}),
    ),
    "a replay failing": (
        seen(replays=(FAILING,)),
        *(TroubleKind.REPLAY_FAILING, Gravity.LOOK, None),
        {"replay": "replay-1", "failed": 2, "total": 9, "reviewed": 3},
    ),
    "a replay that failed and is through": (
        seen(replays=(FAILING.model_copy(update={"phase": ReplayPhase.FINISHED, "heard_at": ago(3_000)}),)),
        *(TroubleKind.REPLAY_FAILING, Gravity.LOOK, None),
        {"replay": "replay-1", "failed": 2, "total": 9, "reviewed": 3},
    ),
    "a replay whose process is gone": (
        seen(replays=(a_state(heard_at=ago(31)),)),
        *(TroubleKind.REPLAY_SILENT, Gravity.LOOK, 31, {"replay": "replay-1"}),
    ),
    "a worker gone": (
        seen(a_heard(), a_heard("w2", silent_s=11)),
        *(TroubleKind.WORKER_GONE, Gravity.STANDS, 11, {"host": "alpha", "pid": 4711}),
    ),
    "no worker": (
        seen(a_heard(phase=WorkerPhase.STOPPED, told_at=ago(40))),
        *(TroubleKind.NO_WORKER, Gravity.STANDS, 40, {}),
    ),
    "the review API away": (
        seen(waits("review_api")),
        *(TroubleKind.REVIEW_API_AWAY, Gravity.STANDS, 30, {"detail": "HTTP 500", "workers": 1}),
    ),
    "states that are not told": (
        seen(parts=without("states", "KeyError at x:1")),
        *(TroubleKind.STATES_UNTOLD, Gravity.LOOK, None, {"detail": "KeyError at x:1"}),
    ),
}

NONE = {
    "nothing is known yet": Observed(NOON),
    "all is well": seen(spent=DayTotals(Decimal(19)), bounds=Bounds(Budgets(Decimal(20)))),
    "two slow answers are no rule": seen(flow=asked(2, 60)),
    "a model that takes its time": seen(flow=asked(50, 29.9)),
    "one student's bad evening": seen(flow=refused(4, 0)),
    "a course that refuses some": seen(flow=refused(5, 16)),
    "a day without a budget": spent("1000", None),
    "a circuit of a worker that is not there any more": seen(
        a_heard(), HeardWorker(waits("llm", worker="w2").status.model_copy(update={"phase": WorkerPhase.STOPPED}), 0)
    ),
    "a worker that stopped as it was told to": seen(a_heard(), a_heard("w2", phase=WorkerPhase.STOPPED, silent_s=99)),
    "a worker that another took the place of": seen(
        a_heard("w1", silent_s=99),
        a_heard(who=a_process("w2", place="alpha:/data/w1", started_at=NOON)),
    ),
    "a worker that was killed again and again, and runs": seen(
        *(a_heard(who=at_one_place(f"w{n}", 60 - n), silent_s=99) for n in range(3)),
        a_heard(who=at_one_place("w9", 1)),
    ),
    "a replay that goes on": seen(replays=(a_state(heard_at=ago(29), reviewed=3),)),
    "a replay that was paused": seen(replays=(a_state(phase=ReplayPhase.PAUSED, heard_at=ago(9_999)),)),
    "a replay that failed long ago": seen(
        replays=(FAILING.model_copy(update={"phase": ReplayPhase.FINISHED, "heard_at": NOON - timedelta(hours=2)}),)
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_told(name: str) -> None:
    """It and nothing else, with how bad it is, since when, and its figures."""
    moment, kind, gravity, since_s, figures = TROUBLES[name]
    (trouble,) = find_troubles(moment)
    assert (trouble.kind, trouble.gravity, dict(trouble.figures)) == (kind, gravity, figures)
    assert trouble.since == (None if since_s is None else ago(since_s))


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_trouble_is_not_told(name: str) -> None:
    """An operator who is told of nothing stops looking."""
    assert find_troubles(NONE[name]) == ()


def test_every_kind_is_in_the_table() -> None:
    """None is told by no rule."""
    assert {kind for _, kind, *_ in TROUBLES.values()} == set(TroubleKind)


def test_without_log_or_database_the_states_are_not_a_trouble_of_their_own() -> None:
    """One cause is told once."""
    parts = tuple(PartSeen(p.name, p.name == "archives", "away") for p in WELL)
    assert [trouble.kind for trouble in find_troubles(seen(parts=parts))] == ["broker_away", "mongodb_away"]


@given(st.lists(st.sampled_from(sorted(TROUBLES)), min_size=1, max_size=6, unique=True))
def test_the_worst_comes_first(names: list[str]) -> None:
    """Whatever is wrong together: what makes work stand is above what only wants a look, and nothing is lost."""
    moments = [TROUBLES[name][0] for name in names]
    workers = {w.status.who.worker_id + str(n): w for n, m in enumerate(moments) for w in m.workers or ()}
    together = [
        HeardWorker(w.status.model_copy(update={"who": a_process(key)}), w.silent_s) for key, w in workers.items()
    ]
    moment = seen(*together, replays=tuple(r for m in moments for r in m.replays or ()))
    found = find_troubles(moment)
    assert [trouble.gravity for trouble in found] == sorted(trouble.gravity for trouble in found)
    told_by_workers = {"model away", "a stalled partition", "the review API away", "a replay failing"}
    wanted = {TROUBLES[name][1] for name in names if name in told_by_workers}
    assert wanted <= {trouble.kind for trouble in found}


def test_one_that_refused_to_start_takes_no_place() -> None:
    """The worker that held the place, and is gone, is missed; of two that refused to start the later one is told."""
    refused = Ending(cause="another worker uses DATA_DIR", cure="choose another")
    gone = a_heard(who=at_one_place("w1", 90), silent_s=30)
    others = [
        a_heard(who=at_one_place(f"w{n}", 90 - n), phase=WorkerPhase.STOPPED, ending=refused, silent_s=60 - n)
        for n in (2, 3)
    ]
    found = find_troubles(seen(a_heard("elsewhere"), gone, *others))
    assert [(one.kind, one.name) for one in found] == [("worker_gone", "w1"), ("worker_ended", "w3")]


def test_no_worker_is_dated_by_the_last_one() -> None:
    """By its silence; where there was none, nobody knows."""
    first, *_ = find_troubles(seen(a_heard("w1", silent_s=90), a_heard("w2", silent_s=20)))
    assert (first.kind, first.since) == (TroubleKind.NO_WORKER, ago(20))
    (none,) = find_troubles(replace(seen(), workers=()))
    assert (none.kind, none.since) == (TroubleKind.NO_WORKER, None)


def test_a_trouble_is_dated_when_it_is_first_seen() -> None:
    """Where nobody tells since when; one that ends and comes again begins again."""
    memory, long_before = TroubleMemory(), ago(60)
    slow, away = (
        InstallationTrouble(TroubleKind.MODEL_SLOW, Gravity.LOOK),
        InstallationTrouble(TroubleKind.MODEL_AWAY, Gravity.STANDS, ago(9)),
    )
    later = NOON + timedelta(seconds=5)
    assert [one.since for one in memory.date(NOON, (slow, away), long_before)] == [NOON, ago(9)]
    assert [one.since for one in memory.date(later, (slow,), long_before)] == [NOON]
    assert memory.date(later, (), long_before) == ()
    (again,) = memory.date(later, (slow,), long_before)
    assert (again.since, again.may_be_older) == (later, False)


def test_what_the_first_answers_tell_may_be_older() -> None:
    """Nobody looked before; of what somebody tells since when it is known. What was seen before that is forgotten."""
    memory = TroubleMemory()
    slow, away = (
        InstallationTrouble(TroubleKind.MODEL_SLOW, Gravity.LOOK),
        InstallationTrouble(TroubleKind.MODEL_AWAY, Gravity.STANDS, ago(9)),
    )
    told = memory.date(NOON, (slow, away), NOON)
    assert [(one.since, one.may_be_older) for one in told] == [(NOON, True), (ago(9), False)]
    much_later = NOON + timedelta(minutes=10)
    assert [one.may_be_older for one in memory.date(much_later, (slow,), NOON)] == [True]
    assert [one.since for one in memory.date(much_later, (slow,), much_later)] == [much_later]
