"""HTTP clients as this installation needs them: its authorities, its proxies, and no redirects.

The review API, the webhook and archives' hosts are called through one transport, which reads what other programs
read: `SSL_CERT_FILE` and `SSL_CERT_DIR` (authorities, in place of the packaged ones), `HTTP_PROXY`, `HTTPS_PROXY`,
`ALL_PROXY` and `NO_PROXY`. httpx's own reading is not used, for it takes a network in `NO_PROXY` for a name and would
judge an archive's host by its address.
"""

import ipaddress
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import certifi
import httpx

from app.core.urls import redact_url
from schemas.errors import StartRefused

_PROXY_VARIABLES: Final = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY"}
_PEM_CURE: Final = "make it a readable file of PEM certificates, the public authorities' too, or unset it"


@dataclass(frozen=True, slots=True)
class ProxyRoutes:
    """Which proxy a request takes: `proxies` by scheme, none for what `direct` names."""

    proxies: Mapping[str, str]
    direct: tuple[str, ...] = ()

    def proxy_for(self, scheme: str, host: str) -> str | None:
        """The proxy's URL for a request to `host`, or None. This machine's own addresses are never proxied."""
        proxy = self.proxies.get(scheme)
        name = host.lower().strip("[]").rstrip(".")
        if proxy is None or name == "localhost" or any(_matches(name, pattern) for pattern in self.direct):
            return None
        address = _address(name)
        return None if address is not None and address.is_loopback else proxy


def proxy_routes(environ: Mapping[str, str]) -> ProxyRoutes:
    """The routes that the environment asks for, in the variables that curl and others read, in either case.

    Where a web server runs programs by CGI, `HTTP_PROXY` in capitals is a client's header; this is none.
    """
    proxies = {}
    for scheme, variable in _PROXY_VARIABLES.items():
        url = _read(environ, variable) or _read(environ, "ALL_PROXY")
        if url:
            proxies[scheme] = url if "://" in url else f"http://{url}"
    direct = [part.strip().lower() for part in _read(environ, "NO_PROXY").replace(" ", ",").split(",")]
    return ProxyRoutes(proxies, tuple(part for part in direct if part))


def tls_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """What certificates are checked against. Raises `StartRefused` where `SSL_CERT_FILE` cannot be read."""
    file, folder = _read(environ, "SSL_CERT_FILE"), _read(environ, "SSL_CERT_DIR")
    if folder and not Path(folder).is_dir():
        raise StartRefused(f"SSL_CERT_DIR: {folder} is no folder", "name a folder of hashed certificates, or unset it")
    if not file and not folder:
        return ssl.create_default_context(cafile=certifi.where())
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as exc:
        raise StartRefused(f"SSL_CERT_FILE: {file} is not read: {type(exc).__name__}", _PEM_CURE) from exc


def new_http_client(timeout_s: float | None = None, *, environ: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client that knows this installation's authorities and proxies and follows no redirect by itself.

    `timeout_s` is httpx's own for each step; callers bound the whole exchange. Raises `StartRefused` for
    authorities or a proxy that cannot be used.
    """
    environ = os.environ if environ is None else environ
    transport = RoutedTransport(proxy_routes(environ), tls_context(environ))
    return httpx.AsyncClient(transport=transport, timeout=timeout_s, follow_redirects=False, trust_env=False)


class RoutedTransport(httpx.AsyncBaseTransport):
    """Sends each request directly or through its host's proxy.

    A request that was rewritten to a judged address carries its host's name for TLS, and is routed by that. A proxy is
    asked to connect to the address for `http`, and to the name for `https`: whoever answers there has to prove the
    name, so that no second answer of DNS leads to another host.
    """

    def __init__(self, routes: ProxyRoutes, context: ssl.SSLContext) -> None:
        """Raises `StartRefused` for a proxy that is no URL or speaks what is not spoken here."""
        self._routes = routes
        self._direct = httpx.AsyncHTTPTransport(verify=context)
        self._proxied: dict[str, httpx.AsyncHTTPTransport] = {}
        for scheme, url in routes.proxies.items():
            try:
                self._proxied[url] = httpx.AsyncHTTPTransport(verify=context, proxy=url)
            except (ValueError, ImportError, httpx.InvalidURL):
                # The messages may quote the password.
                cause = f"{_PROXY_VARIABLES[scheme]} or ALL_PROXY: got {redact_url(url)!r}, which is no usable proxy"
                raise StartRefused(cause, "set it to http://[user:password@]host:port, or unset it") from None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As the transport that the request's host is reached by."""
        name = request.extensions.get("sni_hostname")
        proxy = self._routes.proxy_for(request.url.scheme, name or request.url.host)
        if proxy is None:
            return await self._direct.handle_async_request(request)
        return await self._proxied[proxy].handle_async_request(_for_proxy(request, name))

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in (self._direct, *self._proxied.values()):
            await transport.aclose()


def _for_proxy(request: httpx.Request, name: str | None) -> httpx.Request:
    """`request` without the name for TLS, which httpx would take for the proxy's own."""
    if name is None:
        return request
    url = request.url.copy_with(host=name) if request.url.scheme == "https" else request.url
    extensions = {key: value for key, value in request.extensions.items() if key != "sni_hostname"}
    return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)


def _read(environ: Mapping[str, str], variable: str) -> str:
    """The small letters first, as curl has it."""
    return (environ.get(variable.lower()) or environ.get(variable) or "").strip()


def _matches(host: str, pattern: str) -> bool:
    """Whether one part of `NO_PROXY` names `host`: `*`, a name and all below it, an address, or a network."""
    if pattern == "*":
        return True
    pattern = pattern.rpartition("://")[2]
    address = _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(pattern.strip("[]"), strict=False)
        except ValueError:
            return False
    name = pattern.partition(":")[0].removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
