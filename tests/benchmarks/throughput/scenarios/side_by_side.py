"""All peers on the same servers, in one run: the same work with a crash behind it, then bare."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from schemas.errors import StartRefused
from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import SMALL, submissions, turns
from tests.benchmarks.throughput.latency import BLOCK, Latency
from tests.benchmarks.throughput.peers import OURS
from tests.benchmarks.throughput.port import Form, Peer
from tests.benchmarks.throughput.scenarios.told import told, told_losses
from tests.benchmarks.throughput.sizes import Sizes

_FEW = 16

Measure = Callable[[Bench, Sizes, str], Awaitable[dict[str, Any]]]


async def side_by_side(bench: Bench, sizes: Sizes, peers: tuple[str, ...]) -> dict[str, Any]:
    """Rows for each peer: `same_work` with what a crash cost, and `bare`. One that does not run is told in `failed`."""
    failed: dict[str, str] = {}

    async def rows(measure: Measure, keys: Iterable[str]) -> list[dict[str, Any]]:
        found = []
        for key in keys:
            try:
                found.append(await measure(bench, sizes, key))
            except StartRefused as refusal:
                bench.display.say(str(refusal))
                failed[key] = refusal.cause.partition("\n")[0]
        return found

    same_work = await rows(_same_work, peers)
    bare = await rows(_bare, [key for key in peers if key != OURS])
    return {"same_work": same_work, "bare": bare, "failed": failed}


async def _same_work(bench: Bench, sizes: Sizes, key: str) -> dict[str, Any]:
    form: Form = "same_work"
    place = bench.place(form, sizes.in_flight, Latency(sizes.call_s).longest_s)
    async with bench.peer(key, place) as peer:
        count = _count(peer, sizes)
        await bench.warm_up(peer, form, submissions(turns(count, 1), SMALL))
        steady = await bench.measure(peer, form, submissions(turns(count, 2), SMALL), sizes.call_s)
        bench.display.say(f"{peer.name}: {told(steady)['per_s']} a second, efficiency {told(steady)['efficiency']}")

        crash = None
        if peer.quiet_s <= sizes.crash_quiet_s:
            count = min(count, sizes.crash_count)
            sent = submissions(turns(count, 3), SMALL)
            crashed = await bench.measure(peer, form, sent, sizes.crash_call_s, crash_at=count // 3)
            losses = figures.losses([s.submission_id for s in sent], crashed.record, await bench.stored(place))
            bench.display.say(f"{peer.name}: after a crash {losses.lost} lost, {losses.doubled} doubled of {count}")
            crash = told_losses(losses, crashed)
    return {"peer": key, **told(steady), "crash": crash}


async def _bare(bench: Bench, sizes: Sizes, key: str) -> dict[str, Any]:
    form: Form = "bare"
    place = bench.place(form, sizes.in_flight, Latency(sizes.bare_call_s).longest_s)
    async with bench.peer(key, place) as peer:
        count = _count(peer, sizes)
        await bench.warm_up(peer, form, submissions(turns(_FEW, 1), SMALL))
        run = await bench.measure(peer, form, submissions(turns(count, 2), SMALL), sizes.bare_call_s)
        bench.display.say(f"{peer.name}, bare: {told(run)['per_s']} a second, efficiency {told(run)['efficiency']}")
    return {"peer": key, **told(run)}


def _count(peer: Peer, sizes: Sizes) -> int:
    """Submissions for some rounds, a multiple of what makes the mean exact."""
    rounds = sizes.rounds_of_few if peer.in_flight < _FEW else sizes.rounds
    return max(1, round(peer.in_flight * rounds / BLOCK)) * BLOCK
