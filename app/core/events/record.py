"""One consumed Kafka record, as the agents see it: bytes, not yet believed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.events.requeue import split_requeue
from schemas.dead_letter import Header
from schemas.origin import Origin


@dataclass(frozen=True, slots=True)
class Record:
    """Key, value and headers byte for byte, and where they came from.

    `origin` is the position that the event belongs to: for a requeued dead letter, where it first stood;
    `position` is where this very record stands. `headers` are the original ones, without those of a requeue.
    """

    position: Origin
    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...] = ()
    requeue_attempt: int = 0

    @property
    def requeued(self) -> bool:
        """Whether the record came back from the dead letters."""
        return self.position != self.origin


def receive(position: Origin, key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> Record:
    """The record that was read at `position`, under the origin that it has or keeps."""
    requeue, original = split_requeue(headers, position)
    return Record(
        position=position,
        origin=requeue.origin if requeue else position,
        key=key,
        value=value,
        headers=original,
        requeue_attempt=requeue.attempt if requeue else 0,
    )
