"""What was asked for is carried out, whichever web process stops, dies, or loses MongoDB in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.core.deciding.decision_ports import AskedReplay
from app.core.ports import SubmissionKey
from app.desk.appealing import AppealRunner, KeepDrawn
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.replay import ReplayPhase, ReplayState
from tests.builders.decisions import an_asked_replay
from tests.builders.records import NOON
from tests.builders.replays import a_state
from tests.fakes.asked_replays import MemoryAskedReplays
from tests.fakes.simulated_time import LoopClock, run_simulated

FIRST = an_asked_replay()
SECOND = an_asked_replay(submission=("student-2", "hw-1", "sub-1"), asked_at=NOON + timedelta(seconds=1))
MINUTE_S = 60.0


@dataclass
class SlowAppeals:
    """Port `Appeals`: a replay takes ten minutes in all, however often it is interrupted. `ends` are raised first."""

    ends: list[BaseException] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    running: int = 0
    left_s: dict[str, float] = field(default_factory=dict)

    async def carry_out(self, asked: AskedReplay, keep_drawn: KeepDrawn) -> ReplayState:
        if self.ends:
            raise self.ends.pop(0)
        replay_id = asked.replay_id
        if replay_id is None:
            replay_id = f"replay-{len(self.begun) + 1}"
            await keep_drawn(replay_id)
            self.begun.append(replay_id)
        loop = asyncio.get_running_loop()
        left_s, since = self.left_s.get(replay_id, 10 * MINUTE_S), loop.time()
        self.running += 1
        try:
            await asyncio.sleep(left_s)
        finally:
            self.running -= 1
            self.left_s[replay_id] = left_s - (loop.time() - since)
        self.finished.append(replay_id)
        return a_state(replay_id=replay_id, phase=ReplayPhase.FINISHED)

    async def of(self, submission: SubmissionKey) -> Sequence[ReplayState]:
        return []


@dataclass
class Bench:
    """What several processes share, and ways for them to end."""

    asked: MemoryAskedReplays = field(default_factory=MemoryAskedReplays)
    appeals: SlowAppeals = field(default_factory=SlowAppeals)

    async def ask(self, *asked: AskedReplay) -> None:
        for one in asked:
            assert await self.asked.ask(one)

    @asynccontextmanager
    async def process(self, kept: MemoryAskedReplays | None = None) -> AsyncIterator[None]:
        """A web process, which stops cleanly at the end. `kept`: what it has of MongoDB."""
        runner = AppealRunner(kept or self.asked, self.appeals, LoopClock())
        task = asyncio.create_task(runner.run())
        try:
            yield
        finally:
            assert not task.done(), "it never ends by itself"
            task.cancel()
            await asyncio.wait([task])

    async def failure(self, asked: AskedReplay = FIRST) -> str | None:
        found = await self.asked.find(asked.submission)
        assert found is not None
        return found.failure


class Deaf(MemoryAskedReplays):
    """What a killed process has of MongoDB: nothing that it does arrives any more."""

    def __init__(self, shared: MemoryAskedReplays) -> None:
        super().__init__()
        self._kept = shared._kept


def test_what_is_asked_for_is_carried_out_one_after_the_other() -> None:
    """And is forgotten then: its replay is there to be looked at."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST, SECOND)
        async with bench.process():
            await asyncio.sleep(MINUTE_S)
            assert bench.appeals.running == 1
            await asyncio.sleep(20 * MINUTE_S)
        assert bench.appeals.finished == ["replay-1", "replay-2"]
        assert bench.asked.waiting == 0

    run_simulated(story())


def test_a_stop_loses_nothing() -> None:
    """The next process goes on at once with the one that ran, and then with the one that waited."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST, SECOND)
        async with bench.process():
            await asyncio.sleep(MINUTE_S)
        assert (bench.appeals.running, bench.asked.waiting) == (0, 2)
        async with bench.process():
            await asyncio.sleep(1)
            assert bench.appeals.running == 1
            await asyncio.sleep(20 * MINUTE_S)
        assert bench.appeals.begun == bench.appeals.finished == ["replay-1", "replay-2"]

    run_simulated(story())


def test_another_process_takes_what_a_killed_one_held() -> None:
    """Once that is silent for a minute; the replay that it began is gone on with."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST)
        killed = Deaf(bench.asked)
        async with bench.process(killed):
            await asyncio.sleep(MINUTE_S)
            killed.away = True
        async with bench.process():
            await asyncio.sleep(MINUTE_S - 10)
            assert bench.appeals.running == 0
            await asyncio.sleep(20)
            assert bench.appeals.running == 1
            await asyncio.sleep(10 * MINUTE_S)
        assert bench.appeals.begun == bench.appeals.finished == ["replay-1"]

    run_simulated(story())


