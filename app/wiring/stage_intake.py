"""How a stage takes the events of its topic."""

from collections.abc import Mapping

from app.adapters.machine.clock import SystemClock
from app.adapters.machine.halt_note import HaltNote
from app.config import Settings
from app.stream.faust.app import ReviewApp
from app.stream.faust.dead_letters import DeadLetterProducer
from app.stream.intake.intake import Intake, IntakeLimits
from app.stream.intake.settlement import Handler, Settlement, SettlementLimits
from app.stream.resilience.breaker import CircuitBreaker
from schemas.errors import Dependency

Breakers = Mapping[Dependency, CircuitBreaker]
"""The circuit of each dependency that events may have to wait for."""


def add_intake(
    app: ReviewApp,
    settings: Settings,
    breakers: Breakers,
    *,
    topic: str,
    stage: str,
    handler: Handler,
) -> None:
    """Let `handler` take every event of `topic`, as the stage `stage`."""
    settlement = Settlement(
        stage,
        handler,
        clock=SystemClock(),
        dead_letters=DeadLetterProducer(app, settings.topic_dead_letters, settings.event_attributes()),
        breakers=breakers,
        limits=SettlementLimits(poison_after_s=settings.poison_after_s, refusals=settings.limits().refusals),
        suspended=lambda: app.suspended,
        halt_memory=HaltNote(settings.data_dir, stage),
        telemetry=app.telemetry,
        tracing=app.tracing,
    )
    intake = Intake(
        settlement,
        ledger=app.ledger,
        limits=IntakeLimits(in_flight_max=settings.max_in_flight, buffer_max=settings.lane_buffer),
        generation=lambda: app.consumer_generation_id,
        on_crash=app.crash,
        pause=app.pause,
        resume=app.resume,
    )
    app.before_start.append(settlement.recall_halt)
    app.add_intake(topic, intake)
