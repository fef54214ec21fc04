"""Carrying out a replay over fakes: what is sent, what becomes of it, and what a kill or an outage in between does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from app.core.replaying.items import ItemPhase
from app.core.replaying.timeline import Step
from app.replay.rebuilding import Rebuilder
from app.replay.running import ReplayRun
from schemas.codec import decode
from schemas.comparison import Comparison
from schemas.errors import Dependency, Reason, Rejected, Unavailable
from schemas.replay import ReplayPhase, ReplayState, read_order
from tests.builders.records import a_comparison, a_review
from tests.builders.replays import a_state, an_item
from tests.fakes.clock import FakeClock
from tests.fakes.replays import MemoryComparisons, MemoryReplays
from tests.fakes.store import MemoryReviews


class StepsAsTheyAre:
    """A rebuilder whose comparisons say no more than what they are of; it refuses what a test names."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    async def rebuild(self, step: Step, generation: int) -> Comparison:
        head = step.head
        if head.submission_id in self.refused:
            raise Rejected(Reason.ARCHIVE_MISSING, "gone")
        return a_comparison(generation=generation, submission_id=head.submission_id)


async def _nothing() -> None:
    """Let time pass."""


@dataclass
class Bench:
    """A replay of some submissions, whose reviewers answer `answer_after_s` after a comparison was sent."""

    count: int = 5
    answer_after_s: float = 1.0
    is_published: bool = True
    state: dict[str, Any] = field(default_factory=dict)
    replays: MemoryReplays = field(default_factory=MemoryReplays)
    reviews: MemoryReviews = field(default_factory=MemoryReviews)
    rebuilder: StepsAsTheyAre = field(default_factory=StepsAsTheyAre)
    comparisons: MemoryComparisons = field(default_factory=MemoryComparisons)
    clock: FakeClock = field(default_factory=FakeClock)
    waiting: list[tuple[float, Comparison]] = field(default_factory=list)
    seen: int = 0
    most_out: int = 0
    unanswered: set[str] = field(default_factory=set)
    meanwhile: Callable[[], Awaitable[None]] = _nothing

    async def begin(self) -> None:
        items = [an_item(number) for number in range(self.count)]
        await self.replays.begin(a_state(chosen=self.count, **self.state), items)

    async def carry_out(self, **fields: Any) -> ReplayState:
        """One process's work, from what the books say."""
        state = await self.replays.find("replay-1")
        run = ReplayRun(
            state,
            self.replays,
            self.reviews,
            cast(Rebuilder, self.rebuilder),
            self.comparisons,
            self.clock,
            sleep=self.pause,
            **fields,
        )
        return await run.carry_out()

    async def pause(self, seconds: float) -> None:
        await self.sleep(seconds)
        await self.meanwhile()

    async def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= 2.0, "a pause would be noticed too late"
        self.clock.move(seconds)
        now = self.clock.monotonic()
        for _, value, _ in self.comparisons.sent[self.seen :]:
            self.waiting.append((now + self.answer_after_s, decode(Comparison, value)))
        self.seen = len(self.comparisons.sent)
        for at, comparison in [one for one in self.waiting if one[0] <= now]:
            self.waiting.remove((at, comparison))
            if comparison.submission_id not in self.unanswered:
                await self._answer(comparison)
        self.most_out = max(self.most_out, len(self.waiting))

    async def _answer(self, comparison: Comparison) -> None:
        review = a_review(generation=comparison.generation, new_submission_id=comparison.submission_id)
        await self.reviews.store(review)
        if self.is_published:
            await self.reviews.mark_published(review, self.clock.now())

    @property
    def sent(self) -> list[str]:
        return [decode(Comparison, value).submission_id for _, value, _ in self.comparisons.sent]

    async def phases(self) -> list[ItemPhase]:
        return [item.phase async for item in self.replays.items("replay-1")]


async def test_each_submission_is_sent_once_and_gets_its_review() -> None:
    """In the order of the log, at the rate that was asked for."""
    bench = Bench(state={"rate_per_s": 2.0, "reason": "why", "is_appeal": True})
    await bench.begin()
    told: list[ReplayState] = []
    state = await bench.carry_out(tell=told.append)
    assert bench.sent == [f"sub-{n}" for n in range(5)]
    assert (state.phase, state.sent, state.reviewed, state.failed) == (ReplayPhase.FINISHED, 5, 5, 0)
    assert 2.0 <= bench.clock.monotonic() <= 5.5, "four gaps of half a second, and the last answer"
    assert told[-1] == state
    order = read_order(bench.comparisons.sent[0][2])
    assert order is not None
    assert (order.note.reason, order.note.is_appeal, order.note.supersedes) == ("why", True, an_item(0).supersedes)


async def test_no_more_wait_than_were_allowed() -> None:
    """However high the rate is."""
    bench = Bench(count=20, state={"rate_per_s": 1000.0, "in_flight_max": 3}, answer_after_s=5.0)
    await bench.begin()
    state = await bench.carry_out()
    assert (state.reviewed, bench.most_out) == (20, 3)


async def test_looks_are_few() -> None:
    """One question tells of all that is out, and nobody asks while nothing waits for it."""
    bench = Bench(count=100, state={"rate_per_s": 100.0, "in_flight_max": 50}, answer_after_s=0.5)
    await bench.begin()
    await bench.carry_out()
    looks_max = bench.clock.monotonic() / 0.25 + 2
    assert bench.comparisons.looks <= looks_max
    assert bench.replays.marks <= 100 + looks_max, "one mark for all that one look found"


