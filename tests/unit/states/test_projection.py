"""The projection over fakes: it keeps before it commits, outlasts outages, and can be told anew."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from app.core.history.identity import review_id
from app.core.states import StateFact
from app.states.looking import StateDesk
from app.states.projection import Projection, complete_published, rebuild_states
from schemas.errors import Dependency, Unavailable
from schemas.state import HoldStory, SubmissionPhase
from tests.builders.records import NOON
from tests.builders.state_records import TOPICS, Written, compared, decided, refused, reviewed, submitted
from tests.fakes.clock import FakeClock
from tests.fakes.states import MemoryHolds, MemoryStates
from tests.patience import PATIENCE_S

TASK = review_id("student-1", "hw-1", "sub-1", 0)


class ScriptedFeed:
    """A log that is taken record by record; what was not committed comes again after a failure."""

    def __init__(self, records: list[Written], fail_at: int = -1) -> None:
        self.records = records
        self.fail_at = fail_at
        self.committed = 0
        self._taken = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["ScriptedFeed"]:
        """Connect: from the last commit on."""
        self._taken = self.committed
        yield self

    async def take(self) -> list[Written]:
        """The next record."""
        await asyncio.sleep(0)
        if self._taken == self.fail_at:
            self.fail_at = -1
            raise Unavailable(Dependency.KAFKA, "switched off by the test")
        found = self.records[self._taken : self._taken + 1]
        self._taken += len(found)
        return found

    async def commit(self) -> None:
        """What was taken need not come again."""
        self.committed = self._taken

    async def lag(self) -> int:
        """What was not taken."""
        return len(self.records) - self._taken


async def followed(feed: ScriptedFeed, states: MemoryStates) -> None:
    """Let a projection read all that there is."""
    projection = Projection(feed.open, states, states, TOPICS)
    running = asyncio.create_task(projection.run())
    async with asyncio.timeout(PATIENCE_S):
        while feed.committed < len(feed.records):
            assert not running.done()
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])


async def test_the_log_becomes_states() -> None:
    """Each record is kept, then committed."""
    states = MemoryStates()
    await followed(ScriptedFeed([submitted(1), compared(1, of=1), reviewed(1)]), states)
    assert states.facts[TASK].state.phase is SubmissionPhase.PUBLISHING
    assert states.passed == {0: 1}


async def test_outages_are_outlasted() -> None:
    """Kafka fails once, MongoDB for a while: nothing is committed that was not kept, and all is kept in the end."""
    states = MemoryStates()
    feed = ScriptedFeed([submitted(1), compared(1, of=1)], fail_at=1)
    states.away = True
    following = asyncio.create_task(followed(feed, states))
    await asyncio.sleep(0.2)
    assert feed.committed == 0
    states.away = False
    await following
    assert states.facts[TASK].state.phase is SubmissionPhase.REVIEWING


class Broken(MemoryStates):
    """A bug in what keeps states, as often as the test says."""

    def __init__(self, *, bugs_keeping: int = 0, bugs_completing: int = 0) -> None:
        super().__init__()
        self.bugs = {"advance": bugs_keeping, "unpublished": bugs_completing}

    async def advance(self, facts: Collection[StateFact]) -> None:
        self._fail("advance")
        await super().advance(facts)

    async def unpublished(self) -> AsyncIterator[StateFact]:
        self._fail("unpublished")
        async for fact in super().unpublished():
            yield fact

    def _fail(self, name: str) -> None:
        if self.bugs[name]:
            self.bugs[name] -= 1
            raise KeyError("def solve(): a student's line")


@pytest.mark.parametrize("bugs", [{"bugs_keeping": 1}, {"bugs_completing": 1}], ids=["keeping", "completing"])
async def test_a_bug_is_told_and_ends_nothing(bugs: dict[str, int]) -> None:
    """States that stand still unseen would look like a line that does: it is a problem until it is over."""
    states, feed = Broken(**bugs), ScriptedFeed([submitted(1), compared(1, of=1)])
    projection = Projection(feed.open, states, states, TOPICS)
    with capture_logs() as logged:
        running = asyncio.create_task(projection.run())
        async with asyncio.timeout(PATIENCE_S):
            while not logged:
                await asyncio.sleep(0.01)
            while feed.committed < len(feed.records) or projection.problem is not None:
                problem = projection.problem
                assert problem is None or "has not begun" in problem or "KeyError at" in problem
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
    (line,) = [one for one in logged if one["event"] == "states_failed"]
    assert line["error"].startswith("KeyError at")
    assert "student" not in str(logged)
    assert states.facts[TASK].state.phase is SubmissionPhase.REVIEWING


async def test_what_is_published_is_completed() -> None:
    """The publisher's mark completes the state, at the mark's time; the others stay as they are."""
    states = MemoryStates()
    await followed(ScriptedFeed([reviewed(1), reviewed(2, new_submission_id="sub-2")]), states)
    states.published[TASK] = NOON
    await complete_published(states, states)
    assert states.facts[TASK].state.phase is SubmissionPhase.COMPLETED
    assert states.facts[TASK].state.changed_at == NOON
    assert {fact.state.phase for fact in states.facts.values()} == {
        SubmissionPhase.COMPLETED,
        SubmissionPhase.PUBLISHING,
    }


async def test_states_are_rebuilt_from_the_log() -> None:
    """The same as by following it; what stood there before and is in no log is gone."""
    records = [submitted(1), compared(1, of=1), reviewed(1), submitted(2, submission_id="sub-2")]
    followed_states, rebuilt = MemoryStates(), MemoryStates()
    await followed(ScriptedFeed(records), followed_states)
    followed_states.published[TASK] = rebuilt.published[TASK] = NOON
    await complete_published(followed_states, followed_states)
    await followed(ScriptedFeed([submitted(9, submission_id="of-no-log")]), rebuilt)

    async def log() -> AsyncIterator[Written]:
        for record in records:
            yield record

    assert await rebuild_states(log(), rebuilt, rebuilt, TOPICS) == len(records)
    assert rebuilt.facts == followed_states.facts
    assert rebuilt.passed == followed_states.passed


async def test_the_desk_tells_what_the_log_cannot() -> None:
    """A note of a hold, and that a worker has read past a submission."""
    states, holds = MemoryStates(), MemoryHolds()
    desk = StateDesk(states, holds, states, FakeClock())
    assert await desk.find(TASK) is None
    await followed(ScriptedFeed([submitted(1)]), states)
    await states.note_passed({0: 2})
    found = await desk.find(TASK)
    assert found is not None
    assert found.phase is SubmissionPhase.COMPARING
    await followed(ScriptedFeed([compared(1)]), states)
    hold = HoldStory(reason="budget_day", detail="d", cure="c", until=NOON + timedelta(hours=1))
    await holds.note(TASK, hold)
    found = await desk.find(TASK)
    assert found is not None
    assert (found.phase, found.hold) == (SubmissionPhase.HELD, hold)


async def test_an_approval_of_what_is_published_takes_nothing_back() -> None:
    """Neither while the editor has it in hand nor where it refuses it; one that waits is on its way, or refused."""
    states = MemoryStates()
    desk = StateDesk(states, MemoryHolds(), states, FakeClock())
    told = []
    for records in ([reviewed(1)], [decided(1)], [refused("editor", 2, refused_at=1)]):
        await followed(ScriptedFeed(records), states)
        for published in ({}, {TASK: NOON}):
            states.published = published
            found = await desk.find(TASK)
            assert found is not None
            told.append((found.phase.value, found.refusal is None))
        await complete_published(states, states)
    assert told == [
        *(("publishing", True), ("publishing", True)),
        *(("publishing", True), ("completed", True)),
        *(("refused", False), ("completed", True)),
    ]
