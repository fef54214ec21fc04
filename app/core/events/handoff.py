"""Records that this process has just written and will read again from their topic, one stage later.

Stages share partitions, so the next one is nearly always in the same worker: it finds there what it would have to read
from the bytes. What other workers wrote, and what was written too long ago, is read as ever.
"""

from collections import OrderedDict
from typing import Final, TypeVar

from app.core.limits import MIB
from schemas.base import Schema
from schemas.codec import decode, encode

S = TypeVar("S", bound=Schema)

BYTES_MAX: Final = 4 * MIB
"""Of records as JSON; as objects they take about five times as much."""


class Handoff:
    """Encodes and decodes as `schemas.codec` does. Only the very bytes that were written are known again."""

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self.held_bytes = 0
        """Of all records that were written and not read."""
        self._written: OrderedDict[bytes, Schema] = OrderedDict()

    def encode(self, record: Schema) -> bytes:
        """`record` as JSON, remembered until it is read or others have taken its room."""
        value = encode(record)
        if value not in self._written:
            self.held_bytes += len(value)
        self._written[value] = record
        while self.held_bytes > self._bytes_max:
            oldest, _ = self._written.popitem(last=False)
            self.held_bytes -= len(oldest)
        return value

    def decode(self, schema: type[S], value: bytes) -> S:
        """What `value` says. Raises `Rejected` as `schemas.codec.decode` does."""
        record = self._written.pop(value, None)
        if record is not None:
            self.held_bytes -= len(value)
            if type(record) is schema:
                return record
        return decode(schema, value)
