"""What every `DeskReviews` does, run on the fake and on a MongoDB-compatible server."""

from datetime import timedelta

import pytest

from app.adapters.mongo.desk_reviews import MongoDeskReviews
from app.adapters.mongo.reviews import MongoReviews
from app.core.deciding.decision_ports import DeskReviews
from app.core.deciding.ranking import parts_of_review
from app.core.ports import ReviewStore
from schemas.review import ReplayNote
from schemas.rubric import Release
from tests.builders.decisions import a_doubtful_review, a_note
from tests.builders.records import NOON, a_review
from tests.contracts.conftest import Client
from tests.fakes.desk import MemoryDeskReviews
from tests.fakes.store import MemoryReviews

KEY = ("student-1", "hw-1", "sub-1")


class DeskReviewsContract:
    """The facts; each subclass gives the fixtures `desk` and `store` over the same reviews."""

    async def test_a_row_says_what_the_review_says(self, desk: DeskReviews, store: ReviewStore) -> None:
        """As it is read, with when it was published."""
        review = a_doubtful_review(release=Release.AFTER_APPROVAL)
        await store.store(review)
        await store.store(a_review(new_submission_id="sub-2", timestamp=NOON - timedelta(hours=1)))
        assert await desk.newest("hw-1", 1) == [parts_of_review(review, None).row()]
        decided = review.model_copy(update={"decision": a_note()})
        await store.revise(decided)
        await store.mark_published(decided, NOON)
        assert (await desk.newest(None, 1)) == [parts_of_review(decided, NOON).row()]

    async def test_assignments_are_apart(self, desk: DeskReviews, store: ReviewStore) -> None:
        """And all are named, each once, in order."""
        for number, assignment in enumerate(("hw-2", "hw-1", "hw-10", "hw-1")):
            await store.store(a_review(assignment_id=assignment, new_submission_id=f"sub-{number}"))
        assert await desk.assignments() == ["hw-1", "hw-10", "hw-2"]
        assert {row.assignment_id for row in await desk.newest("hw-1", 10)} == {"hw-1"}
        assert len(await desk.newest(None, 10)) == 4
        assert len(await desk.newest(None, 2)) == 2
        assert await desk.newest("hw-3", 10) == []

    async def test_what_is_in_the_shadow_is_not_shown(self, desk: DeskReviews, store: ReviewStore) -> None:
        """Until its replay is promoted; a replay that is none is shown at once."""
        note = ReplayNote(replay_id="r-1", is_shadow=True)
        shadow, open_one = (
            a_review(generation=1, replay=note),
            a_review(generation=2, replay=ReplayNote(replay_id="r-2")),
        )
        for review in (a_review(), shadow, open_one):
            await store.store(review)
        assert {row.generation for row in await desk.of_submission(KEY)} == {0, 2}
        await store.mark_promoted(shadow)
        assert {row.generation for row in await desk.of_submission(KEY)} == {0, 1, 2}
        assert await desk.of_submission(("student-2", "hw-1", "sub-1")) == []

    async def test_results_are_those_that_are_read(self, desk: DeskReviews, store: ReviewStore) -> None:
        """In the order that was asked for; one that is not there is left out."""
        first, second = a_doubtful_review(), a_review(new_submission_id="sub-2")
        for review in (first, second):
            await store.store(review)
        ids = [second.review_id, a_review(generation=9).review_id, first.review_id]
        assert await desk.results(ids) == [second.review_result, first.review_result]


class TestMemory(DeskReviewsContract):
    """The fake."""

    @pytest.fixture
    def store(self) -> MemoryReviews:
        return MemoryReviews()

    @pytest.fixture
    def desk(self, store: MemoryReviews) -> MemoryDeskReviews:
        return MemoryDeskReviews(store)


@pytest.mark.mongo
class TestMongo(DeskReviewsContract):
    """The real adapter."""

    @pytest.fixture
    def store(self, mongo_client: Client, mongo_database: str) -> MongoReviews:
        return MongoReviews(mongo_client, mongo_database)

    @pytest.fixture
    def desk(self, mongo_client: Client, mongo_database: str) -> MongoDeskReviews:
        return MongoDeskReviews(mongo_client, mongo_database)

    async def test_a_review_that_somebody_changed_is_left_out(
        self, desk: MongoDeskReviews, store: MongoReviews, mongo_client: Client, mongo_database: str
    ) -> None:
        """The others are shown."""
        await store.store(a_review())
        await store.store(a_review(new_submission_id="sub-2"))
        collection = mongo_client[mongo_database]["reviews"]
        await collection.update_one({"new_submission_id": "sub-1"}, {"$set": {"review_result.rubric": [{"a": 1}]}})
        assert [row.submission_id for row in await desk.newest(None, 10)] == ["sub-2"]

    async def test_what_doctor_wrote_is_no_review(
        self, desk: MongoDeskReviews, store: MongoReviews, mongo_client: Client, mongo_database: str
    ) -> None:
        """Documents of others in the collection do no harm."""
        await mongo_client[mongo_database]["reviews"].insert_one({"_id": "x", "assignment_id": "hw-9"})
        await store.store(a_review())
        assert [row.assignment_id for row in await desk.newest(None, 10)] == ["hw-1"]
        assert await desk.assignments() == ["hw-1"]
