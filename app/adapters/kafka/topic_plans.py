"""The topics of one installation: how each is created, or must be found."""

import structlog

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.outage import quiet_kafka_client
from app.adapters.kafka.topics import TopicPlan, TopicReport, ensure_topics
from app.backoff import Backoff, FailedTry
from app.config import Settings
from app.core.ports import Clock
from schemas.errors import Unavailable
from schemas.history import REVIEW_HISTORY, SUBMISSION_HISTORY

log = structlog.get_logger(__name__)

DAY_MS = 24 * 60 * 60 * 1000
START_BACKOFF = Backoff(first_s=0.5, max_s=3.0)
"""Between two attempts to reach Kafka at the start."""
REMINDER_S = 60.0
"""Between two lines that say that we still wait."""


def topic_plans(settings: Settings) -> list[TopicPlan]:
    """Every topic of this installation, changelogs included, as it is created or must be found."""
    sizes = settings.sizes()

    def plan(name: str, days: int, max_bytes: int, *, compacted: bool = False) -> TopicPlan:
        return TopicPlan(
            name=name,
            partitions=settings.topic_partitions,
            retention_ms=None if days < 0 else days * DAY_MS,
            compacted=compacted,
            max_message_bytes=max_bytes,
            replication_factor=settings.kafka_replication_factor,
        )

    return [
        plan(settings.topic_submissions, settings.submissions_retention_days, sizes.submission_bytes_max),
        plan(settings.topic_comparisons, settings.comparisons_retention_days, sizes.comparison_bytes_max),
        plan(settings.topic_reviews, settings.reviews_retention_days, sizes.review_bytes_max),
        plan(settings.topic_dead_letters, settings.dead_letters_retention_days, sizes.dead_letter_bytes_max),
        plan(settings.topic_decisions, -1, sizes.decision_bytes_max),
        plan(
            changelog_name(settings, SUBMISSION_HISTORY),
            -1,
            sizes.submission_history_bytes_max,
            compacted=True,
        ),
        plan(changelog_name(settings, REVIEW_HISTORY), -1, sizes.review_history_bytes_max, compacted=True),
    ]


def changelog_name(settings: Settings, table: str) -> str:
    """Faust's name for a table's changelog topic."""
    return f"{settings.kafka_group_id}-{table}-changelog"


async def prepare_topics(settings: Settings, clock: Clock) -> None:
    """Create what is missing; wait for Kafka however long it takes, for an outage is not an error."""
    waiting_since: float | None = None
    reminded_at: float | None = None

    async def prepare() -> TopicReport:
        with quiet_kafka_client():
            return await ensure_topics(settings.bootstrap_servers, topic_plans(settings), **client_auth(settings))

    def remind(failed: FailedTry) -> None:
        nonlocal waiting_since, reminded_at
        now = clock.monotonic()
        waiting_since = now if waiting_since is None else waiting_since
        if isinstance(failed.error, Unavailable) and (reminded_at is None or now - reminded_at >= REMINDER_S):
            reminded_at = now
            log.warning(
                "dependency_unavailable",
                dependency=failed.error.dependency.value,
                servers=settings.kafka_bootstrap_servers,
                detail=failed.error.detail,
                waiting_s=round(now - waiting_since),
            )

    report = await START_BACKOFF.outlast(prepare, passing=lambda error: isinstance(error, Unavailable), on_wait=remind)
    if waiting_since is not None:
        log.info("dependency_back", dependency="kafka")
    log.info("topics_ready", created=report.created, existing=report.existing)
    for difference in report.differences:
        log.warning("topic_differs", difference=str(difference))
