"""The comparator among its adapters."""

from agents.comparator import Comparator
from app.adapters.analysis.pool import AnalysisPool
from app.adapters.http.client import new_http_client
from app.adapters.kafka.partitioning import partitioner
from app.adapters.machine.clock import SystemClock
from app.adapters.sources.download import FetchSettings
from app.adapters.sources.submission_sources import SubmissionSources
from app.config import Settings
from app.core.events.admission import DoorRules
from app.core.events.record import Record
from app.stream.faust.app import ReviewApp
from app.stream.faust.sends import TopicOutbox
from app.stream.resilience.guards import (
    GuardedSources,
)
from app.wiring.stage_intake import Breakers, add_intake
from app.wiring.stage_table import new_table
from schemas.errors import Dependency
from schemas.history import SUBMISSION_HISTORY
from tables import submission_history


def add_comparator(app: ReviewApp, settings: Settings, breakers: Breakers) -> None:
    """Let the comparator take the submissions."""
    limits = settings.limits()
    pool = AnalysisPool(limits, settings.review_language)
    app.before_start.append(pool.warm_up)
    client = new_http_client(settings.archive_http_timeout_s, calls_max=settings.max_in_flight)
    fetch = FetchSettings(
        timeout_s=settings.archive_http_timeout_s,
        attempts=settings.archive_http_attempts,
        allow_private=settings.archive_http_allow_private,
    )
    sources = SubmissionSources(settings.archive_path, limits.sources, fetch=fetch, client=client)
    app.after_stop += [pool.aclose, client.aclose]
    comparator = Comparator(
        sources=GuardedSources(sources, breakers[Dependency.ARCHIVE_ROOT]),
        analyst=pool,
        comparisons=TopicOutbox(
            app, settings.topic_comparisons, settings.event_attributes().of_comparison, app.tracing
        ),
        clock=SystemClock(),
        door=DoorRules(
            record_bytes_max=settings.sizes().submission_bytes_max,
            future_max_s=settings.submitted_at_future_max_s,
            partition_of=partitioner(settings.topic_partitions),
        ),
        history_depth=settings.history_depth,
    )
    table = new_table(app, settings, SUBMISSION_HISTORY, settings.topic_submissions)

    async def compare(record: Record) -> None:
        position = record.position
        await comparator.compare(record, submission_history.bind(table, position.partition, position.offset))

    add_intake(app, settings, breakers, topic=settings.topic_submissions, stage="comparator", handler=compare)
