"""What every `AnswerTape` does, run on the fake and on a MongoDB-compatible server."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from app.adapters.mongo.tape import TAPE_COLLECTION, MongoTape
from app.core.costs import Charge, TokenCounts
from app.core.ports import AnswerTape, TapedAnswer
from schemas.errors import Dependency, StartRefused, Unavailable
from tests.builders.records import NOON
from tests.contracts.conftest import Client
from tests.fakes.clock import FakeClock
from tests.fakes.tape import MemoryTape

DAYS = 3
BYTES_MAX = 1000


def an_answer(body: bytes = b'{"choices": []}', key: str = "k", cost: str | None = "0.000000001") -> TapedAnswer:
    """An answer of some price."""
    charge = Charge(
        charge_id=f"charge of {key}",
        day=NOON.date(),
        student_id="student-1",
        model="openai/gpt-5=mini",
        tokens=TokenCounts(1000, 200, 300),
        cost=Decimal(cost) if cost is not None else None,
    )
    return TapedAnswer(body, charge)


class AnswerTapeContract:
    """The facts; each subclass gives the fixtures `clock`, `tape` and `tape_away`."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    async def test_what_was_not_kept_is_not_found(self, tape: AnswerTape) -> None:
        """An unknown key has no answer."""
        await tape.keep("k", an_answer())
        assert await tape.find("other") is None

    @pytest.mark.parametrize("cost", ["0.000000001", "12345678.123456789", "0", None])
    async def test_a_kept_answer_is_found_as_it_was(self, tape: AnswerTape, cost: str | None) -> None:
        """Every byte of it, and every digit of what was paid for it."""
        answer = an_answer(bytes(range(256)), cost=cost)
        assert await tape.keep("k", answer) == answer
        assert await tape.find("k") == answer

    async def test_the_first_answer_wins(self, tape: AnswerTape) -> None:
        """Whoever comes second gets what was kept first, and so does everybody later."""
        first, second = an_answer(b"first"), an_answer(b"second")
        await tape.keep("k", first)
        assert await tape.keep("k", second) == first
        assert await tape.find("k") == first

    async def test_a_race_has_one_winner(self, tape: AnswerTape) -> None:
        """Of twenty workers that keep at once, all go on with the same answer."""
        kept = await asyncio.gather(*(tape.keep("k", an_answer(str(n).encode())) for n in range(20)))
        assert len({answer.body for answer in kept}) == 1
        assert await tape.find("k") == kept[0]

    async def test_an_answer_ends_after_its_days(self, tape: AnswerTape, clock: FakeClock) -> None:
        """It is found to the end of its time and not beyond, and then another may take its place."""
        await tape.keep("k", an_answer(b"first"))
        clock.move(timedelta(days=DAYS).total_seconds() - 1)
        assert await tape.find("k") == an_answer(b"first")
        clock.move(1)
        assert await tape.find("k") is None
        assert await tape.keep("k", an_answer(b"second")) == an_answer(b"second")
        assert await tape.find("k") == an_answer(b"second")

    async def test_what_is_let_go_ends_then(self, tape: AnswerTape, clock: FakeClock) -> None:
        """The named ones end in the time that is given, the others stay."""
        for key in "abc":
            await tape.keep(key, an_answer(key=key))
        await tape.let_go(["a", "b", "never kept"], after_s=60)
        clock.move(59)
        assert await tape.find("a") == an_answer(key="a")
        clock.move(1)
        assert [await tape.find(key) for key in "abc"] == [None, None, an_answer(key="c")]

    async def test_letting_go_prolongs_nothing(self, tape: AnswerTape, clock: FakeClock) -> None:
        """What ends earlier ends earlier."""
        await tape.keep("k", an_answer())
        await tape.let_go(["k"], after_s=0)
        await tape.let_go(["k"], after_s=60)
        assert await tape.find("k") is None
        clock.move(1)
        assert await tape.keep("k", an_answer(b"new")) == an_answer(b"new")

    async def test_letting_nothing_go_is_fine(self, tape: AnswerTape) -> None:
        """No key, no change."""
        await tape.keep("k", an_answer())
        await tape.let_go([], after_s=0)
        assert await tape.find("k") == an_answer()

    async def test_too_large_an_answer_is_used_unkept(self, tape: AnswerTape) -> None:
        """It comes back as it is, and is not found later."""
        large = an_answer(b"x" * (BYTES_MAX + 1))
        assert await tape.keep("k", large) == large
        assert await tape.find("k") is None

    async def test_an_outage_is_unavailable(self, tape_away: AnswerTape) -> None:
        """A tape that cannot be reached is `Unavailable`, for every method."""
        for ask in (tape_away.find("k"), tape_away.keep("k", an_answer()), tape_away.let_go(["k"], 1)):
            with pytest.raises(Unavailable) as caught:
                await ask
            assert caught.value.dependency is Dependency.MONGODB


class TestMemoryTape(AnswerTapeContract):
    """The contract on the fake."""

    @pytest.fixture
    def tape(self, clock: FakeClock) -> MemoryTape:
        return MemoryTape(clock, days=DAYS, answer_bytes_max=BYTES_MAX)

    @pytest.fixture
    def tape_away(self) -> MemoryTape:
        tape = MemoryTape()
        tape.away = True
        return tape


@pytest.mark.mongo
class TestMongoTape(AnswerTapeContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    async def tape(self, mongo_client: Client, mongo_database: str, clock: FakeClock) -> MongoTape:
        tape = MongoTape(mongo_client, mongo_database, days=DAYS, clock=clock, answer_bytes_max=BYTES_MAX)
        assert await tape.missing_indexes() == ("expires_at",)
        await tape.ensure_indexes()
        assert await tape.missing_indexes() == ()
        # The server's own clock is not the test's: what it would remove by it, the tests still look for.
        await mongo_client[mongo_database][TAPE_COLLECTION].drop_index("expires_at")
        return tape

    @pytest.fixture
    def tape_away(self, mongo_away: Client) -> MongoTape:
        return MongoTape(mongo_away, "nowhere", days=DAYS, clock=FakeClock())

    async def test_what_is_too_large_is_said(self, tape: MongoTape) -> None:
        """The log names the size and the limit, and nothing of the answer."""
        with capture_logs() as logged:
            await tape.keep("k", an_answer(b"x" * (BYTES_MAX + 1)))
        assert [(line["event"], line["bytes"], line["bytes_max"]) for line in logged] == [
            ("answer_too_large_to_keep", BYTES_MAX + 1, BYTES_MAX)
        ]

    async def test_the_server_removes_what_has_ended(
        self, mongo_client: Client, mongo_database: str, tape: MongoTape
    ) -> None:
        """An index that ends documents at the time that stands in them; the answer bears its student, to be erased."""
        await tape.ensure_indexes()
        await tape.keep("k", an_answer())
        collection = mongo_client[mongo_database][TAPE_COLLECTION]
        assert (await collection.index_information())["expires_at"]["expireAfterSeconds"] == 0
        document = await collection.find_one({"student_id": "student-1"})
        assert document is not None
        assert (document["expires_at"] - document["kept_at"]).days == DAYS


async def test_a_database_name_that_mongodb_refuses_ends_the_start(mongo_away: Client) -> None:
    """As for the reviews."""
    with pytest.raises(StartRefused, match="MONGODB_DB"):
        MongoTape(mongo_away, "a/b", days=1, clock=FakeClock())
