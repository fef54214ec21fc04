"""The probe of what the model's answers cost: prices, budgets, and what today's came to."""

from datetime import UTC
from decimal import Decimal
from typing import Final

from app.adapters.doctor.probing import Probe, probing
from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.reviews import connect_mongo
from app.adapters.mongo.spending import MongoSpending
from app.config import Settings
from app.core.costs import Budgets, DaySpending
from schemas.errors import Unavailable

_NAME: Final = "costs"


@probing(_NAME, "check LLM_PRICES and the budgets")
async def probe_costs(settings: Settings) -> Probe:
    """Whether reviews can tell what they cost, and how much of the day's budget is left.

    A model without a price is a warning: its reviews are made, and their cost is absent.
    """
    if not settings.llm_configured:
        return Probe(_NAME, ok=True, cause="not configured: rules cost nothing")
    spent = await _spent_today(settings)
    prices, budgets, unpriced = settings.prices, settings.budgets, settings.unpriced_models
    told = [f"no price of {', '.join(unpriced)}: reviews do not tell what they cost"] if unpriced else []
    told += _told(budgets, prices.currency)
    if spent is None:
        told.append("what today's cost is not known while MongoDB is away")
    elif not unpriced or spent.everybody:
        told.append(f"{_money(spent, prices.currency)} today")
    cure = None
    if unpriced:
        wanted = ", ".join(f"{model}=prompt/completion" for model in unpriced)
        cure = f"add {wanted} to LLM_PRICES, for a million tokens"
    elif spent is not None and budgets.day is not None and spent.everybody >= budgets.day:
        cure = "reviews wait for the next day (UTC): raise LLM_BUDGET_DAY and start the workers again"
    detail = {
        "unpriced": unpriced,
        "currency": prices.currency,
        "budget_day": _number(budgets.day),
        "budget_student_day": _number(budgets.student_day),
        "spent_today": None if spent is None else float(spent.everybody),
    }
    return Probe(_NAME, ok=True, cause="; ".join(told), cure=cure, detail=detail)


async def _spent_today(settings: Settings) -> DaySpending | None:
    client = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        today = SystemClock().now().astimezone(UTC).date()
        return await MongoSpending(client, settings.mongodb_db).find_spent(today, "")
    except Unavailable:
        return None  # the probe of MongoDB says why
    finally:
        client.close()


def _told(budgets: Budgets, currency: str) -> list[str]:
    if not budgets.are_set:
        return ["no budget"]
    told = []
    if budgets.day is not None:
        told.append(f"{budgets.day:f} {currency} a day")
    if budgets.student_day is not None:
        told.append(f"{budgets.student_day:f} {currency} a day for each student")
    return told


def _money(spent: DaySpending, currency: str) -> str:
    return f"{spent.everybody.normalize():f} {currency}"


def _number(budget: Decimal | None) -> float | None:
    return None if budget is None else float(budget)
