"""Authorities, proxies and redirects of what is called over HTTP, against servers on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from structlog.testing import capture_logs

from app.adapters.doctor.http_probes import probe_review_api
from app.adapters.http.client import new_http_client
from app.adapters.http.no_answer import NoAnswer, why_no_answer
from app.adapters.http.review_api import HttpReviewApi
from app.adapters.http.routes import proxy_routes, tls_context
from app.adapters.http.webhook import SignedWebhook
from app.adapters.sources.download import FetchSettings, download
from app.backoff import Backoff
from app.config import load_settings
from schemas.errors import Reason, Rejected, StartRefused, Unavailable
from tests.builders.records import a_review
from tests.fakes.answering import Answer, AnsweringServer
from tests.unit.tls import AUTHORITY, OTHER_NAME, RIGHT

ONCE = Backoff(attempts=1)
ALLOWED = FetchSettings(timeout_s=5, attempts=1, allow_private=True, base_wait_s=0)


@pytest.fixture
async def server() -> AsyncIterator[AnsweringServer]:
    server = AnsweringServer()
    await server.start()
    yield server
    await server.stop()


@asynccontextmanager
async def speaking_tls(certificate: Path) -> AsyncIterator[str]:
    """A server of https that answers everything with 200."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/reviews"


async def deliver(url: str, environ: Mapping[str, str]) -> None:
    """Deliver one review, once."""
    async with new_http_client(environ=environ) as client:
        await HttpReviewApi(client, url, "key", 5, ONCE).deliver(a_review())


async def test_private_authority_is_trusted_where_it_is_named() -> None:
    """With `SSL_CERT_FILE` a platform under a private authority takes reviews, webhooks and downloads."""
    environ = {"SSL_CERT_FILE": str(AUTHORITY)}
    async with speaking_tls(RIGHT) as url:
        await deliver(url, environ)
        async with new_http_client(environ=environ) as client:
            assert await SignedWebhook(client, url, "secret", 5, ONCE).notify(a_review())
            assert await download(client, url, 100, ALLOWED) == b"ok"


async def test_authorities_of_this_machine_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An authority that the machine's administrator installed needs no variable, and the packaged ones stay."""
    packaged = tls_context({}).cert_store_stats()["x509_ca"]
    usual = ssl.get_default_verify_paths()._replace(openssl_cafile=str(AUTHORITY), openssl_capath="")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: usual)
    async with speaking_tls(RIGHT) as url:
        await deliver(url, {})
    assert packaged > 50


async def test_private_authority_that_is_not_named_is_told_with_its_cure() -> None:
    """A certificate that is not trusted holds the review, and the log names TLS and `SSL_CERT_FILE`."""
    async with speaking_tls(RIGHT) as url:
        with pytest.raises(Unavailable, match=r"not trusted.*SSL_CERT_FILE"):
            await deliver(url, {})
        async with new_http_client(environ={}) as client:
            with pytest.raises(Rejected, match=r"not trusted.*SSL_CERT_FILE") as caught:
                await download(client, url, 100, ALLOWED)
            with capture_logs() as lines:
                assert not await SignedWebhook(client, url, "secret", 5, ONCE).notify(a_review())
    assert caught.value.reason is Reason.ARCHIVE_UNREACHABLE
    assert "SSL_CERT_FILE" in str(lines)


async def test_certificate_for_another_name_is_told() -> None:
    """A certificate for another name blames the address, not the authority."""
    async with speaking_tls(OTHER_NAME) as url:
        with pytest.raises(Unavailable, match="another name"):
            await deliver(url, {"SSL_CERT_FILE": str(AUTHORITY)})


async def test_https_to_a_server_of_http_is_told(server: AnsweringServer) -> None:
    """Where the address speaks no TLS, the log says that TLS failed."""
    with pytest.raises(Unavailable, match=r"TLS failed \(\w+\): does that address speak https"):
        await deliver(server.url.replace("http://", "https://"), {})


