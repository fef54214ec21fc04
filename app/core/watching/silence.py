"""How long each worker has told nothing, by the watcher's own clock: no two machines' clocks are compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.watching.worker_status import WorkerPhase, WorkerStatus

GONE_AFTER_S: Final = 10.0
"""Of silence: a worker tells every two seconds, and a machine that is busy may be late three times."""


@dataclass(frozen=True, slots=True)
class HeardWorker:
    """A worker's last status, and how long it has been the last, in seconds of which the statuses could be read."""

    status: WorkerStatus
    silent_s: float

    @property
    def is_gone(self) -> bool:
        """Whether it tells nothing any more, and did not say that it ends."""
        ends = {WorkerPhase.DRAINING, WorkerPhase.STOPPED}
        return self.silent_s > GONE_AFTER_S and self.status.phase not in ends

    @property
    def is_live(self) -> bool:
        """Whether what it told last can be taken for what is."""
        return self.silent_s <= GONE_AFTER_S and self.status.phase is not WorkerPhase.STOPPED


class SilenceWatch:
    """Is shown all statuses from time to time. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[int, float]] = {}
        self._seen_at: float | None = None

    def observe(self, now_s: float, statuses: Sequence[WorkerStatus]) -> tuple[HeardWorker, ...]:
        """The workers as they were told now, and how long ago each told something new."""
        self._seen_at = now_s
        before, self._heard = self._heard, {}
        heard = []
        for status in statuses:
            beat, at_s = before.get(status.who.worker_id, (-1, now_s))
            if status.beat != beat:
                at_s = now_s
            self._heard[status.who.worker_id] = (status.beat, at_s)
            heard.append(HeardWorker(status, now_s - at_s))
        return tuple(heard)

    def excuse(self, now_s: float) -> None:
        """The statuses could not be read since they were last: nobody is silent for that."""
        if self._seen_at is None:
            return
        lost_s, self._seen_at = now_s - self._seen_at, now_s
        self._heard = {name: (beat, at_s + lost_s) for name, (beat, at_s) in self._heard.items()}
