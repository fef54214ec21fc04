"""How long the scripted model thinks: log-normal, drawn so that a few calls have the very mean that was asked for."""

import random
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Final

BLOCK: Final = 16
"""Calls in a row whose mean is exact: a run of any multiple of it has no luck in its draws."""

_SIGMA: Final = 0.5  # of the logarithm: one call in twenty takes twice the mean


@dataclass(frozen=True, slots=True)
class Latency:
    """Thinking time of the calls of a run. `mean_s` 0 answers at once."""

    mean_s: float
    seed: int = 1

    @property
    def longest_s(self) -> float:
        """No call takes longer."""
        return max(_shares()) * self.mean_s

    def of_call(self, number: int) -> float:
        """Seconds for the call that came as the `number`-th, counted from 0."""
        block, place = divmod(number, BLOCK)
        order = list(_shares())
        random.Random(f"latency {self.seed} {block}").shuffle(order)
        return order[place] * self.mean_s


def _shares() -> tuple[float, ...]:
    """The middle of each sixteenth of a log-normal distribution, in multiples of their mean."""
    drawn = [NormalDist(0, _SIGMA).inv_cdf((n + 0.5) / BLOCK) for n in range(BLOCK)]
    values = [2.718281828459045**value for value in drawn]
    mean = fmean(values)
    return tuple(value / mean for value in values)