@pytest.mark.parametrize(
    ("code", "words"),
    [(10, "out of date"), (9, "clock"), (18, "SSL_CERT_FILE"), (62, "another name"), (92, "RFC 5280"), (23, "code 23")],
)
def test_openssls_codes_have_their_cures(code: int, words: str) -> None:
    """Certificates that ended, are not valid yet, unknown or for others are told apart by code, quoting nothing."""
    error = ssl.SSLCertVerificationError("hunter2")
    error.verify_code = code
    wrapped = httpx.ConnectError("hunter2")
    wrapped.__cause__ = error
    told = why_no_answer(wrapped, httpx.ProxyError)
    assert told.fault == "tls"
    assert words in told.said
    assert "hunter2" not in told.said


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_faults_have_the_same_words_in_both_libraries(library: Any) -> None:
    """A proxy that fails is told alike by httpx and by the model's client, and so is what nobody can explain."""
    outer = ValueError("hunter2")
    outer.__cause__ = library.ProxyError("hunter2")
    assert why_no_answer(outer, library.ProxyError).fault == "proxy"
    told = why_no_answer(library.ConnectError("hunter2"), library.ProxyError)
    assert told == NoAnswer("other", "no answer: ConnectError")


async def test_doctor_names_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """`doctor` says that the certificate is not trusted, and that it is once the authority is named."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    async with speaking_tls(RIGHT) as url:
        settings = load_settings(env_file=None, external_api_url=url)
        probe = await probe_review_api(5, settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
        again = await probe_review_api(5, settings)
    assert not probe.ok
    assert "SSL_CERT_FILE" in probe.cause
    assert again.ok


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_unusable_authorities_refuse_the_start(tmp_path: Path, content: str | None) -> None:
    """A file of authorities that is not there, or holds none, ends the start by its variable's name."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(StartRefused, match="SSL_CERT_FILE"):
        new_http_client(environ={"SSL_CERT_FILE": str(file)})
    with pytest.raises(StartRefused, match="SSL_CERT_DIR"):
        new_http_client(environ={"SSL_CERT_DIR": str(file)})


async def test_proxy_of_the_environment_is_taken(server: AnsweringServer) -> None:
    """The review API is reached through `HTTP_PROXY`, unless `NO_PROXY` names its host."""
    await deliver("http://api.example/reviews", {"HTTP_PROXY": server.url})
    assert server.asked == ["POST /reviews"]
    assert server.headers[0]["Host"] == "api.example"
    with pytest.raises(Unavailable, match="no answer"):
        await deliver("http://api.invalid/reviews", {"HTTP_PROXY": server.url, "NO_PROXY": ".invalid"})
    assert len(server.asked) == 1


async def test_downloads_ask_the_proxy_for_the_judged_address(server: AnsweringServer) -> None:
    """Behind a proxy an archive is fetched from the address that was judged public, and private ones are forbidden."""
    server.otherwise = Answer(200, b"PK")
    judged = FetchSettings(timeout_s=5, attempts=1, base_wait_s=0)
    async with new_http_client(environ={"http_proxy": server.url}) as client:
        assert await download(client, "http://93.184.215.14/a.zip", 100, judged) == b"PK"
        with pytest.raises(Rejected) as caught:
            await download(client, "http://10.1.2.3/a.zip", 100, judged)
    assert caught.value.reason is Reason.ARCHIVE_FORBIDDEN
    assert server.asked == ["GET /a.zip"]


async def test_downloads_over_tls_prove_the_name_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy is asked for an https host by its name, whose certificate counts; a host without one is not read."""
    asked: list[bytes] = []

    async def public(_host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(2, 1, 6, "", ("93.184.215.14", port))]

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    tunnels: list[asyncio.Task[Any] | None] = []
    async with speaking_tls(OTHER_NAME) as url:
        port = httpx.URL(url).port

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tunnels.append(asyncio.current_task())
            asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
            there, back = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(pipe(reader, back), pipe(there, writer))

        async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as proxy:
            environ = {
                "HTTPS_PROXY": f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}",
                "SSL_CERT_FILE": str(AUTHORITY),
            }
            fetch = FetchSettings(timeout_s=5, attempts=1, base_wait_s=0)
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", public)
            async with new_http_client(environ=environ) as client:
                assert await download(client, "https://another.example/a.zip", 100, fetch) == b"ok"
                with pytest.raises(Rejected, match="another name"):
                    await download(client, "https://rebound.example/a.zip", 100, fetch)
            async with asyncio.timeout(5):
                await asyncio.gather(*(tunnel for tunnel in tunnels if tunnel is not None))
    assert asked == [b"CONNECT another.example:443 HTTP/1.1", b"CONNECT rebound.example:443 HTTP/1.1"]


async def test_name_that_only_the_proxy_knows_is_left_to_it(server: AnsweringServer) -> None:
    """Where private addresses are allowed there is nothing to judge: a name not found here goes to the proxy."""
    server.otherwise = Answer(200, b"PK")
    async with new_http_client(environ={"HTTP_PROXY": server.url}) as client:
        assert await download(client, "http://archives.invalid/a.zip", 100, ALLOWED) == b"PK"
        with pytest.raises(Rejected, match="name was not found"):
            await download(client, "http://archives.invalid/a.zip", 100, FetchSettings(attempts=1))


async def test_this_machine_is_never_proxied(server: AnsweringServer) -> None:
    """What listens on loopback is called directly, whatever the proxy."""
    await deliver(f"{server.url}/reviews", {"ALL_PROXY": "http://127.0.0.1:1"})
    assert server.asked == ["POST /reviews"]


async def test_proxy_that_refuses_is_told() -> None:
    """A proxy that does not connect is named, with the variables."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        with pytest.raises(Unavailable, match=r"proxy does not let it through.*HTTPS_PROXY"):
            await deliver("https://api.example/reviews", {"HTTPS_PROXY": url})


