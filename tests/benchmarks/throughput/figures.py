"""From what the outside saw to figures. Pure: times in seconds on one clock, rates per second."""

import heapq
import itertools
import math
import statistics
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tables.stores import CACHE_BYTES, MEMTABLES_BYTES
from tests.benchmarks.throughput.port import Form
from tests.benchmarks.throughput.record import Record

_SETTLED_CALLS = 1.5
"""Mean calls after which the first ones, all begun at once, no longer end in waves."""


@dataclass(frozen=True, slots=True)
class Losses:
    """After a crash: submissions without a review, with two different ones, and calls beyond one for each."""

    lost: int
    doubled: int
    calls_again: int


@dataclass(frozen=True, slots=True)
class Follow:
    """Whether publication follows reviewing. Seconds from the first submission to the first review that was published,
    the most answers that waited for their publication, and the longest time in which none was published although one
    waited.
    """

    first_s: float
    waiting_max: int
    pause_s: float


@dataclass(frozen=True, slots=True)
class Steady:
    """While there was more to do than may be in flight: submissions done a second, and calls that ran on average.

    By Little's law these calls are the throughput times the mean of a call. So their share of what may be in flight is
    throughput / (in flight / mean call), without the luck of which calls ended within the time.
    """

    per_s: float
    running: float

    def efficiency(self, in_flight: int) -> float:
        """1 at best."""
        return self.running / in_flight


def ends(record: Record, form: Form) -> dict[str, float]:
    """When each submission was done: delivered for the first time, or, bare, answered. In the order of these times."""
    if form == "bare":
        done = {call.submission_id: call.answered_at for call in record.calls if call.answered_at is not None}
    else:
        done = {}
        for delivery in record.deliveries:
            done.setdefault(delivery.submission_id, delivery.at)
    return dict(sorted(done.items(), key=lambda item: item[1]))


def steady(record: Record, form: Form, fed_at: float, mean_s: float) -> Steady:
    """From a while after all was handed in, whatever the peer does with that while, to the last call's start.

    A run that is too short for that is taken whole: from its first call, or since all was handed in, to its end.
    """
    done = ends(record, form)
    if not done:
        return Steady(0.0, 0.0)
    since, until = fed_at + _SETTLED_CALLS * mean_s, max(call.started_at for call in record.calls)
    if until - since < mean_s:
        since, until = min(fed_at, *(call.started_at for call in record.calls)), max(done.values())
    took_s = until - since
    busy_s = sum(
        max(0.0, min(call.answered_at, until) - max(call.started_at, since))
        for call in record.calls
        if call.answered_at is not None
    )
    return Steady(sum(since < at <= until for at in done.values()) / took_s, busy_s / took_s)


def _call_seconds(record: Record) -> dict[str, float]:
    """Seconds of each submission's last answered call."""
    return {
        call.submission_id: call.answered_at - call.started_at for call in record.calls if call.answered_at is not None
    }


def losses(sent: Sequence[str], record: Record, stored: frozenset[str]) -> Losses:
    """What a crash cost. A review is there when MongoDB holds it and the API was given it."""
    bodies: defaultdict[str, set[str]] = defaultdict(set)
    for delivery in record.deliveries:
        bodies[delivery.submission_id].add(delivery.body)
    answered = sum(call.answered_at is not None for call in record.calls)
    return Losses(
        lost=sum(one not in bodies or one not in stored for one in sent),
        doubled=sum(len(bodies[one]) > 1 for one in sent if one in bodies),
        calls_again=max(0, answered - len(sent)),
    )


def follow(record: Record, fed_at: float) -> Follow:
    """How publication follows reviewing."""
    published = [*ends(record, "same_work").values()]
    answered = sorted(call.answered_at for call in record.calls if call.answered_at is not None)
    events = sorted([(at, 1) for at in answered] + [(at, -1) for at in published])
    waiting = most = 0
    pause = since = 0.0
    for at, step in events:
        if waiting > 0:
            pause = max(pause, at - since)
        if step < 0 or waiting == 0:
            since = at
        waiting += step
        most = max(most, waiting)
    return Follow(published[0] - fed_at if published else math.inf, most, pause)


