"""Faust's table recovery, made to wait a broker's outage out.

Stock recovery gives each of its steps 30 s. When one takes longer it takes that for a stop of the service, and ends
for good: the worker stays in its group, holds its partitions, and consumes nothing.
"""

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery


class PatientRecovery(Recovery):
    """Recovery without time limits: a step ends when it is done, or when a rebalance or a stop cuts it short."""

    async def _wait(self, coro: Any, timeout: Any = None) -> None:  # noqa: ASYNC109 - the limit that is left out
        await super()._wait(coro)


class PatientTables(TableManager):
    """A table manager with that recovery."""

    @property
    def recovery(self) -> Recovery:
        """The recovery service, made when first asked for."""
        if self._recovery is None:
            self._recovery = PatientRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
