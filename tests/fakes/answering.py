"""A server on loopback that answers whatever a test says, and keeps what it was asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from app.embedded.machine.loopback import LoopbackServer


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of HTTP; `body` is JSON unless `content_type` says otherwise."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


class AnsweringServer:
    """Answers `METHOD /path` as `answers` has it, everything else as `otherwise`, after `delay_s`."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.otherwise = Answer()
        self.delay_s = 0.0
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self._server = LoopbackServer(self._make_app)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return self._server.base_url

    async def start(self) -> None:
        """Listen on a free port."""
        await self._server.start()

    async def stop(self) -> None:
        """Close."""
        await self._server.down()

    def _make_app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        asked = f"{request.method} {request.path}"
        self.asked.append(asked)
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        await asyncio.sleep(self.delay_s)
        answer = self.answers.get(asked, self.otherwise)
        return web.Response(
            status=answer.status, body=answer.body, content_type=answer.content_type, headers=answer.headers
        )
