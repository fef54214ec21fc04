"""httpx's clients as this installation needs them: its authorities, its proxies, and no redirects.

The review API, the webhook and archives' hosts are called through one transport.
"""

import os
import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from app.adapters.http.routes import ProxyRoutes, Routed, proxy_routes, tls_context

_LIMITS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=20)
"""httpx's own, for whoever calls now and then."""


def new_http_client(
    timeout_s: float | None = None, *, calls_max: int | None = None, environ: Mapping[str, str] | None = None
) -> httpx.AsyncClient:
    """A client that knows this installation's authorities and proxies and follows no redirect by itself.

    `timeout_s` is httpx's own for each step; callers bound the whole exchange. `calls_max` is how many calls they make
    at the same time: so many connections are kept, for a new one costs more than a call. Raises `StartRefused` for
    authorities or a proxy that cannot be used.
    """
    environ = os.environ if environ is None else environ
    limits = httpx.Limits(max_connections=calls_max, max_keepalive_connections=calls_max) if calls_max else _LIMITS
    transport = RoutedTransport(proxy_routes(environ), tls_context(environ), limits)
    return httpx.AsyncClient(transport=transport, timeout=timeout_s, follow_redirects=False, trust_env=False)


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request directly or through its host's proxy.

    A request that was rewritten to a judged address carries its host's name for TLS, and is routed by that. A proxy is
    asked to connect to the address for `http`, and to the name for `https`: whoever answers there has to prove the
    name, so that no second answer of DNS leads to another host.
    """

    def __init__(self, routes: ProxyRoutes, context: ssl.SSLContext, limits: httpx.Limits | None = None) -> None:
        """Raises `StartRefused` for a proxy that is no URL or speaks what is not spoken here."""

        def make(proxy: str | None) -> httpx.AsyncHTTPTransport:
            return httpx.AsyncHTTPTransport(verify=context, proxy=proxy, limits=limits or _LIMITS)

        self._routed = Routed(routes, make, httpx.InvalidURL)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport that the request's host is reached by."""
        name = request.extensions.get("sni_hostname")
        transport, proxied = self._routed.towards(request.url.scheme, name or request.url.host)
        return await transport.handle_async_request(_for_proxy(request, name) if proxied else request)

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._routed:
            await transport.aclose()


def _for_proxy(request: httpx.Request, name: str | None) -> httpx.Request:
    """`request` without the name for TLS, which httpx would take for the proxy's own."""
    if name is None:
        return request
    url = request.url.copy_with(host=name) if request.url.scheme == "https" else request.url
    extensions = {key: value for key, value in request.extensions.items() if key != "sni_hostname"}
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)
