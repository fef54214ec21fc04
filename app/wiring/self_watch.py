"""What a worker tells of itself: metrics, readiness, partitions that have stopped."""

from app.adapters.machine.clock import SystemClock
from app.adapters.telemetry.prometheus import CONTENT_TYPE, PrometheusMetrics
from app.config import Settings
from app.core.readiness import WorkerLevels, find_causes
from app.stream.faust.app import ReviewApp
from app.stream.faust.pages import worker_pages
from app.stream.faust.watch import PartitionWatch
from app.wiring.stage_intake import Breakers
from tables.confirmed import ConfirmedTable


def add_watch(app: ReviewApp, settings: Settings, breakers: Breakers, metrics: PrometheusMetrics) -> None:
    """Have `app` watch its partitions, and answer on its web port."""
    clock = SystemClock()

    def count_entries() -> dict[str, int]:
        return {name: table.entries for name, table in app.tables.items() if isinstance(table, ConfirmedTable)}

    after_s = settings.stall_after_s
    watch = PartitionWatch(app, breakers, count_entries, stall_after_s=after_s, monotonic=clock.monotonic)

    def look() -> tuple[WorkerLevels, bool]:
        levels = watch.read_levels()
        return levels, not find_causes(levels, clock.now())

    metrics.watch(look)
    app.on_tick.append(watch.tick)
    app.after_stop.append(watch.close)
    app.pages |= worker_pages(watch.read_levels, clock.now, metrics.page, CONTENT_TYPE)
