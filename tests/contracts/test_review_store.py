"""What every `ReviewStore` does, run on the fake and on a MongoDB-compatible server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import bson
import pytest
import structlog
from pymongo import ASCENDING
from structlog.testing import capture_logs

from app.adapters.mongo.document import to_document, to_review
from app.adapters.mongo.indexes import INDEXES
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.core.limits import DeliveryLimits
from app.core.ports import ReviewStore, StoredReview
from schemas.changes import Change, Complexity, Coverage
from schemas.codec import encode
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.origin import Origin
from schemas.review import Review, ReviewResult
from tests.builders.decisions import a_note
from tests.builders.records import NOON, a_diff, a_review
from tests.contracts.conftest import Client
from tests.fakes.store import MemoryReviews

LATER = NOON + timedelta(minutes=1)

AWKWARD: dict[str, Any] = {
    "": 0,
    "src/main.py": "dot",
    "$set": {"$inc": 1, "a.$[].b": ["$$ROOT", {"%2E": "%25", "%": None}]},
    "nul\0key": "nul\0value",
    "ключ": "значение 🎓",
    "_id": "not ours",
    "published_at": "not ours",
    "numbers": [0, -1, 2**31, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, 0.1, 1e308, -0.0, True, None],
    "nested": [[], [[]], {}, [{}]],
}


def an_awkward_review() -> Review:
    """A review whose free-form parts hold everything that MongoDB could take for syntax."""
    return a_review(
        changes=(Change(kind="rename_parameter", detail=AWKWARD),),
        complexity=Complexity(errors={"src/a.py": "syntax error in line 1", "$where": "x", "100%.py": "y"}),
        coverage=Coverage(omitted={"too.large": 3, "$binary": 1}),
        timestamp=datetime(2026, 3, 2, 15, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=3))),
    )


def _at(offset: int, *, partition: int = 0, **fields: Any) -> Review:
    """A review of the submission that stood there."""
    place = Origin(topic="submissions", partition=partition, offset=offset)
    return a_review(**{"new_submission_id": f"sub-{offset}", "origin": place, **fields})


class ReviewStoreContract:
    """The facts; each subclass gives the fixtures `store`, `delete` and `store_away`."""

    async def test_new_review_is_stored_unpublished(self, store: ReviewStore) -> None:
        """A review that is stored for the first time comes back as it is, not yet published."""
        stored = await store.store(a_review())
        assert (stored.review, stored.published) == (a_review(), False)

    async def test_first_review_wins(self, store: ReviewStore) -> None:
        """A second review of the same id is dropped, and what was stored first is returned."""
        first = a_review(review_result=ReviewResult(overall_score=10, progress_summary="A", code_quality_score=1))
        second = a_review(review_result=ReviewResult(overall_score=90, progress_summary="B", code_quality_score=9))
        await store.store(first)
        assert (await store.store(second)).review == first

    async def test_other_generation_is_another_review(self, store: ReviewStore) -> None:
        """A replay's review stands beside the live one."""
        live, replayed = a_review(), a_review(generation=1)
        await store.store(live)
        assert (await store.store(replayed)).review == replayed

    async def test_stored_review_gives_equal_bytes(self, store: ReviewStore) -> None:
        """What comes back encodes to the same bytes, however awkward its names, numbers and times."""
        review = an_awkward_review()
        assert encode((await store.store(review)).review) == encode(review)
        assert encode((await store.store(review)).review) == encode(review)

    async def test_published_review_says_so(self, store: ReviewStore) -> None:
        """After `mark_published`, storing the review again tells that it is published."""
        await store.store(a_review())
        await store.mark_published(a_review(), NOON)
        assert (await store.store(a_review())).published

    async def test_marking_twice_is_fine(self, store: ReviewStore) -> None:
        """A review that is marked again, as after a crash, stays published."""
        await store.store(a_review())
        await store.mark_published(a_review(), NOON)
        await store.mark_published(a_review(), LATER)
        assert (await store.store(a_review())).published

    async def test_race_has_one_winner(self, store: ReviewStore) -> None:
        """Of twenty workers that store under one id at once, all get the same review."""
        offered = [a_review(latency_ms=n) for n in range(20)]
        stored = await asyncio.gather(*(store.store(review) for review in offered))
        assert len({s.review.latency_ms for s in stored}) == 1

    async def test_deleted_review_is_not_brought_back(
        self, store: ReviewStore, delete: Callable[[Review], Awaitable[None]]
    ) -> None:
        """Marking a review that somebody erased in the meantime does not store it again."""
        await store.store(a_review(latency_ms=1))
        await delete(a_review())
        await store.mark_published(a_review(), NOON)
        again = await store.store(a_review(latency_ms=2))
        assert (again.review.latency_ms, again.published) == (2, False)

    async def test_readers_find_what_persons_decided_and_the_original_stays(self, store: ReviewStore) -> None:
        """A record that comes again, or a later decision, begins from the review as it was made."""
        await store.store(a_review())
        decided = a_review(latency_ms=99, decision=a_note(revision=1))
        assert await store.revise(decided)
        assert await store.find(decided.review_id) == decided
        assert (await store.store(a_review(latency_ms=7))).review == a_review()
        found = await store.find_original(decided.review_id)
        assert found == StoredReview(a_review(), published=False)
        assert await store.find_original(a_review(generation=5).review_id) is None

    async def test_the_highest_revision_stays(self, store: ReviewStore) -> None:
        """In whatever order they come: an earlier one is told that it is late."""
        await store.store(a_review())
        later = a_review(latency_ms=2, decision=a_note(revision=2))
        assert await store.revise(later)
        assert not await store.revise(a_review(latency_ms=1, decision=a_note(revision=1)))
        assert await store.revise(later), "the same one again is no earlier one"
        assert await store.find(later.review_id) == later
        assert (await store.store(a_review())).review == a_review()

    async def test_revisions_that_race_leave_the_highest(self, store: ReviewStore) -> None:
        """And one original."""
        await store.store(a_review())
        offered = [a_review(latency_ms=n, decision=a_note(revision=n)) for n in range(1, 9)]
        await asyncio.gather(*map(store.revise, offered))
        assert await store.find(a_review().review_id) == offered[-1]
        assert (await store.store(a_review())).review == a_review()

    async def test_what_was_told_is_known_by_its_revision(self, store: ReviewStore) -> None:
        """The first time of publication and the highest revision are kept."""
        await store.store(a_review())
        for revision in (2, 1):
            decided = a_review(decision=a_note(revision=revision))
            await store.revise(decided)
            await store.mark_published(decided, NOON)
        stored = await store.store(a_review())
        assert (stored.published, stored.revision) == (True, 2)

    async def test_a_promoted_review_says_so(self, store: ReviewStore) -> None:
        """It may wait for a person's approval after that."""
        assert not (await store.store(a_review())).promoted
        await store.mark_promoted(a_review())
        assert (await store.store(a_review())).promoted

    async def test_a_deleted_review_is_not_brought_back_by_a_decision(
        self, store: ReviewStore, delete: Callable[[Review], Awaitable[None]]
    ) -> None:
        """Somebody wanted it gone."""
        await store.store(a_review())
        await delete(a_review())
        assert await store.revise(a_review(decision=a_note()))
        assert await store.find(a_review().review_id) is None

    async def test_the_newest_live_review_before_a_place_is_found(self, store: ReviewStore) -> None:
        """Of this student, assignment and partition alone, as it is read; the place's own does not count."""
        mine = [_at(offset) for offset in (4, 0, 2)]
        topic, partition = mine[0].origin.topic, mine[0].origin.partition
        for review in (
            *mine,
            _at(3, student_id="student-2"),
            _at(3, assignment_id="hw-2"),
            _at(3, generation=1),
            _at(3, partition=partition + 1, new_submission_id="elsewhere"),
        ):
            await store.store(review)
        read = mine[2].model_copy(update={"decision": a_note()})
        await store.revise(read)
        found = {
            offset: await store.find_before(
                "student-1", "hw-1", Origin(topic=topic, partition=partition, offset=offset)
            )
            for offset in (0, 2, 4, 9)
        }
        assert found == {0: None, 2: mine[1], 4: read, 9: mine[0]}

    async def test_outage_is_unavailable(self, store_away: ReviewStore) -> None:
        """A store that cannot be reached is `Unavailable`, for every method."""
        with pytest.raises(Unavailable) as caught:
            await store_away.store(a_review())
        assert caught.value.dependency is Dependency.MONGODB
        with pytest.raises(Unavailable) as caught:
            await store_away.mark_published(a_review(), NOON)
        assert caught.value.dependency is Dependency.MONGODB


