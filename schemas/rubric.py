"""What a review is judged by: a rubric of an assignment's items, and the verdict on each."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.base import Schema


class Verdict(StrEnum):
    """How far an item is met. `CANNOT_TELL` leaves its weight to the other items, and is said."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    CANNOT_TELL = "cannot_tell"


class CountsFor(StrEnum):
    """Which score an item's points belong to."""

    OVERALL = "overall"
    QUALITY = "quality"
    BOTH = "both"


class DecidedBy(StrEnum):
    """Who decides an item: a reader's verdict, or code, from what was measured.

    `TESTS`: test logs. `COMPLEXITY`: radon's figures. `LINTER`: the linter's findings. `DIFF`: what moved since the
    previous submission, tests and earlier comments among it.
    """

    MODEL = "model"
    TESTS = "tests"
    COMPLEXITY = "complexity"
    LINTER = "linter"
    DIFF = "diff"


class Release(StrEnum):
    """When a review goes to its student: as soon as it is made, or once a person has approved it."""

    AT_ONCE = "at_once"
    AFTER_APPROVAL = "after_approval"


class HintLevel(StrEnum):
    """How much a review gives away: where to look, why, or how, with code."""

    POINT = "point"
    EXPLAIN = "explain"
    SOLVE = "solve"


Points = Annotated[float, Field(ge=0, le=1000)]


class RubricVerdict(Schema):
    """One item of the rubric in a review: what was decided, by whom, and what it gives.

    `points` of `points_max`; an item on which nobody can tell has none of either, for its weight is the others', and
    `weight` says what it would be worth if somebody could. None: it is worth `points_max`.
    `reason` is a sentence. `path`, `line` and `quote` are where a model's verdict stands; the quote is a line of the
    new version. `hidden` items are for teachers: pages and messages for students leave them out.
    """

    item_id: str
    title: str
    verdict: Verdict
    points: Points
    points_max: Points
    weight: Points | None = None
    counts_for: CountsFor
    decided_by: DecidedBy
    hidden: bool = False
    reason: str | None = None
    path: str | None = None
    line: Annotated[int, Field(ge=1)] | None = None
    quote: str | None = None
