"""A circuit that nobody waits at: while it is open calls are left out, but for one now and then that tries.

The other circuit breaker, of what an event cannot do without, makes callers wait. This one is for what an event can do
without. It reads no clock: each call says what time it is, in seconds that never go back.
"""

from app.core.limits import SkippingLimits


class SkippingCircuit:
    """Whoever was admitted reports how it went: `answered`, `failed` or `abandoned`."""

    def __init__(self, limits: SkippingLimits) -> None:
        self.failures = 0
        """Calls that failed in a row."""
        self._limits = limits
        self._pause_s = limits.pause_min_s
        self._open_until_s: float | None = None
        self._trying = False
        self._skipped = 0

    @property
    def is_open(self) -> bool:
        """Whether calls are left out."""
        return self._open_until_s is not None

    def admits(self, now_s: float) -> bool:
        """Whether to call. While the circuit is open, True for one caller after each pause."""
        if self._open_until_s is None:
            return True
        if self._trying or now_s < self._open_until_s:
            self._skipped += 1
            return False
        self._trying = True
        return True

    def answered(self) -> int | None:
        """Note an answer. Where it ends an outage: how many calls were left out."""
        was_open, skipped = self.is_open, self._skipped
        self.failures = self._skipped = 0
        self._pause_s = self._limits.pause_min_s
        self._open_until_s = None
        self._trying = False
        return skipped if was_open else None

    def failed(self, now_s: float, asked_s: float | None = None) -> None:
        """Note a failure; `asked_s` is the pause that was asked for. What was under way when it opened adds nothing."""
        self.failures += 1
        if self.is_open:
            if not self._trying:
                return
            self._pause_s = min(self._pause_s * 2, self._limits.pause_max_s)
        elif self.failures < self._limits.failures_max:
            return
        self._trying = False
        asked_s = min(asked_s or 0.0, self._limits.retry_after_s_max)
        self._open_until_s = now_s + max(self._pause_s, asked_s)

    def abandoned(self) -> None:
        """Note a call that ended without saying anything, as by a cancellation: the next caller may try."""
        self._trying = False
