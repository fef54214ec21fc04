"""A selection -> the submissions that it means, each with what preceded it then."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from app.core.history.identity import review_id
from app.core.ports import CurrentReviews, SubmissionKey
from app.core.replaying.replay_ports import MadeReviews, SubmissionHeads
from app.core.replaying.selection import fits_head, fits_review, looks_at_reviews
from app.core.replaying.timeline import Step, Timeline, checked
from schemas.base import LIVE
from schemas.errors import StartRefused
from schemas.replay import Selection
from schemas.review import Review, ReviewStanding

_BATCH: Final = 500
_TELL_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """One submission, and the review that is current for it, None where it has none; a teacher may have rejected it."""

    step: Step
    current: UUID | None
    is_rejected: bool = False


async def choose(
    log: SubmissionHeads,
    reviews: CurrentReviews,
    made: MadeReviews,
    selection: Selection,
    depth: int,
    *,
    tell: Callable[[int], None] = lambda _: None,
) -> list[Chosen]:
    """All submissions that `selection` means, in the order of the log; of one that stands there twice the first.

    `tell` hears how many were looked at. `StartRefused` where none is meant.
    """
    steps = [step async for step in _meant(log, selection, depth, tell)]
    chosen: list[Chosen] = []
    rest = iter(steps)
    while batch := list(islice(rest, _BATCH)):
        keys = [(step.head.student_id, step.head.assignment_id, step.head.submission_id) for step in batch]
        current = await reviews.current(keys)
        meant = [one for one in zip(batch, keys, strict=True) if fits_review(selection, current.get(one[1]))]
        live = await _live_reviews(made, [key for _, key in meant], current)
        for step, key in meant:
            review = current.get(key)
            counting = review.review_id if review is not None else None
            chosen.append(Chosen(checked(step, live.get(key)), counting, _is_rejected(review)))
    if not chosen:
        about = " with these reviews" if looks_at_reviews(selection) else ""
        raise StartRefused(
            f"no submission{about} is meant", "widen the selection; `reviewstream replay plan` costs nothing"
        )
    return chosen


def _is_rejected(review: Review | None) -> bool:
    return review is not None and review.decision is not None and review.decision.standing is ReviewStanding.REJECTED


async def _live_reviews(
    made: MadeReviews, keys: Sequence[SubmissionKey], current: Mapping[SubmissionKey, Review]
) -> Mapping[SubmissionKey, Review]:
    """The reviews of generation 0, which were made when all of the log was there; most of them are the current ones."""
    live = {key: review for key, review in current.items() if review.generation == LIVE}
    others = {review_id(*key, LIVE): key for key in keys if key not in live}
    found = await made.many(list(others)) if others else {}
    return live | {others[one]: review for one, review in found.items()}


async def _meant(
    log: SubmissionHeads, selection: Selection, depth: int, tell: Callable[[int], None]
) -> AsyncIterator[Step]:
    bounds = await log.bounds()
    cut = {partition for partition, (start, _) in bounds.items() if start > 0}
    timeline = Timeline(depth, await log.refused(), cut)
    seen: set[UUID] = set()
    looked_at = 0
    async for head in log.heads():
        looked_at += 1
        if looked_at % _TELL_EVERY == 0:
            tell(looked_at)
        step = timeline.take(head)
        if step is None or not fits_head(selection, head):
            continue
        identity = review_id(head.student_id, head.assignment_id, head.submission_id, LIVE)
        if identity not in seen:
            seen.add(identity)
            yield step
    tell(looked_at)
