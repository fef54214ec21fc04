"""The flow of the work as a picture: three stages, what waits before each, what each has in hand and gets done.

Geometry alone: the template draws it. Everything that the picture says stands in the table below it, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from app.presentation.pages.dashboard_words import DashboardWords

WIDTH: Final = 760
HEIGHT: Final = 150
_BOX_WIDTH: Final = 150
_BOX_HEIGHT: Final = 84
_TOP: Final = 24
_GAP: Final = 72
_LEFT: Final = 82
_PILE_MAX: Final = 40
"""Height of the pile that stands for what waits: it grows with the logarithm, for a deadline brings thousands."""
_PILE_STEP: Final = 4


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One stage's figures as they are written; `lag_count`, `is_busy` and `refuses` are for the picture."""

    stage: str
    name: str
    per_second: str
    in_hand: str
    in_line: str
    aside: str
    lag: str
    repeated: str
    refused: str
    half: str
    most: str
    nearly_all: str
    lag_count: int
    is_busy: bool
    refuses: bool


@dataclass(frozen=True, slots=True)
class PictureStage:
    """A box, and the arrow that leads to it with a pile of what waits upon it. Lengths are in the picture's units."""

    figures: StageFigures
    x: int
    middle: int
    arrow_from: int
    arrow_to: int
    pile_x: int
    pile_y: int
    pile_height: int


@dataclass(frozen=True, slots=True)
class FlowPicture:
    """The whole picture. `told` says all of it in a sentence, for whoever does not see it."""

    width: int
    height: int
    box_width: int
    box_height: int
    top: int
    arrow_y: int
    stages: tuple[PictureStage, ...]
    exit_from: int
    exit_to: int
    told: str


def flow_picture(stages: Sequence[StageFigures], words: DashboardWords) -> FlowPicture:
    """Where everything stands."""
    arrow_y = _TOP + _BOX_HEIGHT // 2
    placed = []
    for number, figures in enumerate(stages):
        x = _LEFT + number * (_BOX_WIDTH + _GAP)
        arrow_from = x - (_LEFT - 8 if number == 0 else _GAP)
        pile = min(_PILE_MAX, round(_PILE_STEP * log2(1 + figures.lag_count)))
        middle = (arrow_from + x) // 2
        placed.append(
            PictureStage(figures, x, x + _BOX_WIDTH // 2, arrow_from, x - 4, middle - 9, arrow_y - 5 - pile, pile)
        )
    end = _LEFT + len(stages) * (_BOX_WIDTH + _GAP) - _GAP
    told = "; ".join(
        f"{one.name}: {words.lag} {one.lag}, {words.in_hand} {one.in_hand}, {words.per_second} {one.per_second}"
        for one in stages
    )
    return FlowPicture(WIDTH, HEIGHT, _BOX_WIDTH, _BOX_HEIGHT, _TOP, arrow_y, tuple(placed), end, WIDTH - 8, told)
