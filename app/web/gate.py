"""Before any route: who asks, how often, how much they send, and how long they take for it.

Pure ASGI, so that nothing of a body is read before its sender is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.access import AccessTable
from app.core.buckets import RateLimiter
from app.core.limits import WebLimits
from app.core.ports import Clock
from app.web.page_answers import API_PREFIX
from app.web.problems import ProblemRaised, problem_response

_BEARER: Final = {"WWW-Authenticate": "Bearer"}
_HOW_TO_GET_IN: Final = (
    "send Authorization: Bearer TOKEN; `reviewstream token NAME --scope read` makes a token, WEB_TOKENS knows it"
)


@dataclass(frozen=True, slots=True)
class GateRules:
    """What the gate holds everybody to. `archive_bytes_max` bounds what is PUT as an archive."""

    access: AccessTable
    limits: WebLimits
    archive_bytes_max: int
    rate_per_s: float
    clock: Clock


@dataclass(slots=True)
class Gate:
    """The first thing that a request meets."""

    app: ASGIApp
    rules: GateRules
    _rates: RateLimiter = field(init=False)

    def __post_init__(self) -> None:
        self._rates = RateLimiter(self.rules.rate_per_s, max(2 * self.rules.rate_per_s, 1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if scope["path"].startswith(API_PREFIX):
                self._know(scope, headers)
            elif scope["method"] == "POST":
                self._count(_address(scope))  # whoever tries tokens at the door is no quicker here
            receive = self._bounded(scope, headers, receive)
        except ProblemRaised as exc:
            refusal = problem_response(
                Request(scope), exc.status_code, exc.code, exc.detail, exc.cure, headers=exc.headers
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _know(self, scope: Scope, headers: Headers) -> None:
        """Put the token's owner and scopes into the request's state."""
        kind, _, presented = headers.get("authorization", "").partition(" ")
        token = self.rules.access.find(presented.strip()) if kind.lower() == "bearer" and presented.strip() else None
        self._count(f"token/{token.name}" if token is not None else _address(scope))
        if token is None:
            detail = "there is no token in this request" if not presented else "this token is not known"
            raise ProblemRaised(401, "token_needed", detail, _HOW_TO_GET_IN, headers=_BEARER)
        scope.setdefault("state", {})["token"] = token

    def _count(self, caller: str) -> None:
        wait_s = self._rates.take(caller, self.rules.clock.monotonic())
        if wait_s > 0:
            after = {"Retry-After": str(int(wait_s) + 1)}
            detail = f"more than {self.rules.rate_per_s:g} requests a second"
            raise ProblemRaised(429, "too_many_requests", detail, "wait as Retry-After says", headers=after)

    def _bounded(self, scope: Scope, headers: Mapping[str, str], receive: Receive) -> Receive:
        limits = self.rules.limits
        is_archive = scope["method"] == "PUT" and scope["path"].endswith("/archive")
        bytes_max = self.rules.archive_bytes_max + limits.form_bytes_max if is_archive else limits.json_bytes_max
        seconds = limits.archive_s if is_archive else limits.body_s
        told = f"the body has more than {bytes_max} bytes"
        too_large = ProblemRaised(413, "body_too_large", told, "send less")
        declared = headers.get("content-length", "0")
        if not declared.isascii() or not declared.isdigit() or len(declared) > 18:
            raise ProblemRaised(400, "invalid_length", "Content-Length is no number", "send a number of bytes")
        if int(declared) > bytes_max:
            raise too_large
        until = self.rules.clock.monotonic() + seconds
        seen = 0
        ended = False

        async def bounded() -> Message:
            nonlocal seen, ended
            if ended:
                return await receive()  # from here on it only tells of a client that went away
            with anyio.move_on_after(max(until - self.rules.clock.monotonic(), 0)) as time:
                message = await receive()
            if time.cancelled_caught:
                raise ProblemRaised(408, "body_too_slow", f"the body took more than {seconds:g} s", "send it faster")
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                ended = not message.get("more_body", False)
                if seen > bytes_max:
                    raise too_large
            return message

        return bounded


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return f"address/{client[0] if client else '?'}"
