"""A deadline night: thousands within a minute, and how long it takes until the last of them has its review."""

import asyncio
import time
from typing import Any, Final

from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import SMALL, submissions
from tests.benchmarks.throughput.latency import Latency
from tests.benchmarks.throughput.port import Peer
from tests.benchmarks.throughput.scenarios.course import Course
from tests.benchmarks.throughput.scenarios.told import memory_over_time, told, told_follow
from tests.benchmarks.throughput.sizes import Sizes

_STUDENTS: Final = 1_000
_JOINING: Final = 64  # submissions before it, so that the worker is up
_STEPS_PER_S: Final = 4


async def burst(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """Our worker's figures, against what the calls alone would have taken; empty where the size has no burst."""
    if sizes.burst is None:
        return {}
    count, within_s, call_s = sizes.burst
    course, latency = Course(_STUDENTS), Latency(call_s)
    place = bench.place("same_work", sizes.in_flight, latency.longest_s)
    async with bench.peer("reviewstream", place) as peer:
        await bench.warm_up(peer, "same_work", submissions(course.next(_JOINING), SMALL))
        turns = course.next(count)
        sent = submissions(turns, SMALL)
        step = max(1, round(count / within_s / _STEPS_PER_S))

        async def hand_in(receiver: Peer) -> None:
            began = time.monotonic()
            for start in range(0, count, step):
                await asyncio.sleep(max(0.0, began + start / count * within_s - time.monotonic()))
                await receiver.feed(sent[start : start + step])

        run = await bench.measure(peer, "same_work", hand_in, call_s, count=count)
        arrivals = [n // step * step / count * within_s for n in range(count)]
        calls = [latency.of_call(n) for n in range(count)]
        ideal_s = figures.ideal_s([turn.student for turn in turns], arrivals, calls, peer.in_flight)
    bench.display.say(f"burst: {told(run)['took_s']} s, the calls alone {ideal_s:.0f} s")
    return {
        "ideal_s": round(ideal_s, 1),
        "memory_mib_over_time": memory_over_time(run),
        **told(run),
        **told_follow(run),
    }
