"""Scores over a student's attempts, as points of a small picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.review import Review

ATTEMPTS_MAX: Final = 12
"""Attempts of one picture: the last ones."""

_WIDTH: Final = 420
_HEIGHT: Final = 120
_LEFT: Final = 40
_TOP: Final = 20
_PLOT_HEIGHT: Final = 75


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """An attempt: where its two scores stand in the picture, and what they are."""

    x: int
    y: int
    quality_y: int
    score: int
    quality: int
    submission_id: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """The picture's size, its horizontal lines as (y, score), and its points."""

    width: int
    height: int
    lines: tuple[tuple[int, int], ...]
    points: tuple[ChartPoint, ...]

    @property
    def score_trace(self) -> str:
        """The points of the score's line."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def quality_trace(self) -> str:
        """The points of the code quality's line."""
        return " ".join(f"{point.x},{point.quality_y}" for point in self.points)


def progress_chart(review: Review, published: Sequence[Review]) -> ProgressChart | None:
    """The attempts up to this one, each by its newest generation; None where there is but one."""
    newest: dict[str, Review] = {}
    for one in (*published, review):
        known = newest.get(one.new_submission_id)
        is_this = one.review_id == review.review_id
        if known is None or is_this or (known.generation < one.generation and known.review_id != review.review_id):
            newest[one.new_submission_id] = one
    earlier = [one for one in newest.values() if one.origin.offset <= review.origin.offset]
    attempts = sorted(earlier, key=lambda one: one.origin.offset)[-ATTEMPTS_MAX:]
    if len(attempts) < 2:
        return None
    step = (_WIDTH - 2 * _LEFT) / (len(attempts) - 1)
    points = tuple(_point(round(_LEFT + at * step), one, review.review_id) for at, one in enumerate(attempts))
    return ProgressChart(_WIDTH, _HEIGHT, tuple((_y(score), score) for score in (0, 50, 100)), points)


def _point(x: int, one: Review, this: UUID) -> ChartPoint:
    score, quality = one.review_result.overall_score, one.review_result.code_quality_score
    return ChartPoint(x, _y(score), _y(quality), score, quality, one.new_submission_id, one.review_id == this)


def _y(score: int) -> int:
    return round(_TOP + (100 - score) / 100 * _PLOT_HEIGHT)
