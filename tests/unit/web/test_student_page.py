"""A review's page: who may open it, and what it says to whoever may not."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.core.signing import Signer, link_query
from app.web.visitors import SESSION_COOKIE
from schemas.review import Review, ReviewResult
from tests.browser.review_links import publish
from tests.builders.records import NOON, a_review
from tests.fakes.clock import FakeClock
from tests.fakes.web import SIGNER, FakeWeb

MINE = a_review()
OTHERS = a_review(student_id="student-2")
UNPUBLISHED = a_review(new_submission_id="sub-9")
RUSSIAN = a_review(
    new_submission_id="sub-2",
    review_result=ReviewResult(overall_score=1, progress_summary="Стало лучше.", code_quality_score=2),
)
RESULT = ReviewResult(overall_score=1, progress_summary="As it counts now.", code_quality_score=2)
EXPIRES = NOON + timedelta(days=30)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def web(clock: FakeClock) -> FakeWeb:
    web = FakeWeb(clock=clock)
    await publish(web, MINE, OTHERS, RUSSIAN)
    await web.reviews.store(UNPUBLISHED)
    return web


def link_to(review: Review, **changes: str) -> str:
    """A good link to `review`, with other values in its query."""
    query = parse_qs(link_query(SIGNER, review.review_id, EXPIRES))
    pairs = {name: values[0] for name, values in query.items()} | changes
    return str(
        httpx.URL(f"/reviews/{review.review_id}", params={name: value for name, value in pairs.items() if value})
    )


def query_of(review: Review) -> str:
    return urlsplit(link_to(review)).query


FOREIGN = link_query(Signer(b"the secret of somebody else, 32 b"), MINE.review_id, EXPIRES)
LATER = str(int(EXPIRES.timestamp()) + 1)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        (link_to(MINE), 200, "Better."),
        (link_to(MINE, view="split"), 200, "Better."),
        (link_to(MINE, file="1"), 200, "The whole review"),
        (f"/reviews/{MINE.review_id}", 403, "is opened by its own link"),
        (f"/reviews/{MINE.review_id}?sig=", 403, "is opened by its own link"),
        (link_to(MINE, exp=""), 403, "not whole, or belongs to another review"),
        (link_to(MINE, sig=""), 403, "not whole, or belongs to another review"),
        (link_to(MINE, sig="A" * 43), 403, "not whole, or belongs to another review"),
        (link_to(MINE, exp=LATER), 403, "not whole, or belongs to another review"),
        (f"/reviews/{MINE.review_id}?{FOREIGN}", 403, "not whole, or belongs to another review"),
        (f"/reviews/{OTHERS.review_id}?{query_of(MINE)}", 403, "not whole, or belongs to another review"),
        (f"/reviews/{UNPUBLISHED.review_id}?{query_of(MINE)}", 403, "not whole, or belongs to another review"),
        (link_to(UNPUBLISHED), 404, "not there yet"),
        (link_to(a_review(new_submission_id="never")), 404, "not there yet"),
        ("/reviews/none", 404, "no page at this address"),
        (link_to(MINE, sig="A" * 5_000), 422, "something that this page does not take"),
        (link_to(MINE, file="x"), 422, "something that this page does not take"),
    ],
)
@pytest.mark.parametrize("token", [None, "review", "all"])
async def test_access_by_table(web: FakeWeb, token: str | None, address: str, status: int, words: str) -> None:
    """The link alone opens the page: whole, of this review, of our secret. A token or a session opens nothing more."""
    async with web.client(token) as client:
        if token is not None:
            await client.post("/sign-in", data={"token": token})
            assert SESSION_COOKIE in client.cookies
        answer = await client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert words in answer.text
    if status != 200:
        assert "student-1" not in answer.text
        assert "What to do" in answer.text


async def test_a_link_ends(web: FakeWeb, clock: FakeClock) -> None:
    """At its second it is told to be too old; one that was altered is never told so."""
    async with web.client(None) as client:
        clock.move(timedelta(days=30).total_seconds() - 1)
        assert (await client.get(link_to(MINE))).status_code == 200
        clock.move(1)
        ended = await client.get(link_to(MINE))
        assert (ended.status_code, "too old" in ended.text) == (410, True)
        assert (await client.get(link_to(MINE, exp=str(int(LATER) - 2)))).status_code == 403


async def test_a_page_speaks_the_reviews_language(web: FakeWeb) -> None:
    """Whatever the browser would rather have, unless the address asks for another."""
    async with web.client(None) as client:
        english = {"Accept-Language": "en"}
        assert "Стало лучше." in (await client.get(link_to(RUSSIAN), headers=english)).text
        assert '<html lang="ru">' in (await client.get(link_to(RUSSIAN), headers=english)).text
        asked = (await client.get(link_to(RUSSIAN, lang="en"), headers=english)).text
    assert '<html lang="en">' in asked
    assert '<div lang="ru">' in asked


async def test_links_of_a_page_keep_its_link(web: FakeWeb) -> None:
    """Side by side, another language, one file: each with the signature, so that it opens."""
    async with web.client(None) as client:
        page = (await client.get(link_to(MINE))).text
        addresses = {part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]}
        own = [address for address in addresses if address.startswith("/reviews/")]
        assert len(own) == 4
        for address in own:
            assert (await client.get(address)).status_code == 200


async def test_a_review_that_counts_no_more_says_so(web: FakeWeb, clock: FakeClock) -> None:
    """And leads to the newest that is published, by a link that ends when its own does."""
    again = [a_review(generation=number, review_result=RESULT) for number in (1, 2, 3)]
    await publish(web, *again[:2])
    await web.reviews.store(again[2])
    async with web.client(None) as client:
        page = (await client.get(link_to(MINE, lang="en"))).text
        assert "A newer review of this submission counts now." in page
        (address,) = re.findall(f'href="(/reviews/{again[1].review_id}[^"]*)"', page)
        newer = (await client.get(unescape(address))).text
        assert "As it counts now." in newer
        assert "A newer review" not in newer
        assert "A newer review" not in (await client.get(link_to(RUSSIAN, lang="en"))).text
        clock.move(timedelta(days=30).total_seconds())
        assert (await client.get(unescape(address))).status_code == 410


async def test_an_outage_is_a_page(web: FakeWeb) -> None:
    """503, in words that name no part of ours."""
    web.reviews.away = True
    async with web.client(None) as client:
        answer = await client.get(link_to(MINE))
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "A part of the service is out just now." in answer.text
    assert "mongo" not in answer.text.lower()
