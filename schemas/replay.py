"""Reviews that are made again: what a comparison's headers ask for, and what is known of a whole replay."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from schemas.base import Identifier, Moment, Schema
from schemas.dead_letter import Header
from schemas.review import REASON_CHARS_MAX, ReplayNote
from schemas.rubric import Verdict

REPLAY_PREFIX: Final = "__reviewstream.replay."
"""How the headers of a comparison begin that was made again; its value differs from the first one by its generation."""

PROMOTED: Final = "__reviewstream.promoted"
"""Header of a shadow review that comes once more, to be delivered; its value is the replay's id."""

REPEAT: Final = "__reviewstream.repeat"
"""Header of a live comparison that was made again because its submission was read again: it may have its review."""


class ReplayOrder(Schema):
    """What a replay wants of a reviewer, in the headers of a comparison. `is_fresh`: no kept answer is taken."""

    note: ReplayNote
    is_fresh: bool = False

    def headers(self) -> tuple[Header, ...]:
        """The headers, one for each field that says something."""
        note = self.note
        texts = {
            "id": note.replay_id,
            "reason": note.reason,
            "appeal": "1" if note.is_appeal else None,
            "shadow": "1" if note.is_shadow else None,
            "supersedes": str(note.supersedes) if note.supersedes else None,
            "fresh": "1" if self.is_fresh else None,
        }
        return tuple((REPLAY_PREFIX + name, text.encode()) for name, text in texts.items() if text is not None)


def read_order(headers: Sequence[Header]) -> ReplayOrder | None:
    """The order in a record's headers, None where it has none. `ValidationError` where they are not like ours."""
    texts = {
        name.removeprefix(REPLAY_PREFIX): (value or b"").decode("utf-8", "replace")
        for name, value in headers
        if name.startswith(REPLAY_PREFIX)
    }
    if not texts:
        return None
    return ReplayOrder.model_validate(
        {
            "note": {
                "replay_id": texts.get("id"),
                "reason": texts.get("reason"),
                "is_appeal": "appeal" in texts,
                "is_shadow": "shadow" in texts,
                "supersedes": texts.get("supersedes"),
            },
            "is_fresh": "fresh" in texts,
        }
    )


class ReplayPhase(StrEnum):
    """Where a replay stands. `FINISHED` may hold failures; a shadow one is then `PROMOTED` or `DISCARDED`."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    PROMOTED = "promoted"
    DISCARDED = "discarded"


class Selection(Schema):
    """Which submissions are meant: all that fit every part that is given.

    `offsets` are ranges by partition of the topic of submissions, first included, last not. `since` and `until` bound
    when the record was written. The rest looks at the current review of a submission.
    """

    offsets: dict[int, tuple[Annotated[int, Field(ge=0)], int | None]] = Field(default_factory=dict)
    since: Moment | None = None
    until: Moment | None = None
    students: tuple[Identifier, ...] = ()
    assignments: tuple[Identifier, ...] = ()
    submissions: tuple[Identifier, ...] = ()
    prompt_version: str | None = None
    rubric_version: str | None = None
    model: str | None = None
    score_min: Annotated[int, Field(ge=0, le=100)] | None = None
    score_max: Annotated[int, Field(ge=0, le=100)] | None = None


class ReplayState(Schema):
    """What is known of a replay, as it is kept in MongoDB.

    `chosen` submissions are to be reviewed again, of which `sent` were sent to a reviewer, `reviewed` have their
    review and `failed` have none, and never will without an operator. `rejected` of them have a current review that a
    teacher rejected. `holder` is the process that may work on it: the last one that began or resumed it. `heard_at` is
    when it last did. `promotion_reason` is why it was promoted although the scores moved.
    """

    replay_id: Identifier
    generation: Annotated[int, Field(ge=1)]
    phase: ReplayPhase = ReplayPhase.RUNNING
    selection: Selection
    reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None
    is_appeal: bool = False
    is_shadow: bool = False
    is_fresh: bool = False
    rate_per_s: Annotated[float, Field(gt=0)]
    in_flight_max: Annotated[int, Field(ge=1)]
    chosen: Annotated[int, Field(ge=0)] = 0
    rejected: Annotated[int, Field(ge=0)] = 0
    sent: Annotated[int, Field(ge=0)] = 0
    reviewed: Annotated[int, Field(ge=0)] = 0
    failed: Annotated[int, Field(ge=0)] = 0
    started_at: Moment
    heard_at: Moment
    holder: str | None = None
    promotion_reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None


class ItemMove(Schema):
    """A rubric item's verdict before and after, None where the rubric had no such item, and how often it moved so."""

    item_id: str
    before: Verdict | None = None
    after: Verdict | None = None
    count: int = 1


class PairedReviews(Schema):
    """One submission's old and new review. Scores and costs are None where there is no such review, or no price.

    `comments_gone` and `comments_new` count open comments that only one of the two has. `is_overtaken`: the old one did
    not count yet when the replay began.
    """

    student_id: Identifier
    assignment_id: Identifier
    submission_id: Identifier
    old_review_id: UUID | None = None
    new_review_id: UUID | None = None
    overall_before: int | None = None
    overall_after: int | None = None
    quality_before: int | None = None
    quality_after: int | None = None
    items: tuple[ItemMove, ...] = ()
    comments_gone: int = 0
    comments_new: int = 0
    cost_before: float | None = None
    cost_after: float | None = None
    calls_after: int = 0
    is_overtaken: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether one of the two is not there."""
        return self.overall_before is None or self.overall_after is None


class ScoreMoves(Schema):
    """Mean change of a score, its 95% interval by bootstrap, and how many went down and up."""

    mean: float
    interval: tuple[float, float]
    down: int
    up: int


class ReplayDiff(Schema):
    """A replay's reviews against those that they would supersede; `pairs` that lost most come first.

    `missing` counts submissions without one of the two: none of them passes for unchanged. `overtaken` counts those for
    which another review counts than when the replay began. `items` are the verdicts
    that moved, the most frequent first.
    """

    replay_id: Identifier
    pairs: tuple[PairedReviews, ...]
    missing: int
    overtaken: int = 0
    overall: ScoreMoves | None = None
    quality: ScoreMoves | None = None
    items: tuple[ItemMove, ...] = ()


class ReplayPlan(Schema):
    """What a replay would mean and cost, before anything is written.

    `rejected` submissions have a current review that a teacher rejected. `offsets` are the first and the last chosen
    offset of each partition. `baselines` count what the submissions would be compared with, `unreadable` those of which
    no comparison can be made, by reason. Of the `looked_at` submissions `from_tape` would be answered by kept answers,
    the rest by `calls` with `prompt_tokens`; where not all were looked at, figures are scaled up. `completion_tokens`
    are those of the earlier reviews, for nobody knows a model's next answer. `cost` is absent where the model has no
    price. `seconds` is the time at the rate.
    """

    submissions: Annotated[int, Field(ge=0)]
    students: Annotated[int, Field(ge=0)]
    rejected: Annotated[int, Field(ge=0)] = 0
    assignments: tuple[str, ...]
    offsets: dict[int, tuple[int, int]]
    looked_at: Annotated[int, Field(ge=0)]
    baselines: dict[str, int]
    unreadable: dict[str, int]
    from_tape: Annotated[int, Field(ge=0)]
    calls: Annotated[int, Field(ge=0)]
    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]
    cost: Annotated[float, Field(ge=0)] | None = None
    currency: str | None = None
    seconds: Annotated[float, Field(ge=0)]
