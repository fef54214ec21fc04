"""One POST whose time and answer are bounded; neither body is ever logged."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from app.adapters.http.body import BodyTooLong, bounded
from app.core.limits import DeliveryLimits
from app.core.submission.web_page import BEGINNING_BYTES, is_web_page

_LIMITS: Final = DeliveryLimits()
_PLAIN: Final = {"Accept-Encoding": "identity"}  # its beginning is looked at


@dataclass(slots=True)
class Answer:
    """Status and headers of an answer, and how its body begins, as far as it came."""

    status: int
    headers: Mapping[str, str]
    beginning: bytes = b""

    @property
    def is_page(self) -> bool:
        """Whether the body is a web page, which no API sends."""
        return is_web_page(self.beginning)

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
) -> Answer:
    """POST `body` and return what was answered, within `timeout_s` seconds in all.

    The limit is for the whole exchange: httpx's own are for each read, and a server that sends a byte now and
    then would hold the event for ever. Once a status is there it counts, even if the body never ends. Redirects
    are not followed: they would carry the key and the student's review to an address that nobody configured.
    Of the answer's body `answer_bytes_max` are read and all but its beginning thrown away, so that the connection can
    be used again; a longer one is hung up on. Raises httpx's exceptions, `TimeoutError` and `OSError`.
    """
    answer: Answer | None = None
    try:
        async with (
            asyncio.timeout(timeout_s),
            client.stream(
                "POST", url, content=body, headers=_PLAIN | dict(headers), follow_redirects=False
            ) as response,
        ):
            answer = Answer(response.status_code, {name.lower(): value for name, value in response.headers.items()})
            with contextlib.suppress(httpx.HTTPError, BodyTooLong):
                await _read(response, answer, _LIMITS.answer_bytes_max)
    except (TimeoutError, httpx.HTTPError):
        if answer is None:
            raise
    return answer


async def _read(response: httpx.Response, answer: Answer, bytes_max: int) -> None:
    """Read the body as it comes, not unpacked: a compressed answer cannot grow in our memory."""
    if response.is_stream_consumed:  # a transport that answers from memory
        answer.beginning = response.content[:BEGINNING_BYTES]
        return
    async for chunk in bounded(response.aiter_raw(), bytes_max):
        answer.beginning += chunk[: BEGINNING_BYTES - len(answer.beginning)]
