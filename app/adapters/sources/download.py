"""Downloads from hosts that a submission names: bounded in size, time, redirects and addresses.

A submission is hostile input: its URL may point into our own network. The host is resolved here, every address is
judged, and the connection goes to the judged address, so that a second DNS answer cannot lead elsewhere.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

from app.adapters.http.body import BodyTooLong, read_bounded
from app.adapters.http.errors import NOTHING_THERE, no_answer, retry_after_s
from app.backoff import Backoff
from schemas.errors import Dependency, Reason, Rejected, Unavailable

_WAIT: Final = {408, 425, 429}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # the only IPv6 that IANA hands out to hosts
# What `is_global` lets pass in one Python or another: protocol assignments (RFC 6890), 6to4 relays (RFC 7526),
# documentation (RFC 9637).
_NOT_PUBLIC: Final = (
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv4Network("192.88.99.0/24"),
    ipaddress.IPv6Network("3fff::/20"),
)


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of one download.

    `timeout_s` bounds one attempt, redirects included. `attempts` counts the first; then the submission is refused,
    for a host of its own choosing must not hold its partition. `base_wait_s` is the pause's upper bound before the
    second, doubled for each further one. `bytes_max` is a bound of its own where it is lower than an archive's.
    """

    timeout_s: float = 30.0
    attempts: int = 3
    redirects_max: int = 5
    allow_private: bool = False
    base_wait_s: float = 0.5
    bytes_max: int | None = None


async def download(client: httpx.AsyncClient, url: str, bytes_max: int, fetch: FetchSettings) -> bytes:
    """The body at `url`, as it was sent: a content encoding is not undone, for the archive's digest is over it.

    Raises `Rejected`: `archive_missing`, `archive_forbidden` (the address, or the host's own refusal),
    `archive_limit`, `archive_unreachable` once the attempts are used up.
    """

    async def attempt() -> bytes:
        try:
            async with asyncio.timeout(fetch.timeout_s):
                return await _follow(client, url, min(bytes_max, fetch.bytes_max or bytes_max), fetch)
        except TimeoutError as exc:
            raise Unavailable(Dependency.SUBMISSION_HOST, f"not served in {fetch.timeout_s:g} s") from exc

    try:
        return await Backoff(first_s=fetch.base_wait_s, attempts=fetch.attempts).retry(attempt)
    except Unavailable as exc:
        raise Rejected(
            Reason.ARCHIVE_UNREACHABLE,
            f"the archive's host did not serve it (attempts: {fetch.attempts}): {exc.detail}",
        ) from exc


async def _follow(client: httpx.AsyncClient, url: str, bytes_max: int, fetch: FetchSettings) -> bytes:
    target = _parsed(url)
    for _ in range(fetch.redirects_max + 1):
        answer = await _get(client, target, bytes_max, fetch)
        if isinstance(answer, bytes):
            return answer
        if target.scheme == "https" and answer.scheme != "https":
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "a redirect leads from https to something weaker")
        target = answer
    raise Rejected(Reason.ARCHIVE_UNREACHABLE, f"more than {fetch.redirects_max} redirects")


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's URL is not valid") from exc


async def _get(client: httpx.AsyncClient, target: httpx.URL, bytes_max: int, fetch: FetchSettings) -> bytes | httpx.URL:
    """The body, or where a redirect leads."""
    if target.scheme not in {"http", "https"} or not target.host:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's URL is not http or https")
    address = await _judged_address(target, fetch)
    # Built by hand, not by the client: no cookie of one student's host is sent to another's. The connection is
    # closed, for the next host at this address may be another one, whose certificate nobody would look at.
    request = httpx.Request(
        "GET",
        target.copy_with(host=address),
        headers={"Host": target.netloc.decode("ascii"), "Accept-Encoding": "identity", "Connection": "close"},
        extensions={"sni_hostname": target.host, "timeout": httpx.Timeout(fetch.timeout_s).as_dict()},
    )
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.has_redirect_location:
                return target.join(response.headers["location"])
            _refuse_status(response)
            return await _body(response, bytes_max)
        finally:
            await response.aclose()
            client.cookies.clear()
    except (httpx.HTTPError, OSError) as exc:  # a redirect to what is no URL is httpx's RemoteProtocolError
        raise Unavailable(Dependency.SUBMISSION_HOST, no_answer(exc)) from exc
    except httpx.InvalidURL as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's URL is not valid") from exc


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in NOTHING_THERE:
        raise Rejected(Reason.ARCHIVE_MISSING, f"the archive's host answered {status}")
    if status in _WAIT or status >= 500:
        raise Unavailable(
            Dependency.SUBMISSION_HOST,
            f"it answered {status}",
            retry_after_s=retry_after_s(response.headers, datetime.now(UTC)),
        )
    if status != 200:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, f"the archive's host answered {status}")


async def _body(response: httpx.Response, bytes_max: int) -> bytes:
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > bytes_max:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {bytes_max} bytes")
    try:
        return await read_bounded(response.aiter_raw(), bytes_max)
    except BodyTooLong as exc:
        raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {bytes_max} bytes") from exc


async def _judged_address(target: httpx.URL, fetch: FetchSettings) -> str:
    """One address of the host, all of which must be public unless private ones are allowed."""
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        if fetch.allow_private and isinstance(exc, OSError):
            return target.host  # a proxy may know the name, and there is nothing to judge
        raise Unavailable(Dependency.SUBMISSION_HOST, "its name was not found") from exc
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise Unavailable(Dependency.SUBMISSION_HOST, "its name has no address")
    for address in addresses:
        _judge(ipaddress.ip_address(address.partition("%")[0]), fetch)
    return addresses[0]


def _judge(address: ipaddress.IPv4Address | ipaddress.IPv6Address, fetch: FetchSettings) -> None:
    embedded = _embedded(address) if isinstance(address, ipaddress.IPv6Address) else None
    if embedded is not None:
        _judge(embedded, fetch)
    if address.is_multicast or address.is_unspecified:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's host is no single address")
    is_host = address.version == 4 or embedded is not None or address in _GLOBAL_UNICAST
    is_public = address.is_global and is_host and not any(address in network for network in _NOT_PUBLIC)
    if not is_public and not fetch.allow_private:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's host is not at a public address")


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a translator or tunnel would take `address` to."""
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
