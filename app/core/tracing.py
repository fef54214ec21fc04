"""The port of traces: one span for each stage of an event and for each call of a model.

A trace goes from the producer's record to the publication in W3C's `traceparent` header. Spans hold positions, models
and counts, nothing that a student wrote or is called.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

from app.core.events.record import Record
from schemas.dead_letter import Header


@dataclass(slots=True)
class ModelCall:
    """What is learned of one call while its span is open."""

    answered_by: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    ending: str | None = None


class Tracing(Protocol):
    """Whoever keeps traces."""

    def stage(self, stage: str, record: Record) -> AbstractContextManager[object]:
        """A span for one event in one stage, under the trace that its record came with."""
        ...

    def headers(self) -> tuple[Header, ...]:
        """What a record that is sent now has to carry."""
        ...

    def model_call(self, model: str) -> AbstractContextManager[ModelCall]:
        """A span for one request to `model`."""
        ...


class Untraced:
    """`Tracing` that keeps none."""

    def stage(self, stage: str, record: Record) -> AbstractContextManager[object]:  # noqa: ARG002 - the port gives them
        """No span."""
        return nullcontext()

    def headers(self) -> tuple[Header, ...]:
        """None."""
        return ()

    def model_call(self, model: str) -> AbstractContextManager[ModelCall]:  # noqa: ARG002 - the port gives it
        """No span."""
        return nullcontext(ModelCall())


UNTRACED: Final = Untraced()