def beside_the_call(record: Record, sent_at: dict[str, float]) -> list[float]:
    """For each submission the seconds from its sending to its publication that were not the model's, sorted."""
    calls, done = _call_seconds(record), ends(record, "same_work")
    return sorted(done[one] - at - calls.get(one, 0.0) for one, at in sent_at.items() if one in done)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the sorted `values` that at least `share` of them do not exceed."""
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


@dataclass(frozen=True, slots=True)
class Quarter:
    """Medians over a quarter of a run: memory in MiB, open descriptors, submissions that wait for their review."""

    memory_mib: float
    descriptors: float
    waiting: float


def quarters(points: Sequence[tuple[float, float, float]]) -> list[Quarter]:
    """The four quarters of (memory in MiB, descriptors, waiting) at equal distances in time; [] of fewer than four."""
    bounds = [len(points) * n // 4 for n in range(5)]
    parts = [points[begin:end] for begin, end in itertools.pairwise(bounds)]
    return [Quarter(*map(statistics.median, zip(*part, strict=True))) for part in parts] if all(parts) else []


_ENTRIES_KIB: Final = (7.0, 12.0)
"""What a submission's two entries take in RocksDB's memory, at least and at most, until that is full."""
_ENTRIES_MIB_MAX: Final = (MEMTABLES_BYTES + CACHE_BYTES) / 1024 / 1024
_MEMORY_SPARE_MIB: Final = 6.0  # an analysis process that is renewed moves the sum by so much
_DESCRIPTORS_SPARE: Final = 8.0
_WAITING_SPARE: Final = 0.25


def growth(found: Sequence[Quarter], submissions: int) -> list[str]:
    """What grew from the second quarter to the last one by more than the tables explain, in words; [] if nothing.

    `submissions` are those of the whole run. The first quarter is left out: what a start takes is no growth.
    """
    if len(found) < 4:
        return ["the run was too short to tell"]
    early, late = found[1], found[3]
    least, most = (
        min(submissions * part * kib / 1024, _ENTRIES_MIB_MAX)
        for part, kib in zip((3 / 8, 7 / 8), _ENTRIES_KIB, strict=True)
    )
    entries_mib = most - least
    told = []
    if late.memory_mib - early.memory_mib > entries_mib + _MEMORY_SPARE_MIB:
        told.append(
            f"memory: {early.memory_mib:.0f} to {late.memory_mib:.0f} MiB; the tables explain {entries_mib:.0f} MiB"
        )
    if late.descriptors - early.descriptors > _DESCRIPTORS_SPARE:
        told.append(f"descriptors: {early.descriptors:.0f} to {late.descriptors:.0f}")
    if late.waiting > early.waiting * (1 + _WAITING_SPARE) + 2:
        told.append(f"waiting submissions: {early.waiting:.0f} to {late.waiting:.0f}")
    return told


def ideal_s(students: Sequence[int], arrivals_s: Sequence[float], calls_s: Sequence[float], slots: int) -> float:
    """Seconds to the last answer if nothing but the calls took time.

    Submissions come in the order of their arrival, one student's are reviewed one after the other, and at most
    `slots` calls run at once. `calls_s` are taken in the order in which calls begin.
    """
    queues: defaultdict[int, deque[float]] = defaultdict(deque)
    ready: list[tuple[float, int, int]] = []
    for place, (student, at) in enumerate(zip(students, arrivals_s, strict=True)):
        if not queues[student]:
            heapq.heappush(ready, (at, place, student))
        queues[student].append(at)
    free = [0.0] * slots
    calls = iter(calls_s)
    end, place = 0.0, len(students)
    while ready:
        at, _, student = heapq.heappop(ready)
        done = max(at, heapq.heappop(free)) + next(calls)
        heapq.heappush(free, done)
        end = max(end, done)
        queues[student].popleft()
        if queues[student]:
            place += 1
            heapq.heappush(ready, (max(done, queues[student][0]), place, student))
    return end
