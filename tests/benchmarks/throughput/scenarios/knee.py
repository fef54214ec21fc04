"""How far more calls in flight help one worker of ours: its efficiency from few to many."""

from typing import Any, Final

from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import SMALL, Turn, submissions
from tests.benchmarks.throughput.latency import Latency
from tests.benchmarks.throughput.port import Place
from tests.benchmarks.throughput.scenarios.course import Course
from tests.benchmarks.throughput.scenarios.told import told, told_follow
from tests.benchmarks.throughput.sizes import Sizes

_ROUNDS: Final = 4  # each as long as a call, whatever is in flight
_ENOUGH: Final = 8  # calls: a worker far beyond its knee would take minutes for what shows by then


async def knee(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """A row for each number of calls in flight. One installation: the worker is stopped and started between them.

    A run that was stopped leaves a backlog, so the next one gets an installation of its own.
    """

    def anew() -> tuple[Course, Place, list[Turn]]:
        course = Course(sizes.knee_students)
        place = bench.place("same_work", sizes.in_flight, Latency(sizes.call_s).longest_s)
        return course, place, course.next(sizes.knee_students)

    course, place, first = anew()
    rows, storage = [], {}
    for in_flight, call_s in sizes.knee:
        async with bench.ours(place, in_flight) as peer:
            await bench.warm_up(peer, "same_work", submissions(first or course.next(8), SMALL))
            first = []
            sent = submissions(course.next(in_flight * _ROUNDS), SMALL)
            run = await bench.measure(peer, "same_work", sent, call_s, limit_s=_ENOUGH * call_s)
            rows.append(told(run) | told_follow(run))
            bench.display.say(f"{in_flight} in flight, {call_s:g} s: efficiency {rows[-1]['efficiency']}")
        if run.is_complete:
            storage = await bench.left_behind(place, course.turns_taken, sizes.knee_students)
        else:
            course, place, first = anew()
    return {"students": sizes.knee_students, "rows": rows, "storage": storage}
