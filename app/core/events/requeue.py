"""Records that came back from the dead letters keep the position where they first stood.

Four headers say it, in a run of their own behind the original ones. Whoever may produce to a source topic may also
write them, so they are only believed where they cannot do harm: a position in the same partition, before the
record's own. It makes a record old, never new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.dead_letter import Header
from schemas.origin import Origin

REQUEUE_PREFIX: Final = "__reviewstream.requeue."

_NAMES: Final = tuple(REQUEUE_PREFIX + name for name in ("topic", "partition", "offset", "attempt"))
_DIGITS_MAX: Final = 19  # of a 64 bit number


@dataclass(frozen=True, slots=True)
class Requeue:
    """Where a record first stood, and how often it has been requeued, this time included."""

    origin: Origin
    attempt: int


def requeue_headers(requeue: Requeue) -> tuple[Header, ...]:
    """The headers to put behind the original ones."""
    origin = requeue.origin
    texts = (origin.topic, str(origin.partition), str(origin.offset), str(requeue.attempt))
    return tuple((name, text.encode()) for name, text in zip(_NAMES, texts, strict=True))


def split_requeue(headers: Sequence[Header], position: Origin) -> tuple[Requeue | None, tuple[Header, ...]]:
    """What the headers of the record at `position` say of a requeue, and the headers without it.

    None, and the headers as they are, where they say nothing or nothing that is to be believed.
    """
    for start in range(len(headers) - len(_NAMES), -1, -1):
        run = headers[start : start + len(_NAMES)]
        if tuple(name for name, _ in run) == _NAMES:
            requeue = _read([value for _, value in run], position)
            if requeue is None:
                break
            return requeue, (*headers[:start], *headers[start + len(_NAMES) :])
    return None, tuple(headers)


def _read(values: Sequence[bytes | None], position: Origin) -> Requeue | None:
    topic, partition, offset, attempt = values
    numbers = [_number(value) for value in (partition, offset, attempt)]
    if topic != position.topic.encode() or numbers[0] != position.partition:
        return None
    _, first_offset, count = numbers
    if first_offset is None or first_offset >= position.offset or not count:
        return None
    return Requeue(Origin(topic=position.topic, partition=position.partition, offset=first_offset), count)


def _number(value: bytes | None) -> int | None:
    if value is None or len(value) > _DIGITS_MAX or not value.isdigit():  # of bytes: ASCII digits alone
        return None
    return int(value)
