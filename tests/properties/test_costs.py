"""Money: exact to the billionth, whatever the prices; and budgets that hold exactly when they are used up."""

from collections.abc import Coroutine
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.adapters.llm.paid_answers import PaidAnswers
from app.core.costs import BILLIONTH, Budgets, Charge, DaySpending, Price, TokenCounts, next_day, read_prices
from schemas.errors import Held, HoldReason
from tests.fakes.clock import FakeClock
from tests.fakes.spending import MemorySpending
from tests.fakes.tape import MemoryTape

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What the fakes give without ever waiting."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("a fake does not wait")


def hold_of(work: Coroutine[Any, Any, None]) -> Held | None:
    """The hold that it ends in, if it does."""
    try:
        run(work)
    except Held as held:
        return held
    return None


FIGURES = st.decimals(0, 10_000, places=3)
COUNTS = st.integers(0, 10**9)
SUMS = st.decimals(0, 10, places=9)


@given(st.builds(Price, FIGURES, FIGURES, FIGURES), st.builds(TokenCounts, COUNTS, COUNTS, COUNTS))
def test_a_price_with_thousandths_is_exact(price: Price, tokens: TokenCounts) -> None:
    """No digit is lost in a cost that has nine of them, and a float that tells it gives it back."""
    cached = min(tokens.cached, tokens.prompt)
    exact = (tokens.prompt - cached) * price.prompt + cached * price.cached + tokens.completion * price.completion
    cost = price.of(tokens)
    assert cost == exact / 1_000_000
    assert cost == cost.quantize(BILLIONTH)
    if cost < 1_000_000:
        assert Decimal(repr(float(cost))) == cost


MODELS = st.text("abz019-_.:/=@ ", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(st.dictionaries(MODELS, st.tuples(FIGURES, FIGURES, st.none() | FIGURES), min_size=1, max_size=5))
def test_what_is_written_as_a_table_is_read_so(table: dict[str, tuple[Decimal, Decimal, Decimal | None]]) -> None:
    """Any name of a model, one with an equals sign too; cached tokens cost what others do unless it is said."""
    text = ", ".join(
        f"{model} = {prompt}/{completion}" + (f"/{cached}" if cached is not None else "")
        for model, (prompt, completion, cached) in table.items()
    )
    assert read_prices(text) == {
        model: Price(prompt, completion, prompt if cached is None else cached)
        for model, (prompt, completion, cached) in table.items()
    }


@pytest.mark.parametrize(
    "text", ["", "m", "m=", "m=1", "m=1/", "=1/2", "m=1/2/3/4", "m=-1/2", "m=1e3/2", "m=1,5/2", "m=١/2", "m=1/2,m=1/2"]
)
def test_what_is_no_table_is_refused_in_words(text: str) -> None:
    """The refusal says what is wanted."""
    with pytest.raises(ValueError, match=r"model=prompt/completion|one price for each model"):
        read_prices(text)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is drawn beside it
    st.integers(-14, 14),
)
def test_the_day_turns_at_midnight_in_utc(now: datetime, hours: int) -> None:
    """Wherever the clock stands: within a day, at a midnight, of the following date."""
    there = now.replace(tzinfo=timezone(timedelta(hours=hours)))
    turns = next_day(there)
    assert timedelta(0) < turns - there <= timedelta(days=1)
    assert (turns.tzinfo, turns.time().isoformat()) == (UTC, "00:00:00")


@given(st.none() | SUMS, st.none() | SUMS, SUMS, SUMS)
def test_a_budget_holds_exactly_once_it_is_reached(
    day: Decimal | None, student_day: Decimal | None, everybody: Decimal, student: Decimal
) -> None:
    """The whole day's first; without a budget nothing holds."""
    held = Budgets(day, student_day).find_hold(DaySpending(everybody, student), datetime(2026, 3, 2, tzinfo=UTC))
    if day is not None and everybody >= day:
        wanted: HoldReason | None = HoldReason.BUDGET_DAY
    elif student_day is not None and student >= student_day:
        wanted = HoldReason.BUDGET_STUDENT_DAY
    else:
        wanted = None
    assert (held.reason if held is not None else None) == wanted


class Purses(RuleBasedStateMachine):
    """Students who ask on several days, workers that count again after a kill, and an operator's two budgets."""

    DAY, STUDENT_DAY = Decimal(5), Decimal(2)

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.spending = MemorySpending()
        budgets = Budgets(self.DAY, self.STUDENT_DAY)
        self.answers = PaidAnswers(MemoryTape(), self.spending, self.clock, budgets=budgets)
        self.counted: dict[date, dict[str, Decimal]] = {}
        self.charges: list[Charge] = []

    @rule(student=st.sampled_from("abc"), cost=st.sampled_from(["0.4", "0.9", "1.7", None]))
    def buy(self, student: str, cost: str | None) -> None:
        """An answer is bought where nothing holds, and refused exactly where the model says so."""
        today = self.counted.setdefault(self.clock.now().date(), {})
        spent = today.get(student, Decimal(0))
        held = hold_of(self.answers.check_budget(student))
        used_up = sum(today.values(), Decimal(0)) >= self.DAY or spent >= self.STUDENT_DAY
        assert (held is not None) == used_up
        if held is not None:
            assert held.until.date() == self.clock.now().date() + timedelta(days=1)
            return
        sum_ = Decimal(cost) if cost is not None else None
        charge = Charge(str(len(self.charges)), self.clock.now().date(), student, "m", TokenCounts(), sum_)
        self.charges.append(charge)
        run(self.spending.count(charge))
        today[student] = spent + (sum_ or Decimal(0))

    @rule(data=st.data())
    def count_again(self, data: st.DataObject) -> None:
        """A worker that was killed counts what was counted, perhaps on a later day."""
        if self.charges:
            run(self.spending.count(data.draw(st.sampled_from(self.charges))))

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        """Time passes, and perhaps the day turns."""
        self.clock.move(hours * 3600.0)

    @invariant()
    def sums_are_right(self) -> None:
        """Every day's and every student's, whatever was counted twice."""
        for day, students in self.counted.items():
            for student in "abc":
                spent = run(self.spending.find_spent(day, student))
                assert spent == DaySpending(sum(students.values(), Decimal(0)), students.get(student, Decimal(0)))


TestPurses = Purses.TestCase
