"""Faust's table recovery, made to wait a broker's outage out and to survive a rebalance at any moment.

Stock recovery gives each of its steps 30 s. When one takes longer it takes that for a stop of the service, and ends
for good: the worker stays in its group, holds its partitions, and consumes nothing. And where a rebalance cuts it
short it goes on for one more step with the new partitions, whose offsets it has not asked for yet.

Nor does it read as stock Faust does, one record at a time through conductor, channel and buffers, in a third of a
millisecond each: what a look brought of a changelog goes to its table as one.
"""

import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any, Protocol, cast

import faust
import structlog
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.types import TP, ConsumerT

from app.core.ports import ChangelogRecord

log = structlog.get_logger(__name__)

PROGRESS_S = 10.0
"""Between two lines about a recovery that takes long."""


class RecoveringTable(Protocol):
    """A table as recovery sees it."""

    def take_in(self, tp: TP, records: Sequence[ChangelogRecord]) -> None:
        """Take in what was read of a partition of its changelog, in its order."""
        ...


class PatientRecovery(Recovery):
    """Recovery without time limits: a step ends when it is done, or when a rebalance or a stop cuts it short."""

    logger = logging.getLogger("faust.recovery")  # not its own name, which a subclass may not keep

    @faust.Service.task
    async def _tell_progress(self) -> None:
        async for _ in self.itertimer(PROGRESS_S, name="tables_recovering"):
            if self.in_recovery:
                log.info("tables_recovering", records_left=sum(s.remaining for s in self.active_stats().values()))

    @faust.Service.task
    async def _slurp_changelogs(self) -> None:
        """Nothing comes through Faust's queue: see `take_in`."""

    def take_in(self, found: Mapping[TP, Sequence[ChangelogRecord]]) -> None:
        """Hand what was read of changelogs to their tables; the recovery ends with the last record.

        Where a rebalance cut a recovery short, records may come of partitions that are not ours any more: taken in,
        they would move a store's offset past records that it does not hold. Nor is anything taken in of a standby's.
        """
        for tp, records in found.items():
            if tp not in self.active_tps:
                continue
            seen = self.active_offsets.get(tp)
            new = [record for record in records if seen is None or record.offset > seen]
            if new:
                try:
                    cast("RecoveringTable", self.tp_to_table[tp]).take_in(tp, new)
                except Exception:  # noqa: BLE001 - the table has told whoever ends the worker, with a cure
                    return
                self.active_offsets[tp] = new[-1].offset
                self._active_events_received_at[tp] = self._last_flush_at = monotonic()
        if self.in_recovery and not self.need_recovery():
            self._set_recovery_ended()
            self.signal_recovery_end.set()

    def _set_recovery_started(self) -> None:
        # Stock Faust's reader of the queue clears it, at any moment.
        self.signal_recovery_end.clear()
        super()._set_recovery_started()

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 - the limit that is left out
        await super()._wait(coro)

    async def _seek_offsets(self, consumer: ConsumerT, tps: set[TP], offsets: Any, title: str) -> None:
        """Seek what is known; the rest is new, and the recovery that follows begins with it."""
        known = {tp for tp in tps if offsets[tp] is not None}
        await super()._seek_offsets(consumer, known, offsets, title)


class PatientTables(TableManager):
    """A table manager with that recovery."""

    logger = logging.getLogger("faust.tables")

    async def on_start(self) -> None:
        """Start at once: stock Faust gives modules a second to declare their tables, and ours are wired before."""
        await self._update_channels()
        await self.recovery.start()

    def on_actives_ready(self) -> None:
        """From now on events are taken."""
        super().on_actives_ready()
        log.info("tables_ready")

    @property
    def recovery(self) -> PatientRecovery:
        """The recovery service, made when first asked for."""
        if self._recovery is None:
            self._recovery = PatientRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast("PatientRecovery", self._recovery)
