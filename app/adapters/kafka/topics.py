"""Topics: created as planned where they are missing, and looked at, never changed, where they exist."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from aiokafka import errors as kafka_errors
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.outage import quiet_kafka_client
from app.adapters.kafka.topic_plans import TopicPlan, topic_plans
from app.backoff import Backoff, FailedTry
from app.config import Settings
from app.core.limits import DeliveryLimits
from app.core.ports import Clock
from app.kafka.errors import error_for_kafka
from schemas.errors import Dependency, StartRefused, Unavailable

log = structlog.get_logger(__name__)

START_BACKOFF = Backoff(first_s=0.5, max_s=3.0)
"""Between two attempts to reach Kafka at the start."""
REMINDER_S = 60.0
"""Between two lines that say that we still wait."""
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class ConfigDifference:
    """A configuration of an existing topic that is not as planned. It is reported, not changed: it may be meant."""

    topic: str
    config: str
    planned: str
    found: str


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What was found and done. `unchecked`: topics whose configuration may not be read."""

    created: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    differences: tuple[ConfigDifference, ...] = ()
    unchecked: tuple[str, ...] = ()


async def ensure_topics(
    bootstrap: str | Sequence[str],
    plans: Sequence[TopicPlan],
    *,
    limits: DeliveryLimits | None = None,
    **auth: Any,
) -> TopicReport:
    """Create the missing topics of `plans`; look at the others. `auth` goes to aiokafka's client.

    Nothing is created before all existing topics were found as planned, so that a wrong setting leaves no half
    of a system behind. Several workers may call this at once. Raises `StartRefused` where a topic's partition
    count is not the planned one, where a changelog would lose keys or a stream would be compacted, or where the
    cluster forbids what is needed; `Unavailable(kafka)` where the cluster does not answer.
    """
    limits = limits or DeliveryLimits()
    async with kafka_admin(bootstrap, **auth) as admin:
        before = await _look(admin, plans)
        created = await _create(admin, [plan for plan in plans if plan.name in before.missing])
        # Another worker with other settings may have been faster, so what was created is looked at as well.
        _refuse_other_counts(plans, await _visible(admin, {plan.name for plan in plans}, limits.topics_visible_s))
    return replace(before, created=created, missing=())


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


async def look_at_topics(bootstrap: str | Sequence[str], plans: Sequence[TopicPlan], **auth: Any) -> TopicReport:
    """What `ensure_topics` would find and create, with nothing changed. Raises as `ensure_topics`."""
    async with kafka_admin(bootstrap, **auth) as admin:
        return await _look(admin, plans)


async def partition_counts(bootstrap: str | Sequence[str], topics: Collection[str], **auth: Any) -> dict[str, int]:
    """Number of partitions of each of `topics` that exists. Raises as `ensure_topics`."""
    async with kafka_admin(bootstrap, **auth) as admin:
        found = await _partitions(admin)
    return {name: found[name] for name in topics if name in found}


