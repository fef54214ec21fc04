"""Topic administration on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from app.adapters.kafka.topic_plans import TopicPlan
from app.adapters.kafka.topics import (
    ConfigDifference,
    TopicReport,
    ensure_topics,
    kafka_admin,
    look_at_topics,
    partition_counts,
    refuse_unequal_counts,
)
from app.embedded.broker import tansu
from app.embedded.broker.tansu import Tansu
from schemas.errors import Dependency, StartRefused, Unavailable
from tests.parts.choice import Kafka
from tests.parts.records import make_topics

DAY_MS = 86_400_000
NOWHERE = "127.0.0.1:1"


def some_plans(partitions: int = 2) -> list[TopicPlan]:
    """A source and a changelog under names that no other test uses."""
    run = uuid4().hex
    return [
        TopicPlan(f"{run}-submissions", partitions, DAY_MS, compacted=False, max_message_bytes=2_000_000),
        TopicPlan(f"{run}-changelog", partitions, None, compacted=True, max_message_bytes=3_000_000),
    ]


async def configs_of(bootstrap: str, topic: str) -> dict[str, str]:
    async with kafka_admin(bootstrap) as admin:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


@pytest.mark.kafka
class TestOnABroker:
    """The facts, on the broker that the tests share."""

    @pytest.fixture
    async def admin(self, kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
        async with kafka_admin(kafka.bootstrap) as admin:
            yield admin

    async def test_missing_topics_are_created_as_planned(self, kafka: Kafka) -> None:
        """What is missing is created with its partitions, retention, record size and cleanup policy."""
        source, changelog = some_plans(3)
        report = await ensure_topics(kafka.bootstrap, [source, changelog])
        assert report == TopicReport(created=(source.name, changelog.name))
        counts = await partition_counts(kafka.bootstrap, [source.name, changelog.name])
        assert counts == {source.name: 3, changelog.name: 3}
        stream, table = [await configs_of(kafka.bootstrap, plan.name) for plan in (source, changelog)]
        assert (stream["cleanup.policy"], stream["retention.ms"]) == ("delete", str(DAY_MS))
        assert (table["cleanup.policy"], table["max.message.bytes"]) == ("compact", "3000000")

    async def test_no_retention_means_for_ever(self, kafka: Kafka) -> None:
        """A stream without a retention keeps its records for ever, not for the broker's seven days."""
        plan = replace(some_plans()[0], retention_ms=None)
        await ensure_topics(kafka.bootstrap, [plan])
        assert (await configs_of(kafka.bootstrap, plan.name))["retention.ms"] == "-1"

    async def test_second_start_changes_nothing(self, kafka: Kafka) -> None:
        """Topics that exist as planned are left alone and differ in nothing."""
        plans = some_plans()
        await ensure_topics(kafka.bootstrap, plans)
        report = await ensure_topics(kafka.bootstrap, plans)
        assert report == TopicReport(existing=tuple(plan.name for plan in plans))

    async def test_workers_may_start_at_once(self, kafka: Kafka) -> None:
        """Of four workers that start together all succeed, and each topic is created by exactly one."""
        plans = some_plans()
        reports = await asyncio.gather(*(ensure_topics(kafka.bootstrap, plans) for _ in range(4)))
        created = [name for report in reports for name in report.created]
        assert sorted(created) == sorted(plan.name for plan in plans)

    async def test_other_partition_count_refuses_the_start(self, kafka: Kafka) -> None:
        """A topic with another count than planned refuses the start, names the cure, and nothing is created."""
        source, changelog = some_plans(6)
        await make_topics(kafka.bootstrap, NewTopic(source.name, 4, 1))
        with pytest.raises(StartRefused, match="has 4 partitions, not 6") as caught:
            await ensure_topics(kafka.bootstrap, [source, changelog])
        assert "TOPIC_PARTITIONS=4" in caught.value.cure
        assert await partition_counts(kafka.bootstrap, [changelog.name]) == {}

    async def test_topics_that_differ_among_themselves_refuse_the_start(self, kafka: Kafka) -> None:
        """Where source and changelog exist with different counts no setting helps, and the refusal says so."""
        source, changelog = some_plans(6)
        await make_topics(kafka.bootstrap, NewTopic(source.name, 6, 1), NewTopic(changelog.name, 4, 1))
        with pytest.raises(StartRefused, match="belong together") as caught:
            await ensure_topics(kafka.bootstrap, [source, changelog])
        assert "migration" in caught.value.cure

    async def test_other_configs_are_reported_and_kept(self, kafka: Kafka) -> None:
        """Another retention and record size are reported, and stay as they are."""
        source, _ = some_plans()
        await ensure_topics(kafka.bootstrap, [source])
        wanted = replace(source, retention_ms=2 * DAY_MS, max_message_bytes=4_000_000)
        report = await ensure_topics(kafka.bootstrap, [wanted])
        assert set(report.differences) == {
            ConfigDifference(source.name, "retention.ms", planned=str(2 * DAY_MS), found=str(DAY_MS)),
            ConfigDifference(source.name, "max.message.bytes", planned="4000000", found="2000000"),
        }
        assert (await configs_of(kafka.bootstrap, source.name))["retention.ms"] == str(DAY_MS)

    @pytest.mark.parametrize("compacted", [True, False], ids=["changelog", "stream"])
    async def test_lossy_cleanup_refuses_the_start(self, kafka: Kafka, compacted: bool) -> None:
        """A changelog that is not compacted, and a stream that is, would lose records: the start is refused."""
        plan = replace(some_plans()[0], compacted=not compacted)
        await ensure_topics(kafka.bootstrap, [plan])
        with pytest.raises(StartRefused, match="loses records"):
            await ensure_topics(kafka.bootstrap, [replace(plan, compacted=compacted)])

    @pytest.mark.apache_kafka
    async def test_too_many_replicas_refuse_the_start(self, kafka: Kafka) -> None:
        """More replicas than brokers is a setting to correct, not an outage."""
        plan = replace(some_plans()[0], replication_factor=99)
        with pytest.raises(StartRefused, match="InvalidReplicationFactor") as caught:
            await ensure_topics(kafka.bootstrap, [plan])
        assert "KAFKA_REPLICATION_FACTOR" in caught.value.cure

    async def test_looking_creates_nothing(self, kafka: Kafka) -> None:
        """What is missing is named, and still missing afterwards."""
        plans = some_plans()
        names = tuple(plan.name for plan in plans)
        for _ in range(2):
            assert await look_at_topics(kafka.bootstrap, plans) == TopicReport(missing=names)

    async def test_counting_partitions_creates_no_topic(self, kafka: Kafka) -> None:
        """Asking about a topic that is not there does not bring it about, whatever the broker's auto-creation."""
        name = uuid4().hex
        for _ in range(2):
            assert await partition_counts(kafka.bootstrap, [name]) == {}


