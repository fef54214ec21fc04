"""What every `Decisions` does, run on the fake and on a MongoDB-compatible server."""

import asyncio

import pytest

from app.adapters.mongo.decisions import MongoDecisions
from app.core.deciding.decision_ports import Decisions
from schemas.decision import CommentEdit, DecisionKind, VerdictEdit
from schemas.errors import Dependency, Unavailable
from schemas.rubric import Verdict
from tests.builders.decisions import a_comment, a_decision, an_edit
from tests.contracts.conftest import Client
from tests.fakes.decisions import MemoryDecisions

KEY = ("student-1", "hw-1", "sub-1")


class DecisionsContract:
    """The facts; each subclass gives the fixtures `decisions` and `decisions_away`."""

    async def test_they_come_in_the_order_in_which_they_were_kept(self, decisions: Decisions) -> None:
        """Whatever their ids."""
        for number in (7, 3, 11):
            await decisions.keep(an_edit(number))
        assert await decisions.of(KEY) == [an_edit(7), an_edit(3), an_edit(11)]

    async def test_one_that_comes_again_keeps_its_place(self, decisions: Decisions) -> None:
        """Its first record counts, also against another body."""
        for decision in (an_edit(1), an_edit(2), a_decision(1), an_edit(3)):
            await decisions.keep(decision)
        assert await decisions.of(KEY) == [an_edit(1), an_edit(2), an_edit(3)]

    async def test_each_submission_has_its_own(self, decisions: Decisions) -> None:
        """Equal ids of another student or assignment are other submissions."""
        mine, others = an_edit(1), a_decision(2, student_id="student-2")
        await decisions.keep(mine)
        await decisions.keep(others)
        assert await decisions.of(KEY) == [mine]
        assert await decisions.of(("student-2", "hw-1", "sub-1")) == [others]
        assert await decisions.of(("student-1", "hw-2", "sub-1")) == []

    async def test_all_parts_come_back_as_they_were(self, decisions: Decisions) -> None:
        """With every kind of edit, and awkward text."""
        whole = an_edit(
            1,
            summary="$set: {\0}.",
            comments=(
                CommentEdit(comment=a_comment("c.1", message="`$x`", suggestion="🎓", severity="praise")),
                CommentEdit(comment=a_comment("$2"), is_withdrawn=True),
            ),
            verdicts=(VerdictEdit(item_id="works", verdict=Verdict.CANNOT_TELL, reason="не видно"),),
        )
        reject = a_decision(2, kind=DecisionKind.REJECT, reason="copied")
        await decisions.keep(whole)
        await decisions.keep(reject)
        assert await decisions.of(KEY) == [whole, reject]

    async def test_a_race_keeps_one(self, decisions: Decisions) -> None:
        """Two workers hold the same record after a rebalance."""
        await asyncio.gather(*(decisions.keep(an_edit(1)) for _ in range(10)))
        assert await decisions.of(KEY) == [an_edit(1)]

    async def test_two_that_are_kept_at_once_have_an_order(self, decisions: Decisions) -> None:
        """Whichever it is, it stays: each next one comes behind both."""
        await asyncio.gather(decisions.keep(an_edit(1)), decisions.keep(an_edit(2)))
        both = list(await decisions.of(KEY))
        assert sorted(one.decision_id for one in both) == [an_edit(1).decision_id, an_edit(2).decision_id]
        await decisions.keep(an_edit(3))
        assert await decisions.of(KEY) == [*both, an_edit(3)]

    async def test_an_outage_is_unavailable(self, decisions_away: Decisions) -> None:
        """For every method."""
        for call in (decisions_away.keep(an_edit(1)), decisions_away.of(KEY)):
            with pytest.raises(Unavailable) as caught:
                await call
            assert caught.value.dependency is Dependency.MONGODB


class TestMemory(DecisionsContract):
    """The fake."""

    @pytest.fixture
    def decisions(self) -> MemoryDecisions:
        return MemoryDecisions()

    @pytest.fixture
    def decisions_away(self) -> MemoryDecisions:
        fake = MemoryDecisions()
        fake.away = True
        return fake


@pytest.mark.mongo
class TestMongo(DecisionsContract):
    """The real adapter."""

    @pytest.fixture
    async def decisions(self, mongo_client: Client, mongo_database: str) -> MongoDecisions:
        found = MongoDecisions(mongo_client, mongo_database)
        await found.ensure_indexes()
        return found

    @pytest.fixture
    def decisions_away(self, mongo_away: Client) -> MongoDecisions:
        return MongoDecisions(mongo_away, "test")

    async def test_those_of_older_versions_come_first(
        self, decisions: MongoDecisions, mongo_client: Client, mongo_database: str
    ) -> None:
        """They have the offset of a topic that may be gone; a newer one is behind them, wherever it stands."""
        collection = mongo_client[mongo_database]["decisions"]
        for number, offset in ((1, 120), (2, 7)):
            old = an_edit(number)
            document = {**old.model_dump(mode="json"), "_id": str(old.decision_id), "offset": offset}
            await collection.insert_one(document)
        for decision in (an_edit(3), an_edit(1), an_edit(4)):
            await decisions.keep(decision)
        assert await decisions.of(KEY) == [an_edit(2), an_edit(1), an_edit(3), an_edit(4)]

    async def test_a_number_is_given_once(self, decisions: MongoDecisions) -> None:
        """Many that are kept at once find the same number free."""
        kept = [decisions.keep(an_edit(number)) for number in range(1, 5)]
        await asyncio.gather(*kept)
        found = [document async for document in decisions._decisions.find({})]
        assert sorted(document["number"] for document in found) == [1, 2, 3, 4]

    async def test_its_indexes_are_made_once(self, decisions: MongoDecisions) -> None:
        """And are looked for at a start."""
        await decisions.ensure_indexes()
        assert await decisions.missing_indexes() == ()