@asynccontextmanager
async def kafka_admin(bootstrap: str | Sequence[str], **auth: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client, connected; only our own errors leave the block."""
    servers = bootstrap if isinstance(bootstrap, str) else list(bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, **auth)
    try:
        await admin.start()
        yield admin
    except (kafka_errors.KafkaError, OSError, TimeoutError) as exc:
        raise error_for_kafka(exc, "asking Kafka about its topics") from exc
    finally:
        with contextlib.suppress(kafka_errors.KafkaError, OSError, TimeoutError):
            await admin.close()


def refuse_unequal_counts(counts: Mapping[str, int]) -> None:
    """Raise `StartRefused` unless all topics in `counts` have the same number of partitions.

    A student's submissions, comparisons and history must lie in partitions of the same number: a worker that
    gets one has to have the others.
    """
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        raise StartRefused(f"topics that belong together differ in their number of partitions: {listed}", _MIGRATE)


_MIGRATE: Final = (
    "growing is a migration, for students change partitions: stop producers and workers, let all topics be created "
    "anew under other names and another KAFKA_GROUP_ID, and produce the submissions again"
)


def _refuse_other_counts(plans: Sequence[TopicPlan], found: Mapping[str, int]) -> None:
    counts = {plan.name: found[plan.name] for plan in plans if plan.name in found}
    wrong = [plan for plan in plans if plan.name in counts and counts[plan.name] != plan.partitions]
    if not wrong:
        return
    if len({plan.partitions for plan in plans}) == 1:
        refuse_unequal_counts(counts)
    listed = ", ".join(f"{plan.name} has {counts[plan.name]} partitions, not {plan.partitions}" for plan in wrong)
    cure = f"set TOPIC_PARTITIONS={counts[wrong[0].name]}, which keeps every student where they are; {_MIGRATE}"
    raise StartRefused(listed, cure)


async def _look(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> TopicReport:
    counts = await _partitions(admin)
    _refuse_other_counts(plans, counts)
    existing = [plan for plan in plans if plan.name in counts]
    differences, unchecked = await _differences(admin, existing)
    return TopicReport(
        existing=tuple(plan.name for plan in existing),
        missing=tuple(plan.name for plan in plans if plan.name not in counts),
        differences=differences,
        unchecked=unchecked,
    )


async def _partitions(admin: AIOKafkaAdminClient) -> dict[str, int]:
    """Partition counts of all topics. All are asked for: a request by name lets some brokers create the topic."""
    topics: Iterable[Mapping[str, Any]] = await admin.describe_topics()
    return {t["topic"]: len(t["partitions"]) for t in topics if t["error_code"] == 0}


async def _create(admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]) -> tuple[str, ...]:
    """Create topics; the names of those that we, and no other worker, created."""
    if not plans:
        return ()
    topics = [NewTopic(p.name, p.partitions, p.replication_factor, topic_configs=p.configs()) for p in plans]
    try:
        response = await admin.create_topics(topics)
    except AttributeError as exc:
        # aiokafka 0.14 looks into a controller that it has not found while one is being elected.
        raise Unavailable(Dependency.KAFKA, "no controller when creating topics") from exc
    created = []
    for name, code, _message in response.topic_errors:
        error = kafka_errors.for_code(code)
        if error is kafka_errors.NoError:
            created.append(name)
        elif error is not kafka_errors.TopicAlreadyExistsError:
            raise error_for_kafka(error(), f"creating topic {name}")
    return tuple(created)


async def _visible(admin: AIOKafkaAdminClient, names: Collection[str], within_s: float) -> dict[str, int]:
    """Partition counts, once each of `names` is known with a leader for every partition."""
    try:
        async with asyncio.timeout(within_s):
            while True:
                topics: list[Mapping[str, Any]] = await admin.describe_topics()
                led = {
                    t["topic"]: len(t["partitions"])
                    for t in topics
                    if t["error_code"] == 0 and all(p["leader"] >= 0 for p in t["partitions"])
                }
                if led.keys() >= set(names):
                    return led
                await asyncio.sleep(_POLL_S)
    except TimeoutError as exc:
        detail = f"topics without leaders after {within_s:g} s"
        raise Unavailable(Dependency.KAFKA, detail) from exc


async def _differences(
    admin: AIOKafkaAdminClient, plans: Sequence[TopicPlan]
) -> tuple[tuple[ConfigDifference, ...], tuple[str, ...]]:
    """What existing topics have otherwise than planned, and the topics that may not be looked at.

    Raises `StartRefused` for a cleanup policy that loses records: compaction of a stream, or none of a changelog.
    """
    if not plans:
        return (), ()
    # All configurations are asked for: Tansu hangs up on a request for some.
    responses = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, plan.name) for plan in plans])
    found: dict[str, dict[str, str]] = {}
    for response in responses:
        for code, _message, _kind, name, entries in response.resources:
            if code == 0:
                found[name] = {entry[0]: entry[1] for entry in entries}
    differences = []
    for plan in plans:
        configs = found.get(plan.name, {})
        _refuse_lossy_cleanup(plan, configs.get("cleanup.policy"))
        differences += [
            ConfigDifference(plan.name, config, planned, configs[config])
            for config, planned in plan.configs().items()
            if config in configs and configs[config] != planned
        ]
    return tuple(differences), tuple(plan.name for plan in plans if plan.name not in found)


def _refuse_lossy_cleanup(plan: TopicPlan, policy: str | None) -> None:
    if policy is None or ("compact" in policy.split(",")) == plan.compacted:
        return
    needed = plan.configs()["cleanup.policy"]
    raise StartRefused(
        f"topic {plan.name} has cleanup.policy={policy}, which loses records that reviewstream needs",
        f"set it: kafka-configs.sh --alter --topic {plan.name} --add-config cleanup.policy={needed}",
    )
