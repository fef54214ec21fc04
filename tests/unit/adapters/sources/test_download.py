"""Downloads whose host's name changes its mind: what DNS answers is judged each time, and dialled as judged."""

import asyncio
from typing import Any

import httpx
import pytest

from app.adapters.sources.download import FetchSettings, download
from app.adapters.sources.submission_sources import SubmissionSources
from app.core.limits import SourceLimits
from schemas.errors import Reason, Rejected
from tests.builders.records import a_submission

PUBLIC = FetchSettings(timeout_s=2, attempts=1, base_wait_s=0)


class Names:
    """Names as a hostile server would answer them: each look-up the next list of addresses."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    @property
    def left(self) -> int:
        """How many look-ups were not made."""
        return len(self._answers)

    async def __call__(self, host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        """As `loop.getaddrinfo` does."""
        addresses = self._answers.pop(0)
        return [(2, 1, 6, "", (address, port)) for address in addresses]


class Recorder(httpx.AsyncBaseTransport):
    """A transport that answers from a list and remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The next answer."""
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("addresses", [["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"]])
async def test_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    """A name with any private address is refused, and nothing is dialled."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(addresses))
    transport = Recorder()
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(Rejected) as caught:
            await download(client, "http://student.example/a.zip", 100, PUBLIC)
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN
    assert transport.requests == []


async def test_each_redirect_is_judged_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public host cannot send us to a private one, not even under its own name."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(["93.184.216.34"], ["127.0.0.1"]))
    transport = Recorder(httpx.Response(302, headers={"location": "/b.zip"}))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(Rejected) as caught:
            await download(client, "http://student.example/a.zip", 100, PUBLIC)
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN
    assert len(transport.requests) == 1


async def test_redirect_from_https_to_http_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for encrypted is not fetched in the clear."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(["93.184.216.34"], ["93.184.216.34"]))
    transport = Recorder(httpx.Response(302, headers={"location": "http://student.example/a.zip"}))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(Rejected) as caught:
            await download(client, "https://student.example/a.zip", 100, PUBLIC)
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN


async def test_second_dns_answer_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was judged, under the name whose certificate is asked for."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(["93.184.216.34"]))
    transport = Recorder(httpx.Response(200, stream=httpx.ByteStream(b"x")))
    async with httpx.AsyncClient(transport=transport) as client:
        assert await download(client, "https://student.example/a.zip", 100, PUBLIC) == b"x"
    (request,) = transport.requests
    assert request.url == "https://93.184.216.34/a.zip"
    assert request.headers["host"] == "student.example"
    assert request.extensions["sni_hostname"] == "student.example"


async def test_name_is_looked_up_once_for_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real connection is made to the address that was judged: a server whose second answer differs is never asked."""
    seen: list[str | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(next(line for line in head.decode().splitlines() if line.startswith("Host:")))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", names)
    allowed = FetchSettings(timeout_s=2, attempts=1, base_wait_s=0, allow_private=True)
    async with server, httpx.AsyncClient(trust_env=False) as client:
        assert await download(client, f"http://student.example:{port}/a.zip", 100, allowed) == b"x"
    assert seen == [f"Host: student.example:{port}"]
    assert names.left == 1


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "fe80::1%eth0", "fd00::1"]
)
async def test_name_at_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A public name that resolves to a private address, also within an IPv6 one, is refused and never dialled."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names([address]))
    transport = Recorder()
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(Rejected) as caught:
            await download(client, "https://student.example/a.zip", 100, PUBLIC)
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN
    assert transport.requests == []


async def test_single_file_is_named_by_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source file is read under the last part of its URL's path, percent signs undone."""
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", Names(["93.184.216.34"]))
    transport = Recorder(httpx.Response(200, stream=httpx.ByteStream(b"x = 1")))
    submission = a_submission(files=None, archive={"uri": "https://student.example/a/%D1%85.py?token=1"})
    async with httpx.AsyncClient(transport=transport) as client:
        reader = SubmissionSources(None, SourceLimits(), fetch=PUBLIC, client=client)
        assert (await reader.read(submission)).texts() == {"х.py": "x = 1"}
