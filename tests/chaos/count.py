"""The count: what was sent against what arrived, and what it cost. Pure, so that it is tested without a run."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.fleet import Hit
from tests.chaos.model import Call
from tests.chaos.plan import Planned, Scenario

_SLACK_SHARE = 0.01  # of submissions: answers that waited for a database that was away, and went with their worker
_BEFORE_S, _AFTER_S = 1.0, 4.0  # around a kill, a drain or an outage: a call that ends there was ended by it


@dataclass(frozen=True, slots=True)
class Arrival:
    """A review where it arrived. `key` is its review id there; `body` its bytes."""

    key: str
    submission_id: str
    student: str
    body: bytes
    previous_id: str | None = None


@dataclass(frozen=True, slots=True)
class Drain:
    """A line of a worker's log: it gave up its partitions or stopped. Times are epoch seconds."""

    worker: str
    at: float
    running: int
    cancelled: int


@dataclass(slots=True)
class Seen:
    """All that was collected after a run. `topic` and `api` are in the order of arrival, repetitions included."""

    topic: list[Arrival] = field(default_factory=list)
    api: list[Arrival] = field(default_factory=list)
    documents: list[Arrival] = field(default_factory=list)
    unpublished: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    lag: dict[str, int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    drains: list[Drain] = field(default_factory=list)
    model_downs: list[tuple[float, float]] = field(default_factory=list)
    unasked_ends: list[str] = field(default_factory=list)
    slow_stops: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cost:
    """The model's calls. `allowed` is what the submissions, the scripted faults and the disturbances explain."""

    calls: int
    faults: int
    in_flight: int
    unexplained: int
    repeated: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Violations by name, each with the ids that show it; an empty list is a promise kept."""

    violations: Mapping[str, Sequence[str]]
    cost: Cost
    repeated_records: int
    differing_records: int
    answered_twice: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing at all was violated."""
        return not any(self.violations.values())


def judge(scenario: Scenario, sent: Sequence[Planned], seen: Seen) -> Verdict:
    """Count everything. On stock Faust only the topic can be judged: it has no database and no API."""
    cost = _cost(sent, seen)
    answered_twice = _answered_twice(seen.calls)
    by_id = {planned.submission_id: planned for planned in sent}
    copies = defaultdict(set)
    for arrival in seen.topic:
        copies[arrival.key].add(arrival.body)
    receivers = {"topic": seen.topic}
    if not scenario.stock:
        receivers |= {"mongodb": seen.documents, "api": seen.api}
    violations: dict[str, list[str]] = {
        "lost": _each(receivers, lambda arrivals: _lost(by_id, arrivals)),
        "doubled": _each(receivers, _doubled),
        "not sent": _each(receivers, lambda arrivals: {a.submission_id for a in arrivals} - set(by_id)),
        "out of order": _each(
            {name: arrivals for name, arrivals in receivers.items() if name != "mongodb"},
            lambda arrivals: _out_of_order(by_id, arrivals),
        ),
        "dead-lettered": seen.dead_letters,
        "lag": [f"{partition}: {lag}" for partition, lag in sorted(seen.lag.items()) if lag],
    }
    if not scenario.stock:
        violations |= {
            "two bodies": sorted({*seen.conflicts, *_two_bodies(seen)}),
            "unpublished": seen.unpublished,
            "wrong predecessor": _wrong_predecessors(by_id, seen.documents),
            "calls beyond": (answered_twice or [f"{cost.calls} calls"]) if cost.calls > cost.allowed else [],
            "ended unasked": seen.unasked_ends,
            "stopped too slowly": seen.slow_stops,
        }
    return Verdict(
        violations=violations,
        cost=cost,
        repeated_records=len(seen.topic) - len(copies),
        differing_records=sum(len(bodies) > 1 for bodies in copies.values()),
        answered_twice=answered_twice,
    )


def _each(receivers: Mapping[str, Sequence[Arrival]], find: Callable[[Sequence[Arrival]], Iterable[str]]) -> list[str]:
    """What `find` finds at each receiver, once for each submission, with the receivers."""
    where: dict[str, list[str]] = defaultdict(list)
    for name, arrivals in receivers.items():
        for submission_id in find(arrivals):
            where[submission_id].append(name)
    return [f"{submission_id} ({', '.join(names)})" for submission_id, names in sorted(where.items())]


def _lost(sent: Mapping[str, Planned], arrivals: Sequence[Arrival]) -> set[str]:
    return set(sent) - {arrival.submission_id for arrival in arrivals}


def _doubled(arrivals: Sequence[Arrival]) -> set[str]:
    """Submissions that have more than one review: more than one id. Repetitions under one id are what ids are for."""
    keys = defaultdict(set)
    for arrival in arrivals:
        keys[arrival.submission_id].add(arrival.key)
    return {submission_id for submission_id, ids in keys.items() if len(ids) > 1}


def _out_of_order(sent: Mapping[str, Planned], arrivals: Sequence[Arrival]) -> list[str]:
    """Submissions whose review arrived, for the first time, after one of a later submission of that student."""
    newest: Counter[str] = Counter()
    seen: set[str] = set()
    late = []
    for arrival in arrivals:
        planned = sent.get(arrival.submission_id)
        if planned is None or arrival.submission_id in seen:
            continue
        seen.add(arrival.submission_id)
        if planned.number < newest[planned.student]:
            late.append(arrival.submission_id)
        newest[planned.student] = max(newest[planned.student], planned.number)
    return late


def _two_bodies(seen: Seen) -> set[str]:
    """Keys under which the API accepted something else than the database holds, or than it accepted before."""
    bodies = defaultdict(set)
    for receiver in (seen.documents, seen.api):
        for arrival in receiver:
            bodies[arrival.key].add(arrival.body)
    return {key for key, found in bodies.items() if len(found) > 1}


def _wrong_predecessors(sent: Mapping[str, Planned], documents: Iterable[Arrival]) -> list[str]:
    return sorted(
        f"{d.submission_id} after {d.previous_id}, not {sent[d.submission_id].previous_id}"
        for d in documents
        if d.submission_id in sent and d.previous_id != sent[d.submission_id].previous_id
    )


def _answered_twice(calls: Sequence[Call]) -> list[str]:
    """Submissions for which a call was made although an earlier one had been answered well, and who made them."""
    good = defaultdict(list)
    for call in calls:
        if call.fault is None or call.outcome != "answered":
            good[call.submission_id].append(call)
    return [
        f"{submission_id}: " + ", ".join(f"{call.worker} {call.outcome} at {call.ended_at or 0:.1f}" for call in made)
        for submission_id, made in sorted(good.items())
        if any(call.outcome == "answered" for call in made[:-1])
    ]


def _cost(sent: Sequence[Planned], seen: Seen) -> Cost:
    faults = sum(call.fault is not None for call in seen.calls)
    ended = [call for call in seen.calls if call.fault is None and call.outcome != "answered"]
    explained = [call for call in ended if _is_explained(call, seen)]
    paused = sum(hit.calls for hit in seen.hits if hit.kind == "pause")  # their answers come, but to nobody
    in_flight = len(explained) + paused + len(_outlived(seen)) + len(_heard_by_nobody(seen))
    good: Counter[str] = Counter(call.submission_id for call in seen.calls if call.fault is None)
    return Cost(
        calls=len(seen.calls),
        faults=faults,
        in_flight=in_flight,
        unexplained=len(ended) - len(explained),
        repeated=sum(count - 1 for count in good.values()),
        allowed=len(sent) + faults + in_flight + int(len(sent) * _SLACK_SHARE),
    )


def _outlived(seen: Seen) -> list[Call]:
    """Good answers to calls that were in flight as their worker lost its partitions, made again by the new owner."""
    last = {call.submission_id: call for call in seen.calls if call.fault is None}
    return [
        call
        for call in seen.calls
        if call.fault is None
        and call.outcome == "answered"
        and last[call.submission_id] is not call
        and any(
            drain.worker == call.worker and call.started_at < drain.at <= (call.ended_at or 0.0)
            for drain in seen.drains
        )
    ]


def _heard_by_nobody(seen: Seen) -> list[Call]:
    """Good answers that came as their worker was killed, so that it could not keep them, and were bought again."""
    last = {call.submission_id: call for call in seen.calls if call.fault is None}
    kills = [hit for hit in seen.hits if hit.kind == "kill"]
    return [
        call
        for call in seen.calls
        if call.fault is None
        and call.outcome == "answered"
        and last[call.submission_id] is not call
        and any(hit.worker == call.worker and abs(hit.at - (call.ended_at or 0.0)) <= _BEFORE_S for hit in kills)
    ]


def _is_explained(call: Call, seen: Seen) -> bool:
    """Whether a call that got no answer ended with a kill, a drain of its worker or an outage of the model."""
    at = call.ended_at or 0.0
    moments = [hit.at for hit in seen.hits if hit.worker == call.worker]
    moments += [drain.at for drain in seen.drains if drain.worker == call.worker]
    return any(-_BEFORE_S <= at - moment <= _AFTER_S for moment in moments) or any(
        down - _BEFORE_S <= at <= up + _AFTER_S for down, up in seen.model_downs
    )
