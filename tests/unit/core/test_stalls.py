"""Which partitions have stopped, by example."""

import pytest

from app.core.stalls import WAITED_FOR, PartitionReading, Progress, StallDetector

PARTITION = ("submissions", 0)


@pytest.mark.parametrize(
    ("reading", "lag", "left"),
    [
        (PartitionReading(end=10, fetched_to=10, delivered_to=10, taken_to=10, in_hand=0), 0, 0),
        (PartitionReading(end=12, fetched_to=10, delivered_to=10, taken_to=10, in_hand=0), 2, 2),
        (PartitionReading(end=10, fetched_to=10, delivered_to=10, taken_to=10, in_hand=3), 3, 3),
        # A transaction's marker at the end: the position is past it, and no record will ever fill it.
        (PartitionReading(end=11, fetched_to=11, delivered_to=10, taken_to=10, in_hand=0), 0, 0),
        # Handed over, and never seen by the intake: the position alone would hide it.
        (PartitionReading(end=12, fetched_to=12, delivered_to=12, taken_to=10, in_hand=0), 2, 2),
        # Assigned, and never sought.
        (PartitionReading(end=12, fetched_to=None, delivered_to=None, taken_to=None, in_hand=0), 12, 12),
        (PartitionReading(end=12, fetched_to=9, delivered_to=None, taken_to=None, in_hand=0), 3, 3),
        # All that is in hand is held on purpose.
        (PartitionReading(end=10, fetched_to=10, delivered_to=10, taken_to=10, in_hand=3, set_aside=3), 3, 0),
        # An end that was asked for before the last records were taken.
        (PartitionReading(end=8, fetched_to=10, delivered_to=10, taken_to=10, in_hand=1), 1, 1),
    ],
)
def test_what_is_left_of_a_partition(reading: PartitionReading, lag: int, left: int) -> None:
    """Records that are not finished count; markers, and for a stall what waits on purpose, do not."""
    assert (reading.lag, reading.left_to_do) == (lag, left)


def test_a_partition_is_named_once_and_taken_back() -> None:
    """Silence for the whole time begins a stall, told once; the next finished event ends it."""
    detector = StallDetector(60)
    assert detector.observe(0, {PARTITION: Progress(3, 7)}) == ((), ())
    assert detector.observe(59.9, {PARTITION: Progress(4, 7)}) == ((), ())
    assert detector.observe(60, {PARTITION: Progress(4, 7)}) == ((PARTITION,), ())
    assert detector.stalled == {PARTITION: 0}
    assert detector.observe(65, {PARTITION: Progress(4, 7)}) == ((), ())
    assert detector.observe(66, {PARTITION: Progress(3, 8)}) == ((), (PARTITION,))
    assert detector.stalled == {}


@pytest.mark.parametrize(
    "between", [{PARTITION: Progress(3, 7, excused=True)}, {PARTITION: Progress(0, 7)}, {PARTITION: Progress(3, 8)}, {}]
)
def test_what_explains_a_silence_begins_it_anew(between: dict[tuple[str, int], Progress]) -> None:
    """After an outage, an empty moment, a finished event or another assignment the whole time has to pass again."""
    detector = StallDetector(60)
    silent = {PARTITION: Progress(3, 7)}
    detector.observe(0, silent)
    detector.observe(50, between)
    detector.observe(55, silent)
    assert detector.observe(110, silent) == ((), ())
    assert detector.observe(115, silent) == ((PARTITION,), ())


def test_every_stage_has_its_dependencies() -> None:
    """A stage that is not in the table would be called stalled in each outage."""
    assert set(WAITED_FOR) == {"comparator", "reviewer", "publisher", "editor"}