class TestMemoryReviews(ReviewStoreContract):
    """The contract on the fake."""

    @pytest.fixture
    def store(self) -> MemoryReviews:
        return MemoryReviews()

    @pytest.fixture
    def delete(self, store: MemoryReviews) -> Callable[[Review], Awaitable[None]]:
        async def delete(review: Review) -> None:
            store.delete(review)

        return delete

    @pytest.fixture
    def store_away(self) -> MemoryReviews:
        store = MemoryReviews()
        store.away = True
        return store

    async def test_marking_what_was_never_stored_blows_up(self, store: MemoryReviews) -> None:
        """The fake does not forgive publishing before storing."""
        with pytest.raises(AssertionError, match="stored before"):
            await store.mark_published(a_review(), NOON)


@pytest.mark.mongo
class TestMongoReviews(ReviewStoreContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    async def store(self, mongo_client: Client, mongo_database: str) -> MongoReviews:
        store = MongoReviews(mongo_client, mongo_database)
        await store.ensure_indexes()
        return store

    @pytest.fixture
    def collection(self, mongo_client: Client, mongo_database: str) -> Any:
        return mongo_client[mongo_database].get_collection("reviews", codec_options=bson.CodecOptions(tz_aware=True))

    @pytest.fixture
    def delete(self, collection: Any) -> Callable[[Review], Awaitable[None]]:
        async def delete(review: Review) -> None:
            await collection.delete_one({"_id": str(review.review_id)})

        return delete

    @pytest.fixture
    async def store_away(self) -> AsyncIterator[MongoReviews]:
        limits = replace(DeliveryLimits(), server_selection_s=0.2)
        client = connect_mongo("mongodb://127.0.0.1:1/?directConnection=true", timeout_s=1, limits=limits)
        yield MongoReviews(client, "away")
        client.close()

    async def test_document_carries_the_schemas_names(self, store: MongoReviews, collection: Any) -> None:
        """The document has the review's fields at its top level, dates as dates, and its id as `_id`."""
        await store.store(a_review())
        await store.mark_published(a_review(), NOON)
        await store.mark_published(a_review(), LATER)
        document = await collection.find_one()
        assert set(Review.model_fields) <= document.keys()
        assert document["_id"] == document["review_id"] == str(a_review().review_id)
        assert document["review_result"]["overall_score"] == 70
        assert document["timestamp"] == NOON
        assert document["published_at"] == NOON
        assert abs(document["stored_at"] - datetime.now(UTC)) < timedelta(minutes=5)

    async def test_indexes_are_created_once_and_reported(self, mongo_client: Client, mongo_database: str) -> None:
        """Before `ensure_indexes` all indexes are missing, after it none, and a second call changes nothing."""
        store = MongoReviews(mongo_client, mongo_database)
        assert len(await store.missing_indexes()) == len(INDEXES) == 6
        await store.ensure_indexes()
        await store.ensure_indexes()
        assert await store.missing_indexes() == ()

    async def test_two_workers_may_create_indexes_at_once(self, mongo_client: Client, mongo_database: str) -> None:
        """Two workers that start together both get their indexes."""
        stores = [MongoReviews(mongo_client, mongo_database) for _ in range(2)]
        await asyncio.gather(*(store.ensure_indexes() for store in stores))
        assert await stores[0].missing_indexes() == ()

    async def test_foreign_index_under_our_name_refuses_the_start(
        self, mongo_client: Client, mongo_database: str, collection: Any
    ) -> None:
        """An index of the same name over other fields is not replaced: the start is refused with a cure."""
        await collection.create_index([("model", ASCENDING)], name="new_submission_id")
        store = MongoReviews(mongo_client, mongo_database)
        for ask in (store.ensure_indexes, store.missing_indexes):
            with pytest.raises(StartRefused, match="drop it"):
                await ask()

    async def test_plain_document_comes_and_goes(
        self, mongo_client: Client, mongo_database: str, collection: Any
    ) -> None:
        """What is written to see whether a server takes reviews is taken by this one, and nothing of it is left."""
        assert await MongoReviews(mongo_client, mongo_database)._refusal_of_a_plain_document() is None
        assert await collection.count_documents({}) == 0

    async def test_review_beyond_the_documents_limit_is_refused(self, store: MongoReviews) -> None:
        """A review that no document can hold is refused before it is sent."""
        with pytest.raises(Rejected, match="takes 17") as caught:
            await store.store(a_review(diff_info=a_diff(diff="x" * 17_000_000)))
        assert caught.value.reason is Reason.STORE_REFUSED

    async def test_review_just_below_the_limit_is_stored(self, store: MongoReviews) -> None:
        """A review of almost 16 MiB is stored and comes back whole."""
        review = a_review(diff_info=a_diff(diff="x" * (16 * 1024 * 1024 - 4096)))
        assert (await store.store(review)).review == review

    async def test_unique_index_that_is_not_ours_is_an_outage(self, store: MongoReviews, collection: Any) -> None:
        """A unique index that an operator added holds the review back and does not dead-letter it."""
        await collection.create_index([("assignment_id", ASCENDING)], unique=True, name="theirs")
        await store.store(a_review())
        with pytest.raises(Unavailable, match="unique index"):
            await store.store(a_review(student_id="student-2"))

    async def test_document_changed_by_hand_is_refused(self, store: MongoReviews, collection: Any) -> None:
        """Where what is stored is no review any more, the event is refused, naming the field and not its value."""
        await store.store(a_review())
        await collection.update_one({}, {"$set": {"latency_ms": "soon"}})
        with pytest.raises(Rejected, match="latency_ms") as caught:
            await store.store(a_review())
        assert "soon" not in caught.value.detail

    async def test_vanished_review_is_logged(self, store: MongoReviews) -> None:
        """Marking a review that is not there leaves a line in the log."""
        with capture_logs() as lines:
            structlog.get_logger()
            await store.mark_published(a_review(), NOON)
        assert [line["event"] for line in lines] == ["published_review_is_gone"]

    async def test_ping_tells_the_version(self, store: MongoReviews) -> None:
        """A server that answers tells its version."""
        assert (await store.ping())[0].isdigit()


def test_document_and_review_are_inverse() -> None:
    """An awkward review becomes a document of safe names and comes back with equal bytes."""
    review = an_awkward_review()
    document = to_document(review, NOON)
    assert document["complexity"]["errors"].keys() == {"src/a%2Epy", "%24where", "100%25%2Epy"}
    assert encode(to_review(bson.decode(bson.encode(document)))) == encode(review)


def test_deep_nesting_is_refused() -> None:
    """A review that nests deeper than MongoDB reads is refused before it is sent."""
    deep: dict[str, Any] = {}
    for _ in range(120):
        deep = {"in": deep}
    with pytest.raises(Rejected, match="nests deeper"):
        to_document(a_review(changes=(Change(kind="x", detail=deep),)), NOON)


@pytest.mark.parametrize("url", ["mongodb://", "http://host", "mongodb://u:p:secret@host", "mongodb://h:port"])
def test_unusable_url_refuses_the_start_without_quoting_it(url: str) -> None:
    """A URL that cannot be understood ends the start, and the refusal does not show its password."""
    with pytest.raises(StartRefused, match="MONGODB_URL") as caught:
        connect_mongo(url, timeout_s=1)
    assert "secret" not in str(caught.value)


async def test_unusable_database_name_refuses_the_start(mongo_away: Client) -> None:
    """A database name that MongoDB does not allow ends the start."""
    with pytest.raises(StartRefused, match="MONGODB_DB"):
        MongoReviews(mongo_away, "a/b")
