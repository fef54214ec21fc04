"""The platform's side on loopback: its rules, what it records, and the faults that it plays."""

import time
from typing import Any

import httpx
import pytest

from app.embedded.platform.review_api import EVENT_HEADER, SIGNATURE_HEADER, RecordingApi, sign, signature_is_valid


def a_client() -> httpx.AsyncClient:
    """One that does not read the authorities of the world first: all that is asked here is on loopback."""
    return httpx.AsyncClient(verify=False)


async def _post(
    api: RecordingApi, body: bytes = b'{"score": 1}', key: str | None = "k1", token: str | None = None
) -> int:
    headers = {"Authorization": f"Bearer {api.api_key if token is None else token}"}
    if key is not None:
        headers["Idempotency-Key"] = key
    async with a_client() as client:
        return (await client.post(api.url, content=body, headers=headers)).status_code


async def _notify(api: RecordingApi, body: bytes, signature: str | None) -> int:
    headers = {EVENT_HEADER: "review.published"} | ({} if signature is None else {SIGNATURE_HEADER: signature})
    async with a_client() as client:
        return (await client.post(api.webhook_url, content=body, headers=headers)).status_code


async def test_first_body_of_a_key_wins(recording_api: RecordingApi) -> None:
    """A key's first body is created, the same again is fine, another is a conflict and changes nothing."""
    statuses = [await _post(recording_api, body) for body in (b'{"score": 1}', b'{"score": 1}', b'{"score": 2}')]
    assert statuses == [201, 200, 409]
    assert recording_api.reviews == {"k1": {"score": 1}}
    assert [delivery.repeated for delivery in recording_api.deliveries] == [False, True]
    [conflict] = recording_api.conflicts
    assert (conflict.first_body, conflict.body) == (b'{"score": 1}', b'{"score": 2}')


async def test_deliveries_are_kept_in_order_with_their_times(recording_api: RecordingApi) -> None:
    """Deliveries are recorded in the order of arrival, each with the time of its arrival."""
    before = time.time()
    for key in ("b", "a", "c"):
        await _post(recording_api, key=key)
    assert [delivery.idempotency_key for delivery in recording_api.deliveries] == ["b", "a", "c"]
    times = [before, *(delivery.received_at for delivery in recording_api.deliveries), time.time()]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ({"token": "wrong"}, 401),
        ({"key": None}, 400),
        ({"body": b"[1]"}, 422),
        ({"body": b"{"}, 422),
    ],
)
async def test_wrong_call_is_refused_and_not_delivered(
    recording_api: RecordingApi, call: dict[str, Any], status: int
) -> None:
    """A call without the right token, a key or a JSON object is refused and recorded as a refusal only."""
    assert await _post(recording_api, **call) == status
    assert recording_api.deliveries == []
    [refusal] = recording_api.refusals
    assert (refusal.status, refusal.injected) == (status, False)


async def _look(url: str) -> dict[str, Any]:
    async with a_client() as client:
        response = await client.get(url)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    document: dict[str, Any] = response.json()
    return document


async def test_get_shows_what_arrived(recording_api: RecordingApi) -> None:
    """A person without a key sees the accepted reviews, the newest first, and what was refused and why."""
    await _post(recording_api, '{"text": "раз"}'.encode(), key="a")
    await _post(recording_api, b'{"text": "two"}', key="b")
    await _post(recording_api, token="wrong")
    shown = await _look(recording_api.url)
    assert (shown["accepted"], shown["shown"]) == (2, 2)
    assert [(e["idempotency_key"], e["document"]["text"]) for e in shown["newest_first"]] == [
        ("b", "two"),
        ("a", "раз"),
    ]
    assert [(r["status"], r["why"]) for r in shown["refused"]] == [(401, "the bearer token is absent or wrong")]
    assert recording_api.api_key not in str(shown)


async def test_get_shows_what_the_webhook_got(recording_api: RecordingApi) -> None:
    """Notifications are shown under their own address, and the reviews' refusals are not."""
    body = b'{"review_id": "r1"}'
    await _post(recording_api, token="wrong")
    await _notify(recording_api, body, sign(body, recording_api.webhook_secret, int(time.time())))
    shown = await _look(recording_api.webhook_url)
    assert [(e["event"], e["document"]) for e in shown["newest_first"]] == [("review.published", {"review_id": "r1"})]
    assert shown["refused"] == []


async def test_what_get_shows_is_bounded(recording_api: RecordingApi) -> None:
    """However much arrived, so many of the newest are shown, and so many bytes."""
    for number in range(60):
        await _post(recording_api, key=str(number))
    shown = await _look(recording_api.url)
    assert (shown["accepted"], shown["shown"]) == (60, 50)
    assert shown["newest_first"][0]["idempotency_key"] == "59"
    for key in ("large-1", "large-2"):
        await _post(recording_api, b'{"text": "' + b"x" * (3 * 1024 * 1024) + b'"}', key=key)
    assert [e["idempotency_key"] for e in (await _look(recording_api.url))["newest_first"]] == ["large-2"]


