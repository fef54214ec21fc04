"""Scores over a student's attempts, as points of a small picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.ports import AttemptScore, score_of
from schemas.review import Review

ATTEMPTS_MAX: Final = 12
"""Attempts of one picture: the last ones."""

SCORES_READ: Final = 100
"""Reviews that are looked at for it: an attempt may have been made again more than once."""

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


def progress_chart(review: Review, published: Sequence[AttemptScore]) -> ProgressChart | None:
    """The attempts up to this one, each by its newest generation; None where there is but one."""
    this = score_of(review)
    attempts = sorted(_newest(this, published).values(), key=lambda one: one.offset)[-ATTEMPTS_MAX:]
    if len(attempts) < 2:
        return None
    step = (_WIDTH - 2 * _LEFT) / (len(attempts) - 1)
    points = tuple(_point(round(_LEFT + at * step), one, is_this=one is this) for at, one in enumerate(attempts))
    return ProgressChart(_WIDTH, _HEIGHT, tuple((_y(score), score) for score in (0, 50, 100)), points)


def shown_change(review: Review, published: Sequence[AttemptScore]) -> int | None:
    """How the score changed since the submission that was compared with, by the scores that the picture shows.

    A record tells it against what the reviewer wrote of that submission; a person may have changed that since. It is
    believed where that submission's score is not among `published`.
    """
    this = score_of(review)
    before = _newest(this, published).get(review.previous_submission_id or "")
    return review.score_change if before is None or before is this else this.overall - before.overall


def _newest(this: AttemptScore, published: Sequence[AttemptScore]) -> dict[str, AttemptScore]:
    """The attempts up to this one by submission, each by its newest generation, this one as it is."""
    newest = {this.submission_id: this}
    for one in published:
        known = newest.get(one.submission_id)
        if one.offset <= this.offset and (known is None or (known is not this and known.generation < one.generation)):
            newest[one.submission_id] = one
    return newest


def _point(x: int, one: AttemptScore, *, is_this: bool) -> ChartPoint:
    return ChartPoint(x, _y(one.overall), _y(one.quality), one.overall, one.quality, one.submission_id, is_this)


def _y(score: int) -> int:
    return round(_TOP + (100 - score) / 100 * _PLOT_HEIGHT)
