"""Which review counts, and many reviews at a time: on the fakes and on a MongoDB-compatible server."""

import asyncio
from uuid import UUID, uuid4

import pytest

from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.made_reviews import MongoMadeReviews
from app.adapters.mongo.reviews import MongoReviews
from app.core.deciding.applying import apply_ruling
from app.core.deciding.folding import fold_decisions
from app.core.ports import CurrentReviews, ReviewStore
from app.core.replaying.replay_ports import MadeReviews
from schemas.errors import Reason, Rejected
from schemas.review import ReplayNote, Review
from schemas.rubric import Release
from tests.builders.decisions import an_edit
from tests.builders.records import NOON, a_review
from tests.contracts.conftest import Client
from tests.fakes.current import MemoryCurrentReviews
from tests.fakes.store import MemoryReviews

KEY = ("student-1", "hw-1", "sub-1")


class CurrentReviewsContract:
    """The facts; each subclass gives the fixtures `current`, `made` and `store` over the same reviews."""

    async def test_the_highest_generation_counts(self, current: CurrentReviews, store: ReviewStore) -> None:
        """In whatever order they come, and however often."""
        reviews = [a_review(generation=generation) for generation in (1, 0, 3, 2, 3, 0)]
        for review in reviews:
            await store.store(review)
            await current.make_current(review)
        assert (await current.current([KEY]))[KEY].generation == 3

    async def test_generations_that_race_leave_the_highest(self, current: CurrentReviews, store: ReviewStore) -> None:
        """Two publishers make the first pointer at the same moment."""
        reviews = [a_review(generation=generation) for generation in range(8)]
        for review in reviews:
            await store.store(review)
        await asyncio.gather(*map(current.make_current, reviews))
        assert (await current.current([KEY]))[KEY] == reviews[-1]

    async def test_each_submission_has_its_own(self, current: CurrentReviews, store: ReviewStore) -> None:
        """Equal ids of another student or assignment are other submissions; what has none is left out."""
        others = [a_review(), a_review(student_id="student-2"), a_review(assignment_id="hw-2")]
        for review in others:
            await store.store(review)
            await current.make_current(review)
        keys = [KEY, ("student-2", "hw-1", "sub-1"), ("student-1", "hw-2", "sub-1"), ("student-3", "hw-1", "sub-1")]
        assert await current.current(keys) == dict(zip(keys, others, strict=False))
        assert await current.current([]) == {}

    async def test_a_review_that_is_only_stored_does_not_count(
        self, current: CurrentReviews, store: ReviewStore
    ) -> None:
        """Nobody was told of it."""
        await store.store(a_review())
        assert await current.current([KEY]) == {}

    async def test_what_is_published_is_told_for_all(self, made: MadeReviews, store: ReviewStore) -> None:
        """One that is not stored is left out."""
        told, waiting, unknown = (a_review(generation=generation) for generation in range(3))
        await store.store(told)
        await store.mark_published(told, NOON)
        await store.store(waiting)
        ids = [one.review_id for one in (told, waiting, unknown)]
        assert await made.published(ids) == {told.review_id: True, waiting.review_id: False}
        assert await made.many(ids) == {told.review_id: told, waiting.review_id: waiting}
        assert (await made.published([]), await made.many([])) == ({}, {})

    async def test_what_a_person_changed_is_told_as_it_was_made(
        self, current: CurrentReviews, made: MadeReviews, store: ReviewStore
    ) -> None:
        """Many at a time; the one that counts comes as it is read."""
        original = a_review()
        edited = apply_ruling(original, fold_decisions([an_edit(1)]))
        for review in (original, a_review(new_submission_id="sub-2")):
            await store.store(review)
        await store.revise(edited)
        await current.make_current(original)
        found = await made.many([original.review_id, a_review(new_submission_id="sub-2").review_id])
        assert found[original.review_id] == original
        assert len(found) == 2
        assert await current.current([KEY]) == {KEY: edited}

    async def test_a_review_that_waits_for_a_person_is_settled_for_its_replay(
        self, made: MadeReviews, store: ReviewStore
    ) -> None:
        """A replay would else never end."""
        waiting = a_review(release=Release.AFTER_APPROVAL)
        await store.store(waiting)
        assert await made.published([waiting.review_id]) == {waiting.review_id: True}

    async def test_only_what_nobody_was_told_of_is_discarded(self, made: MadeReviews, store: ReviewStore) -> None:
        """A published one stays; one that is not there does no harm."""
        told, waiting, unknown = (a_review(generation=generation) for generation in range(3))
        await store.store(told)
        await store.mark_published(told, NOON)
        await store.store(waiting)
        ids = [one.review_id for one in (told, waiting, unknown)]
        await made.discard(ids)
        assert set(await made.published(ids)) == {told.review_id}

    async def test_only_what_nobody_was_told_of_gets_another_one_to_supersede(
        self, made: MadeReviews, store: ReviewStore
    ) -> None:
        """Neither a promoted nor a published one, nor one that was never in the shadow."""
        shadow = ReplayNote(replay_id="replay-1", is_shadow=True, supersedes=UUID(int=1))
        untold, promoted, told = (a_review(generation=number, replay=shadow) for number in (1, 2, 3))
        straight = a_review(generation=4, replay=shadow.model_copy(update={"is_shadow": False}))
        for review in (untold, promoted, told, straight):
            await store.store(review)
        await store.mark_promoted(promoted)
        await store.mark_published(told, NOON)
        ids = [one.review_id for one in (untold, promoted, told, straight)]
        for one in (*ids, UUID(int=9)):
            await made.name_superseded(one, UUID(int=2))
        found = await made.many(ids)
        renamed = untold.model_copy(update={"replay": shadow.model_copy(update={"supersedes": UUID(int=2)})})
        assert [found[one] for one in ids] == [renamed, promoted, told, straight]

    async def test_hundreds_are_asked_for_at_once(self, made: MadeReviews, store: ReviewStore) -> None:
        """More than one query's worth."""
        reviews = [a_review(new_submission_id=f"sub-{number}") for number in range(3)]
        for review in reviews:
            await store.store(review)
        ids = [*(uuid4() for _ in range(1_200)), *(review.review_id for review in reviews)]
        assert set(await made.published(ids)) == {review.review_id for review in reviews}


