"""One submission reviewed again because somebody asked for it, as an operator's replay would do it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from app.backoff import Sleep
from app.config import Settings
from app.core.deciding.decision_ports import AskedReplay
from app.core.ports import SubmissionKey
from app.core.replaying.replay_ports import Replays
from app.replay.stories import ReplayRequest, begin_replay, resume_replay
from schemas.errors import StartRefused
from schemas.replay import ReplayPhase, ReplayState, Selection

_LOOKED_AT: Final = 200
"""Newest replays among which those of one submission are looked for."""
_LISTEN_S: Final = 5.0
"""A process that works on a replay is heard more often than that."""


@dataclass(frozen=True, slots=True)
class InstallationAppeals:
    """Replays of one submission, on an installation."""

    settings: Settings
    replays: Replays
    sleep: Sleep = asyncio.sleep

    async def carry_out(self, asked: AskedReplay, keep_drawn: Callable[[str], Awaitable[None]]) -> ReplayState:
        """Have the submission reviewed again, to the end, or go on with what was drawn for it.

        An id that is kept before its replay is, makes two replays of one impossible: where a process died between the
        two, nothing of the first one is there. Raises as `begin_replay`, and what `keep_drawn` raises.
        """
        state = await self._find(asked.replay_id)
        if state is None:
            state = await self._begin(asked, keep_drawn)
        while state.phase is ReplayPhase.RUNNING:
            state = await self._go_on(state)
        return state

    async def _find(self, replay_id: str | None) -> ReplayState | None:
        if replay_id is None:
            return None
        try:
            return await self.replays.find(replay_id)
        except StartRefused:
            return None

    async def _begin(self, asked: AskedReplay, keep_drawn: Callable[[str], Awaitable[None]]) -> ReplayState:
        student_id, assignment_id, submission_id = asked.submission
        selection = Selection(students=(student_id,), assignments=(assignment_id,), submissions=(submission_id,))
        request = ReplayRequest(selection, asked.reason, is_appeal=True, is_fresh=asked.is_fresh)
        return await begin_replay(
            self.settings,
            request,
            looking=lambda _: None,
            announce=lambda _: None,
            tell=lambda _: None,
            keep_drawn=keep_drawn,
        )

    async def _go_on(self, state: ReplayState) -> ReplayState:
        """Resume a replay that runs, unless it is heard that somebody works on it: an operator may have resumed it."""
        await self.sleep(_LISTEN_S)
        later = await self.replays.find(state.replay_id)
        if later.phase is not ReplayPhase.RUNNING or later.heard_at != state.heard_at:
            return later
        try:
            return await resume_replay(self.settings, state.replay_id, announce=lambda _: None, tell=lambda _: None)
        except StartRefused:
            later = await self.replays.find(state.replay_id)
            if later.phase is ReplayPhase.RUNNING:
                raise
            return later

    async def of(self, submission: SubmissionKey) -> list[ReplayState]:
        """Those of one submission, the newest first."""
        found = await self.replays.all(_LOOKED_AT)
        return [state for state in found if _only(state.selection) == submission]


def _only(selection: Selection) -> SubmissionKey | None:
    parts = selection.students, selection.assignments, selection.submissions
    if any(len(part) != 1 for part in parts):
        return None
    return parts[0][0], parts[1][0], parts[2][0]
