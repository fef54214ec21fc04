"""The operator's stories over fakes: begin, go on, look, pause, cancel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.backoff import Backoff
from app.core.replaying.items import ItemPhase
from app.replay import stories
from app.replay.stories import ReplayRequest, begin_replay, list_replays, look_at_replay, resume_replay, turn_replay
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.replay import ReplayPhase, ReplayState, Selection
from schemas.review import ReviewStanding
from tests.builders.decisions import a_note
from tests.builders.records import NOON, a_review
from tests.builders.replays import a_head, a_state, an_item
from tests.fakes.clock import FakeClock
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.replays import MemoryLog, MemoryReplays
from tests.fakes.store import MemoryReviews

SETTINGS: Any = SimpleNamespace(history_depth=3)


class Bench:
    """Connections to fakes, and a process whose attempts end as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.replays = MemoryReplays()
        self.reviews = MemoryReviews()
        self.current = MemoryCurrentReviews()
        self.log = MemoryLog([a_head(number) for number in range(3)])
        self.connections = 0
        self.attempts: list[ReplayState] = []
        self.ends: list[Exception] = []
        self.announced: list[str] = []
        monkeypatch.setattr(stories, "_connected", self.connected)
        monkeypatch.setattr(stories, "_mongo_only", self.mongo_only)
        monkeypatch.setattr(stories, "_carry_out", self.carry_out)
        monkeypatch.setattr(stories, "_OUTAGE", Backoff(first_s=0.0, max_s=0.0))

    @asynccontextmanager
    async def connected(self, settings: Any) -> AsyncIterator[Any]:
        self.connections += 1
        yield SimpleNamespace(
            settings=settings,
            log=self.log,
            replays=self.replays,
            reviews=self.reviews,
            current=self.current,
            clock=FakeClock(),
        )

    @asynccontextmanager
    async def mongo_only(self, _settings: Any) -> AsyncIterator[Any]:
        yield self.replays, self.reviews

    async def carry_out(self, _parts: Any, state: ReplayState, _tell: Any) -> ReplayState:
        self.attempts.append(state)
        if self.ends:
            raise self.ends.pop(0)
        return state

    async def begin(self, **fields: Any) -> ReplayState:
        request = ReplayRequest(**{"selection": Selection(), **fields})
        return await begin_replay(
            SETTINGS, request, looking=lambda _: None, announce=self.announce, tell=lambda _: None
        )

    async def resume(self) -> ReplayState:
        return await resume_replay(SETTINGS, "replay-1", announce=self.announce, tell=lambda _: None)

    def announce(self, state: ReplayState) -> None:
        assert not self.attempts or state.phase is ReplayPhase.RUNNING
        self.announced.append(state.replay_id)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench in place of the installation."""
    return Bench(monkeypatch)


async def test_a_replay_is_kept_whole_before_it_is_announced(bench: Bench) -> None:
    """Each one has a generation and an id of its own, and all that was asked for."""
    first = await bench.begin(reason="why", is_shadow=True, rate_per_s=2.0)
    second = await bench.begin()
    assert (first.replay_id, first.generation, first.chosen) == ("replay-1", 1, 3)
    assert (first.reason, first.is_shadow, first.rate_per_s) == ("why", True, 2.0)
    assert (second.replay_id, second.generation) == ("replay-2", 2)
    assert first.holder != second.holder
    assert bench.announced == ["replay-1", "replay-2"]
    items = [item async for item in bench.replays.items("replay-1")]
    assert [item.step.head.submission_id for item in items] == ["sub-0", "sub-1", "sub-2"]
    assert [item.review_id for item in items] == [an_item(number).review_id for number in range(3)]


async def test_an_id_is_kept_before_anything_is_kept_of_its_replay(bench: Bench) -> None:
    """Where that cannot be, there is no replay."""
    request = ReplayRequest(Selection())
    drawn: list[str] = []

    async def keep_drawn(replay_id: str) -> None:
        assert await bench.replays.all(5) == []
        drawn.append(replay_id)
        raise KeyError(replay_id)

    with pytest.raises(KeyError):
        await begin_replay(
            SETTINGS,
            request,
            looking=lambda _: None,
            announce=bench.announce,
            tell=lambda _: None,
            keep_drawn=keep_drawn,
        )
    assert (drawn, bench.announced, await bench.replays.all(5)) == (["replay-1"], [], [])


async def test_an_appeal_is_about_one_submission(bench: Bench) -> None:
    """Ids are a student's own: three students may have handed in an `attempt-1`. No generation is drawn for that."""
    bench.log.heads_there = [a_head(n, student_id=f"student-{n}", submission_id="attempt-1") for n in range(3)]
    named = {"selection": Selection(submissions=("attempt-1",)), "reason": "asked for"}
    with pytest.raises(StartRefused, match="3 submissions are meant") as refused:
        await bench.begin(**named, is_appeal=True)
    assert "--student and --assignment" in refused.value.cure
    assert (bench.announced, await bench.replays.draw_generation()) == ([], 1)
    all_three = await bench.begin(**named)
    assert (all_three.chosen, all_three.is_appeal) == (3, False), "a replay of them all is no appeal"


