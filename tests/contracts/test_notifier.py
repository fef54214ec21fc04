"""What every `Notifier` does, run on the fake and over HTTP against a real server on loopback."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from app.adapters.http.webhook import NoWebhook, SignedWebhook, message, signature
from app.backoff import Backoff
from app.config import load_settings
from app.core.ports import Notifier
from app.core.signing import LinkState, ReviewLinks, Signer, judge_link
from app.embedded.platform.review_api import RecordingApi
from app.wiring.publishing_stage import review_links
from schemas.errors import StartRefused
from schemas.review import ReplayNote, ReviewResult
from tests.builders.records import a_diff, a_review
from tests.fakes.notifier import RecordedNotifier

Break = Callable[[], Awaitable[None]]
QUICK = Backoff(attempts=3, first_s=0.0)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


class NotifierContract:
    """The facts; each subclass gives the fixtures `notifier`, `told` and `break_it`."""

    async def test_webhook_is_told(self, notifier: Notifier, told: Callable[[], list[str]]) -> None:
        """A review that is notified arrives once, and True says so."""
        assert await notifier.notify(a_review())
        assert told() == [str(a_review().review_id)]

    async def test_failing_webhook_is_false_and_no_error(
        self, notifier: Notifier, told: Callable[[], list[str]], break_it: Break
    ) -> None:
        """A webhook that cannot be reached is False, never an exception: it is not in the way."""
        await break_it()
        assert not await notifier.notify(a_review())
        assert told() == []


class TestRecordedNotifier(NotifierContract):
    """The contract on the fake."""

    @pytest.fixture
    def notifier(self) -> RecordedNotifier:
        return RecordedNotifier()

    @pytest.fixture
    def told(self, notifier: RecordedNotifier) -> Callable[[], list[str]]:
        return lambda: [str(key) for key in notifier.told]

    @pytest.fixture
    def break_it(self, notifier: RecordedNotifier) -> Break:
        async def break_it() -> None:
            notifier.away = True

        return break_it


class TestSignedWebhook(NotifierContract):
    """The contract over HTTP, and what only HTTP has."""

    @pytest.fixture
    def notifier(self, recording_api: RecordingApi, client: httpx.AsyncClient) -> SignedWebhook:
        return SignedWebhook(client, recording_api.webhook_url, recording_api.webhook_secret, 5, QUICK)

    @pytest.fixture
    def told(self, recording_api: RecordingApi) -> Callable[[], list[str]]:
        return lambda: [n.document["review_id"] for n in recording_api.notifications]

    @pytest.fixture
    def break_it(self, recording_api: RecordingApi) -> Break:
        return recording_api.down

    async def test_stumbles_are_retried_with_fresh_signatures(
        self, notifier: SignedWebhook, recording_api: RecordingApi
    ) -> None:
        """Two failures within the policy are told in details alone, and the third attempt is still signed in time."""
        recording_api.fail_next(2, 500, endpoint="/webhook")
        with capture_logs() as lines:
            assert await notifier.notify(a_review())
        assert len(recording_api.notifications) == 1
        assert {line["log_level"] for line in lines} == {"debug"}
        assert recording_api.notifications[0].event == "review.published"

    async def test_attempts_are_bounded_and_logged_once(
        self, notifier: SignedWebhook, recording_api: RecordingApi
    ) -> None:
        """After the last attempt there is one line in the log, and nothing of the review's text in it."""
        recording_api.fail_next(9, 503, endpoint="/webhook")
        review = a_review(review_result=ReviewResult(overall_score=1, progress_summary="private", code_quality_score=1))
        with capture_logs() as lines:
            assert not await notifier.notify(review)
        assert len(recording_api.refusals) == 3
        assert [line["event"] for line in lines if line["log_level"] != "debug"] == ["webhook_failed"]
        assert "private" not in str(lines)

    @pytest.mark.parametrize("status", [302, 400, 404, 410])
    async def test_refusal_ends_the_attempts(
        self, notifier: SignedWebhook, recording_api: RecordingApi, status: int
    ) -> None:
        """An answer that will not change is not asked for again, and is False as well."""
        recording_api.fail_next(3, status, endpoint="/webhook")
        assert not await notifier.notify(a_review())
        assert len(recording_api.refusals) == (3 if status == 302 else 1)

    async def test_wrong_secret_is_false(self, recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
        """A receiver that does not accept the signature is a failed notification."""
        webhook = SignedWebhook(client, recording_api.webhook_url, "other", 5, Backoff(attempts=1))
        assert not await webhook.notify(a_review())

    async def test_longer_retry_after_is_not_waited_for(
        self, recording_api: RecordingApi, client: httpx.AsyncClient
    ) -> None:
        """A webhook that asks for ten minutes is given up at once: no event waits for it."""
        webhook = SignedWebhook(client, recording_api.webhook_url, recording_api.webhook_secret, 5, Backoff(attempts=5))
        recording_api.fail_next(5, 429, retry_after=600, endpoint="/webhook")
        assert not await webhook.notify(a_review())
        assert len(recording_api.refusals) == 1


class Ticking:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.now_s


class Hanging(httpx.AsyncBaseTransport):
    """A webhook that takes all the time there is, until it is well; counts its calls."""

    def __init__(self, clock: Ticking, takes_s: float) -> None:
        self.calls = 0
        self.well = False
        self._clock = clock
        self._takes_s = takes_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        if self.well:
            return httpx.Response(204)
        self._clock.now_s += self._takes_s
        raise httpx.ReadTimeout("hangs", request=request)


async def test_hanging_webhook_is_skipped_and_tried_again() -> None:
    """Three of many publications wait for a webhook that hangs, once each; then it is skipped, and tried at times."""
    clock = Ticking()
    hanging = Hanging(clock, takes_s=10)
    async with httpx.AsyncClient(transport=hanging) as client:
        webhook = SignedWebhook(
            client, "http://hook.example", "secret", 10, Backoff(attempts=4, first_s=0), clock=clock
        )
        with capture_logs() as lines:
            assert not any([await webhook.notify(a_review()) for _ in range(50)])
        assert (hanging.calls, clock.now_s) == (3, 30)
        assert [line["event"] for line in lines] == ["webhook_failed"] * 3 + ["webhook_skipped"] * 47
        clock.now_s += 5
        assert not await webhook.notify(a_review())
        assert hanging.calls == 4
        hanging.well = True
        clock.now_s += 10
        with capture_logs() as lines:
            assert await webhook.notify(a_review())
            assert await webhook.notify(a_review())
        assert [(line["event"], line["skipped"]) for line in lines] == [("webhook_back", 47)]


async def test_server_that_hangs_is_called_three_times(recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
    """A server that accepts and never answers gets one attempt of each of three reviews, and then none."""
    recording_api.delay(60)
    webhook = SignedWebhook(client, recording_api.webhook_url, recording_api.webhook_secret, 0.1, Backoff(attempts=4))
    with capture_logs() as lines:
        for _ in range(10):
            assert not await webhook.notify(a_review())
    assert [line["event"] for line in lines] == ["webhook_failed"] * 3 + ["webhook_skipped"] * 7


async def test_failing_webhook_ends_the_attempts_of_others() -> None:
    """What fails quickly is retried; once the webhook counts as away, nobody goes on with further attempts."""
    clock = Ticking()
    failing = Hanging(clock, takes_s=0)
    async with httpx.AsyncClient(transport=failing) as client:
        webhook = SignedWebhook(
            client, "http://hook.example", "secret", 10, Backoff(attempts=20, first_s=0), clock=clock
        )
        assert not await webhook.notify(a_review())
    assert failing.calls == 3


async def test_webhook_that_refuses_one_review_is_not_away(
    recording_api: RecordingApi, client: httpx.AsyncClient
) -> None:
    """A refusal is an answer: however many there are, each review is still offered."""
    webhook = SignedWebhook(client, recording_api.webhook_url, recording_api.webhook_secret, 5, QUICK)
    recording_api.fail_next(5, 422, endpoint="/webhook")
    for _ in range(5):
        assert not await webhook.notify(a_review())
    assert await webhook.notify(a_review())


async def test_cancelled_try_lets_the_next_one_try() -> None:
    """A drain that cancels the one that tries leaves the webhook to the next review."""
    clock = Ticking()
    hanging = Hanging(clock, takes_s=10)
    async with httpx.AsyncClient(transport=hanging) as client:
        webhook = SignedWebhook(client, "http://hook.example", "secret", 10, Backoff(attempts=1), clock=clock)
        for _ in range(3):
            await webhook.notify(a_review())
        clock.now_s += 60
        cancelled = asyncio.create_task(webhook.notify(a_review()))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(hanging, "handle_async_request", lambda _request: asyncio.sleep(60))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
        hanging.well = True
        assert await webhook.notify(a_review())


def test_body_names_the_review_and_leaves_the_code_out() -> None:
    """The body has the public fields and nothing of the student's text."""
    body = message(a_review(score_change=5, diff_info=a_diff(diff="private")))
    assert orjson.loads(body) == {
        "event": "review.published",
        "review_id": str(a_review().review_id),
        "student_id": "student-1",
        "assignment_id": "hw-1",
        "submission_id": "sub-1",
        "generation": 0,
        "supersedes": None,
        "overall_score": 70,
        "score_change": 5,
        "link": None,
        "revision": 0,
        "timestamp": "2026-03-02T12:00:00Z",
    }


def test_body_of_a_review_that_was_made_again_says_what_it_stands_in_place_of() -> None:
    """Its generation, and the review that it supersedes."""
    live = a_review().review_id
    note = ReplayNote(replay_id="replay-3", supersedes=live)
    told = orjson.loads(message(a_review(generation=3, replay=note)))
    assert (told["generation"], told["supersedes"]) == (3, str(live))


def test_first_review_has_no_score_change() -> None:
    """Without a previous review the change is null, not zero."""
    assert orjson.loads(message(a_review()))["score_change"] is None


def test_signature_can_be_checked_by_hand() -> None:
    """The header is what a receiver computes from the secret, the time and the raw body."""
    expected = hmac.new(b"secret", b'1772452800.{"a":1}', sha256).hexdigest()
    assert signature(b"secret", 1_772_452_800, b'{"a":1}') == f"t=1772452800,v1={expected}"


async def test_headers_name_event_and_review() -> None:
    """The request carries event, idempotency key and a signature under the adapter's clock."""
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    class Noon:
        def now(self) -> datetime:
            return datetime(2026, 3, 2, 12, 0, 0, 999_999, tzinfo=UTC)

        def monotonic(self) -> float:
            return 0.0

    async with httpx.AsyncClient(transport=httpx.MockTransport(record)) as client:
        webhook = SignedWebhook(client, "http://hook.example", "secret", 5, Backoff(attempts=1), clock=Noon())
        assert await webhook.notify(a_review())
    headers = seen[0].headers
    assert headers["x-reviewstream-event"] == "review.published"
    assert headers["idempotency-key"] == str(a_review().review_id)
    assert headers["x-reviewstream-signature"] == signature(b"secret", 1_772_452_800, message(a_review()))


async def test_the_link_opens_the_review_for_its_time(recording_api: RecordingApi, client: httpx.AsyncClient) -> None:
    """Counted from when the webhook is told; its page takes it."""
    signer = Signer(b"a secret of 32 bytes, for links..")
    links = ReviewLinks(signer, "https://reviews.example.org", timedelta(days=30))
    url, secret = recording_api.webhook_url, recording_api.webhook_secret
    assert await SignedWebhook(client, url, secret, 5, QUICK, links=links).notify(a_review())
    link = urlsplit(recording_api.notifications[0].document["link"])
    review, now = a_review().review_id, datetime.now(UTC)
    assert (link.netloc, link.path) == ("reviews.example.org", f"/reviews/{review}")
    query = parse_qs(link.query)
    for later, state in ((timedelta(days=29), LinkState.GOOD), (timedelta(days=31), LinkState.EXPIRED)):
        assert judge_link(signer, review, query["exp"][0], query["sig"][0], now + later) is state


def test_links_want_an_address() -> None:
    """Without one the webhook carries none."""
    secret = "s" * 32
    assert review_links(load_settings(None, web_public_url="", web_secret=secret)) is None
    links = review_links(load_settings(None, web_public_url="https://r.example", web_secret=secret, web_link_days=7))
    assert links == ReviewLinks(Signer(secret.encode()), "https://r.example", timedelta(days=7))


async def test_empty_secret_refuses_the_start(client: httpx.AsyncClient) -> None:
    """With an empty secret anybody could sign: the start is refused."""
    with pytest.raises(StartRefused, match="no secret"):
        SignedWebhook(client, "http://hook.example", "", 5, Backoff(attempts=1))


async def test_null_object_was_told_by_definition() -> None:
    """Where no webhook is configured nobody was left untold."""
    assert await NoWebhook().notify(a_review())
