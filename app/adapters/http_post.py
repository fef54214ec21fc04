"""One POST whose time and answer are bounded; neither body is ever logged."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from app.core.limits import DeliveryLimits

_LIMITS: Final = DeliveryLimits()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and headers of an answer; its body says nothing that is acted upon."""

    status: int
    headers: Mapping[str, str]

    @property
    def accepted(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


async def post(
    client: httpx.AsyncClient,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    timeout_s: float,
    answer_bytes_max: int = _LIMITS.answer_bytes_max,
) -> Answer:
    """POST `body` and return what was answered, within `timeout_s` seconds in all.

    The limit is for the whole exchange: httpx's own are for each read, and a server that sends a byte now and
    then would hold the event for ever. Once a status is there it counts, even if the body never ends. Redirects
    are not followed: they would carry the key and the student's review to an address that nobody configured.
    Of the answer's body `answer_bytes_max` are read and thrown away, so that the connection can be used again; a
    longer one is hung up on. Raises httpx's exceptions, `TimeoutError` and `OSError`.
    """
    answer: Answer | None = None
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream("POST", url, content=body, headers=dict(headers), follow_redirects=False) as response,
        ):
            answer = Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()})
            with contextlib.suppress(httpx.HTTPError):
                await _discard(response, answer_bytes_max)
    except (TimeoutError, httpx.HTTPError):
        if answer is None:
            raise
    return answer


async def _discard(response: httpx.Response, bytes_max: int) -> None:
    """Read the body as it comes, not unpacked: a compressed answer cannot grow in our memory."""
    if response.is_stream_consumed:  # a transport that answers from memory
        return
    seen = 0
    async for chunk in response.aiter_raw():
        seen += len(chunk)
        if seen > bytes_max:
            return
