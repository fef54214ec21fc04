"""Replays of one submission: begun once, gone on with, and found among all others."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.replay import appeals as module
from app.replay.appeals import InstallationAppeals, _only
from app.replay.stories import ReplayRequest
from schemas.errors import StartRefused
from schemas.replay import ReplayPhase, ReplayState, Selection
from tests.builders.decisions import an_asked_replay
from tests.builders.records import NOON
from tests.builders.replays import a_state
from tests.fakes.replays import MemoryReplays

ENDED = [ReplayPhase.FINISHED, ReplayPhase.CANCELLED, ReplayPhase.PAUSED]


class Bench:
    """The stories in place of an installation's: a replay is finished by whoever begins or resumes it.

    `meanwhile` is what happens while this process listens, `turned` what an operator does while it works.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.replays = MemoryReplays()
        self.told: list[str] = []
        self.drawn: list[str] = []
        self.meanwhile: list[dict[str, Any]] = []
        self.turned: list[dict[str, Any]] = []
        monkeypatch.setattr(module, "begin_replay", self.begin)
        monkeypatch.setattr(module, "resume_replay", self.resume)

    async def begin(
        self, _settings: Any, request: ReplayRequest, *, keep_drawn: Callable[[str], Awaitable[None]], **_tells: Any
    ) -> ReplayState:
        state = a_state(selection=request.selection, reason=request.reason, is_fresh=request.is_fresh)
        await keep_drawn(state.replay_id)
        await self.replays.begin(state, [])
        return await self.worked_on("begun", request.is_appeal)

    async def resume(self, _settings: Any, replay_id: str, **_tells: Any) -> ReplayState:
        state = await self.replays.find(replay_id)
        if state.phase is not ReplayPhase.RUNNING or (self.turned and "refused" in self.turned[0]):
            raise StartRefused("it is as it is", "leave it")
        return await self.worked_on("resumed", True)

    async def worked_on(self, how: str, is_appeal: bool) -> ReplayState:
        assert is_appeal
        self.told.append(how)
        await self.turn(**(self.turned.pop(0) if self.turned else {"phase": ReplayPhase.FINISHED}))
        return await self.replays.find("replay-1")

    async def turn(self, phase: ReplayPhase = ReplayPhase.RUNNING, **fields: Any) -> None:
        await self.replays.turn("replay-1", phase, only_from=[ReplayPhase.RUNNING], **fields)

    async def sleep(self, _seconds: float) -> None:
        if self.meanwhile:
            await self.turn(**self.meanwhile.pop(0))

    async def keep_drawn(self, replay_id: str) -> None:
        self.drawn.append(replay_id)

    async def carry_out(self, replay_id: str | None = None) -> ReplayState:
        appeals: Any = InstallationAppeals(SimpleNamespace(), self.replays, self.sleep)  # type: ignore[arg-type]
        state: ReplayState = await appeals.carry_out(
            an_asked_replay(is_fresh=True, replay_id=replay_id), self.keep_drawn
        )
        return state


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench in place of the installation."""
    return Bench(monkeypatch)


@pytest.mark.parametrize("replay_id", [None, "replay-9"])
async def test_what_nothing_is_kept_of_is_begun(bench: Bench, replay_id: str | None) -> None:
    """As an appeal of that very submission; so is what died between its id and its replay."""
    state = await bench.carry_out(replay_id)
    assert (state.phase, bench.told, bench.drawn) == (ReplayPhase.FINISHED, ["begun"], ["replay-1"])
    assert (_only(state.selection), state.reason, state.is_fresh) == (("student-1", "hw-1", "sub-1"), "why", True)


async def test_what_runs_and_is_silent_is_resumed(bench: Bench) -> None:
    """None is begun beside it."""
    await bench.replays.begin(a_state(), [])
    state = await bench.carry_out("replay-1")
    assert (state.phase, bench.told, bench.drawn) == (ReplayPhase.FINISHED, ["resumed"], [])


@pytest.mark.parametrize("phase", ENDED)
async def test_what_has_ended_or_was_stopped_is_left(bench: Bench, phase: ReplayPhase) -> None:
    """A pause too: whoever paused it goes on with it, or not."""
    await bench.replays.begin(a_state(phase=phase), [])
    assert (await bench.carry_out("replay-1")).phase is phase
    assert (bench.told, bench.drawn) == ([], [])


@pytest.mark.parametrize("phase", ENDED)
async def test_what_ends_while_it_is_listened_to_is_left(bench: Bench, phase: ReplayPhase) -> None:
    """Whoever stopped it wanted that."""
    await bench.replays.begin(a_state(), [])
    bench.meanwhile = [{"phase": phase}]
    assert (await bench.carry_out("replay-1")).phase is phase
    assert bench.told == []


async def test_what_an_operator_took_over_is_theirs_until_they_are_silent(bench: Bench) -> None:
    """Found at the begin, or while this process worked on it; whoever asked gets a review in any case."""
    bench.turned = [{"holder": "operator"}]
    bench.meanwhile = [{"heard_at": NOON + timedelta(seconds=n)} for n in range(1, 4)]
    state = await bench.carry_out()
    assert (state.phase, bench.told, bench.meanwhile) == (ReplayPhase.FINISHED, ["begun", "resumed"], [])


async def test_what_cannot_be_resumed_is_told(bench: Bench) -> None:
    """Where it runs still: an operator has to mend something."""
    await bench.replays.begin(a_state(), [])
    bench.turned = [{"refused": True}]
    with pytest.raises(StartRefused, match="it is as it is"):
        await bench.carry_out("replay-1")


async def test_what_ends_in_the_moment_of_resuming_is_left(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal to resume it is no failure."""
    await bench.replays.begin(a_state(), [])

    async def too_late(*_given: Any, **_tells: Any) -> ReplayState:
        await bench.turn(ReplayPhase.CANCELLED)
        raise StartRefused("replay-1 is cancelled", "begin another one")

    monkeypatch.setattr(module, "resume_replay", too_late)
    assert (await bench.carry_out("replay-1")).phase is ReplayPhase.CANCELLED


@pytest.mark.parametrize(
    ("selection", "submission"),
    [
        (Selection(students=("s",), assignments=("a",), submissions=("x",)), ("s", "a", "x")),
        (Selection(students=("s",), assignments=("a",), submissions=("x", "y")), None),
        (Selection(submissions=("x",)), None),
        (Selection(), None),
    ],
)
def test_a_replay_of_one_submission_is_told_apart(
    selection: Selection, submission: tuple[str, str, str] | None
) -> None:
    """One that means more than this submission is an operator's."""
    assert _only(selection) == submission
