"""Verdicts -> sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict

EARNED: Final = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.NOT_MET: 0.0}
"""The share of an item's points that a verdict without a figure earns."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Both scores, 0 to 100."""

    overall: int
    quality: int


def add_up(verdicts: Sequence[RubricVerdict], otherwise: Scores) -> Scores:
    """The share of the points that can be earned, as scores; `otherwise` where a score has no item at all.

    An item on which nobody can tell has no points to earn, so that its weight is the others'.
    """
    overall, quality = share(verdicts, CountsFor.OVERALL), share(verdicts, CountsFor.QUALITY)
    return Scores(otherwise.overall if overall is None else overall, otherwise.quality if quality is None else quality)


def by_code(verdicts: Sequence[RubricVerdict]) -> list[RubricVerdict]:
    """Those that no reader gave."""
    return [verdict for verdict in verdicts if verdict.decided_by is not DecidedBy.MODEL]


def share(verdicts: Sequence[RubricVerdict], score: CountsFor) -> int | None:
    """One score of `verdicts`; None where none of them has points to earn for it."""
    counted = [verdict for verdict in verdicts if verdict.counts_for in {score, CountsFor.BOTH}]
    whole = sum(verdict.points_max for verdict in counted)
    return round(100 * sum(verdict.points for verdict in counted) / whole) if whole else None
