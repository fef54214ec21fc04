"""The topics of one installation: how each is created, or must be found."""

from dataclasses import dataclass
from typing import Final

from app.config import Settings
from schemas.history import REVIEW_HISTORY, SUBMISSION_HISTORY

DAY_MS = 24 * 60 * 60 * 1000
_FOREVER_MS: Final = -1


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """How a topic is created, or must be found.

    `retention_ms` None keeps records for ever; a compacted topic keeps the last one of each key for ever.
    `replication_factor` is only used on creation; with three replicas or more, two of them must have a record
    before it counts as written.
    """

    name: str
    partitions: int
    retention_ms: int | None
    compacted: bool
    max_message_bytes: int
    replication_factor: int = 1

    def configs(self) -> dict[str, str]:
        """The topic's configuration under Kafka's names."""
        configs = {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "max.message.bytes": str(self.max_message_bytes),
        }
        if not self.compacted:
            configs["retention.ms"] = str(_FOREVER_MS if self.retention_ms is None else self.retention_ms)
        if self.replication_factor >= 3:
            configs["min.insync.replicas"] = "2"
        return configs


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
