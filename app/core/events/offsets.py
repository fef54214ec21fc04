"""Which offset may be committed: the lowest one that is not finished.

Faust commits past messages in flight (upstream issue 606), so this ledger replaces its bookkeeping. It is fed by
the intake and read by the consumer, and knows neither. One ledger lives as long as one assignment: what was in
flight on a partition that was lost is forgotten with it and never committed.

What is finished behind a slow head is remembered in the commit's metadata, after Parallel Consumer: the offsets
still in flight are written down, for they are few, and everything else below the end is done.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

Partition = tuple[str, int]
"""Topic and partition."""

METADATA_BYTES_MAX: Final = 4096
"""Kafka's `offset.metadata.max.bytes` as shipped: a longer text fails the whole commit."""

_VERSION: Final = "1:"


@dataclass(slots=True)
class PartitionLedger:
    """One partition in one assignment.

    Offsets arrive in rising order, perhaps with holes: compaction and transaction markers leave offsets that no
    record will ever fill. A hole below a started offset is therefore nothing to wait for.
    """

    in_flight: list[int] = field(default_factory=list)
    """Started and not finished, ascending."""
    end: int | None = None
    """One past the highest offset started; None before the first."""
    begun_at: int | None = None
    """The group's commit as this assignment began: the consumer was sought there. None where it is not known."""
    remembered: "Remembered | None" = None
    """What an earlier owner finished beyond its commit."""
    changes: int = 0
    """Counts what would make another commit worth while."""
    committed_changes: int = 0
    """`changes` as of the last commit."""
    settled_below: int = 0
    """The offset that the broker holds as the group's commit: nothing below it comes again."""
    settled_beyond: "Remembered | None" = None
    """What that commit's metadata says."""
    finished: int = 0
    """Events that came and are done, here or by an earlier owner; grows only while something gets done."""
    holes: list[range] = field(default_factory=list)
    """Offsets below `end`, at or beyond the head, that never came: no record of this assignment may fill one."""

    def start(self, offset: int) -> bool:
        """Note that `offset` is in hand. False if it was started, or finished by an earlier owner: skip it.

        Raises `ValueError` for an offset that cannot come, after which nothing may be committed: one that was skipped,
        or one below where reading began. aiokafka goes to the earliest record where a topic lost its last ones.
        """
        if offset < 0:
            message = f"an offset is not negative: {offset}"
            raise ValueError(message)
        if self.begun_at is not None and offset < self.begun_at:
            message = f"offset {offset} came, below {self.begun_at}, where reading began: has the topic lost records?"
            raise ValueError(message)
        if self.end is not None and offset < self.end:
            if any(offset in hole for hole in self.holes):
                message = f"offset {offset} came after {self.end - 1}: it was skipped, and might be committed past"
                raise ValueError(message)
            return False
        if self.end is not None and offset > self.end:
            self.holes.append(range(self.end, offset))
        self.end = offset + 1
        self.changes += 1
        if self.remembered is not None and self.remembered.is_finished(offset):
            self.finished += 1
            return False
        self.in_flight.append(offset)
        return True

    def finish(self, offset: int) -> None:
        """Note that all that follows from `offset` was acknowledged. An offset that was not started is an error."""
        if offset not in self.in_flight:
            message = f"offset {offset} was finished without being in flight"
            raise ValueError(message)
        self.in_flight.remove(offset)
        self.changes += 1
        self.finished += 1
        head = self.in_flight[0] if self.in_flight else self.end or 0
        self.holes = [hole for hole in self.holes if hole.stop > head]

    def committable(self) -> int | None:
        """The offset to commit (the next one to be read after a restart), or None if nothing has changed."""
        if self.end is None or self.changes == self.committed_changes:
            return None
        return self.in_flight[0] if self.in_flight else self.end

    def settle(self, offset: int, metadata: str) -> None:
        """Note what the broker holds as the group's commit; one that was overtaken says nothing new."""
        if offset < self.settled_below:
            return
        self.settled_below = offset
        self.settled_beyond = decode_finished(offset, metadata)

    def is_settled(self, offset: int) -> bool:
        """Whether the event at `offset` will not come again, whatever happens to this worker."""
        beyond = self.settled_beyond
        return offset < self.settled_below or (beyond is not None and beyond.is_finished(offset))

    def metadata(self, offset: int) -> str:
        """What else is finished beyond `offset`, as text for the commit; empty where nothing is or it would not fit."""
        if self.end is None:
            return ""
        end, waiting = self.end, self.in_flight
        if self.remembered is not None and self.remembered.end > end:
            waiting = [*waiting, *self.remembered.waiting_from(end)]
            end = self.remembered.end
        if end <= offset:
            return ""
        text = encode_finished(offset, end, waiting)
        return text if len(text) <= METADATA_BYTES_MAX else ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a commit's metadata says: below `end` everything is finished but `waiting`, ascending."""

    end: int
    waiting: tuple[int, ...]

    def is_finished(self, offset: int) -> bool:
        """Whether `offset` was finished beyond the commit."""
        return offset < self.end and offset not in self.waiting

    def waiting_from(self, offset: int) -> tuple[int, ...]:
        """The offsets at or beyond `offset` that were not finished."""
        return tuple(waiting for waiting in self.waiting if waiting >= offset)