class TestMemory(CurrentReviewsContract):
    """The fakes."""

    @pytest.fixture
    def store(self) -> MemoryReviews:
        return MemoryReviews()

    @pytest.fixture
    def made(self, store: MemoryReviews) -> MemoryReviews:
        return store

    @pytest.fixture
    def current(self, store: MemoryReviews) -> MemoryCurrentReviews:
        return MemoryCurrentReviews(store)


@pytest.mark.mongo
class TestMongo(CurrentReviewsContract):
    """The real adapters."""

    @pytest.fixture
    def store(self, mongo_client: Client, mongo_database: str) -> MongoReviews:
        return MongoReviews(mongo_client, mongo_database)

    @pytest.fixture
    def made(self, mongo_client: Client, mongo_database: str) -> MongoMadeReviews:
        return MongoMadeReviews(mongo_client, mongo_database)

    @pytest.fixture
    def current(self, mongo_client: Client, mongo_database: str) -> MongoCurrentReviews:
        return MongoCurrentReviews(mongo_client, mongo_database)

    async def test_a_live_review_of_before_there_were_pointers_counts(
        self, current: MongoCurrentReviews, store: MongoReviews
    ) -> None:
        """Until a replay's does."""
        await store.store(a_review())
        await store.mark_published(a_review(), NOON)
        assert (await current.current([KEY]))[KEY] == a_review()
        again: Review = a_review(generation=1)
        await store.store(again)
        await current.make_current(again)
        assert (await current.current([KEY]))[KEY] == again

    async def test_a_changed_review_is_told(
        self, made: MongoMadeReviews, store: MongoReviews, mongo_client: Client, mongo_database: str
    ) -> None:
        """Whether it is published can still be asked."""
        await store.store(a_review())
        await mongo_client[mongo_database]["reviews"].update_one({}, {"$set": {"latency_ms": "soon"}})
        with pytest.raises(Rejected) as caught:
            await made.many([a_review().review_id])
        assert caught.value.reason is Reason.STORE_REFUSED
        assert await made.published([a_review().review_id]) == {a_review().review_id: False}