async def test_a_delivered_review_counts_and_a_shadow_one_that_is_stored() -> None:
    """A review that the platform's API does not take yet is still on its way."""
    shadow = Bench(is_published=False, state={"is_shadow": True})
    await shadow.begin()
    assert (await shadow.carry_out()).reviewed == 5

    open_one = Bench(is_published=False)
    await open_one.begin()

    async def give_up() -> None:
        if open_one.clock.monotonic() > 30:
            raise TimeoutError

    open_one.meanwhile = give_up
    with pytest.raises(TimeoutError):
        await open_one.carry_out()
    assert set(await open_one.phases()) == {ItemPhase.SENT}


async def test_what_cannot_be_made_again_is_a_named_failure() -> None:
    """The rest goes on."""
    bench = Bench(state={"in_flight_max": 1})
    bench.rebuilder.refused = {"sub-1"}
    await bench.begin()
    state = await bench.carry_out()
    assert (state.phase, state.reviewed, state.failed) == (ReplayPhase.FINISHED, 4, 1)
    (failed,) = [item async for item in bench.replays.items("replay-1", ItemPhase.FAILED)]
    assert (failed.number, failed.why) == (1, "archive_missing: gone")


async def test_what_a_later_stage_refuses_is_a_named_failure() -> None:
    """The dead letter says why; a letter of another generation is another replay's business."""
    bench = Bench()
    bench.unanswered = {"sub-2"}
    bench.comparisons.letters = {
        1: {an_item(2).review_id: "model_refused: no"},
        2: {an_item(3).review_id: "bug: another's"},
    }
    await bench.begin()
    state = await bench.carry_out()
    assert (state.reviewed, state.failed) == (4, 1)
    (failed,) = [item async for item in bench.replays.items("replay-1", ItemPhase.FAILED)]
    assert (failed.number, failed.why) == (2, "model_refused: no")


async def test_a_refused_one_that_was_requeued_has_its_review() -> None:
    """Its dead letter stays in the topic."""
    bench = Bench(count=1, answer_after_s=0.0)
    bench.comparisons.letters = {1: {an_item(0).review_id: "model_refused: no"}}
    await bench.begin()
    await bench.replays.mark([an_item(0)], ItemPhase.SENT)
    await bench.reviews.store(a_review(generation=1, new_submission_id="sub-0"))
    await bench.reviews.mark_published(a_review(generation=1, new_submission_id="sub-0"), bench.clock.now())
    assert (await bench.carry_out()).reviewed == 1


@pytest.mark.parametrize("phase", [ReplayPhase.PAUSED, ReplayPhase.CANCELLED])
async def test_a_pause_is_noticed_within_seconds(phase: ReplayPhase) -> None:
    """At the slowest rate too, and while nothing is answered."""
    for state in ({"rate_per_s": 0.01}, {"in_flight_max": 1}):
        bench = Bench(state=state, answer_after_s=1e9)
        await bench.begin()
        asked_at: list[float] = []

        async def turn(bench: Bench = bench, asked_at: list[float] = asked_at) -> None:
            if bench.clock.monotonic() > 10 and not asked_at:
                asked_at.append(bench.clock.monotonic())
                await bench.replays.turn("replay-1", phase, only_from=[ReplayPhase.RUNNING])

        bench.meanwhile = turn
        assert (await bench.carry_out()).phase is phase
        assert bench.clock.monotonic() - asked_at[0] <= 4.0


async def test_of_two_processes_the_later_one_goes_on() -> None:
    """The earlier one ends at its next note, and says why."""
    bench = Bench(count=50, state={"in_flight_max": 1}, answer_after_s=1e9)
    await bench.begin()

    async def take_over() -> None:
        if bench.clock.monotonic() > 5:
            await bench.replays.turn("replay-1", ReplayPhase.RUNNING, only_from=[ReplayPhase.RUNNING], holder="other")

    bench.meanwhile = take_over
    with capture_logs() as lines:
        state = await bench.carry_out()
    assert (state.phase, state.holder) == (ReplayPhase.RUNNING, "other")
    assert "replay_taken_over" in [line["event"] for line in lines]


async def test_silence_is_told() -> None:
    """Once a minute, that nobody answers: the worker may be down."""
    bench = Bench(count=1, answer_after_s=200.0)
    await bench.begin()
    with capture_logs() as lines:
        assert (await bench.carry_out()).reviewed == 1
    assert len([line for line in lines if line["event"] == "replay_unanswered"]) == 3


@pytest.mark.parametrize("dependency", [Dependency.MONGODB, Dependency.KAFKA])
async def test_an_outage_leaves_books_that_another_attempt_goes_on_from(dependency: Dependency) -> None:
    """Nothing that had its review is sent again."""
    bench = Bench(count=6, state={"in_flight_max": 2})
    await bench.begin()

    async def fail() -> None:
        if 2.0 < bench.clock.monotonic() < 4.0:
            bench.replays.away = dependency is Dependency.MONGODB
            bench.comparisons.away = dependency is Dependency.KAFKA

    bench.meanwhile = fail
    with pytest.raises(Unavailable):
        await bench.carry_out()
    bench.replays.away = bench.comparisons.away = False
    bench.clock.move(10)
    state = await bench.carry_out()
    assert (state.phase, state.reviewed) == (ReplayPhase.FINISHED, 6)
    assert sorted(set(bench.sent)) == [f"sub-{n}" for n in range(6)]
    assert len(bench.sent) <= 7, "at most the one that was being sent comes twice"


async def test_a_replay_of_nothing_left_finishes() -> None:
    """All were failed or reviewed before the process died."""
    bench = Bench(count=2)
    await bench.begin()
    await bench.replays.mark([an_item(0)], ItemPhase.REVIEWED)
    await bench.replays.mark([an_item(1)], ItemPhase.FAILED, "why")
    state = await bench.carry_out()
    assert (state.phase, state.reviewed, state.failed, bench.sent) == (ReplayPhase.FINISHED, 1, 1, [])