async def test_head_is_not_known(recording_api: RecordingApi) -> None:
    """As with many a platform's API, HEAD is answered 405, and POST is named."""
    async with a_client() as client:
        response = await client.head(recording_api.url)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


async def test_call_without_a_token_is_refused(recording_api: RecordingApi) -> None:
    """A call without any `Authorization` is refused."""
    async with a_client() as client:
        response = await client.post(recording_api.url, content=b"{}", headers={"Idempotency-Key": "k"})
    assert response.status_code == 401
    assert recording_api.deliveries == []


async def test_failures_asked_for_come_first_and_end(recording_api: RecordingApi) -> None:
    """`fail_next` answers the next calls with its status and `Retry-After`, and then the API serves again."""
    recording_api.fail_next(1, 503, retry_after=2)
    recording_api.fail_next(1, 429)
    async with a_client() as client:
        response = await client.post(recording_api.url)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert [await _post(recording_api), await _post(recording_api)] == [429, 201]
    assert [refusal.injected for refusal in recording_api.refusals] == [True, True]


async def test_webhook_failures_leave_reviews_alone(recording_api: RecordingApi) -> None:
    """A failure asked for at the webhook does not touch the reviews."""
    recording_api.fail_next(1, 500, endpoint="/webhook")
    assert await _post(recording_api) == 201
    assert await _notify(recording_api, b"{}", None) == 500


async def test_down_refuses_and_up_serves_at_the_same_address(recording_api: RecordingApi) -> None:
    """While down, connections are refused; afterwards the same URL serves again and knows its keys."""
    url = recording_api.url
    assert await _post(recording_api) == 201
    await recording_api.down()
    with pytest.raises(httpx.ConnectError):
        await _post(recording_api)
    await recording_api.up()
    assert recording_api.url == url
    assert await _post(recording_api) == 200


async def test_down_drops_a_kept_connection(recording_api: RecordingApi) -> None:
    """Going down also ends connections that a client keeps alive."""
    async with a_client() as client:
        await client.post(recording_api.url)
        await recording_api.down()
        with pytest.raises(httpx.TransportError):
            await client.post(recording_api.url)


async def test_delay_holds_an_answer(recording_api: RecordingApi) -> None:
    """With a delay, a call is answered after that time and not before."""
    recording_api.delay(0.2)
    began = time.monotonic()
    assert await _post(recording_api) == 201
    assert time.monotonic() - began >= 0.2


async def test_signed_notification_is_recorded(recording_api: RecordingApi) -> None:
    """A notification with a fresh, valid signature is accepted with its event and body."""
    body = b'{"review_id": "r1"}'
    assert await _notify(recording_api, body, sign(body, recording_api.webhook_secret, int(time.time()))) == 204
    [notification] = recording_api.notifications
    assert (notification.event, notification.document) == ("review.published", {"review_id": "r1"})


async def test_unsigned_notification_is_refused(recording_api: RecordingApi) -> None:
    """A notification without a signature is refused and recorded as a refusal only."""
    assert await _notify(recording_api, b"{}", None) == 401
    assert recording_api.notifications == []
    assert [refusal.status for refusal in recording_api.refusals] == [401]


def test_signature_is_the_hmac_of_time_and_body() -> None:
    """The signature is HMAC-SHA256 over the time, a dot and the body: a value computed with openssl matches."""
    # printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    expected = "49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
    assert sign(b'{"a":1}', "secret", 1_700_000_000) == f"t=1700000000,v1={expected}"


@pytest.mark.parametrize(
    ("header", "body", "now"),
    [
        (sign(b"{}", "secret", 1_000), b'{"a": 1}', 1_000),
        (sign(b"{}", "other", 1_000), b"{}", 1_000),
        (sign(b"{}", "secret", 1_000), b"{}", 1_301),
        (sign(b"{}", "secret", 1_000), b"{}", 699),
        (sign(b"{}", "secret", 1_000).replace("t=1000", "t=1001"), b"{}", 1_000),
        ("t=²,v1=00", b"{}", 1_000),
        ("", b"{}", 1_000),
    ],
    ids=["other body", "other secret", "too old", "in the future", "other time", "superscript time", "absent"],
)
def test_bad_signature_is_not_valid(header: str, body: bytes, now: float) -> None:
    """A signature for another body, secret or time, one out of its five minutes, or none, is not valid."""
    assert signature_is_valid(sign(b"{}", "secret", 1_000), b"{}", "secret", 1_000)
    assert not signature_is_valid(header, body, "secret", now)


async def test_waiting_ends_with_the_delivery_or_the_time(recording_api: RecordingApi) -> None:
    """`wait_for_deliveries` returns once enough different reviews are there, and gives up at its time."""
    await _post(recording_api)
    await _post(recording_api)
    await recording_api.wait_for_deliveries(1, timeout_s=1)
    with pytest.raises(TimeoutError):
        await recording_api.wait_for_deliveries(2, timeout_s=0.05)
