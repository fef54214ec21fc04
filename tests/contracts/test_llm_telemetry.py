"""What is told of calls of a model: each request with its end, each answer with its tokens and its cost."""

import asyncio
from decimal import Decimal

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.adapters.llm.endpoint import Endpoint, Exchange
from app.adapters.telemetry.otel import OtelTracing
from app.backoff import Backoff
from app.core.costs import Price
from app.core.telemetry import AnswerBought, CallOutcome, Event, ModelCalled
from schemas.errors import Unavailable
from tests.contracts.llm_scripts import sdk
from tests.fakes.llm_server import Completion, Hang, HttpError, ScriptedLlm
from tests.fakes.telemetry import FakeTelemetry

MESSAGES = [{"role": "user", "content": "Judge."}]
PRICE = Price(prompt=Decimal(1_000_000), completion=Decimal(0), cached=Decimal(0))


def ends(told: list[Event]) -> list[tuple[str, CallOutcome, str]]:
    return [(event.model, event.outcome, event.error) for event in told if isinstance(event, ModelCalled)]


async def test_each_request_and_each_answer_is_told(scripted_llm: ScriptedLlm) -> None:
    """A failed request, then an answer: two ends, one purchase, two spans."""
    scripted_llm.script = lambda _request, number: HttpError(500) if number == 0 else Completion("{}")
    telemetry, exporter, exchange = FakeTelemetry(), InMemorySpanExporter(), Exchange(currency="EUR")
    tracing = OtelTracing(exporter)
    async with sdk(scripted_llm) as client:
        endpoint = Endpoint(
            client,
            "m",
            backoff=Backoff(first_s=0.01, attempts=2),
            timeout_s=5,
            renew_key=None,
            clean=str,
            price=PRICE,
            telemetry=telemetry,
            tracing=tracing,
        )
        await endpoint.complete(MESSAGES, {"type": "object"}, 100, exchange)
    assert ends(telemetry.told) == [
        ("m", CallOutcome.FAILED, "InternalServerError"),
        ("m", CallOutcome.ANSWERED, ""),
    ]
    (bought,) = [event for event in telemetry.told if isinstance(event, AnswerBought)]
    tokens = (bought.prompt_tokens, bought.completion_tokens, bought.cached_prompt_tokens)
    assert tokens == (exchange.prompt_tokens, exchange.completion_tokens, exchange.cached_prompt_tokens)
    assert (bought.cost, bought.currency) == (float(bought.prompt_tokens), "EUR")
    tracing.close()
    failed, answered = exporter.get_finished_spans()
    assert (failed.attributes or {})["error.type"] == "InternalServerError"
    assert (answered.attributes or {})["gen_ai.usage.input_tokens"] == bought.prompt_tokens


async def test_a_cancelled_request_is_told_as_such(scripted_llm: ScriptedLlm) -> None:
    """A drain cuts calls off; they say nothing against the model."""
    scripted_llm.script = lambda _request, _number: Hang()
    telemetry = FakeTelemetry()
    async with sdk(scripted_llm) as client:
        endpoint = Endpoint(
            client, "m", backoff=Backoff(), timeout_s=60, renew_key=None, clean=str, telemetry=telemetry
        )
        asking = asyncio.ensure_future(endpoint.complete(MESSAGES, {"type": "object"}, 100, Exchange()))
        async with asyncio.timeout(10):
            while not scripted_llm.requests:
                await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert ends(telemetry.told) == [("m", CallOutcome.CANCELLED, "CancelledError")]


async def test_a_call_without_an_answer_in_time_has_failed(scripted_llm: ScriptedLlm) -> None:
    """The time limit is ours, the failure the model's."""
    scripted_llm.script = lambda _request, _number: Hang()
    telemetry = FakeTelemetry()
    async with sdk(scripted_llm) as client:
        endpoint = Endpoint(
            client, "m", backoff=Backoff(attempts=1), timeout_s=0.1, renew_key=None, clean=str, telemetry=telemetry
        )
        with pytest.raises(Unavailable):
            await endpoint.complete(MESSAGES, {"type": "object"}, 100, Exchange())
    assert ends(telemetry.told) == [("m", CallOutcome.FAILED, "Unavailable")]
