"""Published reviews and their links, as the fakes of the HTTP API have them."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from app.core.signing import link_query
from schemas.review import Review
from tests.builders.records import NOON
from tests.fakes.web import SIGNER, FakeWeb


async def publish(web: FakeWeb, *reviews: Review) -> None:
    """Store reviews, mark them published, list them."""
    for review in reviews:
        await web.reviews.store(review)
        web.states.published[review.review_id] = NOON
        web.pages.reviews.append(review)


def publish_now(web: FakeWeb, *reviews: Review) -> None:
    """As `publish`, for callers in whose thread playwright runs an event loop."""
    with ThreadPoolExecutor(1) as another_thread:
        another_thread.submit(asyncio.run, publish(web, *reviews)).result()


def a_link(review: Review, *, days: int = 1) -> str:
    """The path of a review's page with a good link's query."""
    expires_at = datetime.now(UTC) + timedelta(days=days)
    return f"/reviews/{review.review_id}?{link_query(SIGNER, review.review_id, expires_at)}"
