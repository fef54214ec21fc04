"""The platform's side, played on loopback: its review API and its webhook receiver, recording what they get."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, Literal

import orjson
from aiohttp import web

from app.core.limits import MIB
from app.embedded.machine.loopback import LoopbackServer

SIGNATURE_HEADER: Final = "X-Reviewstream-Signature"
EVENT_HEADER: Final = "X-Reviewstream-Event"

ApiPath = Literal["/reviews", "/webhook"]

_BODY_BYTES_MAX = 64 * MIB  # twice the broker's largest record: a review that is too large is refused by its sender
_SHOWN_MAX = 50  # arrivals, and refusals, that a GET shows
_SHOWN_BYTES_MAX = 4 * MIB  # of them in all; the newest one is shown in any case
_SIGNATURE_AGE_S = 300  # as receivers do it: an old notification must not be replayed at them


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted `POST /reviews`. `repeated`: the same body had been accepted under the key before.

    `received_at` is in seconds since the epoch, here and below.
    """

    idempotency_key: str
    document: Mapping[str, Any]
    body: bytes
    repeated: bool
    received_at: float


@dataclass(frozen=True, slots=True)
class Notification:
    """One accepted `POST /webhook`, its signature verified."""

    event: str
    document: Mapping[str, Any]
    body: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key that came with another body than the first: a promise broken by the sender. Answered 409."""

    idempotency_key: str
    first_body: bytes
    body: bytes
    received_at: float


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A call that was answered with an error, on its own account or because a test asked for it (`injected`)."""

    endpoint: str
    status: int
    why: str
    injected: bool
    received_at: float


@dataclass(frozen=True, slots=True)
class _Failure:
    status: int
    retry_after_s: float | None


