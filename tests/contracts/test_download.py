"""What a host that a submission names can do, and what becomes of it: served, refused, or tried a bounded time."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from aiohttp import web

from app.adapters.http.errors import PROGRAMMERS_ERRORS
from app.adapters.sources.download import FetchSettings, download
from app.embedded.machine.loopback import LoopbackServer
from schemas.errors import Reason, Rejected

BODY = b"PK an archive's bytes"
ALLOWED = FetchSettings(timeout_s=2.0, attempts=3, redirects_max=2, allow_private=True, base_wait_s=0.0)
PUBLIC = FetchSettings(timeout_s=2.0, attempts=3, redirects_max=2, base_wait_s=0.0)
PUBLIC_URL = "http://93.184.215.14/a.zip"  # a literal address: no name is looked up, and nothing is sent there

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A host on loopback that answers from a list, its last answer for ever, and counts the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [self.body]
        self.requests: list[web.Request] = []
        self.server = LoopbackServer(self._app)

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    @property
    def url(self) -> str:
        return f"{self.server.base_url}/a.zip"

    @staticmethod
    async def body(_request: web.Request) -> web.Response:
        return web.Response(body=BODY)


def status(code: int, **headers: str) -> Answer:
    """Answers `code`."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=code, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


async def trickle(request: web.Request) -> web.StreamResponse:
    """Sends a byte now and then, for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x")
        await asyncio.sleep(0.02)


async def endless(request: web.Request) -> web.StreamResponse:
    """Sends as much as is taken, without a length."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(bytes(10_000))


