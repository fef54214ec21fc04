"""What there is to be seen at one moment, and what the settings say of it: all that troubles are told from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from app.core.costs import Budgets, DayTotals
from app.core.watching.flow import Flow
from app.core.watching.silence import HeardWorker
from schemas.replay import ReplayState


@dataclass(frozen=True, slots=True)
class PartSeen:
    """One thing that the work depends on, as this process sees it: `kafka`, `mongodb`, `archives` or `states`.

    `is_empty`, of the archive root: it is there and holds nothing.
    """

    name: str
    ok: bool
    cause: str = ""
    cure: str | None = None
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the settings allow."""

    budgets: Budgets = field(default_factory=Budgets)
    refused_share_max: float = 0.5
    llm_timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class LettersSeen:
    """Dead letters by reason, the most frequent first, of all that the topic holds, and when they were counted."""

    by_reason: Mapping[str, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class PublishedReview:
    """A review that was published, as a list shows it."""

    review_id: UUID
    student_id: str
    assignment_id: str
    submission_id: str
    generation: int
    published_at: datetime
    overall: int | None = None
    model: str = ""
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """One moment. None: not known yet. `unheard`: why what workers tell could not be read last, else empty."""

    now: datetime
    workers: tuple[HeardWorker, ...] | None = None
    unheard: str = ""
    flow: Flow = field(default_factory=Flow)
    parts: tuple[PartSeen, ...] | None = None
    spent: DayTotals | None = None
    replays: tuple[ReplayState, ...] | None = None
    letters: LettersSeen | None = None
    published: tuple[PublishedReview, ...] | None = None
    bounds: Bounds = field(default_factory=Bounds)
