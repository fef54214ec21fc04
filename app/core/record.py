"""One consumed Kafka record, as the agents see it: bytes, not yet believed."""

from dataclasses import dataclass

from schemas.origin import Origin


@dataclass(frozen=True, slots=True)
class Record:
    """Key, value and headers byte for byte, and where they came from. `timestamp_ms` is the broker's or producer's.

    `origin` is the position that the event belongs to: for a requeued dead letter, where it first stood;
    `position` is where this very record stands.
    """

    position: Origin
    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp_ms: int = 0

    @property
    def requeued(self) -> bool:
        """Whether the record came back from the dead letters."""
        return self.position != self.origin
