"""Traces: the context goes in and out by Kafka headers; spans hold what the conventions name, nothing of a student."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import SpanKind, StatusCode

from app.adapters.telemetry import otel
from app.adapters.telemetry.chosen_tracing import new_tracing
from app.adapters.telemetry.otel import OtelTracing
from app.config import load_settings
from app.core.events.record import Record, receive
from app.core.tracing import UNTRACED
from schemas.dead_letter import Header
from schemas.errors import Dependency, Held, HoldReason, StartRefused, Unavailable
from schemas.origin import Origin
from tests.builders.records import NOON

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT: Header = ("traceparent", f"00-{TRACE}-{PARENT}-01".encode())


class Bench:
    """Traces that stay in memory."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = OtelTracing(self._exporter)

    def spans(self) -> list[ReadableSpan]:
        """All spans that have ended, in the order in which they did."""
        self.tracing.close()
        return list(self._exporter.get_finished_spans())


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.tracing.close()


def a_record(*headers: Header) -> Record:
    return receive(Origin(topic="submissions", partition=1, offset=7), b"anna", b"{}", headers)


def ids_of(span: ReadableSpan) -> tuple[str, str | None]:
    assert span.context is not None
    return f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}" if span.parent is not None else None


def test_a_record_brings_its_trace_and_hands_it_on(bench: Bench) -> None:
    """The stage's span stands under the producer's; what is sent meanwhile names the stage's span."""
    with bench.tracing.stage("comparator", a_record(("other", b"1"), TRACEPARENT)):
        ((name, value),) = bench.tracing.headers()
    (span,) = bench.spans()
    assert ids_of(span) == (TRACE, PARENT)
    assert span.context is not None
    assert (name, value) == ("traceparent", f"00-{TRACE}-{span.context.span_id:016x}-01".encode())
    assert (span.name, span.kind) == ("process comparator", SpanKind.CONSUMER)
    assert dict(span.attributes or {}) == {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.operation.name": "comparator",
        "messaging.destination.name": "submissions",
        "messaging.destination.partition.id": "1",
        "messaging.kafka.offset": 7,
    }


@pytest.mark.parametrize(
    "headers", [(), (("traceparent", b"\xff\x00no context"),), (("traceparent", None),), (("traceparent", b""),)]
)
def test_a_record_without_a_trace_begins_one(bench: Bench, headers: tuple[Header, ...]) -> None:
    """Also where what the header says is none, whatever bytes it has."""
    with bench.tracing.stage("comparator", a_record(*headers)):
        assert bench.tracing.headers()
    (span,) = bench.spans()
    assert span.parent is None


def test_nothing_is_handed_on_outside_a_span(bench: Bench) -> None:
    """No span, no header."""
    assert bench.tracing.headers() == ()


async def test_a_call_of_the_model_stands_under_its_stage(bench: Bench) -> None:
    """In a task of its own too; its attributes are those of generative AI."""

    async def call() -> None:
        with bench.tracing.model_call("m") as learned:
            learned.answered_by, learned.ending = "m-2026", "stop"
            learned.prompt_tokens, learned.completion_tokens = 100, 10

    with bench.tracing.stage("reviewer", a_record(TRACEPARENT)):
        await asyncio.get_running_loop().create_task(call())
    inner, outer = bench.spans()
    assert outer.context is not None
    assert ids_of(inner) == (TRACE, f"{outer.context.span_id:016x}")
    assert (inner.name, inner.kind) == ("chat m", SpanKind.CLIENT)
    assert dict(inner.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
    }


def test_a_failure_is_told_by_its_type_alone(bench: Bench) -> None:
    """An exception's text may quote a student, so it stays out of the span."""
    with pytest.raises(Unavailable), bench.tracing.model_call("m"):
        raise Unavailable(Dependency.LLM, "secret words")
    (span,) = bench.spans()
    assert (span.attributes or {})["error.type"] == "Unavailable"
    assert (span.status.status_code, span.status.description, span.events) == (StatusCode.ERROR, None, ())


def test_a_hold_is_no_error(bench: Bench) -> None:
    """It is on purpose."""
    held = Held(HoldReason.BUDGET_DAY, "spent", until=NOON + timedelta(hours=1), cure="wait")
    with pytest.raises(Held), bench.tracing.stage("reviewer", a_record()):
        raise held
    (span,) = bench.spans()
    assert span.status.status_code is StatusCode.UNSET


def test_the_conventions_are_those_of_the_pinned_version(bench: Bench) -> None:
    """The version is one that was published, spans name it, and our attributes are the package's."""
    with bench.tracing.model_call("m"):
        pass
    (span,) = bench.spans()
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.schema_url == Schemas.V1_37_0.value == otel.SCHEMA_URL
    known = {value for name, value in vars(gen_ai_attributes).items() if name.startswith("GEN_AI_")}
    assert set(span.attributes or {}) <= known


@pytest.mark.parametrize(
    ("environment", "on"),
    [({}, False), ({"OTEL_TRACES": "true"}, True), ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True)],
)
async def test_traces_are_off_unless_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *, on: bool
) -> None:
    """Either variable switches them on; what ends them is handed over."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    closing: list[Any] = []
    tracing = new_tracing(load_settings(), closing.append)
    assert (tracing is not UNTRACED, len(closing)) == (on, int(on))
    for close in closing:
        await close()


def test_traces_without_their_package_refuse_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """They say which extra to install."""
    monkeypatch.setenv("OTEL_TRACES", "true")
    monkeypatch.setitem(sys.modules, "app.adapters.telemetry.otel", None)
    with pytest.raises(StartRefused) as refused:
        new_tracing(load_settings(), lambda _: None)
    assert "reviewstream[tracing]" in refused.value.cure
