"""Whether a recovered table and its source topic belong together."""

from app.stream.faust.recovery import PartitionState, judge_recovered


def test_a_topic_that_ends_beyond_every_stamp_is_fine() -> None:
    """Stamps below the end, with committed offsets, are the normal case; so is an empty start."""
    states = {0: PartitionState(4, 5, 5), 1: PartitionState(None, 0, None), 2: PartitionState(2, 9, 1)}
    assert judge_recovered("submissions", "reviewstream", states) is None


def test_a_topic_that_ends_at_a_stamp_was_created_anew() -> None:
    """The refusal names partition, end and stamp, and says how to go on."""
    refusal = judge_recovered("submissions", "reviewstream", {3: PartitionState(7, 7, 7)})
    assert refusal is not None
    assert "partition 3 ends at 7, stamp 7" in refusal.cause
    assert "KAFKA_GROUP_ID" in refusal.cure


def test_a_stamped_partition_without_a_committed_offset_was_forgotten() -> None:
    """The refusal gives the offset to set for each partition: one past its stamp."""
    refusal = judge_recovered(
        "submissions", "reviewstream", {0: PartitionState(4, 9, 5), 1: PartitionState(6, 9, None)}
    )
    assert refusal is not None
    assert "submissions:1=7" in refusal.cure
    assert "submissions:0" not in refusal.cure
