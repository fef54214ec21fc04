"""What every `Claims` and `ReviewPages` does, run on the fakes and on a MongoDB-compatible server."""

import asyncio
from datetime import timedelta

import pytest

from app.adapters.mongo.request_claims import MongoClaims
from app.adapters.mongo.review_pages import MongoReviewPages
from app.adapters.mongo.reviews import MongoReviews
from app.core.ports import Claim, Claims, ReviewPages, score_of
from schemas.errors import Unavailable
from schemas.review import Review
from tests.builders.records import NOON, a_review
from tests.contracts.conftest import Client
from tests.fakes.web import MemoryClaims, MemoryPages

REVIEWS = [a_review(new_submission_id=f"sub-{n}", timestamp=NOON + timedelta(hours=n // 3)) for n in range(8)]


class ClaimsContract:
    """The facts; each subclass gives the fixtures."""

    async def test_the_first_claim_stands(self, claims: Claims) -> None:
        """Whoever comes later sees what the name means, and since when."""
        first = await claims.claim("a", "one", NOON)
        later = await claims.claim("a", "two", NOON + timedelta(hours=1), timedelta(days=1))
        assert first == later == Claim("one", NOON)

    async def test_twenty_at_once_see_one_claim(self, claims: Claims) -> None:
        """One of them decides for all."""
        seen = await asyncio.gather(*(claims.claim("a", f"digest {n}", NOON) for n in range(20)))
        assert len(set(seen)) == 1

    async def test_what_is_done_is_noted(self, claims: Claims) -> None:
        """Of that name alone."""
        await claims.claim("a", "one", NOON)
        await claims.claim("b", "one", NOON)
        await claims.finish("a")
        assert (await claims.claim("a", "one", NOON)).is_done
        assert not (await claims.claim("b", "one", NOON)).is_done

    async def test_pages_hold_each_review_once(self, pages: ReviewPages) -> None:
        """The newest first, those of one moment by their ids, each on one page."""
        seen: list[Review] = []
        before = None
        while page := await pages.page("student-1", "hw-1", before, 3):
            seen += page
            before = page[-1].timestamp, str(page[-1].review_id)
        assert seen == sorted(REVIEWS, key=lambda one: (one.timestamp, str(one.review_id)), reverse=True)

    async def test_pages_are_one_students(self, pages: ReviewPages) -> None:
        """And one assignment's."""
        assert await pages.page("student-2", "hw-1", None, 3) == []
        assert await pages.page("student-1", "hw-2", None, 3) == []

    async def test_scores_are_the_pages(self, pages: ReviewPages) -> None:
        """Those of the same reviews, in the same order, as many as are asked for."""
        whole = await pages.page("student-1", "hw-1", None, 100)
        assert await pages.scores("student-1", "hw-1", 100) == [score_of(review) for review in whole]
        assert await pages.scores("student-1", "hw-1", 2) == [score_of(review) for review in whole[:2]]
        assert await pages.scores("student-2", "hw-1", 2) == []


class TestMemoryClaims(ClaimsContract):
    """The contract on the fakes."""

    @pytest.fixture
    def claims(self) -> MemoryClaims:
        return MemoryClaims()

    @pytest.fixture
    def pages(self) -> MemoryPages:
        pages = MemoryPages()
        pages.reviews = list(REVIEWS)
        return pages


@pytest.mark.mongo
class TestMongoClaims(ClaimsContract):
    """The contract, and what only MongoDB has, on a real server."""

    @pytest.fixture
    async def claims(self, mongo_client: Client, mongo_database: str) -> MongoClaims:
        claims = MongoClaims(mongo_client, mongo_database)
        await claims.ensure_indexes()
        assert await claims.missing_indexes() == ()
        return claims

    @pytest.fixture
    async def pages(self, mongo_client: Client, mongo_database: str) -> MongoReviewPages:
        store = MongoReviews(mongo_client, mongo_database)
        unpublished = a_review(new_submission_id="nobody-was-told")
        for review in (*REVIEWS, unpublished):
            await store.store(review)
        for review in REVIEWS:
            await store.mark_published(review, NOON)
        return MongoReviewPages(mongo_client, mongo_database)

    async def test_an_outage_is_unavailable(self, mongo_away: Client) -> None:
        """What cannot be reached is `Unavailable`."""
        for ask in (
            MongoClaims(mongo_away, "nowhere").claim("a", "one", NOON),
            MongoClaims(mongo_away, "nowhere").finish("a"),
            MongoReviewPages(mongo_away, "nowhere").page("s", "a", None, 1),
            MongoReviewPages(mongo_away, "nowhere").scores("s", "a", 1),
        ):
            with pytest.raises(Unavailable):
                await ask
