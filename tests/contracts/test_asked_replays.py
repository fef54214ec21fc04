"""What every `AskedReplays` does, run on the fake and on a MongoDB-compatible server."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from app.adapters.mongo.asked_replays import MongoAskedReplays
from app.core.deciding.decision_ports import AskedReplay, AskedReplays
from schemas.errors import Unavailable
from tests.builders.decisions import an_asked_replay
from tests.builders.records import NOON
from tests.contracts.conftest import Client
from tests.fakes.asked_replays import MemoryAskedReplays

ASKED: Final = an_asked_replay()
LATER: Final = NOON + timedelta(minutes=1)


async def take(asked: AskedReplays, holder: str, minutes: int = 0) -> AskedReplay | None:
    """What is taken some minutes after noon; who was silent for more than one of them has lost it."""
    at = NOON + timedelta(minutes=minutes)
    return await asked.take(holder, at, at - timedelta(minutes=1))


class AskedReplaysContract:
    """The facts; each subclass gives the fixtures `asked` and `away`."""

    async def test_what_is_asked_for_is_found(self, asked: AskedReplays) -> None:
        """Whole, under its submission alone."""
        assert await asked.ask(ASKED)
        assert await asked.find(ASKED.submission) == ASKED
        assert await asked.find(("someone", "else", "s-1")) is None

    async def test_asking_twice_is_asking_once(self, asked: AskedReplays) -> None:
        """The first one stays, while it waits and while it runs."""
        again = replace(ASKED, reason="another one", asked_at=LATER)
        assert (await asked.ask(ASKED), await asked.ask(again)) == (True, False)
        assert await take(asked, "one") == ASKED
        assert not await asked.ask(again)
        assert await asked.find(ASKED.submission) == ASKED

    async def test_of_many_that_ask_at_once_one_is_kept(self, asked: AskedReplays) -> None:
        """Whoever comes first, for the first time or after a failure."""
        for _ in range(2):
            kept = await asyncio.gather(*(asked.ask(replace(ASKED, reason=f"reason {n}")) for n in range(20)))
            assert kept.count(True) == 1
            found = await asked.find(ASKED.submission)
            assert found is not None
            assert found.reason == f"reason {kept.index(True)}"
            await take(asked, "one")
            await asked.end(ASKED.submission, "one", "it failed")

    async def test_the_oldest_is_taken_first(self, asked: AskedReplays) -> None:
        """Each by one holder."""
        younger = replace(ASKED, submission=("student-2", "hw-1", "s-2"), asked_at=LATER)
        for one in (younger, ASKED):
            await asked.ask(one)
        assert [await take(asked, holder) for holder in ("one", "two", "three")] == [ASKED, younger, None]

    async def test_many_that_take_at_once_take_one_each(self, asked: AskedReplays) -> None:
        """Nobody takes what another one holds."""
        for number in range(5):
            await asked.ask(replace(ASKED, submission=("student-1", "hw-1", f"s-{number}")))
        taken = await asyncio.gather(*(take(asked, f"holder {number}") for number in range(10)))
        keys = [one.submission for one in taken if one is not None]
        assert (len(keys), len(set(keys))) == (5, 5)

    async def test_who_is_silent_loses_it(self, asked: AskedReplays) -> None:
        """And is told so; what it did by then goes along."""
        await asked.ask(ASKED)
        await take(asked, "one")
        assert await asked.note(ASKED.submission, "one", NOON, "replay-1")
        assert await asked.note(ASKED.submission, "one", LATER), "whose note says nothing else changes nothing else"
        assert await take(asked, "two", minutes=2) is None
        assert await take(asked, "two", minutes=3) == replace(ASKED, replay_id="replay-1")
        assert not await asked.note(ASKED.submission, "one", LATER, "replay-2")
        await asked.end(ASKED.submission, "one")
        await asked.give_back("one")
        assert await take(asked, "three", minutes=3) is None
        assert await asked.find(ASKED.submission) == replace(ASKED, replay_id="replay-1")

    async def test_what_is_given_back_is_free_at_once(self, asked: AskedReplays) -> None:
        """What it holds already a holder may take again."""
        await asked.ask(ASKED)
        assert [await take(asked, holder) for holder in ("one", "one", "two")] == [ASKED, ASKED, None]
        await asked.give_back("one")
        assert await take(asked, "two") == ASKED

    async def test_what_has_ended_is_gone(self, asked: AskedReplays) -> None:
        """It can be asked for again."""
        await asked.ask(ASKED)
        await take(asked, "one")
        await asked.end(ASKED.submission, "one")
        assert await asked.find(ASKED.submission) is None
        assert not await asked.note(ASKED.submission, "one", LATER)
        assert await asked.ask(ASKED)

    async def test_what_failed_is_kept_until_it_is_asked_for_again(self, asked: AskedReplays) -> None:
        """Nobody takes it, however long its holder is silent."""
        await asked.ask(ASKED)
        await take(asked, "one")
        await asked.end(ASKED.submission, "one", "it failed")
        assert await asked.find(ASKED.submission) == replace(ASKED, failure="it failed")
        assert [await take(asked, holder, minutes=9) for holder in ("one", "two")] == [None, None]
        again = replace(ASKED, reason="another one")
        assert await asked.ask(again)
        assert await asked.find(ASKED.submission) == again
        assert await take(asked, "two") == again

    async def test_an_outage_is_unavailable(self, away: AskedReplays) -> None:
        """Whatever is called."""
        for ask in (
            away.ask(ASKED),
            away.find(ASKED.submission),
            away.take("one", NOON, NOON),
            away.note(ASKED.submission, "one", NOON),
            away.give_back("one"),
            away.end(ASKED.submission, "one"),
            away.end(ASKED.submission, "one", "it failed"),
        ):
            with pytest.raises(Unavailable):
                await ask


class TestMemoryAskedReplays(AskedReplaysContract):
    """The contract on the fake."""

    @pytest.fixture
    def asked(self) -> MemoryAskedReplays:
        return MemoryAskedReplays()

    @pytest.fixture
    def away(self) -> MemoryAskedReplays:
        away = MemoryAskedReplays()
        away.away = True
        return away


@pytest.mark.mongo
class TestMongoAskedReplays(AskedReplaysContract):
    """The contract on a real server."""

    @pytest.fixture
    async def asked(self, mongo_client: Client, mongo_database: str) -> MongoAskedReplays:
        asked = MongoAskedReplays(mongo_client, mongo_database)
        assert await asked.missing_indexes() == ("waiting",)
        await asked.ensure_indexes()
        assert await asked.missing_indexes() == ()
        return asked

    @pytest.fixture
    def away(self, mongo_away: Client) -> MongoAskedReplays:
        return MongoAskedReplays(mongo_away, "nowhere")
