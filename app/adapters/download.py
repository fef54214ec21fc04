"""Downloads from hosts that a submission names: bounded in size, time, redirects and addresses.

A submission is hostile input: its URL may point into our own network. The host is resolved here, every address is
judged, and the connection goes to the judged address, so that a second DNS answer cannot lead elsewhere.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.adapters.http_errors import retry_after_s
from app.adapters.retry import RetryPolicy, with_retries
from schemas.errors import Dependency, Reason, Rejected, Unavailable

_MISSING = {404, 410}
_WAIT = {408, 425, 429}


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """Bounds of one download.

    `attempts` counts the first; then the submission is refused, for a host of its own choosing must not hold its
    partition.
    """

    timeout_s: float = 30.0
    attempts: int = 3
    redirects_max: int = 5
    allow_private: bool = False
    base_wait_s: float = 0.5


async def download(client: httpx.AsyncClient, url: str, bytes_max: int, fetch: FetchSettings) -> bytes:
    """The body at `url`.

    Raises `Rejected`: `archive_missing`, `archive_forbidden` (the address, or the host's own 401/403),
    `archive_limit`, `archive_unreachable` once the attempts are used up.
    """
    policy = RetryPolicy(attempts=fetch.attempts, base_s=fetch.base_wait_s)
    try:
        async with asyncio.timeout(fetch.timeout_s * fetch.attempts):
            return await with_retries(policy, lambda: _follow(client, url, bytes_max, fetch))
    except (Unavailable, TimeoutError) as exc:
        detail = exc.detail if isinstance(exc, Unavailable) else "too slow"
        raise Rejected(
            Reason.ARCHIVE_UNREACHABLE, f"the archive's host did not serve it in {fetch.attempts} attempts: {detail}"
        ) from exc


async def _follow(client: httpx.AsyncClient, url: str, bytes_max: int, fetch: FetchSettings) -> bytes:
    for _ in range(fetch.redirects_max + 1):
        answer = await _get(client, url, bytes_max, fetch)
        if isinstance(answer, bytes):
            return answer
        url = answer
    raise Rejected(Reason.ARCHIVE_UNREACHABLE, f"more than {fetch.redirects_max} redirects")


async def _get(client: httpx.AsyncClient, url: str, bytes_max: int, fetch: FetchSettings) -> bytes | str:
    """The body, or where a redirect leads."""
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's URL is not valid") from exc
    if target.scheme not in {"http", "https"} or not target.host:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's URL is not http or https")
    address = await _judged_address(target, fetch)
    pinned = target.copy_with(host=address)
    request = client.build_request(
        "GET",
        pinned,
        headers={"Host": target.netloc.decode("ascii"), "Accept-Encoding": "identity"},
        extensions={"sni_hostname": target.host},
        timeout=fetch.timeout_s,
    )
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.is_redirect and "location" in response.headers:
                return str(target.join(response.headers["location"]))
            _refuse_status(response)
            return await _body(response, bytes_max)
        finally:
            await response.aclose()
    except (httpx.TransportError, httpx.DecodingError, httpx.StreamError) as exc:
        raise Unavailable(Dependency.SUBMISSION_HOST, type(exc).__name__) from exc
    except httpx.InvalidURL as exc:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, "a redirect leads to a URL that is not valid") from exc


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in _MISSING:
        raise Rejected(Reason.ARCHIVE_MISSING, f"the archive's host answered {status}")
    if status in _WAIT or status >= 500:
        raise Unavailable(
            Dependency.SUBMISSION_HOST,
            f"status {status}",
            retry_after_s=retry_after_s(response.headers, datetime.now(UTC)),
        )
    if not response.is_success:
        raise Rejected(Reason.ARCHIVE_FORBIDDEN, f"the archive's host answered {status}")


async def _body(response: httpx.Response, bytes_max: int) -> bytes:
    chunks = bytearray()
    async for chunk in response.aiter_raw():
        chunks += chunk
        if len(chunks) > bytes_max:
            raise Rejected(Reason.ARCHIVE_LIMIT, f"the archive has more than {bytes_max} bytes")
    return bytes(chunks)


async def _judged_address(target: httpx.URL, fetch: FetchSettings) -> str:
    """One address of the host, all of which must be public unless private ones are allowed."""
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(target.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise Unavailable(Dependency.SUBMISSION_HOST, "the host's name was not found") from exc
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise Unavailable(Dependency.SUBMISSION_HOST, "the host's name has no address")
    for address in addresses:
        judged = ipaddress.ip_address(address.split("%", 1)[0])
        mapped = judged.ipv4_mapped if isinstance(judged, ipaddress.IPv6Address) else None
        if not (mapped or judged).is_global and not fetch.allow_private:
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's host is not a public address")
        if judged.is_multicast or judged.is_unspecified:
            raise Rejected(Reason.ARCHIVE_FORBIDDEN, "the archive's host is no single address")
    return addresses[0]
