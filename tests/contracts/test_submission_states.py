"""What every `SubmissionStates` and `HoldNotes` does, run on the fakes and on a MongoDB-compatible server."""

import asyncio
import random
from datetime import timedelta

import pytest

from app.adapters.mongo.reviews import MongoReviews
from app.adapters.mongo.states import MongoHolds, MongoStates
from app.core.ports import HoldNotes, SubmissionStates
from app.core.states import fold_facts
from schemas.errors import Dependency, Unavailable
from schemas.state import HoldStory, SubmissionPhase
from tests.builders.records import NOON, a_review
from tests.builders.state_records import submitted
from tests.contracts.conftest import Client
from tests.fakes.states import MemoryHolds, MemoryStates
from tests.unit.core.test_states import FACTS, TASK, fact_of

HOLD = HoldStory(reason="budget_day", detail="spent", cure="raise it", until=NOON + timedelta(days=20_000))


class StatesContract:
    """The facts; each subclass gives the fixtures."""

    async def test_nothing_is_known_at_first(self, states: SubmissionStates) -> None:
        """A submission that nobody told of has no state."""
        assert await states.find(TASK) is None
        assert await states.find_passed(0) == -1
        assert [fact async for fact in states.unpublished()] == []

    async def test_the_greatest_fact_holds(self, states: SubmissionStates) -> None:
        """In whatever order facts come, and however often, what is kept only moves on."""
        facts = random.Random(7).choices(FACTS, k=60)
        for number, fact in enumerate(facts):
            await states.advance([fact])
            assert await states.find(TASK) == fold_facts(facts[: number + 1])[TASK]

    async def test_many_writers_leave_the_greatest(self, states: SubmissionStates) -> None:
        """Several processes tell at once what they read; none of them sets another back."""
        await asyncio.gather(*(states.advance([fact]) for fact in FACTS * 3))
        assert await states.find(TASK) == FACTS[-1]

    async def test_what_stands_at_the_wrong_place_takes_nothing_over(self, states: SubmissionStates) -> None:
        """However far behind it stands in its topic; it is all that is known until the other one is told of."""
        strange = fact_of(submitted(99, partition=1))
        for told, known in ((strange, strange), (FACTS[0], FACTS[0]), (strange, FACTS[0])):
            await states.advance([told])
            assert await states.find(TASK) == known

    async def test_what_is_being_published_is_found(self, states: SubmissionStates) -> None:
        """Those alone are asked about at the reviews, and no longer once they are published."""
        publishing = next(fact for fact in FACTS if fact.state.phase is SubmissionPhase.PUBLISHING)
        for fact in FACTS[: FACTS.index(publishing)]:
            await states.advance([fact])
            assert [found async for found in states.unpublished()] == []
        await states.advance([publishing])
        assert [found async for found in states.unpublished()] == [publishing]
        await states.advance([FACTS[-1]])
        assert [found async for found in states.unpublished()] == []

    async def test_how_far_is_read_only_grows(self, states: SubmissionStates) -> None:
        """By partition."""
        await states.note_passed({0: 5, 1: 2})
        await states.note_passed({0: 3})
        assert (await states.find_passed(0), await states.find_passed(1)) == (5, 2)

    async def test_clearing_forgets_all(self, states: SubmissionStates) -> None:
        """Before the log is read anew."""
        await states.advance([FACTS[-1]])
        await states.note_passed({0: 5})
        await states.clear()
        assert await states.find(TASK) is None
        assert await states.find_passed(0) == -1

    async def test_the_last_hold_is_found(self, holds: HoldNotes) -> None:
        """A note takes the place of the one before."""
        assert await holds.find(TASK) is None
        await holds.note(TASK, HOLD.model_copy(update={"detail": "of before"}))
        await holds.note(TASK, HOLD)
        assert await holds.find(TASK) == HOLD

    async def test_an_outage_is_unavailable(self, states_away: SubmissionStates, holds_away: HoldNotes) -> None:
        """What cannot be reached is `Unavailable`, to write and to read."""
        asking = (
            states_away.advance([FACTS[0]]),
            states_away.find(TASK),
            states_away.note_passed({0: 1}),
            states_away.find_passed(0),
            states_away.clear(),
            holds_away.note(TASK, HOLD),
            holds_away.find(TASK),
        )
        for ask in asking:
            with pytest.raises(Unavailable) as caught:
                await ask
            assert caught.value.dependency is Dependency.MONGODB


class TestMemoryStates(StatesContract):
    """The contract on the fakes."""

    @pytest.fixture
    def states(self) -> MemoryStates:
        return MemoryStates()

    @pytest.fixture
    def holds(self) -> MemoryHolds:
        return MemoryHolds()

    @pytest.fixture
    def states_away(self) -> MemoryStates:
        states = MemoryStates()
        states.away = True
        return states

    @pytest.fixture
    def holds_away(self) -> MemoryHolds:
        holds = MemoryHolds()
        holds.away = True
        return holds


@pytest.mark.mongo
class TestMongoStates(StatesContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    async def states(self, mongo_client: Client, mongo_database: str) -> MongoStates:
        states = MongoStates(mongo_client, mongo_database)
        await states.ensure_indexes()
        assert await states.missing_indexes() == ()
        return states

    @pytest.fixture
    async def holds(self, mongo_client: Client, mongo_database: str) -> MongoHolds:
        holds = MongoHolds(mongo_client, mongo_database)
        await holds.ensure_indexes()
        assert await holds.missing_indexes() == ()
        return holds

    @pytest.fixture
    def states_away(self, mongo_away: Client) -> MongoStates:
        return MongoStates(mongo_away, "nowhere")

    @pytest.fixture
    def holds_away(self, mongo_away: Client) -> MongoHolds:
        return MongoHolds(mongo_away, "nowhere")

    async def test_the_publishers_mark_is_found(
        self, mongo_client: Client, mongo_database: str, states: MongoStates
    ) -> None:
        """A review that is stored is not published; one that is marked is, at that time."""
        reviews = MongoReviews(mongo_client, mongo_database)
        review = a_review()
        await reviews.store(review)
        assert await states.published_at([review.review_id]) == {}
        await reviews.mark_published(review, NOON)
        assert await states.published_at([review.review_id]) == {review.review_id: NOON}
