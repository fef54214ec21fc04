"""Models that stand in for each other in an outage, and what their answers cost."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.adapters.llm.configured import new_reviewer
from app.adapters.llm.paid_answers import PaidAnswers
from app.adapters.llm.reviewer import LlmReviewer
from app.config import load_settings
from app.core.costs import Budgets, Charge, Prices, TokenCounts, read_prices
from schemas.errors import Held, HoldReason, Reason, Rejected, Unavailable
from tests.builders.questions import a_question
from tests.builders.records import a_comparison
from tests.contracts.llm_scripts import GOOD, TEXT, a_reviewer, ask, body, in_turn, is_control, sdk
from tests.fakes.clock import FakeClock
from tests.fakes.llm_server import Answer, Completion, HttpError, RawBody, ScriptedLlm
from tests.fakes.spending import MemorySpending
from tests.fakes.tape import MemoryTape

FIRST, SECOND, THIRD = "some-model", "second", "third"
DOWN = HttpError(503, "down")
COMPARISON = a_comparison(language="en")
RUSSIAN = json.dumps(json.loads(TEXT) | {"progress_summary": "Тесты проходят, функция main стала заметно короче."})


def by_model(**answers: Answer | list[Answer]) -> Callable[[Mapping[str, Any], int], Answer]:
    """A script that tells models apart; of a list of answers each is given once, the last one for ever."""

    def script(request: Mapping[str, Any], _number: int) -> Answer:
        answer = answers[request["model"].replace("-", "_")]
        if isinstance(answer, list):
            return answer.pop(0) if len(answer) > 1 else answer[0]
        return answer

    return script


def asked(llm: ScriptedLlm) -> list[str]:
    """Whose name each request bore."""
    return [request.document["model"] for request in llm.requests]


def with_fallbacks(client: Any, *names: str, **overrides: Any) -> LlmReviewer:
    """A reviewer with models behind the first."""
    return a_reviewer(client, fallback_models=names, **overrides)


async def test_the_next_model_judges_while_the_first_is_out(scripted_llm: ScriptedLlm) -> None:
    """After the first one's quick attempts, in the order of the list; the review is signed by the one that judged."""
    scripted_llm.script = by_model(some_model=DOWN, second=HttpError(404, "model_not_found"), third=GOOD)
    async with sdk(scripted_llm) as client:
        draft = await with_fallbacks(client, SECOND, THIRD).draft(a_question(COMPARISON))
    assert asked(scripted_llm) == [FIRST, FIRST, SECOND, SECOND, THIRD]
    assert (draft.model, draft.usage.calls) == (THIRD, 5)


async def test_where_none_serves_the_first_ones_outage_is_told(scripted_llm: ScriptedLlm) -> None:
    """An operator looks at the model that should judge."""
    scripted_llm.script = by_model(some_model=HttpError(503, "mine", retry_after_s=7), second=HttpError(500, "other"))
    async with sdk(scripted_llm) as client:
        with pytest.raises(Unavailable, match="HTTP 503 mine") as caught:
            await with_fallbacks(client, SECOND).draft(a_question(COMPARISON))
    assert caught.value.retry_after_s == 7


async def test_a_refusal_is_not_asked_of_another(scripted_llm: ScriptedLlm) -> None:
    """What one model will not review is not passed round until one does."""
    scripted_llm.script = by_model(some_model=HttpError(400, "content_filter"), second=GOOD)
    async with sdk(scripted_llm) as client:
        with pytest.raises(Rejected) as caught:
            await with_fallbacks(client, SECOND).draft(a_question(COMPARISON))
    assert caught.value.reason is Reason.MODEL_REFUSED
    assert asked(scripted_llm) == [FIRST]


async def test_a_dead_first_model_does_not_cost_each_review_the_wait(scripted_llm: ScriptedLlm) -> None:
    """After two rounds it is left out; the log says so once, with the reason."""
    scripted_llm.script = by_model(some_model=DOWN, second=GOOD)
    async with sdk(scripted_llm) as client:
        reviewer = with_fallbacks(client, SECOND)
        with capture_logs() as logged:
            for _ in range(5):
                assert (await reviewer.draft(a_question(COMPARISON))).model == SECOND
    assert asked(scripted_llm) == [*[FIRST, FIRST, SECOND] * 2, *[SECOND] * 3]
    told = [(line["model"], line["detail"]) for line in logged if line["event"] == "llm_model_skipped"]
    assert told == [(FIRST, "HTTP 503 down")]