@dataclass(frozen=True, slots=True)
class Commit:
    """One partition's commit: the offset, what is finished beyond it, and the state that both were taken from.

    The three belong together: an offset from one moment and a state from a later one would leave the last finished
    events uncommitted until something else happens.
    """

    offset: int
    metadata: str
    changes: int


@dataclass(slots=True)
class OffsetLedger:
    """All partitions of the current assignment."""

    partitions: dict[Partition, PartitionLedger] = field(default_factory=dict)

    def assign(self, partitions: Iterable[Partition]) -> None:
        """Begin an assignment: every partition starts from nothing, also one that was held before."""
        self.partitions = {partition: PartitionLedger() for partition in partitions}

    def resume(self, partition: Partition, offset: int, metadata: str) -> None:
        """Go on where the last owner's commit stands, and take over what it finished beyond.

        Unreadable metadata is ignored. Nothing happens once events came, for then it is too late.
        """
        ledger = self.partitions.get(partition)
        if ledger is not None and ledger.end is None:
            ledger.begun_at = ledger.end = offset
            ledger.settle(offset, metadata)
            ledger.remembered = ledger.settled_beyond

    def forget(self, partitions: Iterable[Partition]) -> None:
        """Drop partitions that were revoked, with all that was in flight on them."""
        for partition in partitions:
            self.partitions.pop(partition, None)

    def start(self, partition: Partition, offset: int) -> bool:
        """Whether to work on this event: its partition is ours and it was not started or finished before."""
        ledger = self.partitions.get(partition)
        return ledger is not None and ledger.start(offset)

    def finish(self, partition: Partition, offset: int) -> None:
        """Note a finished event; nothing happens if its partition was lost meanwhile."""
        ledger = self.partitions.get(partition)
        if ledger is not None:
            ledger.finish(offset)

    def held(self, partition: Partition) -> int:
        """Number of events in hand on `partition`."""
        ledger = self.partitions.get(partition)
        return len(ledger.in_flight) if ledger is not None else 0

    def committable(self, partition: Partition) -> int | None:
        """The offset to commit for `partition`, or None."""
        ledger = self.partitions.get(partition)
        return ledger.committable() if ledger is not None else None

    def describe(self, partition: Partition) -> "Commit | None":
        """What to commit for `partition` as it stands now, or None if nothing has changed since the last commit."""
        ledger = self.partitions.get(partition)
        offset = ledger.committable() if ledger is not None else None
        if ledger is None or offset is None:
            return None
        return Commit(offset, ledger.metadata(offset), ledger.changes)

    def note_committed(self, partition: Partition, commit: "Commit") -> None:
        """Note that the broker holds `commit`; nothing happens if the partition was lost meanwhile."""
        ledger = self.partitions.get(partition)
        if ledger is not None and commit.changes <= ledger.changes:  # else it is an earlier assignment's
            ledger.committed_changes = max(ledger.committed_changes, commit.changes)
            ledger.settle(commit.offset, commit.metadata)

    def is_settled(self, partition: Partition, offset: int) -> bool:
        """Whether the broker holds a commit by which the event at `offset` of `partition` never comes again."""
        ledger = self.partitions.get(partition)
        return ledger is not None and ledger.is_settled(offset)

    @property
    def in_flight(self) -> int:
        """Number of events in hand, over all partitions."""
        return sum(len(ledger.in_flight) for ledger in self.partitions.values())


def encode_finished(offset: int, end: int, waiting: Iterable[int]) -> str:
    """`end` and the `waiting` offsets, all at or beyond `offset`, as short ASCII text: varints of differences."""
    packed = bytearray(_varint(end - offset))
    last = offset
    for number in waiting:
        packed += _varint(number - last)
        last = number
    return _VERSION + base64.b85encode(bytes(packed)).decode("ascii")


def decode_finished(offset: int, text: str) -> Remembered | None:
    """What `encode_finished` wrote for `offset`, or None: nothing remembered, or another program's text."""
    if not text.startswith(_VERSION) or len(text) > METADATA_BYTES_MAX:
        return None
    try:
        numbers = _varints(base64.b85decode(text[len(_VERSION) :]))
    except (ValueError, binascii.Error):
        return None
    if not numbers:
        return None
    waiting: list[int] = []
    last = offset
    for difference in numbers[1:]:
        last += difference
        waiting.append(last)
    end = offset + numbers[0]
    return Remembered(end, tuple(waiting)) if not waiting or waiting[-1] < end else None


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _varints(data: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError("cut off")
    return numbers
