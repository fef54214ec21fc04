"""What every `Spending` does, run on the fake and on a MongoDB-compatible server."""

import asyncio
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

import pytest

from app.adapters.mongo.spending import SPENDING_COLLECTION, MongoSpending
from app.core.costs import Charge, DaySpending, DayTotals, TokenCounts
from app.core.ports import Spending
from app.core.watching.watching_ports import DaySums
from schemas.errors import Dependency, Unavailable
from tests.builders.records import NOON
from tests.contracts.conftest import Client
from tests.fakes.spending import MemorySpending

TODAY = NOON.date()
NOTHING = DaySpending(Decimal(0), Decimal(0))


def a_charge(key: str = "k", cost: str | None = "0.25", student: str = "anna", day: date = TODAY) -> Charge:
    """What one answer cost."""
    return Charge(key, day, student, "m", TokenCounts(1000, 200, 300), Decimal(cost) if cost is not None else None)


class CountedSpending(Spending, DaySums, Protocol):
    """Counts, and adds up."""


class SpendingContract:
    """The facts; each subclass gives the fixtures `spending` and `spending_away`."""

    async def test_a_day_begins_with_nothing(self, spending: Spending) -> None:
        """Where nothing was counted, nothing was spent, whatever other days cost."""
        await spending.count(a_charge(day=TODAY - timedelta(days=1)))
        assert await spending.find_spent(TODAY, "anna") == NOTHING

    async def test_charges_add_up_by_student_and_for_all(self, spending: Spending) -> None:
        """A student's own, and everybody's, to the billionth."""
        await spending.count(a_charge("a", "0.000000001"))
        await spending.count(a_charge("b", "999999.1"))
        await spending.count(a_charge("c", "0.2", student="boris"))
        assert await spending.find_spent(TODAY, "anna") == DaySpending(
            Decimal("999999.300000001"), Decimal("999999.100000001")
        )
        assert await spending.find_spent(TODAY, "boris") == DaySpending(Decimal("999999.300000001"), Decimal("0.2"))
        assert (await spending.find_spent(TODAY, "clara")).student == 0

    async def test_an_answer_counts_once(self, spending: Spending) -> None:
        """A worker that was killed counts again what it may have counted; so may twenty at once."""
        await asyncio.gather(*(spending.count(a_charge()) for _ in range(20)))
        await spending.count(a_charge())
        assert await spending.find_spent(TODAY, "anna") == DaySpending(Decimal("0.25"), Decimal("0.25"))

    async def test_no_charge_is_lost_in_a_race(self, spending: Spending) -> None:
        """Thirty workers begin one student's day at once."""
        await asyncio.gather(*(spending.count(a_charge(f"k{n}", "0.01")) for n in range(30)))
        assert (await spending.find_spent(TODAY, "anna")).student == Decimal("0.3")

    async def test_an_answer_without_a_price_adds_nothing(self, spending: Spending) -> None:
        """Its tokens are counted, its cost is not known."""
        await spending.count(a_charge(cost=None))
        assert await spending.find_spent(TODAY, "anna") == NOTHING

    async def test_a_day_is_added_up_with_its_tokens(self, spending: CountedSpending) -> None:
        """All students of the day together; what has no price is counted and told apart."""
        assert await spending.add_up(TODAY) == DayTotals()
        await spending.count(a_charge("a", "0.000000001"))
        await spending.count(a_charge("b", None, student="boris"))
        await spending.count(a_charge("c", "5", day=TODAY - timedelta(days=1)))
        assert await spending.add_up(TODAY) == DayTotals(
            Decimal("0.000000001"), answers=2, unpriced=1, tokens=TokenCounts(2000, 400, 600)
        )

    async def test_an_outage_is_unavailable(self, spending_away: CountedSpending) -> None:
        """Sums that cannot be reached are `Unavailable`, to write and to read."""
        away = spending_away
        for ask in (away.count(a_charge()), away.find_spent(TODAY, "anna"), away.add_up(TODAY)):
            with pytest.raises(Unavailable) as caught:
                await ask
            assert caught.value.dependency is Dependency.MONGODB


class TestMemorySpending(SpendingContract):
    """The contract on the fake."""

    @pytest.fixture
    def spending(self) -> MemorySpending:
        return MemorySpending()

    @pytest.fixture
    def spending_away(self) -> MemorySpending:
        spending = MemorySpending()
        spending.away = True
        return spending


@pytest.mark.mongo
class TestMongoSpending(SpendingContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    async def spending(self, mongo_client: Client, mongo_database: str) -> MongoSpending:
        spending = MongoSpending(mongo_client, mongo_database)
        await spending.ensure_indexes()
        assert await spending.missing_indexes() == ()
        return spending

    @pytest.fixture
    def spending_away(self, mongo_away: Client) -> MongoSpending:
        return MongoSpending(mongo_away, "nowhere")

    async def test_a_document_tells_a_students_day(
        self, mongo_client: Client, mongo_database: str, spending: MongoSpending
    ) -> None:
        """Whoever looks into the collection sees answers, tokens and cost, of one student and one day."""
        await spending.count(a_charge("a"))
        await spending.count(a_charge("b", None))
        document = await mongo_client[mongo_database][SPENDING_COLLECTION].find_one(
            {"_id": f"{TODAY.isoformat()}/anna"}
        )
        assert document is not None
        assert document.pop("expires_at").date() > TODAY + timedelta(days=365)
        assert document == {
            "_id": f"{TODAY.isoformat()}/anna",
            "day": TODAY.isoformat(),
            "student_id": "anna",
            "answers": 2,
            "answers_without_price": 1,
            "billionths": 250_000_000,
            "prompt_tokens": 2000,
            "completion_tokens": 400,
            "cached_prompt_tokens": 600,
            "counted": ["a", "b"],
        }

    async def test_absurd_charges_do_not_overflow(self, spending: MongoSpending) -> None:
        """An endpoint may claim what it likes: each answer counts for a million at most."""
        for number in range(3):
            await spending.count(a_charge(f"k{number}", "2000000000"))
        assert (await spending.find_spent(TODAY, "anna")).student == 3_000_000