async def test_a_first_model_that_refuses_everything_is_left_out_too(scripted_llm: ScriptedLlm) -> None:
    """An account without the model answers 400 to all: the tiny request proves it, and the next one judges."""
    scripted_llm.script = by_model(some_model=HttpError(400, "bad"), second=GOOD)
    async with sdk(scripted_llm) as client:
        reviewer = with_fallbacks(client, SECOND)
        for _ in range(2):
            with pytest.raises(Unavailable, match="refuses even a tiny request"):
                await reviewer.draft(a_question(COMPARISON))
        assert (await reviewer.draft(a_question(COMPARISON))).model == SECOND


async def test_a_repair_goes_to_the_model_that_answered(scripted_llm: ScriptedLlm) -> None:
    """Its own answer stands in the conversation; the first model has come back meanwhile, and is not asked."""
    scripted_llm.script = by_model(some_model=[DOWN, DOWN, GOOD], second=[Completion("no JSON"), GOOD])
    async with sdk(scripted_llm) as client:
        draft = await with_fallbacks(client, SECOND).draft(a_question(COMPARISON))
    assert asked(scripted_llm) == [FIRST, FIRST, SECOND, SECOND]
    assert draft.model == SECOND


async def test_each_model_has_its_own_dialect(scripted_llm: ScriptedLlm) -> None:
    """What the second one does not understand is still said to the first."""
    forms: list[tuple[str, bool]] = []

    def script(request: Mapping[str, Any], _number: int) -> Answer:
        form = (request.get("response_format") or {}).get("type")
        forms.append((request["model"], form == "json_schema"))
        if request["model"] == FIRST:
            return DOWN if len(forms) <= 2 else GOOD
        return GOOD if form != "json_schema" else HttpError(400, "no", param="response_format")

    scripted_llm.script = script
    async with sdk(scripted_llm) as client:
        reviewer = with_fallbacks(client, SECOND)
        for _ in range(2):
            await reviewer.draft(a_question(COMPARISON))
    assert forms == [(FIRST, True), (FIRST, True), (SECOND, True), (SECOND, False), (FIRST, True)]


async def test_a_fallbacks_answer_is_taken_from_the_tape_before_the_first_is_asked(scripted_llm: ScriptedLlm) -> None:
    """Whoever answered before the kill has been paid."""
    scripted_llm.script = by_model(some_model=[DOWN, DOWN, GOOD], second=GOOD)
    answers = PaidAnswers(MemoryTape(), MemorySpending(), FakeClock())
    async with sdk(scripted_llm) as client:
        for _ in range(2):
            draft = await with_fallbacks(client, SECOND, answers=answers).draft(a_question(COMPARISON))
    assert (draft.model, draft.usage.taped, len(scripted_llm.requests)) == (SECOND, 1, 3)


@pytest.mark.parametrize("kept", [True, False])
async def test_the_worker_keeps_and_counts_and_a_desk_does_not(scripted_llm: ScriptedLlm, kept: bool) -> None:
    """Settings reach the reviewer: models in their order, prices, and budgets where there are sums to hold against."""
    scripted_llm.script = by_model(some_model=DOWN, second=usage(1000, 0))
    settings = load_settings(
        None,
        llm_base_url=scripted_llm.base_url,
        llm_model=FIRST,
        llm_max_retries=0,
        llm_fallback_models=SECOND,
        llm_prices=f"{FIRST}=1/1, {SECOND}=1/1",
        llm_currency="EUR",
        llm_budget_day="0.001",
    )
    tape, spending = MemoryTape(), MemorySpending()
    closing: list[Any] = []
    reviewer = new_reviewer(settings, closing.append, (tape, spending) if kept else None)
    draft = await reviewer.draft(a_question(COMPARISON))
    assert (draft.model, draft.usage.cost, draft.usage.currency) == ("m", 0.001, "EUR")
    assert asked(scripted_llm) == [FIRST, SECOND]
    assert len(tape.answers) == len(spending.charges) == int(kept)
    other = a_comparison(language="ru")
    if kept:
        with pytest.raises(Held):
            await reviewer.draft(a_question(other))
    else:
        assert (await reviewer.draft(a_question(COMPARISON))).usage.taped == 0
    await closing[0]()


# What it costs.


