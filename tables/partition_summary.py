"""What is kept beside a partition of a table, so that nobody has to read all entries to learn it."""

from collections.abc import Iterable
from dataclasses import dataclass
from struct import Struct

from app.core.history.entries import stamp_of

_PACKED = Struct(">qq")


@dataclass(frozen=True, slots=True)
class PartitionSummary:
    """The highest stamp among a partition's entries, -1 where there is none, and their number.

    A stamp is an offset in the partition of the source topic that has the table partition's number.
    """

    stamp: int = -1
    entries: int = 0

    def grown(self, value: bytes, *, is_new: bool) -> "PartitionSummary":
        """With one more stored value: of a new key, or in the place of another one."""
        return PartitionSummary(max(self.stamp, stamp_of(value)[1]), self.entries + is_new)

    def shrunk(self) -> "PartitionSummary":
        """With one entry less. The stamp stays: that its event was taken is not undone."""
        return PartitionSummary(self.stamp, self.entries - 1)

    def pack(self) -> bytes:
        """As it is stored."""
        return _PACKED.pack(self.stamp, self.entries)


def unpack_summary(stored: bytes) -> PartitionSummary:
    """What `pack` made."""
    return PartitionSummary(*_PACKED.unpack(stored))


def summarise(values: Iterable[bytes]) -> PartitionSummary:
    """The summary of all stored values of a partition."""
    summary = PartitionSummary()
    for value in values:
        summary = summary.grown(value, is_new=True)
    return summary
