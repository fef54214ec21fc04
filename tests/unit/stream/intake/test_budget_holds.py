"""A budget from the endpoint to the commit: whom it holds, whom not, and that nothing else takes notice."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from app.adapters.llm.paid_answers import PaidAnswers
from app.core.costs import Budgets, Prices, read_prices
from app.core.events.record import Record
from app.stream.intake import settlement
from app.stream.intake.intake import IntakeLimits
from app.stream.intake.settlement import SettlementLimits
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.guards import GuardedReviewer, GuardedSpending, GuardedTape
from app.stream.resilience.lasting_calls import LastingReviewer
from schemas.comparison import ChangedFile
from schemas.errors import Dependency
from tests.builders.questions import a_question
from tests.builders.records import a_comparison
from tests.contracts.llm_scripts import TEXT, a_reviewer, body, sdk
from tests.fakes.llm_server import ScriptedLlm
from tests.fakes.spending import MemorySpending
from tests.fakes.tape import MemoryTape
from tests.patience import PATIENCE_S
from tests.unit.stream.intake.test_intake import SOON, Bench, Event

A_CENT = {"prompt_tokens": 10_000, "completion_tokens": 0}
PRICES = Prices("USD", read_prices("some-model=1/1"))


class Line:
    """A reviewer as it is wired, under an intake; each review costs a cent."""

    def __init__(self, client: Any, budgets: Budgets) -> None:
        self.reviewed: list[int] = []
        self.bench = Bench(
            self._review, IntakeLimits(in_flight_max=2, buffer_max=4), SettlementLimits(poison_after_s=60, backoff=SOON)
        )
        self.llm = CircuitBreaker(Dependency.LLM, BreakerLimits(failures_max=1))
        mongo = CircuitBreaker(Dependency.MONGODB, BreakerLimits(pause_min_s=0.001, pause_max_s=0.002))
        self.tape, self.spending = MemoryTape(self.bench.clock, days=1000), MemorySpending()
        answers = PaidAnswers(
            GuardedTape(self.tape, mongo, prepare=_nothing),
            GuardedSpending(self.spending, mongo, prepare=_nothing),
            self.bench.clock,
            PRICES,
            budgets,
            SOON,
        )
        self._reviewer = GuardedReviewer(LastingReviewer(a_reviewer(client, answers=answers)), self.llm)

    async def _review(self, record: Record) -> None:
        offset = record.position.offset
        assert record.key is not None
        # Work of its own: two students with the same work would share one answer.
        own = ChangedFile(path="main.py", text=f"WORK = {offset}\n")
        comparison = a_comparison(
            language="en", student_id=record.key.decode(), submission_id=f"sub-{offset}", sources=(own,)
        )
        await self._reviewer.draft(a_question(comparison))
        self.reviewed.append(offset)

    async def take(self, *keys: str) -> None:
        """One event for each student named, until nothing is left that may go on."""
        await self.bench.feed(*(Event(offset, key=key.encode()) for offset, key in enumerate(keys)))

    async def until(self, count: int) -> None:
        """Wait for so many reviews."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.reviewed) < count:
                await asyncio.sleep(0.002)
            await self.bench.idle()


async def _nothing() -> None:
    return


@pytest.fixture
async def client(scripted_llm: ScriptedLlm, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr(settlement, "HELD_LOOK_S", 0.002)
    scripted_llm.script = lambda _request, _number: body({"content": TEXT}, usage=A_CENT)
    async with sdk(scripted_llm) as opened:
        yield opened


async def test_one_students_budget_holds_that_student_alone(client: Any) -> None:
    """Two cents a day: of anna's six, two on each day, in order; boris's go through; the circuit stays closed."""
    line = Line(client, Budgets(student_day=Decimal("0.02")))
    await line.take(*["anna"] * 6, "boris", "boris")
    await line.until(4)
    assert sorted(line.reviewed) == [0, 1, 6, 7]
    assert (line.bench.committable, line.llm.is_open) == (2, False)
    for day in (1, 2):
        line.bench.clock.move(86_400)
        await line.until(4 + 2 * day)
    assert line.reviewed[4:] == [2, 3, 4, 5]
    assert (line.bench.committable, line.bench.dead_letters, line.bench.crashes) == (8, [], [])


async def test_the_days_budget_holds_everybody_until_the_day_turns(client: Any) -> None:
    """However many were under way, nothing is bought afterwards; hours of holding make nobody poison."""
    line = Line(client, Budgets(day=Decimal("0.03")))
    await line.take(*(f"student-{number}" for number in range(12)))
    await line.until(3)
    first_day = len(line.reviewed)
    assert 3 <= first_day <= 4, "what two at a time may go beyond it"
    line.bench.clock.move(3600 * 11)
    await asyncio.sleep(0.05)
    assert len(line.reviewed) == first_day
    async with asyncio.timeout(PATIENCE_S):
        while len(line.reviewed) < 12:
            line.bench.clock.move(86_400)
            await asyncio.sleep(0.1)
    await line.until(12)
    assert (line.bench.committable, line.bench.dead_letters, line.llm.is_open) == (12, [], False)
    assert len(line.spending.charges) == 12


async def test_mongodb_that_goes_away_is_no_outage_of_the_model(client: Any, scripted_llm: ScriptedLlm) -> None:
    """Reviews wait for the tape, nothing is bought meanwhile or twice, and the model's circuit knows nothing of it."""
    line = Line(client, Budgets(day=Decimal(5)))
    line.tape.away = line.spending.away = True
    feeding = asyncio.create_task(line.take("anna", "boris"))
    await asyncio.sleep(0.1)
    assert (scripted_llm.requests, line.llm.is_open, line.llm.outcomes().succeeded) == ([], False, 0)
    line.tape.away = line.spending.away = False
    await feeding
    await line.until(2)
    assert (len(scripted_llm.requests), line.llm.outcomes().succeeded, line.bench.committable) == (2, 2, 2)