def usage(prompt: int, completion: int, cached: int | None = None) -> RawBody:
    """A good answer that took so many tokens."""
    details = {} if cached is None else {"prompt_tokens_details": {"cached_tokens": cached}}
    counts = {"prompt_tokens": prompt, "completion_tokens": completion} | details
    return body({"content": TEXT}, usage=counts)


def untaped(prices: str, currency: str = "USD", **more: Any) -> PaidAnswers:
    """Answers that have a price."""
    return PaidAnswers(MemoryTape(), MemorySpending(), FakeClock(), Prices(currency, read_prices(prices)), **more)


@pytest.mark.parametrize(
    ("prices", "answer", "cost"),
    [
        ("some-model=0.25/2.00/0.025", usage(10_000, 1_500), 0.0055),
        ("some-model=0.25/2.00/0.025", usage(10_000, 1_500, 9_000), 0.003475),
        ("some-model=0.25/2.00", usage(10_000, 1_500, 9_000), 0.0055),
        ("some-model=0.001/0.001", usage(1, 0), 0.000000001),
        ("some-model=0/0", usage(10_000, 1_500), 0.0),
        ("some-model=1/1", usage(100, 10, 5_000), 0.00011),
        ("another=1/1", usage(10_000, 1_500), None),
    ],
)
async def test_a_review_tells_what_it_cost(
    scripted_llm: ScriptedLlm, prices: str, answer: RawBody, cost: float | None
) -> None:
    """To the billionth, tokens that the endpoint had cached at their own price; unknown is not nothing."""
    draft = await ask(scripted_llm, answer, answers=untaped(prices, "EUR"))
    assert (draft.usage.cost, draft.usage.currency) == (cost, None if cost is None else "EUR")


@pytest.mark.parametrize(
    ("told", "cached"),
    [
        ({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 64}}, 64),
        ({"prompt_tokens": 100, "prompt_cache_hit_tokens": 64}, 64),
        ({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 640}}, 100),
        ({"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": "many"}}, 0),
        ({"prompt_tokens": 100, "prompt_tokens_details": [64]}, 0),
        ({"prompt_tokens": 100}, 0),
    ],
)
async def test_cached_tokens_are_told(scripted_llm: ScriptedLlm, told: dict[str, Any], cached: int) -> None:
    """As OpenAI and as DeepSeek count them, never more than the prompt has."""
    draft = await ask(scripted_llm, body({"content": TEXT}, usage=told))
    assert draft.usage.cached_prompt_tokens == cached


async def test_all_answers_of_a_review_are_paid_for(scripted_llm: ScriptedLlm) -> None:
    """A repair adds to the cost; one answer without a price makes the whole unknown."""
    invalid = body({"content": "no"}, usage={"prompt_tokens": 1000, "completion_tokens": 0})
    draft = await ask(scripted_llm, invalid, usage(1000, 0), answers=untaped("some-model=1/1"))
    assert draft.usage.cost == 0.002
    scripted_llm.script = by_model(some_model=[invalid, DOWN, DOWN], second=usage(1000, 0))
    async with sdk(scripted_llm) as client:
        mixed = await with_fallbacks(client, SECOND, answers=untaped("second=1/1")).draft(a_question(COMPARISON))
    assert (mixed.usage.cost, mixed.usage.currency) == (None, None)


async def test_an_endpoint_that_tells_no_tokens_is_not_free(scripted_llm: ScriptedLlm) -> None:
    """They are counted here, or no budget would ever hold it."""
    answers = untaped("some-model=1/1")
    draft = await ask(scripted_llm, body({"content": TEXT}), answers=answers)
    assert draft.usage.prompt_tokens > 500
    assert draft.usage.completion_tokens > 20
    assert draft.usage.cost == (draft.usage.prompt_tokens + draft.usage.completion_tokens) / 1_000_000


# Budgets.


def spent_already(spending: MemorySpending, cost: str, student: str, day: datetime) -> None:
    """Somebody's review of that day."""
    key = f"{student} {day}"
    spending.charges[key] = Charge(key, day.date(), student, "m", TokenCounts(), Decimal(cost))


