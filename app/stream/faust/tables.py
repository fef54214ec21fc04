"""Faust's table recovery, made to wait a broker's outage out and to survive a rebalance at any moment.

Stock recovery gives each of its steps 30 s. When one takes longer it takes that for a stop of the service, and ends
for good: the worker stays in its group, holds its partitions, and consumes nothing. And where a rebalance cuts it
short it goes on for one more step with the new partitions, whose offsets it has not asked for yet.
"""

import logging
from typing import Any

import faust
import structlog
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP, ConsumerT

log = structlog.get_logger(__name__)

PROGRESS_S = 10.0
"""Between two lines about a recovery that takes long."""


class PatientRecovery(Recovery):
    """Recovery without time limits: a step ends when it is done, or when a rebalance or a stop cuts it short."""

    logger = logging.getLogger("faust.recovery")  # not its own name, which a subclass may not keep

    @faust.Service.task
    async def _tell_progress(self) -> None:
        async for _ in self.itertimer(PROGRESS_S, name="tables_recovering"):
            if self.in_recovery:
                log.info("tables_recovering", records_left=sum(s.remaining for s in self.active_stats().values()))

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 - the limit that is left out
        await super()._wait(coro)

    async def _seek_offsets(self, consumer: ConsumerT, tps: set[TP], offsets: Any, title: str) -> None:
        """Seek what is known; the rest is new, and the recovery that follows begins with it."""
        known = {tp for tp in tps if offsets[tp] is not None}
        await super()._seek_offsets(consumer, known, offsets, title)


class PatientTables(TableManager):
    """A table manager with that recovery."""

    logger = logging.getLogger("faust.tables")

    def on_actives_ready(self) -> None:
        """From now on events are taken."""
        super().on_actives_ready()
        log.info("tables_ready")

    @property
    def recovery(self) -> Recovery:
        """The recovery service, made when first asked for."""
        if self._recovery is None:
            self._recovery = PatientRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
