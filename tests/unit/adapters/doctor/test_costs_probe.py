"""What `doctor` says of prices and budgets."""

from typing import Any

import pytest

from app.adapters.doctor.costs_probe import probe_costs
from app.adapters.doctor.probing import Probe
from tests.unit.adapters.doctor.test_probes import settings_for

MODEL = {"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m", "llm_fallback_models": "n"}
AWAY = "what today's cost is not known while MongoDB is away"


async def ask(**overrides: Any) -> Probe:
    """The probe, MongoDB being away."""
    return await probe_costs(5, settings_for(**overrides))


async def test_rules_cost_nothing() -> None:
    """Without a model there is nothing to look at."""
    probe = await ask()
    assert (probe.ok, probe.cause, probe.cure) == (True, "not configured: rules cost nothing", None)


@pytest.mark.parametrize(
    ("overrides", "cause", "cure"),
    [
        (
            {},
            f"no price of m, n: reviews do not tell what they cost; no budget; {AWAY}",
            "add m=prompt/completion, n=prompt/completion to LLM_PRICES, for a million tokens",
        ),
        (
            {"llm_prices": "m=1/1"},
            f"no price of n: reviews do not tell what they cost; no budget; {AWAY}",
            "add n=prompt/completion to LLM_PRICES, for a million tokens",
        ),
        (
            {"llm_prices": "m=1/1,n=2/2", "llm_budget_day": "20.50", "llm_budget_student_day": "0.000001"},
            f"20.50 USD a day; 0.000001 USD a day for each student; {AWAY}",
            None,
        ),
    ],
)
async def test_prices_and_budgets_are_told(overrides: dict[str, Any], cause: str, cure: str | None) -> None:
    """A model without a price is a warning with its cure; budgets are told as they were set."""
    probe = await ask(**MODEL, **overrides)
    assert (probe.ok, probe.cause, probe.cure) == (True, cause, cure)
