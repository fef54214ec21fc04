"""The bench: peers started in places of their own, fed, watched until all is done, measured."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pymongo import AsyncMongoClient

from schemas.errors import StartRefused
from schemas.submission import Submission
from tests.benchmarks.throughput import gauge, storage
from tests.benchmarks.throughput.display import Display
from tests.benchmarks.throughput.latency import Latency
from tests.benchmarks.throughput.peers import OURS, PEERS
from tests.benchmarks.throughput.port import Form, Peer, Place
from tests.benchmarks.throughput.record import Record, Tally
from tests.benchmarks.throughput.servers import Servers
from tests.benchmarks.throughput.watching import OutsideWatch

_LOOK_S: Final = 0.5
_JOIN_S: Final = 90.0  # for a peer to come up and review its first submissions, on a busy machine
_WEIGH_EVERY: Final = 4  # looks between two readings of memory, which cost milliseconds each


HandIn = Callable[[Peer], Awaitable[None]]
"""Hands a run's submissions in, in its own time."""


@dataclass(slots=True)
class Run:
    """What was measured of one run. Times in seconds, monotonic; `loads` are (time, memory in bytes, descriptors)."""

    name: str
    form: Form
    in_flight: int
    mean_s: float
    count: int
    began_at: float = 0.0
    fed_at: float = 0.0
    ended_at: float = 0.0
    processor_s: float = 0.0
    servers_processor_s: float = 0.0
    loads: list[tuple[float, int, int]] = field(default_factory=list)
    record: Record = field(default_factory=lambda: Record((), ()))
    is_complete: bool = False


