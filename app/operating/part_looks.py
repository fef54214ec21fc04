"""What the work depends on, as this process sees it, looked at once in a while, however often somebody asks."""

import asyncio
from collections.abc import Sequence
from typing import Final

from app.adapters.doctor.probes import probe_archives, probe_kafka, probe_mongodb
from app.adapters.doctor.probing import Probe
from app.config import Settings
from app.core.limits import DeliveryLimits
from app.core.watching.observed import PartSeen
from app.states.projection import Projection

KEPT_S: Final = 0.9
"""From the beginning of a look at the parts: so long it is believed. Whoever asks more often does not get at Kafka
through us; the dashboard asks once a second, and each of its questions is to be a look."""


class PartLooks:
    """Kafka, MongoDB and the archive root, by probes of their own; and the states, by the projection beside it."""

    def __init__(self, settings: Settings, projection: Projection) -> None:
        self._settings = settings
        self._projection = projection
        self._seen: tuple[PartSeen, ...] = ()
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> Sequence[PartSeen]:
        """Kafka, MongoDB, the archive root, and the states."""
        loop, limit_s = asyncio.get_running_loop(), DeliveryLimits().probe_s
        async with self._looking:
            began = loop.time()
            if began >= self._until:
                probes = await asyncio.gather(
                    probe_kafka(limit_s, self._settings),
                    probe_mongodb(limit_s, self._settings),
                    probe_archives(limit_s, self._settings.archive_path),
                )
                self._seen = tuple(map(_seen, probes))
                self._until = began + KEPT_S
        return *self._seen, self._states()

    def _states(self) -> PartSeen:
        problem, lag = self._projection.problem, self._projection.lag
        if problem is not None:
            cure = "it goes on by itself once that is there; where the log says states_failed, report that line"
            return PartSeen("states", ok=False, cause=problem, cure=cure)
        cause = "the log is read" if lag is None else f"the log is read, {lag} records behind"
        return PartSeen("states", ok=True, cause=cause)


def _seen(probe: Probe) -> PartSeen:
    return PartSeen(probe.name, probe.ok, probe.cause, probe.cure, is_empty=probe.detail.get("empty") is True)
