"""The SDK's client for the configured endpoint, and for no other.

Left alone, the SDK takes its address, organisation, project and further headers from the environment, follows
redirects to wherever they lead, with the prompt, and reads bodies of any size.
"""

import os
import ssl
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
import openai

from app.adapters.http.body import BodyTooLong, bounded
from app.adapters.http.routes import ProxyRoutes, Routed, proxy_routes, tls_context
from app.adapters.llm.key import KeySource
from app.config import Settings
from app.core.limits import MIB

BODY_BYTES_MAX: Final = 4 * MIB
"""Of any answer, read or not: the longest review has a few hundred kilobytes."""
OPENAI_URL: Final = "https://api.openai.com/v1"


class BodyTooLarge(httpx2.ReadError):
    """An endpoint sends more than any answer can have."""


class BodyPacked(httpx2.ReadError):
    """An endpoint sends a compressed answer, for which nobody asked, in a way that cannot be unpacked bit by bit."""


class LlmClient(openai.AsyncOpenAI):
    """The SDK's client without what it takes from `OPENAI_…` variables on its own; `with_options` makes another."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"webhook_secret": "", "admin_api_key": ""} | options)
        self.organization = None
        self.project = None
        self.admin_api_key = None
        self._custom_headers = dict(options.get("default_headers") or {})


def new_client(settings: Settings, key: KeySource) -> LlmClient:
    """A client that asks `LLM_BASE_URL`, or OpenAI where there is none, through this installation's proxies.

    Raises `StartRefused` for authorities or a proxy that cannot be used.
    """
    url = settings.llm_base_url.get_secret_value() if settings.llm_base_url else OPENAI_URL
    calls = max(settings.max_in_flight, openai.DEFAULT_CONNECTION_LIMITS.max_keepalive_connections or 0)
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=calls)
    transport = _Transport(proxy_routes(os.environ), tls_context(os.environ), limits)
    http = openai.DefaultAsyncHttpxClient(transport=transport, trust_env=False, follow_redirects=False)
    # Compressed bodies are small on the wire and large in memory; whoever sends one all the same: see `_unpacked`.
    headers = {"Accept-Encoding": "identity"}
    return LlmClient(api_key=key.current, base_url=url, max_retries=0, http_client=http, default_headers=headers)


class _Transport(httpx2.AsyncBaseTransport):
    """Sends each request directly or through a proxy, and bounds what comes back, whoever reads it."""

    def __init__(self, routes: ProxyRoutes, context: ssl.SSLContext, limits: httpx2.Limits) -> None:
        def make(proxy: str | None) -> httpx2.AsyncHTTPTransport:
            return httpx2.AsyncHTTPTransport(verify=context, proxy=proxy, limits=limits)

        self._routed = Routed(routes, make, httpx2.InvalidURL)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        transport, _ = self._routed.towards(request.url.scheme, request.url.host)
        response = await transport.handle_async_request(request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(await _unpacked(response, response.stream))
        return response

    async def aclose(self) -> None:
        for transport in self._routed:
            await transport.aclose()


async def _unpacked(response: httpx2.Response, stream: httpx2.AsyncByteStream) -> httpx2.AsyncByteStream:
    """The body of `response`, which says no more that it is compressed: the SDK would unpack it whole at once.

    Of an error that is packed in an odd way status and headers alone are left. Raises `BodyPacked` for an answer.
    """
    told = response.headers.pop("content-encoding", "").lower().split(",")
    packed = [one for one in map(str.strip, told) if one not in {"", "identity"}]
    if not packed:
        return stream
    if packed in (["gzip"], ["x-gzip"], ["deflate"]):
        return _UnpackedStream(stream, is_error=response.is_error)
    await response.aclose()
    if response.is_error:
        return httpx2.ByteStream(b"")
    raise BodyPacked(f"an answer in {', '.join(packed)[:60]}")


class _UnpackedStream(httpx2.AsyncByteStream):
    """What a compressed body holds, never more at once than any body may have. Of an error only what can be read."""

    def __init__(self, inner: httpx2.AsyncByteStream, *, is_error: bool) -> None:
        self._inner = inner
        self._is_error = is_error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # gzip or zlib, whichever its first bytes say
        try:
            async for chunk in self._inner:
                yield unpacker.decompress(chunk, BODY_BYTES_MAX + 1)
                if unpacker.unconsumed_tail:
                    raise BodyTooLarge(f"more than {BODY_BYTES_MAX} bytes, unpacked")
        except zlib.error as exc:
            if not self._is_error:
                raise BodyPacked("not the compressed answer that it says") from exc

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in bounded(self._inner, BODY_BYTES_MAX):
                yield chunk
        except BodyTooLong as exc:
            raise BodyTooLarge(str(exc)) from exc

    async def aclose(self) -> None:
        await self._inner.aclose()
