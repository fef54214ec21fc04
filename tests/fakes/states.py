"""States of submissions in memory."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from uuid import UUID

from app.core.states import StateFact, later
from schemas.errors import Dependency, Unavailable
from schemas.state import HoldStory, SubmissionPhase


class MemoryStates:
    """Ports `SubmissionStates` and `PublishedTimes`. `published` is what the reviews would say."""

    def __init__(self) -> None:
        self.facts: dict[UUID, StateFact] = {}
        self.passed: dict[int, int] = {}
        self.published: dict[UUID, datetime] = {}
        self.away = False
        self.looks = 0

    async def advance(self, facts: Collection[StateFact]) -> None:
        """Let each fact hold unless a later one is known."""
        self._answer()
        assert len({fact.state.task_id for fact in facts}) == len(facts), "one fact of each submission"
        for fact in facts:
            self.facts[fact.state.task_id] = later(self.facts.get(fact.state.task_id), fact)

    async def note_passed(self, passed: Mapping[int, int]) -> None:
        """Note how far the comparator has read."""
        self._answer()
        for partition, offset in passed.items():
            self.passed[partition] = max(offset, self.passed.get(partition, -1))

    async def find(self, task_id: UUID) -> StateFact | None:
        """What is known of a submission, or None."""
        self._answer()
        self.looks += 1
        return self.facts.get(task_id)

    async def find_passed(self, partition: int) -> int:
        """How far the comparator has read that partition."""
        self._answer()
        return self.passed.get(partition, -1)

    async def unpublished(self) -> AsyncIterator[StateFact]:
        """Those whose review is written and that are not known to be published."""
        self._answer()
        for fact in list(self.facts.values()):
            if fact.state.phase is SubmissionPhase.PUBLISHING:
                yield fact

    async def clear(self) -> None:
        """Forget everything."""
        self._answer()
        self.facts.clear()
        self.passed.clear()

    async def published_at(self, review_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
        """Those of the reviews that are published, with the time."""
        self._answer()
        return {one: self.published[one] for one in review_ids if one in self.published}

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "switched off by the test")


class MemoryHolds:
    """Port `HoldNotes`."""

    def __init__(self) -> None:
        self.holds: dict[UUID, HoldStory] = {}
        self.away = False

    async def note(self, task_id: UUID, hold: HoldStory) -> None:
        """Note that the review waits, and why."""
        assert hold.until is not None, "a note ends at its time"
        self._answer()
        self.holds[task_id] = hold

    async def find(self, task_id: UUID) -> HoldStory | None:
        """What was noted last, or None."""
        self._answer()
        return self.holds.get(task_id)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "switched off by the test")
