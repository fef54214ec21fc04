"""The SDK's client for the configured endpoint, and for no other.

Left alone, the SDK takes its address, organisation, project and further headers from the environment, follows
redirects to wherever they lead, with the prompt, and reads bodies of any size.
"""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
import openai

from app.adapters.llm.key import KeySource
from app.config import Settings
from app.core.limits import MIB

BODY_BYTES_MAX: Final = 4 * MIB
"""Of any answer, read or not: the longest review has a few hundred kilobytes."""
OPENAI_URL: Final = "https://api.openai.com/v1"


class BodyTooLarge(httpx2.ReadError):
    """An endpoint sends more than any answer can have."""


class LlmClient(openai.AsyncOpenAI):
    """The SDK's client without what it takes from `OPENAI_…` variables on its own; `with_options` makes another."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"webhook_secret": "", "admin_api_key": ""} | options)
        self.organization = None
        self.project = None
        self.admin_api_key = None
        self._custom_headers = dict(options.get("default_headers") or {})


def new_client(settings: Settings, key: KeySource) -> LlmClient:
    """A client that asks `LLM_BASE_URL`, or OpenAI where there is none; proxies and `SSL_CERT_FILE` are honoured."""
    url = settings.llm_base_url.get_secret_value() if settings.llm_base_url else OPENAI_URL
    http = openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks={"response": [_bound]})
    # Compressed bodies are small on the wire and large in memory.
    headers = {"Accept-Encoding": "identity"}
    return LlmClient(api_key=key.current, base_url=url, max_retries=0, http_client=http, default_headers=headers)


async def _bound(response: httpx2.Response) -> None:
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > BODY_BYTES_MAX:
                raise BodyTooLarge(f"more than {BODY_BYTES_MAX} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