@dataclass(slots=True)
class Bench:
    """Servers, and what is needed to run peers beside them."""

    servers: Servers
    outside: OutsideWatch
    work_dir: Path
    peers_python: Path
    display: Display

    def place(self, form: Form, in_flight: int, longest_call_s: float) -> Place:
        """A place of its own for one peer."""
        url = self.servers.outside_url
        return Place(
            form=form,
            bootstrap=self.servers.bootstrap,
            mongo_url=self.servers.mongo_url,
            redis_url=self.servers.redis_url,
            model_url=f"{url}/v1",
            api_url=f"{url}/reviews",
            prefix=f"b{uuid4().hex[:8]}",
            work_dir=self.work_dir / "peers",
            peers_python=self.peers_python,
            in_flight=in_flight,
            longest_call_s=longest_call_s,
        )

    @asynccontextmanager
    async def peer(self, key: str, place: Place) -> AsyncIterator[Peer]:
        """The peer, started; ended at the end, however it comes."""
        peer = PEERS[key](place)
        try:
            self.display.say(f"{peer.name}: starting")
            await peer.start()
            yield peer
        finally:
            await peer.stop()

    @asynccontextmanager
    async def ours(self, place: Place, in_flight: int) -> AsyncIterator[Peer]:
        """Our worker with the state of that place, and so many calls in flight."""
        async with self.peer(OURS, replace(place, in_flight=in_flight)) as peer:
            yield peer

    async def warm_up(self, peer: Peer, form: Form, submissions: Sequence[Submission]) -> None:
        """Have first attempts reviewed by a model that answers at once: the peer is up, and keeps predecessors.

        A few go first, since a member that is still joining would be given the rest in one heap.
        """
        for part in (submissions[:8], submissions[8:]):
            run = Run(f"{peer.name}, warming up", form, peer.in_flight, 0.0, len(part))
            if part:
                await self.outside.begin(Latency(0.0))
                await peer.feed(part)
                await self._watch(peer, run, quiet_s=_JOIN_S)
            if part and not run.is_complete:
                raise StartRefused(f"{peer.name} reviews nothing:\n{peer.last_words()}", "see its log")

    async def measure(
        self,
        peer: Peer,
        form: Form,
        hand_in: HandIn | Sequence[Submission],
        mean_s: float,
        *,
        count: int | None = None,
        crash_at: int | None = None,
        limit_s: float = math.inf,
    ) -> Run:
        """Hand in, all at once or as `hand_in` does, and measure until all is done or nothing moves any more.

        `crash_at`: when so many are done, all of the peer's processes are killed and started again. `limit_s` ends a
        run that would take too long.
        """
        if not callable(hand_in):
            count, hand_in = len(hand_in), partial(_hand_in, hand_in)
        run = Run(peer.name, form, peer.in_flight, mean_s, count or 0)
        await self.outside.begin(latency := Latency(mean_s))
        before = gauge.processor_s(peer.sessions()), gauge.processor_s(self.servers.sessions)
        run.began_at = time.monotonic()
        feeding = asyncio.ensure_future(_timed(hand_in(peer)))
        try:
            quiet_s = max(peer.quiet_s, latency.longest_s + 10)
            await self._watch(peer, run, quiet_s=quiet_s, feeding=feeding, crash_at=crash_at, limit_s=limit_s)
            run.fed_at = await feeding
        finally:
            feeding.cancel()
        run.ended_at = time.monotonic()
        run.processor_s = gauge.processor_s(peer.sessions()) - before[0]
        run.servers_processor_s = gauge.processor_s(self.servers.sessions) - before[1]
        run.record = await self.outside.record()
        return run

    async def stored(self, place: Place) -> frozenset[str]:
        """The submissions of which MongoDB holds a review."""
        async with AsyncMongoClient[dict[str, Any]](place.mongo_url) as client:
            found = client[place.prefix]["reviews"].find({}, {"new_submission_id": 1})
            return frozenset([document["new_submission_id"] async for document in found])

    async def left_behind(self, place: Place, submissions: int, students: int) -> dict[str, Any]:
        """What an installation of ours keeps, in bytes: topics and collections per submission, tables per student."""
        topics = storage.topic_bytes(self.work_dir / "kafka", place)
        collections = await storage.collection_bytes(place)
        tables = storage.folder_bytes(place.work_dir / f"{place.prefix}-0" / "data")
        return {
            "submissions": submissions,
            "students": students,
            "topic_bytes": {name: round(size / submissions) for name, size in sorted(topics.items())},
            "collection_bytes": {name: round(size / submissions) for name, size in sorted(collections.items())},
            "table_bytes_per_student": round(tables / students),
        }

    async def _watch(
        self,
        peer: Peer,
        run: Run,
        *,
        quiet_s: float,
        crash_at: int | None = None,
        feeding: "asyncio.Future[Any] | None" = None,
        limit_s: float = math.inf,
    ) -> None:
        """Look until all is done, nothing has moved for `quiet_s` or `limit_s` are over, and note memory meanwhile."""
        looks = 0
        seen, moved_at = Tally(0, 0, 0, 0), time.monotonic()
        while time.monotonic() - moved_at < quiet_s or (feeding is not None and not feeding.done()):
            if feeding is not None and feeding.done():
                feeding.result()  # one that failed must not pass for a peer that is slow
            tally = await self.outside.tally()
            if tally != seen:
                seen, moved_at = tally, time.monotonic()
            done = tally.answered if run.form == "bare" else tally.delivered
            self._tell(run, done, tally)
            if done >= run.count and tally.running == 0:
                run.is_complete = True
                break
            if crash_at is not None and done >= crash_at:
                crash_at = None
                peer.kill()
                await peer.start()
            if not peer.runs():
                raise StartRefused(f"{run.name} ended by itself:\n{peer.last_words()}", "see its log")
            if looks % _WEIGH_EVERY == 0:
                now = gauge.load(peer.sessions())
                run.loads.append((time.monotonic(), now.memory_bytes, now.descriptors))
            if run.began_at and time.monotonic() - run.began_at > limit_s:
                self.display.say(f"{run.name}: stopped after {limit_s:g} s, {done} of {run.count} done")
                break
            looks += 1
            await asyncio.sleep(_LOOK_S if run.mean_s else _LOOK_S / 2)

    def _tell(self, run: Run, done: int, tally: Tally) -> None:
        running = f", {tally.running} calls of {run.in_flight} in flight" if run.mean_s else ""
        self.display.progress(f"{run.name}, {run.form.replace('_', ' ')}: {done} of {run.count} done{running}")


async def _hand_in(submissions: Sequence[Submission], peer: Peer) -> None:
    await peer.feed(submissions)


async def _timed(handing_in: Awaitable[None]) -> float:
    """When it was through."""
    await handing_in
    return time.monotonic()
