"""The probes of `doctor` on parts that answer."""

from uuid import uuid4

import pytest

from app.adapters.doctor.probes import probe_kafka, probe_mongodb, probe_topics
from app.adapters.kafka.topics import TopicPlan, ensure_topics
from app.adapters.mongo.reviews import connect_mongo
from app.config import Settings
from tests.parts.choice import Kafka
from tests.unit.adapters.doctor.test_probes import settings_for


@pytest.mark.mongo
async def test_mongodb_tells_version_and_missing_indexes(mongo_url: str) -> None:
    """A server that answers is ok; the indexes that a worker will create are named."""
    probe = await probe_mongodb(10, settings_for(mongodb_url=mongo_url, mongodb_db=uuid4().hex, mongodb_timeout_s=5))
    assert probe.ok
    assert len(probe.detail["missing_indexes"]) == 4


@pytest.mark.mongo
async def test_index_in_the_place_of_ours_is_told_with_its_cure(mongo_url: str) -> None:
    """`doctor` fails where a worker would refuse to start, and names the index and what drops it."""
    database = uuid4().hex
    client = connect_mongo(mongo_url, 10)
    await client[database]["reviews"].create_index([("model", 1)], name="assignment_timestamp")
    probe = await probe_mongodb(10, settings_for(mongodb_url=mongo_url, mongodb_db=database, mongodb_timeout_s=5))
    await client.drop_database(database)
    client.close()
    assert not probe.ok
    assert "assignment_timestamp" in probe.cause
    assert 'db.reviews.dropIndex("assignment_timestamp")' in str(probe.cure)


@pytest.mark.kafka
class TestKafka:
    """The probes of Kafka, on the broker that the tests share."""

    @pytest.fixture
    def settings(self, kafka: Kafka) -> Settings:
        return settings_for(kafka_bootstrap_servers=kafka.bootstrap)

    @pytest.fixture
    def plan(self) -> TopicPlan:
        return TopicPlan(uuid4().hex, 3, None, compacted=False, max_message_bytes=1_000_000)

    async def test_cluster_is_described(self, settings: Settings, kafka: Kafka) -> None:
        """A broker that answers is ok, and what it speaks is told."""
        probe = await probe_kafka(10, settings)
        assert (probe.ok, probe.detail["brokers"]) == (True, 1)
        assert ("4.0 or later" in probe.cause) == kafka.is_apache_kafka

    async def test_missing_topics_are_ok_and_stay_missing(self, settings: Settings, plan: TopicPlan) -> None:
        """What a worker will create is named, and not created by asking."""
        for _ in range(2):
            probe = await probe_topics(10, settings, [plan])
            assert (probe.ok, probe.detail["missing"]) == (True, (plan.name,))

    async def test_topics_as_planned_are_ok(self, settings: Settings, plan: TopicPlan) -> None:
        """Existing topics are told with their partitions."""
        await ensure_topics(settings.bootstrap_servers, [plan])
        probe = await probe_topics(10, settings, [plan])
        assert (probe.ok, probe.detail["partitions"]) == (True, {plan.name: 3})

    async def test_other_partition_count_is_not_ok(self, settings: Settings, plan: TopicPlan) -> None:
        """What would refuse a worker's start is told beforehand, with its cure."""
        await ensure_topics(settings.bootstrap_servers, [plan])
        other = TopicPlan(plan.name, 5, None, compacted=False, max_message_bytes=1_000_000)
        probe = await probe_topics(10, settings, [other])
        assert not probe.ok
        assert "TOPIC_PARTITIONS=3" in str(probe.cure)

    async def test_topic_too_tight_for_records_is_not_ok(self, settings: Settings, plan: TopicPlan) -> None:
        """A smaller `max.message.bytes` than the largest record needs is told with the command that cures it."""
        await ensure_topics(settings.bootstrap_servers, [plan])
        larger = TopicPlan(plan.name, 3, None, compacted=False, max_message_bytes=2_000_000)
        probe = await probe_topics(10, settings, [larger])
        assert not probe.ok
        assert f"--topic {plan.name} --add-config max.message.bytes=2000000" in str(probe.cure)
