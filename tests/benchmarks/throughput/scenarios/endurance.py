"""A steady stream at half of what the calls allow: what grows, and what a submission waits for beside its call."""

import asyncio
import time
from bisect import bisect_right
from dataclasses import asdict
from typing import Any, Final

from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import SMALL, submissions
from tests.benchmarks.throughput.latency import BLOCK, Latency
from tests.benchmarks.throughput.port import Peer
from tests.benchmarks.throughput.scenarios.course import Course
from tests.benchmarks.throughput.scenarios.told import told
from tests.benchmarks.throughput.sizes import Sizes

_STUDENTS_MAX: Final = 400
_HALF: Final = 0.5
_MIB: Final = 1024 * 1024


async def endurance(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """Memory, descriptors and what waits by quarter, and the waiting beside the call."""
    call_s, in_flight = sizes.endurance_call_s, sizes.endurance_in_flight
    per_s = _HALF * in_flight / call_s
    count = max(1, round(sizes.endurance_minutes * 60 * per_s / BLOCK)) * BLOCK
    students = max(BLOCK, min(_STUDENTS_MAX, count // 2))
    course = Course(students)
    place = bench.place("same_work", in_flight, Latency(call_s).longest_s)
    sent_at: dict[str, float] = {}

    async def hand_in(receiver: Peer) -> None:
        began = time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
            (submission,) = submissions(course.next(1), SMALL)
            sent_at[submission.submission_id] = time.monotonic()
            await receiver.feed([submission])

    async with bench.peer("reviewstream", place) as peer:
        await bench.warm_up(peer, "same_work", submissions(course.next(students), SMALL))
        run = await bench.measure(peer, "same_work", hand_in, call_s, count=count)
    beside = figures.beside_the_call(run.record, sent_at)
    sent, done = sorted(sent_at.values()), [*figures.ends(run.record, "same_work").values()]
    lag = [(at, bisect_right(sent, at) - bisect_right(done, at)) for at, _, _ in run.loads]
    points = [(m / _MIB, float(d), float(n)) for (_, m, d), (_, n) in zip(run.loads, lag, strict=True)]
    found = figures.quarters(points)
    bench.display.say(f"endurance: beside the call p99 {1000 * figures.quantile(beside, 0.99):.0f} ms")
    return {
        "minutes": sizes.endurance_minutes,
        "offered_per_s": per_s,
        "beside_the_call_ms": {f"p{p}": round(1000 * figures.quantile(beside, p / 100)) for p in (50, 95, 99)},
        "quarters": [asdict(quarter) for quarter in found],
        "growth": figures.growth(found, count),
        **told(run),
    }
