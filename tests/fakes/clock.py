"""A clock that stands still until it is moved."""

from datetime import datetime, timedelta

from tests.builders.records import NOON


class FakeClock:
    """Port `Clock`."""

    def __init__(self, at: datetime = NOON) -> None:
        self._now = at
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock forward or back, as an operator or NTP does; no time passes."""
        self._now += timedelta(seconds=seconds)

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
