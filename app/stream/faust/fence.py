"""Keeps a worker that was suspended from writing as if its partitions were still its own.

A process that is stopped (SIGSTOP, a frozen virtual machine, a laptop that slept) beyond the session timeout has lost
its partitions and does not know yet: work that was in flight goes on where it was, and would overwrite the table
entries of whoever owns them now. Nothing tells it in time, so it watches its own clock.
"""


class Fence:
    """Closed from a gap in time until the next assignment, or until it is clear that the group did not notice.

    `gap_s`: a silence after which the group may have given this member up. `settle_s`: by then the next heartbeats
    have told, and a rebalance has begun if there is to be one. Times are seconds of a monotonic clock.
    """

    def __init__(self, gap_s: float, settle_s: float) -> None:
        self._gap_s = gap_s
        self._settle_s = settle_s
        self._seen_at: float | None = None
        self._closed_until: float | None = None

    def tick(self, now: float) -> None:
        """Note that the process lives; called several times within `gap_s`."""
        if self._seen_at is not None and now - self._seen_at > self._gap_s:
            self._closed_until = now + self._settle_s
        self._seen_at = now

    def is_closed(self, now: float) -> bool:
        """Whether a write has to wait: also where the gap has not been noted yet, for a writer may wake first."""
        gap = self._seen_at is not None and now - self._seen_at > self._gap_s
        return gap or (self._closed_until is not None and now < self._closed_until)

    def open(self, now: float) -> None:
        """A new assignment: what we hold now is ours."""
        self._seen_at = now
        self._closed_until = None
