"""What a worker answers over HTTP: whether it lives, whether it is ready, and its metrics."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import orjson
from aiohttp import web

from app.core.readiness import WorkerLevels, find_causes, readiness_body

Page = Callable[[web.Request], Awaitable[web.Response]]

JSON: Final = "application/json"


def worker_pages(
    levels: Callable[[], WorkerLevels], now: Callable[[], datetime], metrics: Callable[[], bytes], content_type: str
) -> dict[str, Page]:
    """The pages by their paths. `metrics` renders its page, which is of `content_type`.

    `/health` is alive as long as the event loop answers; an outage is no reason to restart a worker. `/ready` is 503
    with the causes while work does not go on as it should.
    """

    async def health(_: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps({"alive": True}), content_type=JSON)

    async def ready(_: web.Request) -> web.Response:
        causes = find_causes(levels(), now())
        body = orjson.dumps(readiness_body(causes))
        return web.Response(body=body, status=503 if causes else 200, content_type=JSON)

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=metrics(), headers={"Content-Type": content_type})

    return {"/health": health, "/ready": ready, "/metrics": show_metrics}