@pytest.mark.parametrize(
    ("fields", "is_appeal"),
    [
        ({"reason": "asked for"}, True),
        ({"reason": "asked for", "is_shadow": True}, False),
        ({"is_appeal": True, "reason": "asked for", "is_shadow": True}, True),
        ({}, False),
        ({"reason": "a mended bug", "selection": Selection(submissions=("sub-0", "sub-9"))}, False),
        ({"reason": "a mended bug", "selection": Selection(offsets={0: (0, 1)})}, False),
    ],
)
async def test_one_submission_with_a_reason_is_an_appeal(bench: Bench, fields: dict[str, Any], is_appeal: bool) -> None:
    """Unless its review is first looked at in the shadow, or more than one was named."""
    state = await bench.begin(**{"selection": Selection(submissions=("sub-0",)), **fields})
    assert (state.chosen, state.is_appeal) == (1, is_appeal)


async def test_what_a_teacher_rejected_is_counted(bench: Bench) -> None:
    """A new review of it would be delivered."""
    rejected = a_review(new_submission_id="sub-1", decision=a_note(standing=ReviewStanding.REJECTED))
    for review in (rejected, a_review(new_submission_id="sub-2", decision=a_note())):
        await bench.current.make_current(review)
    assert (await bench.begin()).rejected == 1


@pytest.mark.parametrize("dependency", [Dependency.KAFKA, Dependency.MONGODB, Dependency.ARCHIVE_ROOT])
async def test_an_outage_is_outlasted_over_new_connections(bench: Bench, dependency: Dependency) -> None:
    """However often; it is told what is away."""
    bench.ends = [Unavailable(dependency, "away")] * 3
    with capture_logs() as lines:
        await bench.begin()
    assert (len(bench.attempts), bench.connections) == (4, 4)
    assert [line["dependency"] for line in lines if line["event"] == "replay_waits"] == [dependency.value] * 3


async def test_what_is_no_outage_ends_the_process(bench: Bench) -> None:
    """The books say where to go on."""
    bench.ends = [StartRefused("no such topic", "make it")]
    with pytest.raises(StartRefused):
        await bench.begin()
    assert (await bench.replays.find("replay-1")).phase is ReplayPhase.RUNNING
    await bench.resume()
    assert bench.announced == ["replay-1", "replay-1"]


async def test_whoever_resumes_takes_over(bench: Bench) -> None:
    """From a pause, or from a process that may be dead or not."""
    begun = await bench.begin()
    for phase in (ReplayPhase.RUNNING, ReplayPhase.PAUSED):
        await bench.replays.turn("replay-1", phase, only_from=[ReplayPhase.RUNNING])
        resumed = await bench.resume()
        assert resumed.phase is ReplayPhase.RUNNING
        assert resumed.holder != begun.holder


@pytest.mark.parametrize("phase", [ReplayPhase.FINISHED, ReplayPhase.CANCELLED, ReplayPhase.PROMOTED])
async def test_an_ended_replay_is_neither_resumed_nor_turned(bench: Bench, phase: ReplayPhase) -> None:
    """It says what it is."""
    await bench.begin()
    await bench.replays.turn("replay-1", phase, only_from=[ReplayPhase.RUNNING])
    with pytest.raises(StartRefused, match=f"replay-1 is {phase}"):
        await bench.resume()
    with pytest.raises(StartRefused, match=f"replay-1 is {phase}"):
        await turn_replay(SETTINGS, "replay-1", ReplayPhase.PAUSED)


async def test_turning_twice_is_turning_once(bench: Bench) -> None:
    """A paused replay can be paused, and then cancelled."""
    await bench.begin()
    for phase in (ReplayPhase.PAUSED, ReplayPhase.PAUSED, ReplayPhase.CANCELLED, ReplayPhase.CANCELLED):
        assert (await turn_replay(SETTINGS, "replay-1", phase)).phase is phase
    assert [state.phase for state in await list_replays(SETTINGS, 5)] == [ReplayPhase.CANCELLED]


@pytest.mark.parametrize("is_shadow", [True, False])
async def test_a_failure_that_has_its_review_by_now_is_none(bench: Bench, is_shadow: bool) -> None:
    """Its dead letter was requeued; outside of the shadow the review has to be delivered as well."""
    await bench.replays.begin(a_state(is_shadow=is_shadow), [an_item(number) for number in range(3)])
    await bench.replays.mark([an_item(number) for number in range(3)], ItemPhase.FAILED, "model_refused: no")
    for number in (0, 1):
        await bench.reviews.store(a_review(generation=1, new_submission_id=f"sub-{number}"))
    await bench.reviews.mark_published(a_review(generation=1, new_submission_id="sub-0"), NOON)
    state, failed = await look_at_replay(SETTINGS, "replay-1")
    left = [2] if is_shadow else [1, 2]
    assert [item.number for item in failed] == left
    assert (state.failed, state.reviewed, state.heard_at) == (len(left), 3 - len(left), NOON)
