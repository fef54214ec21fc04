"""Replays that were asked for, in memory: what several web processes share."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.core.deciding.decision_ports import AskedReplay
from app.core.ports import SubmissionKey
from schemas.errors import Dependency, Unavailable


@dataclass(frozen=True)
class _Held:
    asked: AskedReplay
    holder: str | None = None
    heard_at: datetime | None = None


class MemoryAskedReplays:
    """Port `AskedReplays`. Set `away` for an outage."""

    def __init__(self) -> None:
        self.away = False
        self._kept: dict[SubmissionKey, _Held] = {}

    @property
    def waiting(self) -> int:
        """How many wait or run."""
        return sum(one.asked.failure is None for one in self._kept.values())

    async def ask(self, asked: AskedReplay) -> bool:
        """Keep it, unless one of the submission waits or runs."""
        self._answer()
        known = self._kept.get(asked.submission)
        if known is not None and known.asked.failure is None:
            return False
        self._kept[asked.submission] = _Held(asked)
        return True

    async def find(self, submission: SubmissionKey) -> AskedReplay | None:
        """The submission's, or None."""
        self._answer()
        known = self._kept.get(submission)
        return known.asked if known is not None else None

    async def take(self, holder: str, at: datetime, silent_since: datetime) -> AskedReplay | None:
        """Hold the oldest that is free."""
        self._answer()
        free = [one.asked for one in self._kept.values() if _is_free(one, holder, silent_since)]
        if not free:
            return None
        oldest = min(free, key=lambda asked: asked.asked_at)
        self._kept[oldest.submission] = _Held(oldest, holder, at)
        return oldest

    async def note(self, submission: SubmissionKey, holder: str, at: datetime, replay_id: str | None = None) -> bool:
        """Let the holder be heard."""
        self._answer()
        held = self._held(submission, holder)
        if held is None:
            return False
        asked = replace(held.asked, replay_id=replay_id or held.asked.replay_id)
        self._kept[submission] = _Held(asked, holder, at)
        return True

    async def give_back(self, holder: str) -> None:
        """Let others take what it holds."""
        self._answer()
        for key, known in self._kept.items():
            if known.holder == holder:
                self._kept[key] = replace(known, holder=None)

    async def end(self, submission: SubmissionKey, holder: str, failure: str | None = None) -> None:
        """Remove what it holds, or keep why it failed."""
        self._answer()
        held = self._held(submission, holder)
        if held is None:
            return
        if failure is None:
            del self._kept[submission]
        else:
            self._kept[submission] = _Held(replace(held.asked, failure=failure))

    def _held(self, submission: SubmissionKey, holder: str) -> _Held | None:
        known = self._kept.get(submission)
        return known if known is not None and known.holder == holder else None

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Dependency.MONGODB, "switched off by the test")


def _is_free(known: _Held, holder: str, silent_since: datetime) -> bool:
    if known.asked.failure is not None:
        return False
    is_silent = known.heard_at is not None and known.heard_at < silent_since
    return known.holder in {None, holder} or is_silent
