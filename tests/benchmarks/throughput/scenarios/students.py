"""How many students it takes: one student's submissions follow each other, so few students leave calls unused."""

from typing import Any, Final

from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import SMALL, submissions
from tests.benchmarks.throughput.latency import BLOCK, Latency
from tests.benchmarks.throughput.scenarios.course import Course
from tests.benchmarks.throughput.scenarios.told import told
from tests.benchmarks.throughput.sizes import Sizes

_JOINING: Final = 16  # submissions before it, so that the worker is up
_EACH_MIN: Final = 16  # submissions of a row
_EACH_MAX: Final = 1_000


async def students(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """A row for each number of students, against the time that the calls alone would have taken."""
    rows = []
    for number in sizes.students:
        course = Course(number)
        place = bench.place("same_work", sizes.in_flight, Latency(sizes.students_call_s).longest_s)
        async with bench.peer("reviewstream", place) as peer:
            await bench.warm_up(peer, "same_work", submissions(course.next(_JOINING), SMALL))
            count = min(_EACH_MAX, max(_EACH_MIN, 4 * number)) // BLOCK * BLOCK
            turns = course.next(count)
            run = await bench.measure(peer, "same_work", submissions(turns, SMALL), sizes.students_call_s)
            latency = Latency(sizes.students_call_s)
            calls = [latency.of_call(n) for n in range(count)]
            ideal_s = figures.ideal_s([turn.student for turn in turns], [0.0] * count, calls, peer.in_flight)
            rows.append({"students": number, "ideal_s": round(ideal_s, 1), **told(run)})
            bench.display.say(f"{number} students: {rows[-1]['took_s']} s, the calls alone {rows[-1]['ideal_s']} s")
    return {"rows": rows}