class RecordingApi:
    """`POST /reviews` and `POST /webhook` in the caller's event loop, with every fault that a test may want.

    Reviews need `Authorization: Bearer <api_key>` and `Idempotency-Key`; the first body of a key wins (201), the
    same again is fine (200), another is a conflict (409). Notifications need a fresh, valid signature. `GET` of either
    shows people what arrived there, the newest first, without a key: only this machine can ask.
    """

    def __init__(self, *, api_key: str | None = None, webhook_secret: str | None = None) -> None:
        self.api_key = api_key or secrets.token_urlsafe(24)
        self.webhook_secret = webhook_secret or secrets.token_urlsafe(24)
        self.deliveries: list[Delivery] = []
        self.notifications: list[Notification] = []
        self.conflicts: list[Conflict] = []
        self.refusals: list[RefusedCall] = []
        self._first_bodies: dict[str, bytes] = {}
        self._failures: dict[str, deque[_Failure]] = {"/reviews": deque(), "/webhook": deque()}
        self._delay_s = 0.0
        self._changed = asyncio.Condition()
        self._server = LoopbackServer(self._make_app)

    @property
    def base_url(self) -> str:
        """Where the server listens, without a path."""
        return self._server.base_url

    @property
    def url(self) -> str:
        """The full URL of `POST /reviews`."""
        return f"{self._server.base_url}/reviews"

    @property
    def webhook_url(self) -> str:
        """The full URL of `POST /webhook`."""
        return f"{self._server.base_url}/webhook"

    @property
    def reviews(self) -> dict[str, Mapping[str, Any]]:
        """The first accepted body of each key, in the order of arrival: what the platform would show."""
        return {d.idempotency_key: d.document for d in self.deliveries if not d.repeated}

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        await self._server.start()

    async def stop(self) -> None:
        """Close; what was recorded stays readable."""
        await self._server.down()

    async def down(self) -> None:
        """Drop all connections and refuse new ones, until `up`."""
        await self._server.down()

    async def up(self) -> None:
        """Accept connections again, on the same port."""
        await self._server.up()

    def fail_next(
        self, n: int, status: int, retry_after: float | None = None, *, endpoint: ApiPath = "/reviews"
    ) -> None:
        """Answer the next `n` calls of `endpoint` with `status`, after those already asked for."""
        self._failures[endpoint].extend([_Failure(status, retry_after)] * n)

    def delay(self, seconds: float) -> None:
        """Let every call wait this long before it is looked at; 0 ends that."""
        self._delay_s = seconds

    async def wait_for_deliveries(self, n: int, *, timeout_s: float) -> None:
        """Return once `n` different reviews were accepted. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: len(self.reviews) >= n)

    def _make_app(self) -> web.Application:
        app = web.Application(client_max_size=_BODY_BYTES_MAX)
        app.router.add_post("/reviews", self._receive_review)
        app.router.add_post("/webhook", self._receive_notification)
        # Not HEAD: the platform's real API may know POST alone, and `doctor` is to be tried on such a one.
        app.router.add_get("/reviews", self._show_reviews, allow_head=False)
        app.router.add_get("/webhook", self._show_notifications, allow_head=False)
        return app

    async def _show_reviews(self, request: web.Request) -> web.Response:
        entries = (
            (len(d.body), {"idempotency_key": d.idempotency_key, "repeated": d.repeated, **_arrival(d)})
            for d in reversed(self.deliveries)
        )
        return self._show(request, entries, len(self.deliveries))

    async def _show_notifications(self, request: web.Request) -> web.Response:
        entries = ((len(n.body), {"event": n.event, **_arrival(n)}) for n in reversed(self.notifications))
        return self._show(request, entries, len(self.notifications))

    def _show(
        self, request: web.Request, entries: Iterable[tuple[int, Mapping[str, Any]]], accepted: int
    ) -> web.Response:
        """The newest of `entries`, each with the bytes of its body, and of what this endpoint refused."""
        arrived: list[Mapping[str, Any]] = []
        bytes_shown = 0
        for size, entry in islice(entries, _SHOWN_MAX):
            bytes_shown += size
            if arrived and bytes_shown > _SHOWN_BYTES_MAX:
                break
            arrived.append(entry)
        refused = [
            {"received_at": _iso(r.received_at), "status": r.status, "why": r.why}
            for r in islice((r for r in reversed(self.refusals) if r.endpoint == request.path), _SHOWN_MAX)
        ]
        document = {"accepted": accepted, "shown": len(arrived), "newest_first": arrived, "refused": refused}
        body = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return web.Response(body=body, content_type="application/json", charset="utf-8")

    async def _receive_review(self, request: web.Request) -> web.Response:
        body = await request.read()
        if refused := await self._injected_failure(request):
            return refused
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.api_key}".encode()):
            return self._refuse(request, 401, "the bearer token is absent or wrong")
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return self._refuse(request, 400, "there is no Idempotency-Key")
        document = _read_object(body)
        if document is None:
            return self._refuse(request, 422, "the body is not a JSON object")
        repeated = key in self._first_bodies
        first_body = self._first_bodies.setdefault(key, body)
        if first_body != body:
            self.conflicts.append(Conflict(key, first_body, body, time.time()))
            return self._refuse(request, 409, "the key was used with another body")
        self.deliveries.append(Delivery(key, document, body, repeated, time.time()))
        await self._announce()
        return web.json_response({"idempotency_key": key}, status=200 if repeated else 201)

    async def _receive_notification(self, request: web.Request) -> web.Response:
        body = await request.read()
        if refused := await self._injected_failure(request):
            return refused
        if not signature_is_valid(request.headers.get(SIGNATURE_HEADER, ""), body, self.webhook_secret, time.time()):
            return self._refuse(request, 401, "the signature is absent, wrong or too old")
        document = _read_object(body)
        if document is None:
            return self._refuse(request, 422, "the body is not a JSON object")
        self.notifications.append(Notification(request.headers.get(EVENT_HEADER, ""), document, body, time.time()))
        await self._announce()
        return web.Response(status=204)

    async def _injected_failure(self, request: web.Request) -> web.Response | None:
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        failures = self._failures[request.path]
        if not failures:
            return None
        failure = failures.popleft()
        retry = {} if failure.retry_after_s is None else {"Retry-After": f"{failure.retry_after_s:g}"}
        self.refusals.append(RefusedCall(request.path, failure.status, "asked for by the test", True, time.time()))
        return web.json_response({"error": "asked for by the test"}, status=failure.status, headers=retry)

    def _refuse(self, request: web.Request, status: int, why: str) -> web.Response:
        self.refusals.append(RefusedCall(request.path, status, why, False, time.time()))
        return web.json_response({"error": why}, status=status)

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def sign(body: bytes, secret: str, timestamp: int) -> str:
    """The signature header's value: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>." + body>`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def signature_is_valid(header: str, body: bytes, secret: str, now: float) -> bool:
    """Whether `header` signs `body`, not longer than five minutes ago."""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(","))
    timestamp = fields.get("t", "")
    if not (timestamp.isascii() and timestamp.isdecimal()) or abs(now - int(timestamp)) > _SIGNATURE_AGE_S:
        return False
    return hmac.compare_digest(sign(body, secret, int(timestamp)).encode(), header.encode())


def _arrival(arrived: Delivery | Notification) -> dict[str, Any]:
    return {"received_at": _iso(arrived.received_at), "document": arrived.document}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _read_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None
