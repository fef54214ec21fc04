"""Records whose header names are not UTF-8: librdkafka sends any bytes, and Kafka takes them.

aiokafka raises where it comes to such a name, and cannot go on: not with that record, nor with those behind it in its
batch. A group that is moved past it meets it again, for a broker answers with whole batches. Java's client reads such
names with marks in place of the bytes, and so do we.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, SupportsIndex

from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


class TolerantRecords:
    """What a broker answered to a fetch of one partition, in place of aiokafka's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._records: Any = _MemoryRecordsPy(data)

    def size_in_bytes(self) -> int:
        """Size of all that the broker sent."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Whether there is another whole batch."""
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        """The next batch, None behind the last one."""
        raw = self._records._next_slice  # noqa: SLF001 - a batch keeps its bytes to itself
        batch = self._records.next_batch()
        return TolerantBatch(batch, raw) if raw is not None and isinstance(batch, DefaultRecordBatch) else batch


class TolerantBatch:
    """One batch: aiokafka's own, read once more from where it came to a name that is not UTF-8."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        """Everything else is the batch's."""
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        """The next record of a control batch, which has no headers."""
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        """All records, in their order."""
        count = 0
        try:
            for record in self._batch:
                yield record
                count += 1
        except UnicodeDecodeError:
            yield from islice(_read_again(self._raw), count, None)


class _Lenient(bytes):
    """Bytes that decode whatever they are; a byte that is no UTF-8 becomes its number, as Python escapes it."""

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = super().__getitem__(at)
        return _Lenient(found) if isinstance(found, bytes) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002 - as bytes have it
        return super().decode(encoding, "backslashreplace")


def _read_again(raw: memoryview) -> Iterator[Any]:
    batch: Any = _DefaultRecordBatchPy(bytes(raw))
    records: Iterator[Any] = iter(batch)  # unpacked by now
    batch._buffer = _Lenient(batch._buffer)  # noqa: SLF001
    return records
