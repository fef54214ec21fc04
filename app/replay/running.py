"""Carrying out a replay: comparisons made again go to the reviewers, a few at a time, until each has its review.

What was sent, and what came of it, stands in the books. So a process that is killed goes on where it was: what it may
have sent twice has one review, for its id is the same. Of two processes the one that came last works on.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from app.backoff import Sleep
from app.core.ports import Clock
from app.core.replaying.items import ItemPhase, ReplayItem
from app.core.replaying.replay_ports import MadeReviews, ReplayedComparisons, Replays
from app.replay.rebuilding import Rebuilder
from schemas.codec import encode
from schemas.errors import Rejected
from schemas.replay import ReplayOrder, ReplayPhase, ReplayState
from schemas.review import ReplayNote

log = structlog.get_logger(__name__)

_LOOK_S: Final = 0.25
"""Between two looks at what became of what was sent, where something waits for that."""
_NOTE_S: Final = 2.0
"""Between two notes of how far it is, and looks at whether somebody paused it."""
_SILENCE_S: Final = 60.0
"""Without any review for so long, an operator is told that nobody seems to answer."""


@dataclass(slots=True)
class ReplayRun:
    """One process that works on one replay. `tell` hears the state whenever it was noted."""

    state: ReplayState
    replays: Replays
    reviews: MadeReviews
    rebuilder: Rebuilder
    comparisons: ReplayedComparisons
    clock: Clock
    tell: Callable[[ReplayState], None] = lambda _: None
    sleep: Sleep = asyncio.sleep
    _out: dict[UUID, ReplayItem] = field(default_factory=dict)
    _holder: str | None = None
    _looked_at: float = float("-inf")
    _noted_at: float = float("-inf")
    _heard_at: float = 0.0

    async def carry_out(self) -> ReplayState:
        """Work until every submission has its review or is known to get none, or somebody pauses or cancels it.

        Whatever is raised in between is mended by calling another one's `carry_out`: it goes on from the books.
        """
        replay_id, self._holder = self.state.replay_id, self.state.holder
        self._out = {item.review_id: item async for item in self.replays.items(replay_id, ItemPhase.SENT)}
        turn_at = self._heard_at = self.clock.monotonic()
        async for item in self.replays.items(replay_id, ItemPhase.WAITING):
            if not await self._wait(self.state.in_flight_max - 1, turn_at):
                return self.state
            turn_at = max(turn_at + 1 / self.state.rate_per_s, self.clock.monotonic())
            await self._send(item)
        if not await self._wait(0, self.clock.monotonic()):
            return self.state
        await self.replays.note(replay_id, self.clock.now())
        await self.replays.turn(replay_id, ReplayPhase.FINISHED, only_from=[ReplayPhase.RUNNING])
        self.state = await self.replays.find(replay_id)
        self.tell(self.state)
        return self.state

    async def _wait(self, out_max: int, until: float) -> bool:
        """Return once `out_max` or fewer are out and it is `until`; False where this process is not to go on."""
        while True:
            now = self.clock.monotonic()
            if now - self._noted_at >= _NOTE_S and not await self._note(now):
                return False
            is_full = len(self._out) > out_max
            look_s = _LOOK_S if is_full else _NOTE_S
            if self._out and now - self._looked_at >= look_s:
                await self._look(now)
                is_full = len(self._out) > out_max
            if not is_full and now >= until:
                return True
            await self.sleep(_LOOK_S if is_full else min(until - now, _NOTE_S))

    async def _note(self, now: float) -> bool:
        self._noted_at = now
        self.state = await self.replays.note(self.state.replay_id, self.clock.now())
        self.tell(self.state)
        if self._out and now - self._heard_at >= _SILENCE_S:
            self._heard_at = now
            log.warning("replay_unanswered", out=len(self._out), cure="see that a worker runs, and its log")
        if self.state.holder != self._holder:
            log.warning("replay_taken_over", replay=self.state.replay_id)
            return False
        return self.state.phase is ReplayPhase.RUNNING

    async def _look(self, now: float) -> None:
        """See what came of all that is out: one question to MongoDB, one to Kafka."""
        self._looked_at = now
        published = await self.reviews.published(list(self._out))
        done = [self._out[one] for one, is_told in published.items() if is_told or self.state.is_shadow]
        if done:
            await self._settle(done, ItemPhase.REVIEWED)
        if not self._out:
            return
        refused = await self.comparisons.refused(self.state.generation)
        for review_id in refused.keys() & self._out.keys():
            await self._settle([self._out[review_id]], ItemPhase.FAILED, refused[review_id])

    async def _send(self, item: ReplayItem) -> None:
        try:
            comparison = await self.rebuilder.rebuild(item.step, self.state.generation)
            order = self._order(item)
            await self.comparisons.send(comparison.student_id.encode(), encode(comparison), order.headers())
        except Rejected as exc:
            await self._settle([item], ItemPhase.FAILED, f"{exc.reason.value}: {exc.detail}")
            return
        self._out[item.review_id] = item
        await self.replays.mark([item], ItemPhase.SENT)

    def _order(self, item: ReplayItem) -> ReplayOrder:
        return ReplayOrder(
            note=ReplayNote(
                replay_id=self.state.replay_id,
                reason=self.state.reason,
                is_appeal=self.state.is_appeal,
                is_shadow=self.state.is_shadow,
                supersedes=item.supersedes,
            ),
            is_fresh=self.state.is_fresh,
        )

    async def _settle(self, items: list[ReplayItem], phase: ItemPhase, why: str | None = None) -> None:
        await self.replays.mark(items, phase, why)
        self._heard_at = self.clock.monotonic()
        for item in items:
            self._out.pop(item.review_id, None)
            if phase is ItemPhase.FAILED:
                log.warning("replay_item_failed", submission=item.step.head.submission_id, why=why)
