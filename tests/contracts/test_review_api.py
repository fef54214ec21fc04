"""What every `ReviewApi` does, run on the fake and over HTTP against a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.adapters.http.review_api import HttpReviewApi, NoReviewApi
from app.backoff import Backoff
from app.core.ports import ReviewApi
from app.embedded.platform.review_api import RecordingApi
from schemas.codec import decode, encode
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.review import Review
from tests.builders.decisions import a_note
from tests.builders.records import a_review
from tests.fakes.review_api import RecordedReviewApi

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


class Platform(Protocol):
    """The far end of a `ReviewApi`: what it holds, and how to make it fail."""

    def accepted(self) -> dict[str, Review]: ...
    def refuse_next(self) -> None: ...
    def stumble_next(self) -> None: ...
    async def go_away(self) -> None: ...
    async def come_back(self) -> None: ...


class ReviewApiContract:
    """The facts; each subclass gives the fixtures `api`, which tries once, and `platform`."""

    async def test_delivered_review_arrives_whole(self, api: ReviewApi, platform: Platform) -> None:
        """What is delivered is there afterwards, under its id."""
        await api.deliver(a_review())
        assert platform.accepted() == {str(a_review().review_id): a_review()}

    async def test_second_delivery_is_not_a_second_review(self, api: ReviewApi, platform: Platform) -> None:
        """A review delivered again, as after a crash, is one review."""
        await api.deliver(a_review())
        await api.deliver(a_review())
        assert len(platform.accepted()) == 1

    async def test_generations_are_different_reviews(self, api: ReviewApi, platform: Platform) -> None:
        """A replay's review is delivered beside the live one."""
        await api.deliver(a_review())
        await api.deliver(a_review(generation=1))
        assert len(platform.accepted()) == 2

    async def test_a_revision_has_a_key_of_its_own(self, api: ReviewApi, platform: Platform) -> None:
        """What a person decided is another body under the same review's id, so it needs another key."""
        revised = a_review(decision=a_note(revision=3))
        await api.deliver(a_review())
        await api.deliver(revised)
        name = str(revised.review_id)
        assert platform.accepted() == {name: a_review(), f"{name}.r3": revised}

    async def test_refusal_is_final(self, api: ReviewApi, platform: Platform) -> None:
        """A review that the platform refuses is `Rejected(api_refused)`."""
        platform.refuse_next()
        with pytest.raises(Rejected) as caught:
            await api.deliver(a_review())
        assert caught.value.reason is Reason.API_REFUSED
        assert platform.accepted() == {}

    async def test_stumble_is_unavailable(self, api: ReviewApi, platform: Platform) -> None:
        """A platform that stumbles is `Unavailable`, with the time that it asks for; the next delivery arrives."""
        platform.stumble_next()
        with pytest.raises(Unavailable) as caught:
            await api.deliver(a_review())
        assert (caught.value.dependency, caught.value.retry_after_s) == (Dependency.REVIEW_API, 7.0)
        await api.deliver(a_review())
        assert len(platform.accepted()) == 1

    async def test_outage_ends_by_itself(self, api: ReviewApi, platform: Platform) -> None:
        """During an outage deliveries are `Unavailable`; after it they arrive, with nothing to be reset."""
        await platform.go_away()
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await api.deliver(a_review())
            assert caught.value.dependency is Dependency.REVIEW_API
        await platform.come_back()
        await api.deliver(a_review())
        assert len(platform.accepted()) == 1


class TestRecordedReviewApi(ReviewApiContract):
    """The contract on the fake."""

    @pytest.fixture
    def api(self) -> RecordedReviewApi:
        return RecordedReviewApi()

    @pytest.fixture
    def platform(self, api: RecordedReviewApi) -> Platform:
        class Fake:
            def accepted(self) -> dict[str, Review]:
                return api.accepted

            def refuse_next(self) -> None:
                api.fail_next(Rejected(Reason.API_REFUSED, "no"))

            def stumble_next(self) -> None:
                api.fail_next(Unavailable(Dependency.REVIEW_API, "busy", retry_after_s=7.0))

            async def go_away(self) -> None:
                api.away = True

            async def come_back(self) -> None:
                api.away = False

        return Fake()

    async def test_second_body_of_a_key_blows_up(self, api: RecordedReviewApi) -> None:
        """The fake does not forgive one key with two bodies."""
        await api.deliver(a_review())
        with pytest.raises(AssertionError, match="two bodies"):
            await api.deliver(a_review(latency_ms=99))


