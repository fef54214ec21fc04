"""Several readers of the same records."""

from app.core.telemetry import Event, Telemetry


class Readers:
    """`Telemetry` that tells each of its readers in turn."""

    def __init__(self, *readers: Telemetry) -> None:
        self._readers = readers

    def emit(self, event: Event) -> None:
        """Tell all of them."""
        for reader in self._readers:
            reader.emit(event)