@pytest.mark.parametrize(
    ("budgets", "student", "reason", "cure"),
    [
        (Budgets(day=Decimal("0.50")), "boris", HoldReason.BUDGET_DAY, "LLM_BUDGET_DAY"),
        (Budgets(student_day=Decimal("0.5")), "student-1", HoldReason.BUDGET_STUDENT_DAY, "LLM_BUDGET_STUDENT_DAY"),
        (Budgets(day=Decimal("0.5"), student_day=Decimal("0.5")), "student-1", HoldReason.BUDGET_DAY, "LLM_BUDGET_DAY"),
        (Budgets(day=Decimal(0)), "boris", HoldReason.BUDGET_DAY, "LLM_BUDGET_DAY"),
    ],
)
async def test_a_used_up_budget_holds_until_the_day_turns(
    scripted_llm: ScriptedLlm, budgets: Budgets, student: str, reason: HoldReason, cure: str
) -> None:
    """Nothing is asked; the hold names the sum, the time and the setting; the next day it goes on."""
    answers = untaped("some-model=1/1", budgets=budgets)
    assert isinstance(answers.clock, FakeClock)
    assert isinstance(answers.spending, MemorySpending)
    spent_already(answers.spending, "0.5", student, answers.clock.now())
    spent_already(answers.spending, "100", student, answers.clock.now() - timedelta(days=1))
    comparison = a_comparison(language="en", student_id="student-1")
    scripted_llm.script = in_turn(GOOD)
    async with sdk(scripted_llm) as client:
        reviewer = a_reviewer(client, answers=answers)
        with pytest.raises(Held) as caught:
            await reviewer.draft(a_question(comparison))
        assert (caught.value.reason, caught.value.until) == (reason, datetime(2026, 3, 3, tzinfo=UTC))
        assert "0.5 USD" in caught.value.detail
        assert f"raise {cure} " in caught.value.cure
        assert scripted_llm.requests == []
        answers.clock.move(86_400)
        if budgets.day != 0:
            assert (await reviewer.draft(a_question(comparison))).usage.calls == 1
        else:
            with pytest.raises(Held):
                await reviewer.draft(a_question(comparison))


async def test_one_students_budget_holds_nobody_else(scripted_llm: ScriptedLlm) -> None:
    """Another student's review is bought."""
    answers = untaped("some-model=1/1", budgets=Budgets(student_day=Decimal("0.5")))
    assert isinstance(answers.spending, MemorySpending)
    spent_already(answers.spending, "0.5", "boris", answers.clock.now())
    assert (await ask(scripted_llm, GOOD, answers=answers)).usage.calls == 1


async def test_what_is_on_the_tape_needs_no_budget(scripted_llm: ScriptedLlm) -> None:
    """It costs nothing: a replay runs, and a worker that was killed finishes what was paid for."""
    answers = untaped("some-model=1000/1000", budgets=Budgets(day=Decimal("0.000001")))
    await ask(scripted_llm, GOOD, answers=answers)
    assert (await ask(scripted_llm, answers=answers)).usage.taped == 1


async def test_a_review_that_has_begun_is_finished(scripted_llm: ScriptedLlm) -> None:
    """Its first answer used the budget up; the repair and the translation are bought all the same, the next is held."""
    answers = untaped("some-model=1000/1000", budgets=Budgets(day=Decimal("0.000001")))
    draft = await ask(scripted_llm, Completion("no JSON"), Completion(RUSSIAN), GOOD, answers=answers)
    assert (draft.usage.calls, draft.adjustments) == (3, ())
    with pytest.raises(Held):
        await ask(scripted_llm, GOOD, answers=answers, language="ru")


async def test_a_repair_after_an_outage_is_no_new_review(scripted_llm: ScriptedLlm) -> None:
    """Over the budget too, for its first answer is on the tape."""
    answers = untaped("some-model=1000/1000", budgets=Budgets(day=Decimal("0.000001")))
    with pytest.raises(Unavailable):
        await ask(scripted_llm, Completion("no JSON"), DOWN, DOWN, answers=answers)
    scripted_llm.requests.clear()
    draft = await ask(scripted_llm, GOOD, answers=answers)
    assert (draft.usage.taped, draft.usage.calls) == (1, 1)


async def test_tiny_requests_are_not_held(scripted_llm: ScriptedLlm) -> None:
    """The budget is asked before an answer is bought, not before it is asked whose fault a refusal is."""
    scripted_llm.script = lambda request, _number: Completion("OK") if is_control(request) else HttpError(413, "large")
    async with sdk(scripted_llm) as client:
        with pytest.raises(Rejected):
            await a_reviewer(client, answers=untaped("some-model=1/1", budgets=Budgets(day=Decimal(1)))).draft(
                a_question(COMPARISON)
            )
    assert sum(is_control(request.document) for request in scripted_llm.requests) >= 1
