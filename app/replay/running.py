"""Carrying out a replay: comparisons made again go to the reviewers, a few at a time, until each has its review.

What was sent, and what came of it, stands in MongoDB. So a process that is killed goes on where it was: what it may
have sent twice has one review, for its id is the same.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from app.adapters.kafka.comparison_topic import ComparisonTopic
from app.adapters.mongo.replays import MongoReplays
from app.core.ports import Clock, KeptReviews
from app.core.replaying.items import ItemPhase, ReplayItem
from app.replay.rebuilding import Rebuilder
from schemas.codec import encode
from schemas.errors import Rejected
from schemas.replay import ReplayOrder, ReplayPhase, ReplayState
from schemas.review import ReplayNote

log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.25
"""Between two looks at what became of what was sent."""
_NOTE_S: Final = 2.0
"""Between two notes of how far it is, and looks at whether somebody paused it."""


@dataclass(slots=True)
class ReplayRun:
    """One process that works on one replay. `tell` hears the state whenever it was noted."""

    state: ReplayState
    replays: MongoReplays
    reviews: KeptReviews
    rebuilder: Rebuilder
    comparisons: ComparisonTopic
    clock: Clock
    tell: Callable[[ReplayState], None] = lambda _: None
    _out: dict[int, ReplayItem] = field(default_factory=dict)
    _noted_at: float = 0.0

    async def carry_out(self) -> ReplayState:
        """Work until every submission has its review or is known to get none, or somebody pauses or cancels it."""
        replay_id = self.state.replay_id
        self._out = {item.number: item async for item in self.replays.items(replay_id, ItemPhase.SENT)}
        async for item in self.replays.items(replay_id, ItemPhase.WAITING):
            while len(self._out) >= self.state.in_flight_max:
                if not await self._look():
                    return self.state
            if not await self._look():
                return self.state
            await self._send(item)
            await asyncio.sleep(1 / self.state.rate_per_s)
        while self._out:
            if not await self._look():
                return self.state
            await asyncio.sleep(_LOOK_S)
        self.state = await self.replays.note(replay_id, self.clock.now())
        await self.replays.turn(replay_id, ReplayPhase.FINISHED, only_from=[ReplayPhase.RUNNING])
        self.state = await self.replays.find(replay_id)
        self.tell(self.state)
        return self.state

    async def _send(self, item: ReplayItem) -> None:
        try:
            comparison = await self.rebuilder.rebuild(item.step, self.state.generation)
        except Rejected as exc:
            await self._settle(item, ItemPhase.FAILED, f"{exc.reason}: {exc.detail}")
            return
        order = ReplayOrder(
            note=ReplayNote(
                replay_id=self.state.replay_id,
                reason=self.state.reason,
                is_appeal=self.state.is_appeal,
                is_shadow=self.state.is_shadow,
                supersedes=item.supersedes,
            ),
            is_fresh=self.state.is_fresh,
        )
        try:
            await self.comparisons.send(comparison.student_id.encode(), encode(comparison), order.headers())
        except Rejected as exc:
            await self._settle(item, ItemPhase.FAILED, f"{exc.reason}: {exc.detail}")
            return
        self._out[item.number] = item
        await self.replays.mark(item, ItemPhase.SENT)

    async def _look(self) -> bool:
        """See what came of what is out; False where the replay is not to go on."""
        refused = await self.comparisons.refused(self.state.generation)
        for item in list(self._out.values()):
            why = refused.get((item.step.head.student_id, item.step.head.submission_id))
            if why is not None:
                await self._settle(item, ItemPhase.FAILED, why)
            elif await self.reviews.find(item.review_id) is not None:
                await self._settle(item, ItemPhase.REVIEWED)
        now = self.clock.monotonic()
        if now - self._noted_at >= _NOTE_S:
            self._noted_at = now
            self.state = await self.replays.note(self.state.replay_id, self.clock.now())
            self.tell(self.state)
        elif len(self._out) >= self.state.in_flight_max:
            await asyncio.sleep(_LOOK_S)
        return self.state.phase is ReplayPhase.RUNNING

    async def _settle(self, item: ReplayItem, phase: ItemPhase, why: str | None = None) -> None:
        await self.replays.mark(item, phase, why)
        self._out.pop(item.number, None)
        if phase is ItemPhase.FAILED:
            log.warning("replay_item_failed", submission=item.step.head.submission_id, why=why)
