"""Verdicts -> the two scores, and the guards around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.rubric import Slack
from app.core.words import Words
from schemas.comparison import ScoreBounds
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict


@dataclass(frozen=True, slots=True)
class Scores:
    """Both scores, 0 to 100."""

    overall: int
    quality: int


def add_up(verdicts: Sequence[RubricVerdict]) -> Scores | None:
    """The share of the points that can be earned, as a score; None where one of the scores has no item at all.

    An item on which nobody can tell has no points to earn, so that its weight is the others'.
    """
    overall, quality = _share(verdicts, CountsFor.OVERALL), _share(verdicts, CountsFor.QUALITY)
    return None if overall is None or quality is None else Scores(overall, quality)


def hold(
    verdicts: Sequence[RubricVerdict], bounds: ScoreBounds, slack: Slack, words: Words
) -> tuple[Scores, tuple[str, ...]]:
    """The scores of `verdicts`, and what they were held by, a sentence each.

    First a reader's verdicts move a score by `slack` at most from what code alone gives, then the evidence's bounds
    hold it.
    """
    given = add_up(verdicts) or Scores(0, 0)
    alone = add_up([one for one in verdicts if one.decided_by is not DecidedBy.MODEL]) or given
    near = Scores(
        _clamp(given.overall, alone.overall - slack.down, alone.overall + slack.up),
        _clamp(given.quality, alone.quality - slack.down, alone.quality + slack.up),
    )
    held = Scores(
        _clamp(near.overall, bounds.overall_min, bounds.overall_max),
        _clamp(near.quality, bounds.quality_min, bounds.quality_max),
    )
    told: list[str] = []
    if held.overall != given.overall:
        told.append(words.adjustments["overall"]({"given": given.overall, "held": held.overall}))
    if held.quality != given.quality:
        told.append(words.adjustments["quality"]({"given": given.quality, "held": held.quality}))
    if held != near:
        told.extend(bounds.why)
    return held, tuple(told)


def _share(verdicts: Sequence[RubricVerdict], score: CountsFor) -> int | None:
    counted = [one for one in verdicts if one.counts_for in {score, CountsFor.BOTH}]
    whole = sum(one.points_max for one in counted)
    return round(100 * sum(one.points for one in counted) / whole) if whole else None


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