async def test_unreachable_kafka_is_unavailable() -> None:
    """A cluster that does not answer is waited out by the caller."""
    with pytest.raises(Unavailable) as caught:
        await ensure_topics(NOWHERE, some_plans())
    assert caught.value.dependency is Dependency.KAFKA


async def test_tansu_is_served_as_well(tmp_path: Path) -> None:
    """On Tansu topics are created, found again as planned, and refused where the counts differ."""
    if not tansu.find():
        pytest.skip("the extra `embedded`, which carries Tansu, is not installed")
    broker = Tansu(tmp_path)
    await broker.start()
    try:
        plans = some_plans(2)
        created = await ensure_topics(broker.bootstrap, plans)
        again = await ensure_topics(broker.bootstrap, plans)
        with pytest.raises(StartRefused, match="has 2 partitions, not 5"):
            await ensure_topics(broker.bootstrap, [replace(plans[0], partitions=5)])
    finally:
        await broker.stop()
    names = tuple(plan.name for plan in plans)
    assert created == TopicReport(created=names)
    assert again == TopicReport(existing=names)


@pytest.mark.parametrize(("replicas", "wanted"), [(1, None), (2, None), (3, "2"), (5, "2")])
def test_three_replicas_must_hold_a_record_twice(replicas: int, wanted: str | None) -> None:
    """With three replicas or more a record counts as written once two have it; with fewer one outage would stop all."""
    plan = TopicPlan("reviews", 6, None, compacted=False, max_message_bytes=1, replication_factor=replicas)
    assert plan.configs().get("min.insync.replicas") == wanted


def test_equal_counts_pass() -> None:
    """Topics with the same number of partitions belong together."""
    refuse_unequal_counts({"submissions": 4, "comparisons": 4})
    with pytest.raises(StartRefused, match="comparisons 6, submissions 4"):
        refuse_unequal_counts({"submissions": 4, "comparisons": 6})
