"""Telemetry that keeps what it is told."""

from app.core.telemetry import Event


class FakeTelemetry:
    """Port `Telemetry`; `told` holds all records in their order."""

    def __init__(self) -> None:
        self.told: list[Event] = []

    def emit(self, event: Event) -> None:
        self.told.append(event)
