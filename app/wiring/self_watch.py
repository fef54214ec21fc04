"""What a worker tells of itself: metrics, readiness, partitions that have stopped, and a status for the dashboard."""

import os
import socket
from collections.abc import Iterable
from uuid import uuid4

from app.adapters.machine.clock import SystemClock
from app.adapters.telemetry.prometheus import CONTENT_TYPE, PrometheusMetrics, Reading, worker_readings
from app.config import Settings
from app.core.readiness import WorkerLevels, find_causes
from app.core.watching.tally import Tally
from app.core.watching.watching_ports import WorkerStatuses
from app.core.watching.worker_status import Ending, WorkerPhase, WorkerProcess, WorkerStatus, worker_status
from app.stream.faust.app import ReviewApp
from app.stream.faust.pages import worker_pages
from app.stream.faust.watch import PartitionWatch
from app.stream.status_teller import StatusTeller
from app.wiring.stage_intake import Breakers
from schemas.errors import StartRefused, WorkerHalted
from tables.confirmed import ConfirmedTable


def add_watch(
    app: ReviewApp,
    settings: Settings,
    breakers: Breakers,
    counted: tuple[PrometheusMetrics, Tally],
    statuses: WorkerStatuses,
) -> None:
    """Have `app` watch its partitions, answer on its web port, and tell `statuses` how it is."""
    metrics, tally = counted
    clock = SystemClock()

    def count_entries() -> dict[str, int]:
        return {name: table.entries for name, table in app.tables.items() if isinstance(table, ConfirmedTable)}

    after_s = settings.stall_after_s
    watch = PartitionWatch(app, breakers, count_entries, stall_after_s=after_s, monotonic=clock.monotonic)

    def read_gauges() -> Iterable[Reading]:
        levels = watch.read_levels()
        return worker_readings(levels, ready=not find_causes(levels, clock.now()))

    metrics.watch(read_gauges)
    app.on_tick.append(watch.tick)
    teller = StatusTeller(statuses, _Self(app, settings, watch, tally).read)
    app.before_start.insert(0, teller.start)
    app.after_stop += [watch.close, teller.close]
    app.pages |= worker_pages(watch.read_levels, clock.now, metrics.page, CONTENT_TYPE)


class _Self:
    """This process, as its statuses tell it."""

    def __init__(self, app: ReviewApp, settings: Settings, watch: PartitionWatch, tally: Tally) -> None:
        self._app = app
        self._watch = watch
        self._tally = tally
        self._clock = SystemClock()
        self._ticks = False
        self._is_closed = False
        host = socket.gethostname()
        self._who = WorkerProcess(
            worker_id=uuid4().hex,
            place=f"{host}:{settings.data_dir.absolute()}",
            host=host,
            pid=os.getpid(),
            address=f"{settings.web_host}:{settings.web_port}",
            started_at=self._clock.now(),
        )
        app.on_tick.append(self._note_tick)
        app.after_stop.append(self._note_end)

    def read(self, beat: int, untold: int) -> WorkerStatus:
        """The status of this moment."""
        # Before the first tick Faust's parts are not there yet, and after the last one they are gone.
        at_work = self._ticks and not self._is_closed
        levels = self._watch.read_levels() if at_work else WorkerLevels(assigned=0)
        now = self._clock.now()
        return worker_status(
            self._who,
            levels,
            self._tally,
            find_causes(levels, now),
            now=now,
            beat=beat,
            phase=self._phase(levels),
            untold=untold,
            ending=self._ending() if self._is_closed else None,
        )

    def _phase(self, levels: WorkerLevels) -> WorkerPhase:
        if self._is_closed:
            return WorkerPhase.STOPPED
        if not self._ticks:
            return WorkerPhase.STARTING
        if self._app.should_stop:
            return WorkerPhase.DRAINING
        return WorkerPhase.RECOVERING if levels.recovering_s is not None else WorkerPhase.RUNNING

    def _ending(self) -> Ending | None:
        failure = self._app.failure
        if isinstance(failure, StartRefused):
            return Ending(cause=failure.cause, cure=failure.cure, is_halt=isinstance(failure, WorkerHalted))
        if failure is not None:
            return Ending(cause=type(failure).__qualname__, cure="see its log")
        return None

    def _note_tick(self) -> None:
        self._ticks = True

    async def _note_end(self) -> None:
        self._is_closed = True
