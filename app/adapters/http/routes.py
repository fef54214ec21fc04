"""Which way a request goes out of this installation, and whom its TLS trusts; the same for every HTTP library.

Read is what other programs read: `SSL_CERT_FILE` and `SSL_CERT_DIR` (authorities, in place of the usual ones),
`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. The libraries' own reading is not used, for it takes a network
in `NO_PROXY` for a name and would judge an archive's host by its address.
"""

import ipaddress
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

import certifi

from app.core.urls import redact_url
from schemas.errors import StartRefused

T = TypeVar("T")

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
    """What certificates are checked against: what the environment names, else the usual authorities.

    Raises `StartRefused` where `SSL_CERT_FILE` cannot be read.
    """
    file, folder = _read(environ, "SSL_CERT_FILE"), _read(environ, "SSL_CERT_DIR")
    if folder and not Path(folder).is_dir():
        raise StartRefused(f"SSL_CERT_DIR: {folder} is no folder", "name a folder of hashed certificates, or unset it")
    if not file and not folder:
        return _usual_authorities()
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as exc:
        raise StartRefused(f"SSL_CERT_FILE: {file} is not read: {type(exc).__name__}", _PEM_CURE) from exc


class Routed(Generic[T]):
    """A library's transports: one for what goes directly, one for each proxy."""

    def __init__(self, routes: ProxyRoutes, make: Callable[[str | None], T], unusable: type[Exception]) -> None:
        """`make` takes a proxy's URL, or None. Raises `StartRefused` for a proxy that is no URL or not spoken here.

        `unusable` is the library's error that says so.
        """
        self._routes = routes
        self._direct = make(None)
        self._proxied: dict[str, T] = {}
        for scheme, url in routes.proxies.items():
            try:
                self._proxied[url] = make(url)
            except (ValueError, ImportError, unusable):
                # The messages may quote the password.
                cause = f"{_PROXY_VARIABLES[scheme]} or ALL_PROXY: got {redact_url(url)!r}, which is no usable proxy"
                raise StartRefused(cause, "set it to http://[user:password@]host:port, or unset it") from None

    def towards(self, scheme: str, host: str) -> tuple[T, bool]:
        """The transport for a request to `host`, and whether a proxy stands between."""
        proxy = self._routes.proxy_for(scheme, host)
        return (self._direct, False) if proxy is None else (self._proxied[proxy], True)

    def __iter__(self) -> Iterator[T]:
        """Every transport."""
        return iter((self._direct, *self._proxied.values()))


def _usual_authorities() -> ssl.SSLContext:
    """The packaged ones, and those that this machine's administrator added."""
    context = ssl.create_default_context(cafile=certifi.where())
    paths = ssl.get_default_verify_paths()
    file = paths.openssl_cafile if Path(paths.openssl_cafile).is_file() else None
    folder = paths.openssl_capath if Path(paths.openssl_capath).is_dir() else None
    if file or folder:
        with suppress(OSError):  # a broken store of the machine's is no reason to trust nobody
            context.load_verify_locations(file, folder)
    return context


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
