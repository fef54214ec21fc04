"""A decision and a later generation's publication at the same moment: every order of their steps, one by one.

Stories are driven by hand, without an event loop: thousands of orders take seconds. They stop before each call that
another story could notice; calls that nobody else could notice need no orders of their own.
"""

from collections.abc import Coroutine, Generator, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import pytest

from agents.editor import Editor
from agents.publication import Publication
from agents.publisher import Publisher
from app.core.events.record import Record
from app.core.ports import StoredReview, SubmissionKey
from schemas.base import Schema
from schemas.codec import encode
from schemas.decision import Decision
from schemas.origin import Origin
from schemas.review import Review
from schemas.rubric import Release
from tests.builders.decisions import a_decision, an_edit
from tests.builders.records import NOON, a_review

Story = Coroutine[Any, None, None]

PUBLISHERS_STEPS: Final = frozenset({"store", "of", "revise", "make_current", "mark_published"})
EDITORS_STEPS: Final = frozenset({"keep", "current", "revise", "make_current", "mark_published"})
"""The editor's own look at the decisions is none: nobody else writes them. What it finds goes with why it looks."""


class Step:
    """A place where another story may go on."""

    def __await__(self) -> Generator[None, None, None]:
        yield


@dataclass
class World:
    """Store, current reviews, decisions, API, webhook and clock in one, over plain objects."""

    originals: dict[UUID, Review] = field(default_factory=dict)
    bodies: dict[UUID, Review] = field(default_factory=dict)
    told: dict[UUID, int] = field(default_factory=dict)
    counting: Review | None = None
    taken: list[Decision] = field(default_factory=list)
    delivered: list[Review] = field(default_factory=list)

    async def store(self, review: Review) -> StoredReview:
        self.originals.setdefault(review.review_id, review)
        self.bodies.setdefault(review.review_id, review)
        return self._whole(review.review_id)

    async def find_original(self, review_id: UUID) -> StoredReview | None:
        return self._whole(review_id) if review_id in self.originals else None

    async def revise(self, review: Review) -> bool:
        known = self.bodies[review.review_id].decision
        if known is not None and review.decision is not None and known.revision > review.decision.revision:
            return False
        self.bodies[review.review_id] = review
        return True

    async def mark_published(self, review: Review, at: datetime) -> None:
        revision = review.decision.revision if review.decision is not None else 0
        self.told[review.review_id] = max(revision, self.told.get(review.review_id, 0))

    async def make_current(self, review: Review) -> None:
        if self.counting is None or self.counting.generation < review.generation:
            self.counting = review

    async def current(self, keys: Sequence[SubmissionKey]) -> dict[SubmissionKey, Review]:
        return {} if self.counting is None else {keys[0]: self.counting}

    async def keep(self, decision: Decision) -> None:
        self.taken.append(decision)

    async def of(self, submission: SubmissionKey) -> list[Decision]:
        return list(self.taken)

    async def deliver(self, review: Review) -> None:
        self.delivered.append(review)

    async def notify(self, review: Review) -> bool:
        return True

    def now(self) -> datetime:
        return NOON

    def _whole(self, review_id: UUID) -> StoredReview:
        return StoredReview(self.originals[review_id], review_id in self.told, self.told.get(review_id, 0))


@dataclass
class Stopping:
    """The world as one story sees it: it stops before each of its `steps`."""

    world: World
    steps: frozenset[str]

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.world, name)
        if name not in self.steps:
            return call

        async def stopping(*args: Any) -> Any:
            await Step()
            return await call(*args)

        return stopping


def a_publication(world: World, steps: frozenset[str] = frozenset()) -> Publication:
    """Everything is the one world."""
    seen: Any = Stopping(world, steps)
    return Publication(seen, seen, seen, seen, seen, seen)


def a_record(topic: str, value: Schema) -> Record:
    at = Origin(topic=topic, partition=0, offset=len(topic))
    return Record(position=at, origin=at, key=b"student-1", value=encode(value))


def run(stories: Sequence[Story], choices: Sequence[int]) -> list[tuple[int, int]]:
    """Run all to their ends: at each step goes on whom `choices` says, then the first. What was chosen of how many.

    Each story has a context of its own, as a task would have: what it binds for its log lines ends with it.
    """
    going = [(story, context) for story in stories if _goes_on(story, context := copy_context())]
    taken: list[tuple[int, int]] = []
    while going:
        choice = choices[len(taken)] if len(taken) < len(choices) else 0
        taken.append((choice, len(going)))
        if not _goes_on(*going[choice]):
            del going[choice]
    return taken


def _goes_on(story: Story, context: Context) -> bool:
    try:
        context.run(story.send, None)
    except StopIteration:
        return False
    return True


def next_choices(taken: list[tuple[int, int]]) -> list[int] | None:
    """The choices of the order after one that was taken, None after the last."""
    for position in range(len(taken) - 1, -1, -1):
        choice, ready = taken[position]
        if choice + 1 < ready:
            return [one for one, _ in taken[:position]] + [choice + 1]
    return None


def alone(story: Story) -> None:
    """Run one story to its end."""
    run([story], ())


@pytest.mark.parametrize("release", [Release.AT_ONCE, Release.AFTER_APPROVAL])
def test_no_decision_is_lost_in_any_order(release: Release) -> None:
    """A later generation is published while a person decides: readers, API and marks all have the decision."""
    live, again = a_review(release=release), a_review(generation=1, release=release)
    decided = an_edit(2) if release is Release.AT_ONCE else a_decision(3, generation=1)
    review_record, decision_record = a_record("reviews", again), a_record("decisions", decided)
    choices: list[int] | None = []
    count = 0
    while choices is not None:
        world = World()
        alone(Publisher(a_publication(world)).publish(a_record("reviews", live)))
        if release is Release.AFTER_APPROVAL:
            alone(Editor(a_publication(world)).edit(a_record("decisions", a_decision(1))))
            world.taken.append(an_edit(2))
            alone(world.store(again))  # type: ignore[arg-type]  # the person saw it
        taken = run(
            [
                Publisher(a_publication(world, PUBLISHERS_STEPS)).publish(review_record),
                Editor(a_publication(world, EDITORS_STEPS)).edit(decision_record),
            ],
            choices,
        )
        choices, count = next_choices(taken), count + 1
        body = world.bodies[again.review_id]
        assert body.review_result.progress_summary == "as a person says, 2", taken
        assert body.decision is not None
        assert body in world.delivered, taken
        assert world.told[again.review_id] == body.decision.revision == len(world.taken), taken
        assert world.counting is not None
        assert world.counting.generation == 1, taken
    assert count > 1_000, "that many orders there are at least"