@pytest.mark.parametrize("url", ["ftp://proxy:21", "socks4://u:hunter2@proxy", "http://u:hunter2@[::1"])
def test_unusable_proxy_refuses_the_start(url: str) -> None:
    """A proxy that cannot be used ends the start by name, without its password."""
    with pytest.raises(StartRefused, match="HTTPS_PROXY") as caught:
        new_http_client(environ={"HTTPS_PROXY": url})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("*", "api.example", True),
        ("", "api.example", False),
        ("example", "api.example", True),
        (".example", "api.example", True),
        ("*.example", "API.Example.", True),
        ("api.example", "api.example", True),
        ("api.example:443", "api.example", True),
        ("pi.example", "api.example", False),
        ("other, api.example", "api.example", True),
        ("other api.example", "api.example", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8", "fd00::1", True),
        ("[fd00::1]", "fd00::1", True),
        ("10.0.0.0/8", "api.example", False),
        ("nonsense/8", "10.1.2.3", False),
        ("", "localhost", True),
        ("", "127.8.0.1", True),
        ("", "::1", True),
    ],
)
def test_no_proxy_is_read_as_by_others(no_proxy: str, host: str, direct: bool) -> None:
    """`NO_PROXY` names hosts, domains, addresses and networks; loopback needs no naming."""
    routes = proxy_routes({"HTTPS_PROXY": "proxy:3128", "NO_PROXY": no_proxy})
    assert routes.proxy_for("https", host) == (None if direct else "http://proxy:3128")


def test_proxies_are_told_by_scheme_and_case() -> None:
    """Small letters win, `ALL_PROXY` stands in for both, and blank means none."""
    routes = proxy_routes({"http_proxy": "a:1", "HTTP_PROXY": "b:1", "HTTPS_PROXY": " ", "ALL_PROXY": "https://c:1"})
    assert routes.proxy_for("http", "api.example") == "http://a:1"
    assert routes.proxy_for("https", "api.example") == "https://c:1"
    assert proxy_routes({}).proxy_for("https", "api.example") is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_to_another_host_are_not_followed(server: AnsweringServer, status: int) -> None:
    """Neither the API's key nor the webhook's message goes where a redirect points."""
    server.answers = {
        "POST /reviews": Answer(status, headers={"Location": server.url.replace("127.0.0.1", "localhost") + "/there"})
    }
    with pytest.raises(Unavailable, match="redirects are not followed"):
        await deliver(f"{server.url}/reviews", {})
    async with new_http_client(environ={}) as client:
        assert not await SignedWebhook(client, f"{server.url}/reviews", "secret", 5, ONCE).notify(a_review())
    assert server.asked == ["POST /reviews"] * 2


async def test_as_many_connections_are_kept_as_calls_are_made_at_once() -> None:
    """Two rounds of thirty calls at the same time take thirty connections: none is opened anew for the second."""
    calls, opened = 30, 0
    everybody_is_here = asyncio.Barrier(calls)
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        serving.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                await everybody_is_here.wait()
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        with suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        async with new_http_client(5, calls_max=calls, environ={}) as client:
            for _ in range(2):
                answers = await asyncio.gather(*(client.get(url) for _ in range(calls)))
                assert {answer.status_code for answer in answers} == {204}
        await asyncio.gather(*(task for task in serving if task is not None))
    assert opened == calls
