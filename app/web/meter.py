"""Counts what the web process answers: by route as it is written, so that no id makes a series of its own."""

from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ports import Clock
from app.core.telemetry import RequestAnswered, Telemetry

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNKNOWN: Final = "none"


@dataclass(frozen=True, slots=True)
class Meter:
    """Around everything, also around what is refused at the gate."""

    app: ASGIApp
    telemetry: Telemetry
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell how it ended; one that ended in an error without an answer counts as 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = self.clock.monotonic(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
            # Routes put themselves there once they match.
            route = getattr(scope.get("route"), "path", _UNKNOWN)
            lasted_s = self.clock.monotonic() - began
            self.telemetry.emit(RequestAnswered(route, method, status, lasted_s))
