"""The log as a reader of telemetry: one line for each record that a person may want to read."""

from dataclasses import dataclass

import structlog

from app.core.telemetry import (
    AnswerBought,
    AnswerTaped,
    AttemptFailed,
    DependencyBack,
    DependencyLost,
    DependencyOverrun,
    Event,
    EventDone,
    EventHeld,
    EventRefused,
    ModelCalled,
    PartitionMoves,
    PartitionStalled,
    RequestAnswered,
    ReviewTaken,
    SendRepeated,
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LogLines:
    """`Telemetry` that writes lines. Stage, student and submission stand in the context of whoever tells."""

    def emit(self, event: Event) -> None:  # noqa: C901 -- one case for each kind of record
        """Write the line of `event`; calls of models, answers and publications only at DEBUG."""
        match event:
            case EventDone():
                log.info("event_done", attempts=event.attempts, duration_ms=round(event.duration_s * 1000))
            case EventRefused():
                log.warning("event_refused", reason=event.reason.value, detail=event.detail, attempts=event.attempts)
            case EventHeld():
                log.warning(
                    "review_held", reason=event.reason.value, detail=event.detail, until=event.until, cure=event.cure
                )
            case AttemptFailed():
                log.warning("attempt_failed", attempt=event.attempt, error=event.error, wait_s=round(event.wait_s, 2))
            case SendRepeated():
                log.warning("send_waits", topic=event.topic, detail=event.detail, wait_s=event.wait_s)
            case DependencyLost() | DependencyBack() | DependencyOverrun():
                _tell_of_dependency(event)
            case PartitionStalled() | PartitionMoves():
                _tell_of_partition(event)
            case ModelCalled() | AnswerBought() | AnswerTaped():
                _tell_of_model(event)
            case ReviewTaken():
                log.debug("review_taken", outcome=event.outcome.value)
            case RequestAnswered():
                duration_ms = round(event.duration_s * 1000)
                log.debug("answered", route=event.route, method=event.method, status=event.status, ms=duration_ms)


def _tell_of_dependency(event: DependencyLost | DependencyBack | DependencyOverrun) -> None:
    name = event.dependency.value
    match event:
        case DependencyLost():
            log.warning(
                "dependency_unavailable",
                dependency=name,
                detail=event.detail,
                quota_exhausted=event.quota_exhausted,
                pause_s=round(event.pause_s, 1),
            )
        case DependencyBack():
            log.info("dependency_back", dependency=name, waiting=event.waiting)
        case DependencyOverrun():
            log.warning("dependency_overrun", dependency=name, calls_at_once=event.calls_at_once)


def _tell_of_partition(event: PartitionStalled | PartitionMoves) -> None:
    name = f"{event.topic}[{event.partition}]"
    if isinstance(event, PartitionMoves):
        log.info("partition_moves", partition=name)
        return
    log.error(
        "partition_stalled",
        partition=name,
        lag=event.lag,
        silent_s=round(event.silent_s, 1),
        detail="it has records left and finishes nothing, though its dependencies are healthy",
        cure="look at /ready and at the last lines of this partition; restart this worker: nothing is lost",
    )


def _tell_of_model(event: ModelCalled | AnswerBought | AnswerTaped) -> None:
    match event:
        case ModelCalled():
            ended, duration_ms = event.outcome.value, round(event.duration_s * 1000)
            log.debug("model_called", model=event.model, outcome=ended, duration_ms=duration_ms, error=event.error)
        case AnswerBought():
            log.debug(
                "answer_bought",
                model=event.model,
                prompt=event.prompt_tokens,
                completion=event.completion_tokens,
                cached=event.cached_prompt_tokens,
                cost=event.cost,
            )
        case AnswerTaped():
            log.debug("answer_taped", model=event.model)
