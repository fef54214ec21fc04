"""Whose records are handed over next: each topic as many as its stage has room for, each partition its share.

aiokafka hands over what it fetched in the order in which it came, up to one limit for all topics: a topic with a
backlog fills every look, and what the stages behind it wait for is not seen before the backlog has gone. Faust then
waits where one stage's channel is full, and with it everybody waits.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Generic, TypeVar

from app.core.events.offsets import Partition

P = TypeVar("P", bound=Partition)
R = TypeVar("R")


class Turns(Generic[P]):
    """Remembers which partition had its turn when."""

    def __init__(self) -> None:
        self._served: dict[P, int] = {}
        self._looks = 0

    async def look(
        self,
        groups: Sequence[tuple[Collection[P], int]],
        take: Callable[[P, int], Awaitable[list[R]]],
    ) -> dict[P, list[R]]:
        """Take what is there now: of each group of partitions at most as many records as its number says.

        Groups are partitions that have something. `take` gives at most so many records of one, in their order. Within
        a group whoever waited longest is asked first, and what it leaves of its share is for those after it: a
        partition with a backlog leaves room for its neighbours. What one group has says nothing about another's turn.
        """
        self._looks += 1
        found: dict[P, list[R]] = {}
        for partitions, room in groups:
            left = room
            in_turn = sorted(partitions, key=lambda partition: (self._served.get(partition, 0), partition))
            for asked, partition in enumerate(in_turn):
                if left <= 0:
                    break
                share = -(-left // (len(in_turn) - asked))
                records = await take(partition, share)
                if records:
                    self._served[partition] = self._looks
                    found[partition] = records
                    left -= len(records)
        return found
