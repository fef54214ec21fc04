"""What every page has: its headers, its language, its door, and an error that says what to do."""

from typing import Annotated

import httpx
import pytest
from fastapi import Response

from app.core.access import AccessTable, Scope
from app.core.signing import SESSION_LIFETIME, form_token
from app.presentation.pages.static_files import static_files, static_url
from app.web.visitors import SESSION_COOKIE, Visitor, admitted, changing, local_path
from tests.fakes.clock import FakeClock
from tests.fakes.web import SIGNER, FakeWeb

PAGES = ("/docs", "/sign-in", "/nowhere", "/static/x/none.css")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def web(clock: FakeClock) -> FakeWeb:
    """With a page and a form for whoever may review."""
    web = FakeWeb(clock=clock)

    @web.app.get("/for-reviewers")
    async def show(visitor: Annotated[Visitor, admitted(Scope.REVIEW)]) -> Response:
        return Response(visitor.token.name)

    @web.app.post("/for-reviewers")
    async def change(visitor: Annotated[Visitor, changing(Scope.REVIEW)]) -> Response:
        return Response(f"changed by {visitor.token.name}")

    return web


async def sign_in(client: httpx.AsyncClient, token: str, next_path: str = "/for-reviewers") -> httpx.Response:
    return await client.post("/sign-in", data={"token": token, "next": next_path})


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_its_headers(web: FakeWeb, path: str) -> None:
    """Nothing inline, nothing from elsewhere, nothing kept, no word of where a reader came from."""
    async with web.client(None) as client:
        headers = (await client.get(path)).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/docs", "", "en"),
        ("/docs", "ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("/docs", "fr, en;q=0.5, ru;q=0.4", "en"),
        ("/docs?lang=ru", "en", "ru"),
        ("/docs?lang=fr", "ru", "ru"),
        ("/docs?lang=%3Cscript%3E", "\u00e9", "en"),
    ],
)
async def test_a_page_speaks_what_is_asked_for(web: FakeWeb, address: str, accepted: str, language: str) -> None:
    """The address says which language, else the browser, else the installation."""
    async with web.client(None) as client:
        text = (await client.get(address, headers={b"Accept-Language": accepted.encode()})).text
    assert f'<html lang="{language}">' in text


async def test_an_error_is_a_page_with_its_cure(web: FakeWeb) -> None:
    """In the reader's language; a program still gets a problem document."""
    async with web.client(None) as client:
        page = await client.get("/nowhere?lang=ru")
        assert page.status_code == 404
        assert "По этому адресу страницы нет." in page.text
        assert "Что делать" in page.text
        wrong_way = await client.delete("/docs")
        assert (wrong_way.status_code, wrong_way.headers["allow"]) == (405, "GET")
        problem = await client.get("/api/v1/nowhere")
        assert problem.headers["content-type"] == "application/problem+json"


async def test_a_bug_on_a_page_tells_nothing_of_itself(web: FakeWeb) -> None:
    """500, with what to do."""

    @web.app.get("/broken")
    async def broken() -> Response:
        raise RuntimeError("a student's text")

    async with web.client(None) as client:
        page = await client.get("/broken")
    assert page.status_code == 500
    assert "Something went wrong on our side." in page.text
    assert "student" not in page.text


async def test_files_of_pages_are_kept_for_ever(web: FakeWeb) -> None:
    """Under the address of their version; under another they are sent and not kept."""
    async with web.client(None) as client:
        for name, file in static_files().items():
            sent = await client.get(static_url(name))
            assert sent.content == file.body
            assert sent.headers["content-type"] == file.media_type
            assert "immutable" in sent.headers["cache-control"]
            old = await client.get(f"/static/old/{name}")
            assert (old.content, old.headers["cache-control"]) == (file.body, "no-store")


async def test_a_token_becomes_a_session(web: FakeWeb) -> None:
    """Whoever wants in is led to the door and back; the cookie is no script's."""
    async with web.client(None) as client:
        sent_away = await client.get("/for-reviewers?at=1")
        assert (sent_away.status_code, sent_away.headers["location"]) == (
            303,
            "/sign-in?next=%2Ffor-reviewers%3Fat%3D1",
        )
        welcome = await sign_in(client, "review", "/for-reviewers?at=1")
        assert (welcome.status_code, welcome.headers["location"]) == (303, "/for-reviewers?at=1")
        cookie = welcome.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Max-Age=43200" in cookie
        assert "Secure" not in cookie  # the installation of this test has no https address
        assert (await client.get("/for-reviewers")).text == "review"


