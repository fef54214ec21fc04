"""Replays that were asked for at the desk, carried out in the background of whatever web process lives."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol
from uuid import uuid4

import structlog

from app.backoff import Backoff, FailedTry
from app.core.deciding.decision_ports import AskedReplay, AskedReplays
from app.core.ports import Clock, SubmissionKey
from app.stream.intake.trouble import frames, where
from schemas.errors import ReviewstreamError, Unavailable
from schemas.replay import ReplayState

log = structlog.get_logger(__name__)

SILENT_FOR: Final = timedelta(seconds=60)
"""A process that was not heard for so long has died, or cannot reach MongoDB: another one takes what it held."""
_NOTE_S: Final = 5.0
"""Between two notes that the holder lives."""
_LOOK_S: Final = 1.0
"""Between two looks for something to carry out."""
_GIVE_BACK_S: Final = 5.0
"""A process that stops waits so long for MongoDB; what it could not give back is free after its silence."""
_OUTAGE: Final = Backoff(first_s=0.5, max_s=5.0)

KeepDrawn = Callable[[str], Awaitable[None]]


class Appeals(Protocol):
    """Replays of one submission."""

    async def carry_out(self, asked: AskedReplay, keep_drawn: KeepDrawn) -> ReplayState:
        """Have the submission reviewed again, to the end, or go on with `asked.replay_id`; returns how it ended.

        `keep_drawn` is awaited with the id of a new replay before anything is kept of it; what it raises ends this.
        """
        ...

    async def of(self, submission: SubmissionKey) -> Sequence[ReplayState]:
        """Those of one submission, the newest first."""
        ...


class _TakenByAnother(Exception):
    """This process was silent for too long."""


@dataclass(slots=True)
class AppealRunner:
    """Carries out what was asked for, one replay at a time: each compares in processes of its own."""

    asked: AskedReplays
    appeals: Appeals
    clock: Clock
    holder: str = field(default_factory=lambda: str(uuid4()))

    async def run(self) -> None:
        """Never returns; cancelled, it gives back what it holds. Outages and bugs are told, and it goes on after each.

        What it held then it takes again, with the replay that was drawn for it.
        """
        try:
            await _OUTAGE.outlast(self._take_turns, passing=lambda _: True, on_wait=_tell)
        finally:
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(_GIVE_BACK_S):
                    await self.asked.give_back(self.holder)

    async def _take_turns(self) -> None:
        while True:
            now = self.clock.now()
            asked = await self.asked.take(self.holder, now, now - SILENT_FOR)
            if asked is None:
                await asyncio.sleep(_LOOK_S)
                continue
            try:
                failure = await self._carry_out(asked)
            except _TakenByAnother:
                log.warning("asked_replay_taken_over", review_id=str(asked.review_id))
            else:
                await self.asked.end(asked.submission, self.holder, failure)

    async def _carry_out(self, asked: AskedReplay) -> str | None:
        """Why it failed, or None. Raises `Unavailable`, and `_TakenByAnother`."""

        async def keep_drawn(replay_id: str) -> None:
            await self._note(asked, replay_id)

        work = asyncio.create_task(self.appeals.carry_out(asked, keep_drawn))
        try:
            while not (await asyncio.wait([work], timeout=_NOTE_S))[0]:
                with suppress(Unavailable):  # the replay outlasts it by itself
                    await self._note(asked)
        finally:
            work.cancel()
            (ended,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(ended, Unavailable | _TakenByAnother):
            raise ended
        if not isinstance(ended, BaseException):
            return None
        log.warning("asked_replay_failed", review_id=str(asked.review_id), **_told(ended))
        return str(ended) if isinstance(ended, ReviewstreamError) else type(ended).__qualname__

    async def _note(self, asked: AskedReplay, replay_id: str | None = None) -> None:
        if not await self.asked.note(asked.submission, self.holder, self.clock.now(), replay_id):
            raise _TakenByAnother


def _tell(failed: FailedTry) -> None:
    log.warning("asked_replays_wait", **_told(failed.error), wait_s=round(failed.wait_s, 2))


def _told(error: BaseException) -> dict[str, object]:
    if isinstance(error, ReviewstreamError):
        return {"detail": str(error)}
    # By type and place alone: its message may quote a student.
    return {"error": f"{type(error).__qualname__} at {where(error)}", "traceback": frames(error)}
