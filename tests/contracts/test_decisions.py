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

    async def test_they_come_in_the_order_of_the_log(self, decisions: Decisions) -> None:
        """Whatever order they were kept in."""
        for offset in (7, 3, 11):
            await decisions.keep(an_edit(offset), offset)
        assert await decisions.of(KEY) == [an_edit(3), an_edit(7), an_edit(11)]

    async def test_one_that_comes_again_keeps_its_place(self, decisions: Decisions) -> None:
        """Its first record counts, also against another body."""
        await decisions.keep(an_edit(1), 1)
        await decisions.keep(an_edit(2), 2)
        await decisions.keep(a_decision(1), 9)
        assert await decisions.of(KEY) == [an_edit(1), an_edit(2)]

    async def test_each_submission_has_its_own(self, decisions: Decisions) -> None:
        """Equal ids of another student or assignment are other submissions."""
        mine, others = an_edit(1), a_decision(2, student_id="student-2")
        await decisions.keep(mine, 1)
        await decisions.keep(others, 1)
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
        await decisions.keep(whole, 1)
        await decisions.keep(reject, 2)
        assert await decisions.of(KEY) == [whole, reject]

    async def test_a_race_keeps_one(self, decisions: Decisions) -> None:
        """Two workers hold the same record after a rebalance."""
        await asyncio.gather(*(decisions.keep(an_edit(1), 1) for _ in range(10)))
        assert await decisions.of(KEY) == [an_edit(1)]

    async def test_an_outage_is_unavailable(self, decisions_away: Decisions) -> None:
        """For every method."""
        for call in (decisions_away.keep(an_edit(1), 1), decisions_away.of(KEY)):
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

    async def test_its_index_is_made_once(self, decisions: MongoDecisions) -> None:
        """And is looked for at a start."""
        await decisions.ensure_indexes()
        assert await decisions.missing_indexes() == ()
