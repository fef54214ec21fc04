"""A refused event: its bytes untouched, and headers that say who refused it and why.

The record's key and value are the original's, byte for byte; the original headers come first, ours after them.
Names follow Kafka Streams' KIP-1034 (`__streams.errors.*`), under a prefix of our own.
"""

from schemas.base import Schema
from schemas.errors import Reason
from schemas.origin import Origin

HEADER_PREFIX = "__reviewstream.errors."

Header = tuple[str, bytes | None]


class DeadLetter(Schema):
    """One refused event. `key` and `value` may be None, as in Kafka. Times are epoch seconds."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    stage: str
    reason: Reason
    detail: str
    exception: str
    attempts: int
    first_failed_at: float
    last_failed_at: float

    def record_headers(self) -> list[Header]:
        """The original headers, then ours: exception, message, topic, partition, offset, stage, reason, attempts."""
        ours: dict[str, str] = {
            "exception": self.exception,
            "message": self.detail,
            "topic": self.origin.topic,
            "partition": str(self.origin.partition),
            "offset": str(self.origin.offset),
            "stage": self.stage,
            "reason": self.reason.value,
            "attempts": str(self.attempts),
            "first_time": f"{self.first_failed_at:.3f}",
            "last_time": f"{self.last_failed_at:.3f}",
        }
        return [*self.headers, *((HEADER_PREFIX + k, v.encode("utf-8", "replace")) for k, v in ours.items())]