def test_a_process_that_was_silent_lets_go() -> None:
    """It is told that another one took over once MongoDB hears it again; it goes on with what nobody holds."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST)
        cut_off = Deaf(bench.asked)
        with capture_logs() as logged:
            async with bench.process(cut_off):
                await asyncio.sleep(MINUTE_S)
                cut_off.away = True
                async with bench.process():
                    await asyncio.sleep(2 * MINUTE_S)
                    assert bench.appeals.running == 2
                    cut_off.away = False
                    await asyncio.sleep(10)
                    assert bench.appeals.running == 1
                    await bench.ask(SECOND)
                    await asyncio.sleep(2)
                    assert bench.appeals.running == 2
                    await asyncio.sleep(15 * MINUTE_S)
        assert [line["event"] for line in logged] == ["asked_replay_taken_over"]
        assert bench.appeals.begun == ["replay-1", "replay-2"]
        assert bench.asked.waiting == 0

    run_simulated(story())


def test_two_processes_take_one_each() -> None:
    """Nobody carries out what another one does."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST, SECOND)
        async with bench.process(), bench.process():
            await asyncio.sleep(MINUTE_S)
            assert bench.appeals.running == 2
            await asyncio.sleep(10 * MINUTE_S)
        assert sorted(bench.appeals.finished) == ["replay-1", "replay-2"]

    run_simulated(story())


@pytest.mark.parametrize("before", [0.0, MINUTE_S])
def test_an_outage_of_mongodb_is_outlasted(before: float) -> None:
    """While nothing runs and while a replay does; also one of an hour."""

    async def story() -> None:
        bench = Bench()
        await bench.ask(FIRST)
        bench.asked.away = not before
        async with bench.process():
            await asyncio.sleep(before)
            bench.asked.away = True
            await asyncio.sleep(60 * MINUTE_S)
            bench.asked.away = False
            await asyncio.sleep(11 * MINUTE_S)
        assert bench.appeals.begun == ["replay-1"]
        assert bench.asked.waiting == 0

    run_simulated(story())


def test_an_outage_is_no_failure() -> None:
    """What is away when a replay is begun is waited for."""

    async def story() -> None:
        bench = Bench(appeals=SlowAppeals(ends=[Unavailable(Dependency.KAFKA, "away")] * 5))
        await bench.ask(FIRST)
        with capture_logs() as logged:
            async with bench.process():
                await asyncio.sleep(15 * MINUTE_S)
        assert [(line["event"], line["detail"]) for line in logged] == [("asked_replays_wait", "kafka: away")] * 5
        assert (bench.appeals.finished, bench.asked.waiting) == (["replay-1"], 0)

    run_simulated(story())


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (StartRefused("no submission is meant", "widen it"), "no submission is meant\n  cure: widen it"),
        (RuntimeError("a student's text"), "RuntimeError"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
)
def test_what_fails_is_kept_and_the_next_one_is_carried_out(error: BaseException, failure: str) -> None:
    """A bug by its kind alone: its message may quote a student."""

    async def story() -> None:
        bench = Bench(appeals=SlowAppeals(ends=[error]))
        await bench.ask(FIRST, SECOND)
        with capture_logs() as logged:
            async with bench.process():
                await asyncio.sleep(15 * MINUTE_S)
        assert await bench.failure() == failure
        assert bench.appeals.finished == ["replay-1"]
        assert [line["event"] for line in logged] == ["asked_replay_failed"]
        assert "a student's text" not in str(logged)
        await bench.ask(FIRST)
        async with bench.process():
            await asyncio.sleep(15 * MINUTE_S)
        assert bench.appeals.finished == ["replay-1", "replay-2"]

    run_simulated(story())


def test_a_bug_beside_the_replays_ends_nothing() -> None:
    """It is told by its place, and the next look may be luckier."""

    class Broken(MemoryAskedReplays):
        broken = 3

        async def take(self, *arguments: object) -> AskedReplay | None:
            if self.broken:
                self.broken -= 1
                raise KeyError("a student's text")
            return await super().take(*arguments)  # type: ignore[arg-type]

    async def story() -> None:
        bench = Bench(asked=Broken())
        await bench.ask(FIRST)
        with capture_logs() as logged:
            async with bench.process():
                await asyncio.sleep(15 * MINUTE_S)
        assert [line["event"] for line in logged] == ["asked_replays_wait"] * 3
        assert "a student's text" not in str(logged)
        assert bench.appeals.finished == ["replay-1"]

    run_simulated(story())