async def broken_off(request: web.Request) -> web.StreamResponse:
    """Promises more than it sends."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"x")
    assert request.transport is not None
    request.transport.close()
    return response


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    await host.server.start()
    yield host
    await host.server.down()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def refusal(client: httpx.AsyncClient, url: str, fetch: FetchSettings = ALLOWED) -> Reason:
    """Why the download is refused; anything else than a refusal fails the test."""
    with pytest.raises(Rejected) as caught:
        await download(client, url, 100_000, fetch)
    return caught.value.reason


async def test_body_is_served_as_it_is(host: Host, client: httpx.AsyncClient) -> None:
    """The bytes come as the host sent them, and no packing on the way was asked for."""
    assert await download(client, host.url, 100_000, ALLOWED) == BODY
    assert host.requests[0].headers["Accept-Encoding"] == "identity"


async def test_name_is_sent_though_the_address_is_dialled(client: httpx.AsyncClient, host: Host) -> None:
    """The connection goes to the judged address, while the host is asked by its own name and port."""
    assert await download(client, f"http://localhost:{host.server.port}/a.zip", 100_000, ALLOWED) == BODY
    assert host.requests[0].headers["Host"] == f"localhost:{host.server.port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.zip",
        "http://localhost/a.zip",
        "http://10.1.2.3/a.zip",
        "http://192.168.0.1/a.zip",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/a.zip",
        "http://2130706433/a.zip",
        "http://0x7f.1/a.zip",
        "http://0.0.0.0/a.zip",
        "http://224.0.0.1/a.zip",
        "http://[::1]/a.zip",
        "http://[fe80::1]/a.zip",
        "http://[fd00::1]/a.zip",
        "http://[::ffff:127.0.0.1]/a.zip",
        "http://[::ffff:a9fe:a9fe]/a.zip",
        "http://[2002:7f00:1::]/a.zip",
        "http://[64:ff9b::10.0.0.1]/a.zip",
        "http://[64:ff9b:1::10.0.0.1]/a.zip",
        "http://[::ffff:0:127.0.0.1]/a.zip",
        "http://[::10.0.0.1]/a.zip",
        "http://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/a.zip",
        "http://[fec0::1]/a.zip",
        "http://[3fff::1]/a.zip",
        "http://[5f00::1]/a.zip",
        "http://[4000::1]/a.zip",
        "http://192.0.0.8/a.zip",
        "http://192.88.99.1/a.zip",
        "http://198.18.0.1/a.zip",
        "http://240.0.0.1/a.zip",
        "http://255.255.255.255/a.zip",
        "http://0177.0.0.1/a.zip",
        "http://127.1/a.zip",
        "http://017700000001/a.zip",
        "http://①②⑦.0.0.1/a.zip",
        "http://127。0。0。1/a.zip",
        "http://[ff02::1]/a.zip",
    ],
)
async def test_addresses_that_are_not_public_are_forbidden(url: str) -> None:
    """Loopback, private, link-local, shared and multicast addresses, in every spelling, are never dialled."""
    assert await refusal(never_dialled(), url, PUBLIC) is Reason.ARCHIVE_FORBIDDEN


@pytest.mark.parametrize(
    "address",
    [
        "[::ffff:93.184.215.14]",
        "[64:ff9b::93.184.215.14]",
        "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]",
        "[2002:5db8:d70e::1]",
        "1.1.1.1",
    ],
)
async def test_public_addresses_are_dialled(address: str) -> None:
    """Public addresses pass, an IPv4 one written as IPv6 too."""
    client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(BODY)))
    )
    assert await download(client, f"http://{address}/a.zip", 100_000, PUBLIC) == BODY


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/a", "file:///etc/passwd", "http:///a", "http://", "http://[::1", "h", ""]
)
async def test_urls_that_are_not_http_are_forbidden(url: str) -> None:
    """Only a valid http or https URL with a host is dialled."""
    assert await refusal(never_dialled(), url) is Reason.ARCHIVE_FORBIDDEN


async def test_redirect_is_followed(host: Host, client: httpx.AsyncClient) -> None:
    """Redirects are followed, absolute ones and relative ones."""
    host.answers = [status(302, Location=host.url), status(307, Location="/b.zip"), host.body]
    assert await download(client, host.url, 100_000, ALLOWED) == BODY
    assert [request.path for request in host.requests] == ["/a.zip", "/a.zip", "/b.zip"]


async def test_endless_redirects_are_refused(host: Host, client: httpx.AsyncClient) -> None:
    """More redirects than allowed are refused without another attempt."""
    host.answers = [status(302, Location="/a.zip")]
    assert await refusal(client, host.url) is Reason.ARCHIVE_UNREACHABLE
    assert len(host.requests) == ALLOWED.redirects_max + 1


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:1/a", "http://[::ffff:10.0.0.1]/a", "//localhost/a", "file:///etc/passwd", "ftp://1.1.1.1/a"],
)
async def test_redirect_to_what_is_forbidden_is_forbidden(location: str) -> None:
    """A public host cannot send the download into the private network, nor to another scheme."""
    dialled: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        dialled.append(request.url.host)
        return httpx.Response(302, headers={b"Location": location.encode()})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    assert await refusal(client, PUBLIC_URL, PUBLIC) is Reason.ARCHIVE_FORBIDDEN
    assert dialled == ["93.184.215.14"]


@pytest.mark.parametrize("location", ["http://[::1", "http://a\u2100b/", "http://" + "a" * 70_000, "http://a:x/"])
async def test_redirect_to_no_url_is_refused(location: str) -> None:
    """A host that redirects to what is no URL does not speak HTTP, and is given up after the bounded attempts."""
    answer = httpx.Response(302, headers={b"Location": location.encode()})
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer))
    assert await refusal(client, PUBLIC_URL, PUBLIC) is Reason.ARCHIVE_UNREACHABLE


@pytest.mark.parametrize(
    ("code", "reason"),
    [(404, Reason.ARCHIVE_MISSING), (410, Reason.ARCHIVE_MISSING), (401, Reason.ARCHIVE_FORBIDDEN),
     (403, Reason.ARCHIVE_FORBIDDEN), (304, Reason.ARCHIVE_FORBIDDEN), (302, Reason.ARCHIVE_FORBIDDEN)],
)  # fmt: skip
async def test_refusals_of_the_host_are_final(host: Host, client: httpx.AsyncClient, code: int, reason: Reason) -> None:
    """What the host refuses is refused after one request; a redirect to nowhere is one of these."""
    host.answers = [status(code)]
    assert await refusal(client, host.url) is reason
    assert len(host.requests) == 1


@pytest.mark.parametrize("code", [500, 503, 429])
async def test_host_that_stumbles_is_asked_again(host: Host, client: httpx.AsyncClient, code: int) -> None:
    """A 5xx or 429, then the archive: the archive is taken."""
    host.answers = [status(code), status(code, Retry_After="0"), host.body]
    assert await download(client, host.url, 100_000, ALLOWED) == BODY


@pytest.mark.parametrize("answer", [status(500), broken_off], ids=["500", "broken off"])
async def test_host_that_never_serves_is_refused(host: Host, client: httpx.AsyncClient, answer: Answer) -> None:
    """After the bounded attempts the submission is refused: its host must not hold the partition."""
    host.answers = [answer]
    assert await refusal(client, host.url) is Reason.ARCHIVE_UNREACHABLE
    assert len(host.requests) == ALLOWED.attempts


async def test_host_that_asks_for_patience_is_refused(host: Host, client: httpx.AsyncClient) -> None:
    """A `Retry-After` of an hour is not waited for."""
    host.answers = [status(503, Retry_After="3600")]
    assert await refusal(client, host.url) is Reason.ARCHIVE_UNREACHABLE


async def test_host_that_is_down_is_unreachable(host: Host, client: httpx.AsyncClient) -> None:
    """Nobody listening, or a name that does not exist, is `archive_unreachable`."""
    await host.server.down()
    assert await refusal(client, host.url) is Reason.ARCHIVE_UNREACHABLE
    assert await refusal(client, "http://" + "a" * 64 + ".invalid/a.zip") is Reason.ARCHIVE_UNREACHABLE


async def test_large_body_is_refused(host: Host, client: httpx.AsyncClient) -> None:
    """A body beyond the limit is `archive_limit`, though its end never comes."""
    host.answers = [endless]
    assert await refusal(client, host.url) is Reason.ARCHIVE_LIMIT
    assert len(host.requests) == 1


async def test_slow_body_is_cut_off(host: Host, client: httpx.AsyncClient) -> None:
    """A host that keeps sending a little is refused when the time of all attempts is over."""
    host.answers = [trickle]
    fetch = FetchSettings(timeout_s=0.2, attempts=2, allow_private=True, base_wait_s=0.0)
    assert await refusal(client, host.url, fetch) is Reason.ARCHIVE_UNREACHABLE


async def test_user_of_a_uri_is_told_to_its_host_alone(host: Host, client: httpx.AsyncClient) -> None:
    """A uri may name a user and a password; where it redirects to another host, that one does not hear them."""
    login = host.url.replace("http://", "HTTP://user:hunter2@")
    elsewhere = host.url.replace("127.0.0.1", "localhost").replace("a.zip", "b.zip")
    host.answers = [status(302, Location=elsewhere), host.body]
    assert await download(client, login, 100_000, ALLOWED) == BODY
    assert [("Authorization" in request.headers) for request in host.requests] == [True, False]
    host.answers = [status(401)]
    with pytest.raises(Rejected) as caught:
        await download(client, login, 100_000, ALLOWED)
    assert "hunter2" not in str(caught.value)


async def test_cookies_are_not_kept(host: Host, client: httpx.AsyncClient) -> None:
    """What a host sets is not sent with the next download."""
    host.answers = [status(500, Set_Cookie="who=student-1"), host.body]
    await download(client, host.url, 100_000, ALLOWED)
    assert "Cookie" not in host.requests[1].headers


def exception_classes() -> Iterator[type[Exception]]:
    """Every exception class that httpx shows."""
    for _, cls in sorted(inspect.getmembers(httpx, inspect.isclass)):
        if issubclass(cls, Exception):
            yield cls


@pytest.mark.parametrize("cls", [*exception_classes(), ConnectionResetError], ids=lambda cls: cls.__name__)
async def test_every_error_of_a_request_becomes_a_refusal(cls: type[Exception]) -> None:
    """Each class of httpx ends the download as a refusal that quotes nothing; misuse of httpx stays a bug."""
    attempts = 0

    def fail(_request: httpx.Request) -> httpx.Response:
        nonlocal attempts
        attempts += 1
        error = cls.__new__(cls, "private")
        error.args = ("private",)
        raise error

    client = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    with pytest.raises(PROGRAMMERS_ERRORS if issubclass(cls, PROGRAMMERS_ERRORS) else Rejected) as caught:
        await download(client, PUBLIC_URL, 100_000, PUBLIC)
    if isinstance(caught.value, Rejected):
        forbidden = issubclass(cls, httpx.InvalidURL)
        assert caught.value.reason is (Reason.ARCHIVE_FORBIDDEN if forbidden else Reason.ARCHIVE_UNREACHABLE)
        assert attempts == (1 if forbidden else PUBLIC.attempts)
        assert "private" not in caught.value.detail


def never_dialled() -> httpx.AsyncClient:
    """A client that fails the test when it is used."""

    def fail(request: httpx.Request) -> httpx.Response:
        pytest.fail(f"{request.url} was dialled")

    return httpx.AsyncClient(transport=httpx.MockTransport(fail))
