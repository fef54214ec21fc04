"""Which offset may be committed: the lowest one that is not finished.

Faust commits past messages in flight (upstream issue 606), so this ledger replaces its bookkeeping. It is fed by
the intake and read by the consumer, and knows neither. One ledger lives as long as one assignment: what was in
flight on a partition that was lost is forgotten with it and never committed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

Partition = tuple[str, int]
"""Topic and partition."""


@dataclass(slots=True)
class PartitionLedger:
    """One partition in one assignment.

    Offsets arrive in rising order, perhaps with holes: compaction and transaction markers leave offsets that no
    record will ever fill. A hole below a started offset is therefore nothing to wait for.
    """

    in_flight: list[int] = field(default_factory=list)
    """Started and not finished, ascending."""
    finished: set[int] = field(default_factory=set)
    """Finished, at or beyond the committable offset: finished behind a slow head."""
    end: int | None = None
    """One past the highest offset started; None before the first."""
    committed: int | None = None
    """What was last committed in this assignment, or None."""

    def start(self, offset: int) -> bool:
        """Note that `offset` is in hand. False if it was started before: it must not be worked on twice."""
        if offset < 0:
            message = f"an offset is not negative: {offset}"
            raise ValueError(message)
        if self.end is not None and offset < self.end:
            return False
        self.in_flight.append(offset)
        self.end = offset + 1
        return True

    def finish(self, offset: int) -> None:
        """Note that all that follows from `offset` was acknowledged. An offset that was not started is an error."""
        if offset not in self.in_flight:
            message = f"offset {offset} was finished without being in flight"
            raise ValueError(message)
        was_head = offset == self.in_flight[0]
        self.in_flight.remove(offset)
        self.finished.add(offset)
        if was_head:
            head = self.in_flight[0] if self.in_flight else self.end
            self.finished = {done for done in self.finished if head is not None and done >= head}

    def committable(self) -> int | None:
        """The offset to commit (the next one to be read after a restart), or None if there is nothing new."""
        if self.end is None:
            return None
        head = self.in_flight[0] if self.in_flight else self.end
        if self.committed is not None and head <= self.committed:
            return None
        return head

    def note_committed(self, offset: int) -> None:
        """Note that the broker holds `offset` for this partition."""
        if self.committed is None or offset > self.committed:
            self.committed = offset


@dataclass(slots=True)
class OffsetLedger:
    """All partitions of the current assignment."""

    partitions: dict[Partition, PartitionLedger] = field(default_factory=dict)

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Begin an assignment: every partition starts from nothing, also one that was held before."""
        self.partitions = {partition: PartitionLedger() for partition in partitions}

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Drop partitions that were revoked, with all that was in flight on them."""
        for partition in partitions:
            self.partitions.pop(partition, None)

    def start(self, partition: Partition, offset: int) -> bool:
        """Whether to work on this event: its partition is ours and it was not started before."""
        ledger = self.partitions.get(partition)
        return ledger is not None and ledger.start(offset)

    def finish(self, partition: Partition, offset: int) -> None:
        """Note a finished event; nothing happens if its partition was lost meanwhile."""
        ledger = self.partitions.get(partition)
        if ledger is not None:
            ledger.finish(offset)

    def committable(self, partition: Partition) -> int | None:
        """The offset to commit for `partition`, or None."""
        ledger = self.partitions.get(partition)
        return ledger.committable() if ledger is not None else None

    def note_committed(self, partition: Partition, offset: int) -> None:
        """Note that the broker holds `offset`; nothing happens if the partition was lost meanwhile."""
        ledger = self.partitions.get(partition)
        if ledger is not None:
            ledger.note_committed(offset)

    @property
    def in_flight(self) -> int:
        """Number of events in hand, over all partitions."""
        return sum(len(ledger.in_flight) for ledger in self.partitions.values())
