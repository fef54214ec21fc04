"""Which partitions have stopped: something is left to do, nothing gets done, and nothing outside explains it.

Faust has open reports of consumption that silently stops; a call that never ends looks the same from here. The
detector knows no clock and no Kafka: it is shown the partitions from time to time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.events.offsets import Partition
from schemas.errors import Dependency

WAITED_FOR: Final[Mapping[str, frozenset[Dependency]]] = {
    "comparator": frozenset({Dependency.ARCHIVE_ROOT}),
    "reviewer": frozenset({Dependency.LLM, Dependency.MONGODB}),
    "publisher": frozenset({Dependency.MONGODB, Dependency.REVIEW_API}),
    "editor": frozenset({Dependency.MONGODB, Dependency.REVIEW_API}),
}
"""Stage by stage, the dependencies whose outage explains that nothing gets done. Kafka's explains it for all."""


@dataclass(frozen=True, slots=True)
class PartitionReading:
    """Where one partition stands. None: not known yet.

    `end` is one past its last record, `fetched_to` the consumer's position, `delivered_to` one past the last record
    that the consumer handed over, `taken_to` one past the last one that the intake has seen.
    """

    end: int
    fetched_to: int | None
    delivered_to: int | None
    taken_to: int | None
    in_hand: int
    set_aside: int = 0

    @property
    def unread(self) -> int:
        """Offsets that are still to be taken.

        Markers of transactions and compacted records fill offsets that never arrive: the consumer's position moves
        past them. But what was handed over and never reached the intake was lost on the way, and counts.
        """
        lost = self.delivered_to is not None and self.taken_to is not None and self.delivered_to > self.taken_to
        known = [offset for offset in (self.taken_to, None if lost else self.fetched_to) if offset is not None]
        return max(0, self.end - max(known, default=0))

    @property
    def lag(self) -> int:
        """Records that are not finished."""
        return self.unread + self.in_hand

    @property
    def left_to_do(self) -> int:
        """The same, without what waits on purpose."""
        return max(0, self.lag - self.set_aside)


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a partition. `finished` only has to change when something gets done; `excused`: it may stand."""

    left_to_do: int
    finished: int
    excused: bool = False


@dataclass(slots=True)
class _Silence:
    since_s: float
    finished: int


class StallDetector:
    """Tells after `after_s` seconds of silence. Times are seconds of a monotonic clock."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._silences: dict[Partition, _Silence] = {}
        self.stalled: dict[Partition, float] = {}
        """Those that have stopped, and since when."""

    def observe(
        self, now_s: float, seen: Mapping[Partition, Progress]
    ) -> tuple[tuple[Partition, ...], tuple[Partition, ...]]:
        """Look at all partitions that are held; which ones have just stalled, and which of the stalled move again.

        One that is not held any more is forgotten; it moves, as far as this worker can tell.
        """
        before = self.stalled
        self._silences = {
            partition: self._silence(now_s, self._silences.get(partition), progress)
            for partition, progress in seen.items()
            if progress.left_to_do and not progress.excused
        }
        self.stalled = {
            partition: silence.since_s
            for partition, silence in self._silences.items()
            if now_s - silence.since_s >= self._after_s
        }
        began = tuple(partition for partition in self.stalled if partition not in before)
        ended = tuple(partition for partition in before if partition not in self.stalled)
        return began, ended

    @staticmethod
    def _silence(now_s: float, known: _Silence | None, progress: Progress) -> _Silence:
        if known is None or known.finished != progress.finished:
            return _Silence(now_s, progress.finished)
        return known
