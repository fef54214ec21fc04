"""What a model's answers cost: prices as an operator writes them, money to the billionth, and the day's budgets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from schemas.errors import Held, HoldReason

BILLIONTH: Final = Decimal("1e-9")
"""The smallest sum: one token at a thousandth of a coin for a million of them."""
_MILLION: Final = 1_000_000
_FIGURE: Final = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
_FORM: Final = "model=prompt/completion or model=prompt/completion/cached for a million tokens, commas between models"


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """What one answer took. `cached` ones are among `prompt`: the endpoint had read them before."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """Of a million tokens of each kind."""

    prompt: Decimal
    completion: Decimal
    cached: Decimal

    def of(self, tokens: TokenCounts) -> Decimal:
        """The price of `tokens`, rounded to the billionth."""
        cached = min(tokens.cached, tokens.prompt)
        sum_ = (tokens.prompt - cached) * self.prompt + cached * self.cached + tokens.completion * self.completion
        return (sum_ / _MILLION).quantize(BILLIONTH, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Prices:
    """What each model costs, in one currency; a model without a price is unknown, not free."""

    currency: str = "USD"
    by_model: Mapping[str, Price] | None = None

    def find(self, model: str) -> Price | None:
        """The model's price, or None."""
        return (self.by_model or {}).get(model)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one answer cost, to be counted once under its own `charge_id`, however often that is asked for.

    `cost` is None where its model has no price. `day` is the one in UTC on which the answer came.
    """

    charge_id: str
    day: date
    student_id: str
    model: str
    tokens: TokenCounts
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class DaySpending:
    """What one day has cost so far: everybody, and one student."""

    everybody: Decimal = Decimal(0)
    student: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DayTotals:
    """What all answers of one day took and cost; `unpriced` of them had no price and are not in `cost`."""

    cost: Decimal = Decimal(0)
    answers: int = 0
    unpriced: int = 0
    tokens: TokenCounts = TokenCounts()


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be spent in one day (UTC), by all students together and by each of them; None: as much as it takes."""

    day: Decimal | None = None
    student_day: Decimal | None = None
    currency: str = "USD"

    @property
    def are_set(self) -> bool:
        """Whether there is anything to ask."""
        return self.day is not None or self.student_day is not None

    def find_hold(self, spent: DaySpending, now: datetime) -> Held | None:
        """Why no further answer may be bought today, or None. The whole day's budget comes first: it holds everybody.

        A budget is used up once it is reached. What is under way at that moment may go beyond it.
        """
        if self.day is not None and spent.everybody >= self.day:
            told = f"today's reviews have cost {self._tell(spent.everybody)} of {self._tell(self.day)}"
            cure = "raise LLM_BUDGET_DAY and start the workers again"
            return Held(HoldReason.BUDGET_DAY, told, until=next_day(now), cure=cure)
        if self.student_day is not None and spent.student >= self.student_day:
            told = f"this student's have cost {self._tell(spent.student)} of {self._tell(self.student_day)} today"
            cure = "raise LLM_BUDGET_STUDENT_DAY and start the workers again"
            return Held(HoldReason.BUDGET_STUDENT_DAY, told, until=next_day(now), cure=cure)
        return None

    def _tell(self, sum_: Decimal) -> str:
        return f"{sum_.normalize():f} {self.currency}"


def read_prices(text: str) -> dict[str, Price]:
    """The table in `model=0.25/2.00/0.025, other=…`. Raises `ValueError` that says what is wanted, in words."""
    prices: dict[str, Price] = {}
    for entry in text.split(","):
        # From the right: a model's name may hold an equals sign, as a deployment's path does, a figure never does.
        model, _, figures = (part.strip() for part in entry.rpartition("="))
        parts = [figure.strip() for figure in figures.split("/")]
        if not model or len(parts) not in (2, 3) or not all(map(_FIGURE.fullmatch, parts)):
            raise ValueError(_FORM)
        if model in prices:
            raise ValueError(f"one price for each model, {model} has two")
        prompt, completion, *cached = map(Decimal, parts)
        prices[model] = Price(prompt, completion, cached[0] if cached else prompt)
    return prices


def next_day(now: datetime) -> datetime:
    """When the day of `now` ends, in UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
