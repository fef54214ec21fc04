"""What a large submission costs: 25 files of which 6 changed."""

from typing import Any

from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import LARGE, submissions, turns
from tests.benchmarks.throughput.latency import Latency
from tests.benchmarks.throughput.scenarios.told import told
from tests.benchmarks.throughput.sizes import Sizes


async def large(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """Our worker's figures."""
    place = bench.place("same_work", sizes.in_flight, Latency(sizes.bare_call_s).longest_s)
    count = sizes.large_count
    async with bench.peer("reviewstream", place) as peer:
        await bench.warm_up(peer, "same_work", submissions(turns(count, 1), LARGE))
        run = await bench.measure(peer, "same_work", submissions(turns(count, 2), LARGE), sizes.bare_call_s)
        bench.display.say(f"large submissions: {told(run)['processor_ms']} ms of processor time each")
    return told(run)
