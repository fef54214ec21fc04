"""How many calls a dependency gets at once: as many as it answers.

A dependency that is slow rather than down fails the calls that it cannot answer in time, and has worked on them for
nothing. With as many calls as events are in hand it may finish hardly any, for ever, and each failed call of a model
was paid for. So the limit falls while many calls fail and rises while few do.
"""

import asyncio
from collections import deque
from typing import Final

WINDOW_MIN: Final = 8
"""Outcomes that are looked at together, at the least: fewer say little."""
FAILED_SHARE_MAX: Final = 0.2
"""Of a window. What fails more often is overrun; single events that always fail are fewer."""
_FALL: Final = 2
_RISE: Final = 4


class ConcurrencyLimit:
    """Slots for calls, first come first served. `limit` moves between 1 and `calls_max`, one step for each window.

    A window is as many outcomes as there are slots, so that the next step is taken on calls that knew the last.
    """

    def __init__(self, calls_max: int) -> None:
        self.limit = calls_max
        """Calls that may run at once."""
        self.running = 0
        """Calls that do."""
        self._calls_max = calls_max
        self._succeeded = 0
        self._failed = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Callers in line."""
        return len(self._line)

    async def enter(self) -> None:
        """Take a slot; waits for one. Whoever entered leaves."""
        if self.running < self.limit and not self._line:
            self.running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # the slot was given to a caller that has gone meanwhile
                self.leave()
            elif turn in self._line:
                self._line.remove(turn)
            raise

    def leave(self) -> None:
        """Give the slot back."""
        self.running -= 1
        self._admit()

    def note(self, *, succeeded: bool) -> bool:
        """Learn from how a call ended. True: the limit has just fallen."""
        self._succeeded += succeeded
        self._failed += not succeeded
        outcomes = self._succeeded + self._failed
        if outcomes < max(WINDOW_MIN, self.limit):
            return False
        overrun = self._failed > outcomes * FAILED_SHARE_MAX
        self._succeeded = self._failed = 0
        before = self.limit
        self.limit = max(1, before // _FALL) if overrun else min(self._calls_max, before + max(1, before // _RISE))
        self._admit()
        return self.limit < before

    def _admit(self) -> None:
        while self._line and self.running < self.limit:
            turn = self._line.popleft()
            if not turn.done():
                self.running += 1
                turn.set_result(None)
