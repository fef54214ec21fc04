"""A worker tells how it is, every two seconds, in a task of its own: no event waits for it, and none fails by it."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from app.core.watching.watching_ports import WorkerStatuses
from app.core.watching.worker_status import WorkerStatus
from app.stream.intake.trouble import where
from schemas.errors import StartRefused, Unavailable

log = structlog.get_logger(__name__)

TELL_EVERY_S: Final = 2.0
GOODBYE_S: Final = 1.0
"""For the last status: a stop does not wait for a database that is away."""


class StatusTeller:
    """Tells `statuses` what `read` gives, which is given a beat and how many statuses could not be told.

    A status that cannot be told is only counted: the next one says more, and the circuit to MongoDB says the rest.
    """

    def __init__(
        self,
        statuses: WorkerStatuses,
        read: Callable[[int, int], WorkerStatus],
        *,
        every_s: float = TELL_EVERY_S,
        goodbye_s: float = GOODBYE_S,
    ) -> None:
        self._statuses = statuses
        self._read = read
        self._every_s = every_s
        self._goodbye_s = goodbye_s
        self._beat = 0
        self._untold = 0
        self._has_failed = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to tell; the task outlives the caller."""
        self._task = asyncio.get_running_loop().create_task(self._tell_on())

    async def close(self) -> None:
        """Stop, and say goodbye, if that was ever begun."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with_limit = asyncio.get_running_loop().create_task(self._tell())
        _, late = await asyncio.wait({with_limit}, timeout=self._goodbye_s)
        for one in late:
            one.cancel()
            await asyncio.gather(one, return_exceptions=True)

    async def _tell_on(self) -> None:
        while True:
            await self._tell()
            await asyncio.sleep(self._every_s)

    async def _tell(self) -> None:
        self._beat += 1
        try:
            await self._statuses.tell(self._read(self._beat, self._untold))
        except Exception as exc:  # noqa: BLE001 -- nothing but a picture depends on it: a bug here ends no worker
            self._untold += 1
            if not isinstance(exc, Unavailable | StartRefused) and not self._has_failed:
                self._has_failed = True
                log.warning("status_failed", error=f"{type(exc).__qualname__} at {where(exc)}")
