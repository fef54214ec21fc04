"""Whatever is done to a replay: each submission ends with one review, or with a failure that has a name."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.replaying.items import ItemPhase, ReplayItem
from schemas.codec import decode
from schemas.comparison import Comparison
from schemas.dead_letter import Header
from schemas.errors import Dependency, Unavailable
from schemas.replay import ReplayPhase
from tests.builders.replays import an_item
from tests.fakes.replays import MemoryComparisons, MemoryReplays
from tests.unit.replay.test_running import Bench

COUNT = 6


class Killed(Exception):
    """The process is gone, before a call was carried out or after."""


class Fuse:
    """Ends the process at a call that the test chose."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.error: Exception = Killed()

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise self.error


class FusedReplays(MemoryReplays):
    """The books, as a process sees them that may end at any moment."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    async def mark(self, items: Sequence[ReplayItem], phase: ItemPhase, why: str | None = None) -> None:
        self.fuse.burn()
        await super().mark(items, phase, why)
        self.fuse.burn()


class FusedComparisons(MemoryComparisons):
    """The topic of comparisons, the same way."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        self.fuse.burn()
        await super().send(key, value, headers)
        self.fuse.burn()


ENDS = st.one_of(
    st.tuples(st.sampled_from(["killed", "kafka away"]), st.integers(0, 30)),
    st.tuples(st.sampled_from(["paused", "taken over"]), st.integers(0, 12)),
)


@settings(deadline=None)
@given(
    ends=st.lists(ENDS, max_size=5),
    unmakeable=st.sets(st.integers(0, COUNT - 1), max_size=2),
    refused=st.sets(st.integers(0, COUNT - 1), max_size=2),
    in_flight=st.integers(1, 4),
)
def test_each_submission_ends_with_one_review_or_a_named_failure(
    ends: list[tuple[str, int]], unmakeable: set[int], refused: set[int], in_flight: int
) -> None:
    """Pauses, kills, outages and second processes in any order; what was settled is never sent again."""
    asyncio.run(check_carried_out(ends, unmakeable, refused, in_flight))


async def check_carried_out(
    ends: list[tuple[str, int]], unmakeable: set[int], refused: set[int], in_flight: int
) -> None:
    fuse = Fuse()
    bench = Bench(count=COUNT, answer_after_s=0.7, state={"in_flight_max": in_flight})
    bench.replays, bench.comparisons = FusedReplays(fuse), FusedComparisons(fuse)
    bench.rebuilder.refused = {f"sub-{number}" for number in unmakeable}
    bench.unanswered = {f"sub-{number}" for number in refused}
    bench.comparisons.letters = {1: {an_item(number).review_id: "model_refused: no" for number in refused}}
    await bench.begin()
    for how, when in ends:
        settled = {item.number async for item in bench.replays.items("replay-1", ItemPhase.REVIEWED, ItemPhase.FAILED)}
        sent_before = len(bench.comparisons.sent)
        await _end(bench, fuse, how, when)
        again = {decode(Comparison, value).submission_id for _, value, _ in bench.comparisons.sent[sent_before:]}
        assert not again & {f"sub-{number}" for number in settled}, "what was settled is not sent again"
        going_on = [ReplayPhase.RUNNING, ReplayPhase.PAUSED]
        await bench.replays.turn("replay-1", ReplayPhase.RUNNING, only_from=going_on)
    state = await bench.replays.find("replay-1")
    if state.phase is not ReplayPhase.FINISHED:
        state = await bench.carry_out()

    assert state.phase is ReplayPhase.FINISHED
    items = [item async for item in bench.replays.items("replay-1")]
    failed = {item.number: item.why for item in items if item.phase is ItemPhase.FAILED}
    assert failed == {
        **dict.fromkeys(refused, "model_refused: no"),
        **dict.fromkeys(unmakeable, "archive_missing: gone"),
    }
    reviewed = {item.review_id for item in items if item.phase is ItemPhase.REVIEWED}
    made: set[UUID] = set(bench.reviews.reviews)
    assert reviewed == made
    assert len(made) == COUNT - len(failed)
    assert (state.reviewed, state.failed) == (len(reviewed), len(failed))


async def _end(bench: Bench, fuse: Fuse, how: str, when: int) -> None:
    """Let a process work until it ends as the test says, or until the replay does."""
    if (await bench.replays.find("replay-1")).phase is ReplayPhase.FINISHED:
        return
    looks = 0

    async def turn() -> None:
        nonlocal looks
        looks += 1
        if looks > when:
            phase = ReplayPhase.PAUSED if how == "paused" else ReplayPhase.RUNNING
            await bench.replays.turn(
                "replay-1", phase, only_from=[ReplayPhase.RUNNING], holder="me" if how == "paused" else f"other-{when}"
            )

    if how in {"paused", "taken over"}:
        bench.meanwhile = turn
    else:
        fuse.left = when
        fuse.error = Killed() if how == "killed" else Unavailable(Dependency.KAFKA, "away")
    try:
        await bench.carry_out()
    except (Killed, Unavailable):
        pass
    finally:
        fuse.left = None
        bench.meanwhile = _nothing


async def _nothing() -> None:
    """Let time pass."""
