"""What a replay reads of real topics, and what it writes to them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import RecordsToDelete
from aiokafka.structs import TopicPartition

from app.adapters.kafka.comparison_topic import ComparisonTopic
from app.adapters.kafka.confirmed_producer import ConfirmedProducer, confirmed_producer
from app.adapters.kafka.review_topic import ReviewTopic
from app.adapters.kafka.submission_log import SubmissionLog
from app.adapters.kafka.topic_plans import changelog_name, topic_plans
from app.adapters.kafka.topic_reader import TopicReader
from app.adapters.kafka.topics import ensure_topics, kafka_admin
from app.config import Settings, load_settings
from app.core.events.requeue import Requeue, requeue_headers
from app.core.history.entries import pack
from app.core.history.identity import review_id, table_key
from schemas.codec import decode, encode
from schemas.dead_letter import DeadLetter
from schemas.errors import Reason, StartRefused
from schemas.history import SUBMISSION_HISTORY, PastSubmission, SubmissionHistory
from schemas.origin import Origin
from schemas.replay import PROMOTED, read_order
from schemas.review import ReplayNote, Review
from tests.builders.dead_letters import a_dead_letter
from tests.builders.decisions import a_decision
from tests.builders.records import NOON, a_comparison, a_review, a_submission
from tests.parts.choice import Kafka

pytestmark = pytest.mark.kafka

KEY = b"student-1"


@pytest.fixture
async def settings(kafka: Kafka) -> Settings:
    """An installation with topics of its own, one partition each."""
    prefix = f"t{uuid4().hex[:10]}"
    settings = load_settings(
        None,
        kafka_bootstrap_servers=kafka.bootstrap,
        kafka_group_id=prefix,
        topic_partitions=1,
        topic_submissions=f"{prefix}-submissions",
        topic_comparisons=f"{prefix}-comparisons",
        topic_reviews=f"{prefix}-reviews",
        topic_dead_letters=f"{prefix}-dead-letters",
        kafka_idempotent_producer=False,
    )
    await ensure_topics(settings.bootstrap_servers, topic_plans(settings))
    return settings


@pytest.fixture
async def producer(settings: Settings) -> AsyncIterator[ConfirmedProducer]:
    async with confirmed_producer(settings) as producer:
        yield producer


def a_letter(origin: Origin, value: bytes | None, *, stage: str = "comparator", attempt: int = 0) -> DeadLetter:
    refused: dict[str, Any] = {"reason": Reason.MODEL_REFUSED, "detail": "no", "stage": stage}
    return a_dead_letter(origin=origin, key=KEY, value=value, requeue_attempt=attempt, **refused)


async def test_an_empty_topic_has_no_heads(settings: Settings) -> None:
    """Its bounds are zero, and there is no record at any place."""
    async with SubmissionLog(settings) as log:
        assert [head async for head in log.heads()] == []
        assert await log.bounds() == {0: (0, 0)}
        assert await log.refused() == set()
        assert await log.histories({("student-1", "hw-1")}) == {}
        for partition in (0, 7):
            assert await log.record(Origin(topic=log.topic, partition=partition, offset=0)) is None


async def test_heads_say_what_the_records_say(settings: Settings, producer: ConfirmedProducer) -> None:
    """What is no submission is passed over; a requeued one keeps its origin and says how often."""
    topic = settings.topic_submissions
    first = await producer.send(topic, KEY, encode(a_submission(submission_id="a")))
    for value in (b"no json", b"[]", b"{}", None, encode(a_submission(submission_id="b")).replace(b'"b"', b'"b c"')):
        await producer.send(topic, KEY, value)
    await producer.send(topic, b"another", encode(a_submission(submission_id="c")))
    value = encode(a_submission(submission_id="a", previous_submission_id="z"))
    again = await producer.send(topic, KEY, value, requeue_headers(Requeue(first, 2)))
    async with SubmissionLog(settings) as log:
        heads = [head async for head in log.heads()]
        assert [(head.submission_id, head.origin.offset, head.position.offset) for head in heads] == [
            ("a", 0, 0),
            ("a", 0, again.offset),
        ]
        assert [(head.previous_submission_id, head.requeue_attempt) for head in heads] == [(None, 0), ("z", 2)]
        record = await log.record(again)
        assert record is not None
        assert (record.value, record.key, record.origin, record.requeue_attempt) == (value, KEY, first, 2)


async def test_what_left_the_topic_is_none(settings: Settings, producer: ConfirmedProducer) -> None:
    """Its bounds tell that the beginning is gone; what is left is read as before."""
    topic = settings.topic_submissions
    for number in range(4):
        await producer.send(topic, KEY, encode(a_submission(submission_id=f"s{number}")))
    async with kafka_admin(settings.bootstrap_servers) as admin:
        await admin.delete_records({TopicPartition(topic, 0): RecordsToDelete(2)})
    async with SubmissionLog(settings) as log:
        assert await log.bounds() == {0: (2, 4)}
        assert [head.submission_id async for head in log.heads()] == ["s2", "s3"]
        found = [await log.record(Origin(topic=topic, partition=0, offset=offset)) for offset in range(5)]
        assert [record is not None for record in found] == [False, False, True, True, False]
        await producer.send(topic, KEY, encode(a_submission(submission_id="s4")))
        later = await log.record(Origin(topic=topic, partition=0, offset=4))
        assert later is not None, "what was written since is found too"


async def test_refused_submissions_are_told_from_other_letters(settings: Settings, producer: ConfirmedProducer) -> None:
    """Each attempt has its own."""
    place = Origin(topic=settings.topic_submissions, partition=0, offset=3)
    for letter in (
        a_letter(place, b"v"),
        a_letter(place, b"v", attempt=1),
        a_letter(place.model_copy(update={"offset": 4}), b"v", stage="reviewer"),
    ):
        await producer.send(settings.topic_dead_letters, KEY, letter.value, letter.record_headers())
    await producer.send(settings.topic_dead_letters, KEY, b"foreign")
    async with SubmissionLog(settings) as log:
        assert await log.refused() == {(place, 0), (place, 1)}


async def test_the_tables_entries_are_read_from_its_changelog(settings: Settings, producer: ConfirmedProducer) -> None:
    """The last one of each that is asked for."""
    place = Origin(topic=settings.topic_submissions, partition=0, offset=3)
    past = PastSubmission(origin=place, submission_id="s3", submitted_at=NOON, digest="d", sources={"a.py": "x"})
    old, new = (SubmissionHistory(stamp=place, submissions=(past,), forgotten=f) for f in (False, True))
    changelog = changelog_name(settings, SUBMISSION_HISTORY)
    for student, entry in (("student-1", old), ("student-1", new), ("student-2", old)):
        await producer.send(changelog, table_key(student, "hw-1"), pack(entry, 0, 3))
    async with SubmissionLog(settings) as log:
        assert await log.histories({("student-1", "hw-1"), ("student-3", "hw-1")}) == {("student-1", "hw-1"): new}
        assert await log.histories(set()) == {}


async def test_what_later_stages_refuse_is_told_by_review(settings: Settings, producer: ConfirmedProducer) -> None:
    """A comparison or a review; one whose letter had no room for it is read where it lies. Others do no harm."""
    names = ("a", "b", "c")
    ids = {name: review_id("student-1", "hw-1", name, 1) for name in names}
    async with ComparisonTopic(settings) as comparisons:
        assert await comparisons.refused(1) == {}
        values = {name: encode(a_comparison(submission_id=name, generation=1)) for name in names}
        await comparisons.send(KEY, values["a"], ((PROMOTED, b"x"),))
        at = Origin(topic=settings.topic_comparisons, partition=0, offset=0)
        omitted = a_letter(at, values["a"], stage="reviewer")
        letters = settings.topic_dead_letters
        await producer.send(letters, KEY, None, omitted.record_headers(["value"]))
        there = a_letter(at, values["b"], stage="reviewer")
        await producer.send(letters, KEY, there.value, there.record_headers())
        assert await comparisons.refused(1) == {ids["a"]: "model_refused: no", ids["b"]: "model_refused: no"}
        made = encode(a_review(new_submission_id="c", generation=1))
        published = a_letter(at.model_copy(update={"topic": settings.topic_reviews}), made, stage="publisher")
        await producer.send(letters, KEY, made, published.record_headers())
        for value in (b"no json", b"[]", b'{"generation":"x"}', encode(a_comparison(submission_id="d"))):
            letter = a_letter(at, value, stage="reviewer")
            await producer.send(letters, KEY, value, letter.record_headers())
        decided = encode(a_decision(1, submission_id="e", generation=1))
        about = a_letter(at.model_copy(update={"topic": settings.topic_decisions}), decided, stage="editor")
        await producer.send(letters, KEY, decided, about.record_headers())
        await producer.send(letters, KEY, values["a"])
        assert set(await comparisons.refused(1)) == set(ids.values())
        assert await comparisons.refused(2) == {}
        assert set(await comparisons.refused(1)) == set(ids.values()), "nothing new, nothing forgotten"
    async with ComparisonTopic(settings) as again:
        assert set(await again.refused(1)) == set(ids.values()), "a process that resumes finds all of them"


async def test_a_promoted_review_goes_out_once_more_as_it_is(settings: Settings) -> None:
    """Under the header that delivers it, and those of its replay, which give it a lane of its own."""
    note = ReplayNote(replay_id="replay-7", is_shadow=True, reason="why")
    review = a_review(generation=7, replay=note)
    async with ReviewTopic(settings) as topic:
        await topic.promote(review)
    async with TopicReader(settings, settings.topic_reviews, cure="") as reader:
        (record,) = [one async for one in reader.records(await reader.starts(settings.topic_reviews))]
    assert decode(Review, record.value or b"") == review
    assert dict(record.headers)[PROMOTED] == b"replay-7"
    order = read_order(tuple(record.headers))
    assert order is not None
    assert order.note == note


async def test_an_installation_without_topics_is_told(settings: Settings) -> None:
    """With the cure."""
    nowhere = settings.model_copy(update={"topic_submissions": f"t{uuid4().hex}"})
    with pytest.raises(StartRefused, match="there is no topic"):
        async with SubmissionLog(nowhere):
            pass
