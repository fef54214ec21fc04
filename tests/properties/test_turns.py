"""Whose records are handed over: no backlog keeps another topic, or another partition, from its turn."""

import asyncio
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from app.core.events.offsets import Partition
from app.stream.faust.turns import Turns

TOPICS = ("reviews", "comparisons", "submissions")
PARTITIONS = tuple((topic, number) for topic in TOPICS for number in range(4))

backlogs = st.dictionaries(st.sampled_from(PARTITIONS), st.integers(1, 200))
rooms = st.fixed_dictionaries({topic: st.integers(0, 16) for topic in TOPICS})


class Log:
    """What was fetched and not handed over yet: each partition's numbers in order."""

    def __init__(self, backlog: Mapping[Partition, int]) -> None:
        self.left = {partition: list(range(count)) for partition, count in backlog.items()}
        self.handed: dict[Partition, list[int]] = {partition: [] for partition in backlog}
        self._turns: Turns[Partition] = Turns()

    def look(self, rooms: Mapping[str, int]) -> dict[Partition, list[int]]:
        """One look with so much room for each topic."""

        async def take(partition: Partition, count: int) -> list[int]:
            assert count > 0
            taken, self.left[partition] = self.left[partition][:count], self.left[partition][count:]
            return taken

        groups = [({p for p in self.left if p[0] == topic and self.left[p]}, room) for topic, room in rooms.items()]
        found = asyncio.run(self._turns.look(groups, take))
        for partition, numbers in found.items():
            self.handed[partition] += numbers
        return found

    def counted(self, found: Mapping[Partition, list[int]], topic: str) -> int:
        """How many of a topic's records are among `found`."""
        return sum(len(numbers) for partition, numbers in found.items() if partition[0] == topic)


@given(backlogs, rooms)
def test_each_topic_gets_what_it_has_room_for_whatever_the_others_have(
    backlog: dict[Partition, int], room: dict[str, int]
) -> None:
    """A topic's share is the same as if it were alone; never more than its room; something if it has anything."""
    together = Log(backlog)
    found = together.look(room)
    for topic in TOPICS:
        alone = Log({partition: count for partition, count in backlog.items() if partition[0] == topic})
        assert {p: numbers for p, numbers in found.items() if p[0] == topic} == alone.look(room)
        taken = together.counted(found, topic)
        assert taken <= room[topic]
        assert (taken > 0) == (room[topic] > 0 and any(partition[0] == topic for partition in backlog))


@given(backlogs, st.lists(rooms, max_size=30))
def test_a_partitions_records_come_in_their_order_and_once(
    backlog: dict[Partition, int], looks: list[dict[str, int]]
) -> None:
    """Whatever the room was at each look, nothing is left out between two records that came."""
    log = Log(backlog)
    for room in looks:
        log.look(room)
    assert all(log.handed[p] + log.left[p] == list(range(count)) for p, count in backlog.items())


@given(st.dictionaries(st.sampled_from(PARTITIONS[:4]), st.integers(1, 200), min_size=1), st.integers(1, 16))
def test_no_partition_waits_for_longer_than_a_round_of_its_neighbours(backlog: dict[Partition, int], room: int) -> None:
    """With room for one record at each look, each partition with a backlog still has its turn in each round."""
    log = Log(backlog)
    waited = dict.fromkeys(backlog, 0)
    while any(log.left.values()):
        found = log.look({PARTITIONS[0][0]: room})
        for partition in backlog:
            waited[partition] = 0 if partition in found or not log.left[partition] else waited[partition] + 1
            assert waited[partition] < len(backlog)