async def test_a_session_is_secure_where_the_site_is() -> None:
    """With an https address the cookie never travels in the open."""
    web = FakeWeb(is_https=True)
    async with web.client(None) as client:
        assert "Secure" in (await sign_in(client, "review")).headers["set-cookie"]


@pytest.mark.parametrize("token", ["", "wrong", "review2", "\u202e"])
async def test_a_wrong_token_is_told(web: FakeWeb, token: str) -> None:
    """With the form again, and no cookie."""
    async with web.client(None) as client:
        answer = await sign_in(client, token)
    assert answer.status_code in {403, 422}
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_session_ends(web: FakeWeb, clock: FakeClock) -> None:
    """At its time, on signing out, and with its token."""
    async with web.client(None) as client:
        await sign_in(client, "review")
        clock.move(SESSION_LIFETIME.total_seconds() - 1)
        assert (await client.get("/for-reviewers")).status_code == 200
        clock.move(1)
        assert (await client.get("/for-reviewers")).status_code == 303
        await sign_in(client, "review")
        kept = client.cookies[SESSION_COOKIE]
        left = await client.post("/sign-out", data={"form_token": form_token(SIGNER, kept)})
        assert (left.status_code, left.headers["location"]) == (303, "/sign-in")
        assert (await client.get("/for-reviewers")).status_code == 303
        await sign_in(client, "review")
        parts = web.app.state.parts
        object.__setattr__(parts, "access", AccessTable([t for t in parts.access.tokens if t.name != "review"]))
        assert (await client.get("/for-reviewers")).status_code == 303


async def test_a_scope_is_demanded(web: FakeWeb) -> None:
    """A session of another scope is told so; a token in the header does as well as a session."""
    async with web.client(None) as client:
        await sign_in(client, "operate")
        assert (await client.get("/for-reviewers")).status_code == 403
        bearer = {"Authorization": "Bearer review"}
        assert (await client.get("/for-reviewers", headers=bearer)).text == "review"
        assert (await client.get("/for-reviewers", headers={"Authorization": "Bearer no"})).status_code == 303


async def test_what_changes_something_wants_its_own_form(web: FakeWeb) -> None:
    """Neither without the form's token nor with another session's; a token in the header travels by no accident."""
    async with web.client(None) as client:
        assert (await client.post("/for-reviewers")).status_code == 303
        await sign_in(client, "review")
        right = form_token(SIGNER, client.cookies[SESSION_COOKIE])
        for presented in ("", "x", form_token(SIGNER, "another"), right[:-1]):
            refused = await client.post("/for-reviewers", data={"form_token": presented})
            assert refused.status_code == 403
            assert "This form was not sent from a page of your session" in refused.text
        changed = await client.post("/for-reviewers", data={"form_token": right})
        assert changed.text == "changed by review"
        assert (await client.post("/sign-out", data={"form_token": "x"})).status_code == 403
    async with web.client("review") as program:
        assert (await program.post("/for-reviewers")).text == "changed by review"


async def test_another_site_cannot_sign_anybody_in(web: FakeWeb) -> None:
    """The browser says where a form came from."""
    async with web.client(None) as client:
        form = {"token": "review", "next": "/"}
        refused = await client.post("/sign-in", data=form, headers={"Sec-Fetch-Site": "cross-site"})
        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)


async def test_tokens_are_not_tried_quickly() -> None:
    """Posts to the door are counted by the address that they come from."""
    web = FakeWeb(rate_per_s=1)
    async with web.client(None) as client:
        statuses = [(await sign_in(client, "wrong")).status_code for _ in range(4)]
    assert statuses == [403, 403, 429, 429]


@pytest.mark.parametrize(
    ("path", "led_to"),
    [
        ("/desk?a=1#b", "/desk?a=1#b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/\u202e", "/"),
    ],
)
def test_nobody_is_led_elsewhere(path: str, led_to: str) -> None:
    """From the door the way leads to a path of ours alone."""
    assert local_path(path) == led_to
