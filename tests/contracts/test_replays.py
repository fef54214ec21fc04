"""What the books of replays do, on the fake and on a MongoDB-compatible server."""

import asyncio
from datetime import timedelta

import pytest

from app.adapters.mongo.replays import MongoReplays
from app.core.replaying.items import ItemPhase
from app.core.replaying.replay_ports import Replays
from schemas.errors import Dependency, StartRefused, Unavailable
from schemas.replay import ReplayPhase, Selection
from tests.builders.records import NOON
from tests.builders.replays import a_head, a_state, a_step, an_item
from tests.contracts.conftest import Client
from tests.fakes.replays import MemoryReplays


async def numbers(replays: Replays, *phases: ItemPhase, replay: str = "replay-1") -> list[int]:
    return [item.number async for item in replays.items(replay, *phases)]


class ReplaysContract:
    """The facts; each subclass gives the fixtures `replays` and `away`."""

    async def test_generations_only_grow(self, replays: Replays) -> None:
        """Nobody draws the same one, however many draw at once."""
        drawn = await asyncio.gather(*(replays.draw_generation() for _ in range(10)))
        assert len(set(drawn)) == 10
        assert min(drawn) == 1
        assert await replays.draw_generation() > max(drawn)

    async def test_a_replay_comes_back_as_it_was_kept(self, replays: Replays) -> None:
        """Its selection, its times, its submissions with their predecessors."""
        selection = Selection(offsets={0: (3, None), 1: (0, 5)}, since=NOON, students=("a", "b"), score_min=3)
        state = a_state(selection=selection, reason="why", is_shadow=True, rate_per_s=0.5)
        items = [an_item(0), an_item(1, step=a_step(1, a_head(0))), an_item(2, supersedes=None)]
        await replays.begin(state, items)
        assert await replays.find("replay-1") == state
        assert [item async for item in replays.items("replay-1")] == items

    async def test_an_unknown_replay_is_refused(self, replays: Replays) -> None:
        """It has no submissions either, and cannot be turned."""
        with pytest.raises(StartRefused, match="there is no replay replay-9"):
            await replays.find("replay-9")
        assert await numbers(replays, replay="replay-9") == []
        assert not await replays.turn("replay-9", ReplayPhase.PAUSED, only_from=list(ReplayPhase))

    async def test_the_newest_are_listed_first(self, replays: Replays) -> None:
        """As many as are asked for, by generation, not by name."""
        for generation in (1, 2, 10):
            await replays.begin(a_state(replay_id=f"replay-{generation}", generation=generation), [])
        assert [state.generation for state in await replays.all(2)] == [10, 2]

    async def test_a_phase_is_changed_only_from_where_it_may(self, replays: Replays) -> None:
        """In one step with what goes with it; of two that would change it one does."""
        await replays.begin(a_state(), [])
        assert not await replays.turn("replay-1", ReplayPhase.PROMOTED, only_from=[ReplayPhase.FINISHED])
        turns = [
            replays.turn("replay-1", phase, only_from=[ReplayPhase.RUNNING], holder=phase.value)
            for phase in (ReplayPhase.PAUSED, ReplayPhase.CANCELLED)
        ]
        assert sorted(await asyncio.gather(*turns)) == [False, True]
        state = await replays.find("replay-1")
        assert state.holder == state.phase.value

    async def test_submissions_come_by_phase_in_the_order_of_the_log(self, replays: Replays) -> None:
        """Whatever was marked in which order."""
        await replays.begin(a_state(), [an_item(number) for number in range(6)])
        await replays.mark([an_item(4), an_item(1)], ItemPhase.SENT)
        await replays.mark([an_item(1)], ItemPhase.REVIEWED)
        await replays.mark([an_item(3)], ItemPhase.FAILED, "why")
        assert await numbers(replays) == list(range(6))
        assert await numbers(replays, ItemPhase.WAITING) == [0, 2, 5]
        assert await numbers(replays, ItemPhase.SENT, ItemPhase.REVIEWED) == [1, 4]
        assert [(item.number, item.why) async for item in replays.items("replay-1", ItemPhase.FAILED)] == [(3, "why")]

    async def test_replays_do_not_mix(self, replays: Replays) -> None:
        """Each has its own submissions, marks and counts."""
        for generation in (1, 2):
            name = f"replay-{generation}"
            items = [an_item(number, replay=name, generation=generation) for number in range(2)]
            await replays.begin(a_state(replay_id=name, generation=generation), items)
        await replays.mark([an_item(0, replay="replay-2", generation=2)], ItemPhase.SENT)
        assert await numbers(replays, ItemPhase.SENT) == []
        assert ((await replays.note("replay-1")).sent, (await replays.note("replay-2")).sent) == (0, 1)

    async def test_a_note_counts_and_keeps_the_rest(self, replays: Replays) -> None:
        """Sent ones include those that have their review; the time is moved only by who works."""
        await replays.begin(a_state(chosen=4), [an_item(number) for number in range(4)])
        await replays.turn("replay-1", ReplayPhase.PAUSED, only_from=[ReplayPhase.RUNNING], holder="other")
        await replays.mark([an_item(0), an_item(1)], ItemPhase.SENT)
        await replays.mark([an_item(0)], ItemPhase.REVIEWED)
        await replays.mark([an_item(2)], ItemPhase.FAILED, "why")
        later = NOON + timedelta(seconds=5)
        state = await replays.note("replay-1", later)
        assert (state.sent, state.reviewed, state.failed, state.heard_at) == (2, 1, 1, later)
        assert (state.phase, state.holder, state.chosen) == (ReplayPhase.PAUSED, "other", 4)
        assert (await replays.note("replay-1")).heard_at == later

    async def test_marks_may_be_made_while_submissions_are_read(self, replays: Replays) -> None:
        """Each comes once, however many there are."""
        await replays.begin(a_state(), [an_item(number) for number in range(1_100)])
        seen = []
        async for item in replays.items("replay-1", ItemPhase.WAITING):
            seen.append(item.number)
            if item.number % 100 == 0:
                await replays.mark([item], ItemPhase.SENT)
        assert seen == list(range(1_100))

    async def test_an_outage_is_unavailable(self, replays: Replays, away: Replays) -> None:
        """Whatever is asked, in the midst of reading too."""
        for ask in (
            away.draw_generation,
            lambda: away.begin(a_state(), [an_item()]),
            lambda: away.find("replay-1"),
            lambda: away.all(1),
            lambda: away.turn("replay-1", ReplayPhase.PAUSED, only_from=[ReplayPhase.RUNNING]),
            lambda: away.note("replay-1"),
            lambda: away.mark([an_item()], ItemPhase.SENT),
            lambda: numbers(away),
        ):
            with pytest.raises(Unavailable) as caught:
                await ask()
            assert caught.value.dependency is Dependency.MONGODB


class TestMemory(ReplaysContract):
    """The fake."""

    @pytest.fixture
    def replays(self) -> MemoryReplays:
        return MemoryReplays()

    @pytest.fixture
    def away(self) -> MemoryReplays:
        replays = MemoryReplays()
        replays.away = True
        return replays


@pytest.mark.mongo
class TestMongo(ReplaysContract):
    """The real adapter."""

    @pytest.fixture
    def replays(self, mongo_client: Client, mongo_database: str) -> MongoReplays:
        return MongoReplays(mongo_client, mongo_database)

    @pytest.fixture
    def away(self, mongo_away: Client) -> MongoReplays:
        return MongoReplays(mongo_away, "away")
