"""Builders of what a replay works with."""

from datetime import timedelta
from typing import Any

from app.core.history.identity import review_id
from app.core.replaying.items import ReplayItem
from app.core.replaying.timeline import Head, Step
from schemas.base import LIVE
from schemas.comparison import Baseline
from schemas.origin import Origin
from schemas.replay import ReplayState, Selection
from tests.builders.records import NOON


def a_head(offset: int = 0, *, partition: int = 0, **fields: Any) -> Head:
    """The head of `sub-<offset>`, written an hour after the one before."""
    place = Origin(topic="submissions", partition=partition, offset=offset)
    given: dict[str, Any] = {
        "origin": place,
        "position": place,
        "written_at": NOON + timedelta(hours=offset),
        "student_id": "student-1",
        "assignment_id": "hw-1",
        "submission_id": f"sub-{offset}",
    }
    return Head(**given | fields)


def a_step(offset: int = 0, before: Head | None = None, **fields: Any) -> Step:
    """A step of `a_head`, certain, with the predecessor that is given."""
    given: dict[str, Any] = {
        "head": a_head(offset),
        "baseline": Baseline.NONE if before is None else Baseline.PREVIOUS,
        "before": before,
        "is_certain": True,
    }
    return Step(**given | fields)


def an_item(number: int = 0, *, replay: str = "replay-1", generation: int = 1, **fields: Any) -> ReplayItem:
    """The item of `sub-<number>`, which supersedes its live review."""
    head = a_head(number)
    ids = head.student_id, head.assignment_id, head.submission_id
    given: dict[str, Any] = {
        "replay_id": replay,
        "number": number,
        "step": a_step(number),
        "review_id": review_id(*ids, generation),
        "supersedes": review_id(*ids, LIVE),
    }
    return ReplayItem.model_validate(given | fields)


def a_state(**fields: Any) -> ReplayState:
    """A replay that has just begun."""
    given: dict[str, Any] = {
        "replay_id": "replay-1",
        "generation": 1,
        "selection": Selection(),
        "rate_per_s": 5.0,
        "in_flight_max": 8,
        "started_at": NOON,
        "heard_at": NOON,
        "holder": "me",
    }
    return ReplayState.model_validate(given | fields)
