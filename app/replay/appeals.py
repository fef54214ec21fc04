"""One submission reviewed again because somebody asked for it, as an operator's replay would do it."""

from dataclasses import dataclass
from typing import Final

from app.adapters.mongo.replays import MongoReplays
from app.config import Settings
from app.core.ports import SubmissionKey
from app.replay.stories import ReplayRequest, begin_replay
from schemas.replay import ReplayState, Selection
from schemas.review import Review

_LOOKED_AT: Final = 200
"""Newest replays among which those of one submission are looked for."""


@dataclass(frozen=True, slots=True)
class InstallationAppeals:
    """Replays of one submission, on an installation."""

    settings: Settings
    replays: MongoReplays

    async def begin(self, review: Review, reason: str, *, is_fresh: bool) -> ReplayState:
        """Have the submission reviewed again, to the end. Raises as `begin_replay`."""
        selection = Selection(
            students=(review.student_id,),
            assignments=(review.assignment_id,),
            submissions=(review.new_submission_id,),
        )
        request = ReplayRequest(selection, reason, is_appeal=True, is_fresh=is_fresh)
        return await begin_replay(
            self.settings, request, looking=lambda _: None, announce=lambda _: None, tell=lambda _: None
        )

    async def of(self, submission: SubmissionKey) -> list[ReplayState]:
        """Those of one submission, the newest first."""
        found = await self.replays.all(_LOOKED_AT)
        return [state for state in found if _only(state.selection) == submission]


def _only(selection: Selection) -> SubmissionKey | None:
    parts = selection.students, selection.assignments, selection.submissions
    if any(len(part) != 1 for part in parts):
        return None
    return parts[0][0], parts[1][0], parts[2][0]
