"""The probes of `doctor` on parts that answer."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from app.adapters.doctor.costs_probe import probe_costs
from app.adapters.doctor.probes import probe_kafka, probe_mongodb, probe_topics
from app.adapters.kafka.topic_plans import TopicPlan
from app.adapters.kafka.topics import ensure_topics
from app.adapters.mongo.decisions import MongoDecisions
from app.adapters.mongo.reviews import connect_mongo
from app.adapters.mongo.spending import MongoSpending
from app.config import Settings
from app.core.costs import Charge, TokenCounts
from tests.parts.choice import Kafka
from tests.unit.adapters.doctor.test_probes import settings_for


@pytest.mark.mongo
async def test_mongodb_tells_version_and_missing_indexes(mongo_url: str) -> None:
    """A server that answers is ok; the indexes that a worker will create are named."""
    probe = await probe_mongodb(10, settings_for(mongodb_url=mongo_url, mongodb_db=uuid4().hex, mongodb_timeout_s=5))
    assert probe.ok
    assert len(probe.detail["missing_indexes"]) == 6


@pytest.mark.mongo
async def test_indexes_of_answers_are_told_where_a_model_reviews(mongo_url: str) -> None:
    """Those of the tape and of the sums, under their collections' names."""
    model = {"llm_base_url": "http://127.0.0.1:1/v1", "llm_model": "m"}
    settings = settings_for(mongodb_url=mongo_url, mongodb_db=uuid4().hex, mongodb_timeout_s=5, **model)
    probe = await probe_mongodb(10, settings)
    assert probe.detail["missing_indexes"][6:] == (
        "answers.expires_at",
        "spending.day_billionths",
        "spending.expires_at",
    )


@pytest.mark.mongo
async def test_indexes_of_all_processes_are_told_by_their_collections(mongo_url: str) -> None:
    """What web or a replay makes is looked at as well, and found once it is there."""
    database = uuid4().hex
    settings = settings_for(mongodb_url=mongo_url, mongodb_db=database, mongodb_timeout_s=5)
    told = (await probe_mongodb(10, settings, everything=True)).detail["missing_indexes"]
    by_collection = {name.partition(".")[0] for name in told if "." in name}
    assert by_collection == {
        "asked_replays",
        "claims",
        "decisions",
        "replay_items",
        "review_holds",
        "submission_states",
        "workers",
    }
    client = connect_mongo(mongo_url, 10)
    await MongoDecisions(client, database).ensure_indexes()
    left = (await probe_mongodb(10, settings, everything=True)).detail["missing_indexes"]
    await client[database]["replay_items"].create_index([("number", 1)], name="replay_number")
    refused = await probe_mongodb(10, settings, everything=True)
    await client.drop_database(database)
    client.close()
    assert {*told} - {*left} == {name for name in told if name.startswith("decisions.")} != set()
    assert (refused.ok, 'db.replay_items.dropIndex("replay_number")' in str(refused.cure)) == (False, True)


@pytest.mark.mongo
@pytest.mark.parametrize(
    ("sum_", "told", "cure"),
    [("0.25", "0.25 EUR today", None), ("5", "5 EUR today", "raise LLM_BUDGET_DAY"), (None, "0 EUR today", None)],
)
async def test_todays_cost_is_told(mongo_url: str, sum_: str | None, told: str, cure: str | None) -> None:
    """What all workers have spent since midnight, and what to do where that is all there is."""
    database = uuid4().hex
    settings = settings_for(
        mongodb_url=mongo_url,
        mongodb_db=database,
        mongodb_timeout_s=5,
        llm_base_url="http://127.0.0.1:1/v1",
        llm_model="m",
        llm_prices="m=1/1",
        llm_currency="EUR",
        llm_budget_day="5",
    )
    client = connect_mongo(mongo_url, 10)
    if sum_ is not None:
        today = datetime.now(UTC).date()
        await MongoSpending(client, database).count(
            Charge("c", today, "anna", "m", TokenCounts(), Decimal(sum_)),
        )
    probe = await probe_costs(10, settings)
    await client.drop_database(database)
    client.close()
    assert (probe.ok, probe.cause) == (True, f"5 EUR a day; {told}")
    assert (cure or "") in (probe.cure or "")
    assert (probe.cure is None) == (cure is None)


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
