"""How many requests somebody may still make: a bucket of tokens for each, and a bound on how many are remembered."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

_REMEMBERED_MAX: Final = 10_000
"""Callers; the one that was quiet longest is forgotten first, and then has a full bucket."""


@dataclass(slots=True)
class RateLimiter:
    """`rate_per_s` requests a second on average for each caller, `burst` at once."""

    rate_per_s: float
    burst: float
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, caller: str, now_s: float) -> float:
        """Count a request; 0 if it is allowed, else the seconds until one will be."""
        left, then = self._buckets.pop(caller, (self.burst, now_s))
        left = min(self.burst, left + (now_s - then) * self.rate_per_s)
        allowed = left >= 1
        self._buckets[caller] = (left - 1 if allowed else left, now_s)
        if len(self._buckets) > _REMEMBERED_MAX:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self.rate_per_s
