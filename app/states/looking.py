"""One submission's state, as everything together tells it."""

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from app.core.ports import Clock, HoldNotes, PublishedTimes, SubmissionStates
from app.core.states import StateFact, Station, publish_fact, shown_state
from schemas.state import SubmissionPhase, SubmissionState

STATE_LOOK_S: Final = 0.25
"""Between two looks for somebody who waits."""


@dataclass(frozen=True, slots=True)
class StateDesk:
    """Answers how far a submission is, for whoever worked on it."""

    states: SubmissionStates
    holds: HoldNotes
    published: PublishedTimes
    clock: Clock

    async def find(self, task_id: UUID) -> SubmissionState | None:
        """The state, or None where nothing was told of it yet."""
        known = await self.states.find(task_id)
        if known is None:
            return None
        known = await self._told_by_the_mark(known)
        passed, hold = -1, None
        if known.state.phase is SubmissionPhase.QUEUED:
            passed = await self.states.find_passed(known.standing.partition)
        elif known.state.phase is SubmissionPhase.REVIEWING:
            hold = await self.holds.find(task_id)
        return shown_state(known, passed=passed, hold=hold, now=self.clock.now())

    async def _told_by_the_mark(self, known: StateFact) -> StateFact:
        """What is published stays completed when somebody approves it once more, also where the editor refuses that."""
        phase, task_id = known.state.phase, known.state.task_id
        if known.standing.station is not Station.EDITOR:
            return known
        if phase not in {SubmissionPhase.PUBLISHING, SubmissionPhase.REFUSED}:
            return known
        times = await self.published.published_at([task_id])
        return publish_fact(known, times[task_id]) if task_id in times else known

    async def changes(
        self, task_id: UUID, within_s: float, again_s: float = math.inf
    ) -> AsyncIterator[SubmissionState | None]:
        """The state now, each time it has changed, and unchanged after `again_s`; until it is final or time is over."""
        until = self.clock.monotonic() + within_s
        seen: SubmissionState | None = None
        told_at = -math.inf
        while True:
            state, now_s = await self.find(task_id), self.clock.monotonic()
            if state != seen or told_at == -math.inf or now_s - told_at >= again_s:
                yield state
                told_at = now_s
            seen = state
            left_s = until - self.clock.monotonic()
            if (state is not None and state.phase.is_final) or left_s <= 0:
                return
            await asyncio.sleep(min(STATE_LOOK_S, left_s))

    async def outwait(self, task_id: UUID, within_s: float) -> SubmissionState | None:
        """The state once it is final, or as it is when the time is over."""
        last: SubmissionState | None = None
        async for state in self.changes(task_id, within_s):
            last = state
        return last