class TestHttpReviewApi(ReviewApiContract):
    """The contract over HTTP, and what only HTTP has."""

    @pytest.fixture
    def api(self, recording_api: RecordingApi, client: httpx.AsyncClient) -> HttpReviewApi:
        return HttpReviewApi(client, recording_api.url, SecretStr(recording_api.api_key), 5, Backoff(attempts=1))

    @pytest.fixture
    def platform(self, recording_api: RecordingApi) -> Platform:
        class Real:
            def accepted(self) -> dict[str, Review]:
                first = [d for d in recording_api.deliveries if not d.repeated]
                return {d.idempotency_key: decode(Review, d.body) for d in first}

            def refuse_next(self) -> None:
                recording_api.fail_next(1, 422)

            def stumble_next(self) -> None:
                recording_api.fail_next(1, 503, retry_after=7)

            async def go_away(self) -> None:
                await recording_api.down()

            async def come_back(self) -> None:
                await recording_api.up()

        return Real()

    async def test_body_is_the_topics_record(self, api: HttpReviewApi, recording_api: RecordingApi) -> None:
        """The body is byte for byte what stands in the `reviews` topic."""
        await api.deliver(a_review())
        assert recording_api.deliveries[0].body == encode(a_review())

    async def test_stumbles_within_the_policy_are_not_seen(
        self, recording_api: RecordingApi, client: httpx.AsyncClient
    ) -> None:
        """Two 503s and a 429 are retried, each a line of the log, and the review arrives."""
        backoff = Backoff(attempts=4, first_s=0.0)
        api = HttpReviewApi(client, recording_api.url, recording_api.api_key, 5, backoff)
        recording_api.fail_next(2, 503)
        recording_api.fail_next(1, 429, retry_after=0)
        with capture_logs() as lines:
            await api.deliver(a_review())
        assert len(recording_api.deliveries) == 1
        told = [(line["attempt"], line["dependency"]) for line in lines if line["event"] == "call_failed"]
        assert told == [(n, "review_api") for n in (1, 2, 3)]

    async def test_refusal_is_not_retried(self, recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
        """A refused review is offered once, however many attempts there are."""
        api = HttpReviewApi(client, recording_api.url, recording_api.api_key, 5, Backoff(attempts=5, first_s=0.0))
        recording_api.fail_next(1, 400)
        with pytest.raises(Rejected):
            await api.deliver(a_review())
        assert len(recording_api.refusals) == 1

    async def test_wrong_key_holds_the_review_and_is_not_shown(
        self, recording_api: RecordingApi, client: httpx.AsyncClient
    ) -> None:
        """An expired token is an operator's outage, told without the token."""
        api = HttpReviewApi(client, recording_api.url, SecretStr("expired-token"), 5, Backoff(attempts=1))
        with pytest.raises(Unavailable, match="operator") as caught:
            await api.deliver(a_review())
        assert "expired-token" not in repr(caught.value)

    async def test_conflict_is_neither_success_nor_refusal(
        self, api: HttpReviewApi, recording_api: RecordingApi
    ) -> None:
        """A key that the platform holds with another body is `Unavailable`, and a line in the log each time."""
        await api.deliver(a_review())
        with capture_logs() as lines, pytest.raises(Unavailable, match="idempotency key"):
            await api.deliver(a_review(latency_ms=99))
        assert [line["event"] for line in lines] == ["review_api_conflict"]
        assert len(recording_api.conflicts) == 1

    async def test_slow_platform_is_unavailable(self, recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
        """A platform that does not answer within the limit is `Unavailable`."""
        api = HttpReviewApi(client, recording_api.url, recording_api.api_key, 0.1, Backoff(attempts=1))
        recording_api.delay(5)
        with pytest.raises(Unavailable, match="no answer"):
            await api.deliver(a_review())


PAGES = [
    b"<!DOCTYPE html><html><body>Sign in</body></html>",
    b"\n  <!doctype HTML public>",
    b"<html>",
    b"\xef\xbb\xbf<HTML lang='en'>",
    b"<!-- gateway --><html>",
    b'<?xml version="1.0"?>\n<!DOCTYPE html>',
]


@pytest.mark.parametrize("body", PAGES)
async def test_page_in_the_place_of_the_api_took_no_review(client: httpx.AsyncClient, body: bytes) -> None:
    """A login page with status 200 is an operator's outage: nobody acknowledged the review."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    async with serving(answering(head + body)) as url:
        with pytest.raises(Unavailable, match=r"web page.*operator"):
            await HttpReviewApi(client, url, None, 5, Backoff(attempts=1)).deliver(a_review())


@pytest.mark.parametrize("body", [b"", b"ok", b"{}", b"null", b"<ok/>", b"created <html>", b"\xff\xfe", b"htmlish"])
@pytest.mark.parametrize("status", [b"200", b"201", b"202", b"204", b"206", b"226"])
async def test_any_other_answer_of_success_is_acceptance(client: httpx.AsyncClient, status: bytes, body: bytes) -> None:
    """A plain `ok`, which many frameworks call text/html, an empty body and XML accept the review."""
    if status == b"204":
        body = b""
    head = b"HTTP/1.1 %b OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    async with serving(answering(head + body)) as url:
        refused: Exception | None = None
        try:
            await HttpReviewApi(client, url, None, 5, Backoff(attempts=1)).deliver(a_review())
        except (Rejected, Unavailable) as exc:
            refused = exc
    assert refused is None


@pytest.mark.parametrize(
    "status", [300, 302, 307, 401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 421, 423, 424, 426, 428, 431, 451, 511]
)
async def test_redeployed_or_misconfigured_platform_refuses_no_review(
    recording_api: RecordingApi, client: httpx.AsyncClient, status: int
) -> None:
    """While the platform answers 404, or anything else that is no review's fault, reviews wait; then they arrive."""
    api = HttpReviewApi(client, recording_api.url, recording_api.api_key, 5, Backoff(attempts=1))
    recording_api.fail_next(5, status)
    for number in range(5):
        with pytest.raises(Unavailable) as caught:
            await api.deliver(a_review(new_submission_id=f"sub-{number}"))
        assert caught.value.dependency is Dependency.REVIEW_API
    for number in range(5):
        await api.deliver(a_review(new_submission_id=f"sub-{number}"))
    assert len(recording_api.deliveries) == 5


@asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[str]:
    """A raw server on loopback, for answers that no sane server gives."""

    async def read_request_and_handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
            await reader.readexactly(length)
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(read_request_and_handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reviews"


def answering(data: bytes) -> Handler:
    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return handle


async def test_redirect_is_not_followed(recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
    """Neither the key nor the review goes to an address that nobody configured."""
    moved = f"HTTP/1.1 307 Moved\r\nLocation: {recording_api.url}\r\nContent-Length: 0\r\n\r\n".encode()
    async with serving(answering(moved)) as url:
        with pytest.raises(Unavailable, match="redirects are not followed"):
            await HttpReviewApi(client, url, recording_api.api_key, 5, Backoff(attempts=1)).deliver(a_review())
    assert recording_api.deliveries == []


async def test_endless_body_does_not_hold_an_accepted_review(client: httpx.AsyncClient) -> None:
    """A 200 counts though its body never ends; what is read of it is bounded."""
    sent = 0

    async def stream_for_ever(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()

    async with serving(stream_for_ever) as url:
        await HttpReviewApi(client, url, None, 30, Backoff(attempts=1)).deliver(a_review())
    assert sent < 32 * 1024 * 1024


async def test_trickling_body_ends_with_the_time_limit(client: httpx.AsyncClient) -> None:
    """A server that sends a byte now and then holds an event no longer than one attempt may take."""

    async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(trickle) as url, asyncio.timeout(5):
        await HttpReviewApi(client, url, None, 0.3, Backoff(attempts=1)).deliver(a_review())


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", b"HTTP/1.1 20x OK\r\n\r\n", b"\x16\x03\x01\x02\x00"]
)
async def test_broken_answers_are_unavailable(client: httpx.AsyncClient, data: bytes) -> None:
    """A connection that ends early and an answer that is no HTTP are an outage."""
    async with serving(answering(data)) as url:
        with pytest.raises(Unavailable, match="no answer"):
            await HttpReviewApi(client, url, None, 5, Backoff(attempts=1)).deliver(a_review())


async def test_retry_after_date_is_judged_by_the_clock_given(client: httpx.AsyncClient) -> None:
    """A `Retry-After` with a date and no `Date` beside it is measured by the adapter's clock."""

    class Noon:
        def now(self) -> datetime:
            return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

        def monotonic(self) -> float:
            return timedelta(hours=12).total_seconds()

    later = b"HTTP/1.1 503 X\r\nRetry-After: Mon, 02 Mar 2026 12:01:00 GMT\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(later)) as url:
        with pytest.raises(Unavailable) as caught:
            await HttpReviewApi(client, url, None, 5, Backoff(attempts=9, max_s=30), clock=Noon()).deliver(a_review())
    assert caught.value.retry_after_s == 60.0


@pytest.mark.parametrize("url", ["http://[::1", "ftp://127.0.0.1/reviews", "/reviews"])
async def test_unusable_address_is_an_operators_outage(client: httpx.AsyncClient, url: str) -> None:
    """An address that is none holds the reviews and tells the operator."""
    with pytest.raises(Unavailable, match="operator"):
        await HttpReviewApi(client, url, None, 5, Backoff(attempts=1)).deliver(a_review())


@pytest.mark.parametrize("key", ["line\nbreak", "ключ", "tab\t"])
async def test_key_that_no_header_carries_refuses_the_start(client: httpx.AsyncClient, key: str) -> None:
    """A key with line breaks or another alphabet ends the start, and the refusal does not show it."""
    with pytest.raises(StartRefused, match="EXTERNAL_API_KEY") as caught:
        HttpReviewApi(client, "http://127.0.0.1", key, 5, Backoff(attempts=1))
    assert key not in str(caught.value)


async def test_without_a_key_nothing_is_sent_for_one(client: httpx.AsyncClient) -> None:
    """Where no key is configured there is no `Authorization` header."""
    seen: list[Any] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(record)) as transported:
        await HttpReviewApi(transported, "http://api.example", None, 5, Backoff(attempts=1)).deliver(a_review())
    assert "authorization" not in seen[0]
    assert seen[0]["content-type"] == "application/json"
    assert seen[0]["idempotency-key"] == str(a_review().review_id)


async def test_null_object_accepts_everything() -> None:
    """Where no API is configured deliveries succeed and go nowhere."""
    await NoReviewApi().deliver(a_review())
