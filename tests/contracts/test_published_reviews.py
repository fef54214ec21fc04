"""What every `PublishedReviews` does, run on the fake and on a MongoDB-compatible server."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.adapters.mongo.published_reviews import MongoPublishedReviews
from app.adapters.mongo.reviews import MongoReviews
from app.core.watching.observed import PublishedReview
from app.core.watching.watching_ports import PublishedReviews
from schemas.errors import Dependency, Unavailable
from schemas.review import Review
from tests.builders.records import NOON, a_review
from tests.contracts.conftest import Client
from tests.fakes.watching import MemoryPublished

PRICED = {"usage": {"calls": 1, "prompt_tokens": 9, "completion_tokens": 9, "cost": 0.000000125, "currency": "EUR"}}
REVIEWS = [a_review(new_submission_id=f"sub-{n}", generation=n % 2, **(PRICED if n else {})) for n in range(4)]
"""The last one is never published."""


def head_of(review: Review, minutes: int) -> PublishedReview:
    """What a list shows of a review that was published so many minutes after noon."""
    return PublishedReview(
        review_id=review.review_id,
        student_id="student-1",
        assignment_id="hw-1",
        submission_id=review.new_submission_id,
        generation=review.generation,
        published_at=NOON + timedelta(minutes=minutes),
        overall=70,
        model="offline-rules",
        cost=Decimal("1.25E-7") if review.usage.cost is not None else None,
    )


HEADS = [head_of(review, minutes) for review, minutes in zip(REVIEWS[:3], (2, 0, 1), strict=True)]


class PublishedContract:
    """The facts; each subclass gives the fixtures `published` and `published_away`."""

    async def test_the_newest_come_first(self, published: PublishedReviews) -> None:
        """By the time of publication, as many as are asked for; one that is not published is not there."""
        assert list(await published.newest(9)) == [HEADS[0], HEADS[2], HEADS[1]]
        assert list(await published.newest(1)) == [HEADS[0]]

    async def test_an_outage_is_unavailable(self, published_away: PublishedReviews) -> None:
        """What cannot be reached is `Unavailable`."""
        with pytest.raises(Unavailable) as caught:
            await published_away.newest(1)
        assert caught.value.dependency is Dependency.MONGODB


class TestMemoryPublished(PublishedContract):
    """The contract on the fake."""

    @pytest.fixture
    def published(self) -> MemoryPublished:
        return MemoryPublished(*HEADS)

    @pytest.fixture
    def published_away(self) -> MemoryPublished:
        published = MemoryPublished()
        published.away = True
        return published


@pytest.mark.mongo
class TestMongoPublished(PublishedContract):
    """The contract on a real server, over what the store writes."""

    @pytest.fixture
    async def published(self, mongo_client: Client, mongo_database: str) -> MongoPublishedReviews:
        store = MongoReviews(mongo_client, mongo_database)
        await store.ensure_indexes()
        for review in REVIEWS:
            await store.store(review)
        for review, head in zip(REVIEWS[:3], HEADS, strict=True):
            await store.mark_published(review, head.published_at)
        return MongoPublishedReviews(mongo_client, mongo_database)

    @pytest.fixture
    def published_away(self, mongo_away: Client) -> MongoPublishedReviews:
        return MongoPublishedReviews(mongo_away, "nowhere")
