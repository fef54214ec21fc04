"""Traces by OpenTelemetry: W3C's context in Kafka headers, a span for each stage and each call of a model.

Names follow the semantic conventions of one version, pinned here: those of generative AI still change. No prompt, no
answer, no id of a student and no text of an exception stands in a span.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagators.textmap import Getter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.core.events.record import Record
from app.core.tracing import ModelCall
from schemas.dead_letter import Header
from schemas.errors import Held

SEMANTIC_CONVENTIONS: Final = "1.37.0"
SCHEMA_URL: Final = f"https://opentelemetry.io/schemas/{SEMANTIC_CONVENTIONS}"
PROVIDER: Final = "openai"
"""The API that is spoken, whoever serves it, as the conventions ask for."""

_PROPAGATOR: Final = TraceContextTextMapPropagator()


def new_otel(endpoint: str | None) -> tuple["OtelTracing", Callable[[], Awaitable[None]]]:
    """Traces that go to `endpoint` by OTLP over HTTP, or where OpenTelemetry's own variables say; and what ends them.

    Spans leave in a thread of their own; where nobody takes them they are dropped, and no event waits.
    """
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces" if endpoint is not None else None)
    tracing = OtelTracing(exporter)

    async def close() -> None:
        await asyncio.to_thread(tracing.close)

    return tracing, close


class OtelTracing:
    """Port `Tracing`. `exporter` gets the spans, in batches."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "reviewstream"}))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: Tracer = self._provider.get_tracer("reviewstream", schema_url=SCHEMA_URL)

    def stage(self, stage: str, record: Record) -> AbstractContextManager[object]:
        """A span `process <stage>` under the context in the record's headers; a root where there is none."""
        position = record.position
        attributes: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": stage,
            "messaging.destination.name": position.topic,
            "messaging.destination.partition.id": str(position.partition),
            "messaging.kafka.offset": position.offset,
        }
        context = _PROPAGATOR.extract(record.headers, context=Context(), getter=_HeaderGetter())
        return self._span(f"process {stage}", SpanKind.CONSUMER, attributes, context)

    def headers(self) -> tuple[Header, ...]:
        """`traceparent` of the span that is open, and `tracestate` where there is one."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return tuple((name, value.encode("ascii", "ignore")) for name, value in carrier.items())

    @contextmanager
    def model_call(self, model: str) -> Iterator[ModelCall]:
        """A span `chat <model>` with the attributes of generative AI."""
        attributes: dict[str, str | int] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": model,
        }
        call = ModelCall()
        with self._span(f"chat {model}", SpanKind.CLIENT, attributes) as span:
            yield call
            _describe(span, call)

    def close(self) -> None:
        """Send what is left; waits for it, though not for ever."""
        self._provider.shutdown()

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: dict[str, str | int], context: Context | None = None
    ) -> Iterator[Span]:
        # An exception's text may quote a student, so only its type is told.
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Held:
                raise  # on purpose: no error
            except BaseException as exc:
                span.set_attribute("error.type", type(exc).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise


class _HeaderGetter(Getter[Sequence[Header]]):
    """Reads a record's headers, of any producer: the last one of a name counts."""

    def get(self, carrier: Sequence[Header], key: str) -> list[str] | None:
        found = [value for name, value in carrier if name.lower() == key and value is not None]
        return [found[-1].decode("ascii", "replace")] if found else None

    def keys(self, carrier: Sequence[Header]) -> list[str]:
        return [name for name, _ in carrier]


def _describe(span: Span, call: ModelCall) -> None:
    if call.answered_by is not None:
        span.set_attribute("gen_ai.response.model", call.answered_by)
    if call.ending is not None:
        span.set_attribute("gen_ai.response.finish_reasons", [call.ending])
    if call.prompt_tokens is not None:
        span.set_attribute("gen_ai.usage.input_tokens", call.prompt_tokens)
    if call.completion_tokens is not None:
        span.set_attribute("gen_ai.usage.output_tokens", call.completion_tokens)
