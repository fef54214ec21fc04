"""The operator's dashboard over fakes: who sees it, what it says, how it changes, and what goes back from it."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from starlette.types import Message
from starlette.types import Scope as Request

from app.core.access import Scope
from app.core.limits import WebLimits
from app.core.signing import form_token
from app.web.visitors import SESSION_COOKIE
from schemas.submission import Language
from tests.builders.operating import HOSTILE, busy_web, fill, fill_replays
from tests.builders.records import NOON
from tests.fakes.clock import FakeClock
from tests.fakes.web import SIGNER, FakeWeb
from tests.patience import PATIENCE_S

PATHS = ("/", "/dashboard/events", "/dashboard/requeue?reason=bug")
SENT = {"reason": "archive_missing", "since": "2026-03-01T12:00:00+00:00", "until": "2026-03-02T12:00:00+00:00"}
WATCH_MAX = WebLimits().watchers_max


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def web(clock: FakeClock) -> FakeWeb:
    """With something in every part of the page."""
    web = busy_web(clock)
    await fill(web)
    await fill_replays(web)
    return web


async def signed_in(client: httpx.AsyncClient, token: str = "operate") -> str:
    """Open a session; returns what its forms have to carry."""
    response = await client.post("/sign-in", data={"token": token, "next": "/"})
    assert response.status_code == 303
    return form_token(SIGNER, client.cookies[SESSION_COOKIE])


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_session_the_door_is_shown(path: str) -> None:
    """And it leads back to what was asked for; a script that asks for events is only told."""
    async with FakeWeb().client(None) as client:
        response = await client.get(path)
    if path == "/dashboard/events":
        assert response.status_code == 401
    else:
        assert response.status_code == 303
        assert response.headers["location"].startswith("/sign-in?next=%2F")


@pytest.mark.parametrize("scope", [scope for scope in Scope if scope is not Scope.OPERATE])
async def test_it_is_the_operators_alone(scope: Scope) -> None:
    """A token that allows everything else sees and does nothing here, by header or by session."""
    web = FakeWeb()
    async with web.client(scope.value) as client, web.client(None) as session:
        token = await signed_in(session, scope.value)
        for one in (client, session):
            assert [(await one.get(path)).status_code for path in PATHS] == [403] * len(PATHS)
            assert (await one.post("/dashboard/requeue", data=SENT | {"form_token": token})).status_code == 403
    assert web.letters.requeued == []


async def test_a_form_of_another_site_sends_nothing_back(web: FakeWeb) -> None:
    """Without what this session's form carries, or with another's, nothing is requeued."""
    async with web.client(None) as client, web.client(None) as other:
        await signed_in(client)
        theirs = await signed_in(other, "all")
        for token in ("", "wrong", theirs):
            response = await client.post("/dashboard/requeue", data=SENT | {"form_token": token})
            assert response.status_code == 403
    assert web.letters.requeued == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Work on submissions[4] has stopped", "The language model does not answer", "replay-7 fails"]),
        ("ru", ["Работа над submissions[4] остановилась", "Языковая модель не отвечает", "replay-7 идёт с ошибками"]),
    ],
)
async def test_what_is_wrong_stands_on_top_in_words(web: FakeWeb, language: Language, said: list[str]) -> None:
    """Its name, its cause, since when, what to do; above everything else."""
    async with web.client("operate") as client:
        text = (await client.get(f"/?lang={language}")).text
    top, _, rest = text.partition('id="flow"')
    places = [top.index(words) for words in said]
    assert places == sorted(places)
    assert top.count("STALL_AFTER_S") == 1
    assert '<time datetime="2026-03-02T11:58:45+00:00">11:58:45 UTC</time>' in top
    assert "<svg" in rest
    for part in ("312", "gpt-5-mini", "17", "alpha:4711", "beta:99", "archive_missing", "replay-6", "hw2-1"):
        assert part in rest


async def test_nothing_of_anybodys_is_html(web: FakeWeb) -> None:
    """What an endpoint said, and who handed in, are text."""
    web.published.reviews = [
        replace(web.published.reviews[0], student_id=HOSTILE, submission_id=HOSTILE, model=HOSTILE)
    ]
    async with web.client("operate") as client:
        text = (await client.get("/")).text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5


async def test_an_installation_in_which_nothing_happens() -> None:
    """No worker is a trouble; everything else says that there is none."""
    web = FakeWeb()
    async with web.client("operate") as client:
        text = (await client.get("/?lang=en")).text
    assert re.findall(r'data-trouble="(\w+)"', text) == ["no_worker"]
    assert "seen then first, it may be older" in text
    assert text.count("None.") >= 1
    assert "No partition has records left." in text


async def test_a_source_that_does_not_answer_takes_nothing_else_away(web: FakeWeb) -> None:
    """MongoDB is away: the page is there, says so on top, and which parts are old."""
    web.statuses.away = web.published.away = web.spending.away = web.replays.away = True
    web.broken = "mongodb"
    async with web.client("operate") as client:
        response = await client.get("/?lang=en")
    assert response.status_code == 200
    assert re.findall(r'data-trouble="(\w+)"', response.text) == ["mongodb_away"]
    assert "may be old: Workers, Today (UTC), Replays, Published last" in response.text


async def test_without_scripts_the_page_loads_itself_again(web: FakeWeb) -> None:
    """Unless the reader stops it: then neither a script nor the browser changes what is read."""
    async with web.client("operate") as client:
        moving, paused = (await client.get("/")).text, (await client.get("/?pause=1")).text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in moving
    assert "live.js" in moving
    assert 'data-events="/dashboard/events?lang=en"' in moving
    for part in ("refresh", "live.js", "data-events"):
        assert part not in paused
    assert 'href="/?pause=1"' in moving
    assert 'href="/"' in paused


async def test_a_requeue_is_foretold_and_then_done(web: FakeWeb) -> None:
    """First what would be, of one reason and one day; then the same letters, by a form of this session."""
    async with web.client(None) as client:
        token = await signed_in(client)
        foretold = await client.get("/dashboard/requeue?reason=archive_missing&lang=en")
        assert foretold.status_code == 200
        assert "would go back" in foretold.text
        assert "nothing has been sent" in foretold.text
        assert "put the archive where it is looked for" in foretold.text
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', foretold.text.rpartition("<form")[2]))
        assert fields == SENT | {"form_token": token}
        done = await client.post("/dashboard/requeue?lang=ru", data=fields)
    assert "вернулась" in done.text
    assert "<button>" not in done.text.partition("<main")[2]
    (foreseen, sent) = web.letters.requeued
    assert foreseen[0] == sent[0]
    assert (sent[0].reasons, sent[0].since, sent[0].until) == ({"archive_missing"}, NOON - timedelta(days=1), NOON)
    assert [foreseen[2], sent[2]] == [False, True]
    assert web.letters.options == [(1_000, False), (1_000, False)]


async def test_letters_that_were_requeued_before_are_asked_for_again(web: FakeWeb) -> None:
    """Only where the operator says so, which the form carries on."""
    async with web.client("operate") as client:
        text = (await client.get("/dashboard/requeue?reason=bug&again=1")).text
        assert '<input type="hidden" name="again" value="1">' in text
        await client.post("/dashboard/requeue", data=SENT | {"again": "1"})
    assert web.letters.options == [(1_000, True), (1_000, True)]


@pytest.mark.parametrize("changed", [{"since": "yesterday"}, {"since": "1"}, {"reason": ""}, {"reason": "x" * 101}])
async def test_an_odd_form_is_refused(web: FakeWeb, changed: dict[str, str]) -> None:
    """As a page that says so, and nothing is sent."""
    async with web.client("operate") as client:
        response = await client.post("/dashboard/requeue", data=SENT | changed)
    assert response.status_code == 422
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert web.letters.requeued == []


async def watch(web: FakeWeb, path: str = "/dashboard/events?lang=en") -> AsyncGenerator[dict[str, str], None]:
    """What a browser that watches is told, event by event. httpx's own transport would wait for the end."""
    sent: asyncio.Queue[Message] = asyncio.Queue()
    scope: Request = {
        "type": "http",
        "method": "GET",
        "path": path.partition("?")[0],
        "query_string": path.partition("?")[2].encode(),
        "headers": [(b"authorization", b"Bearer operate")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("web", 80),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if asked:
            return asked.pop()
        await asyncio.Event().wait()
        raise AssertionError("it never goes away")

    task = asyncio.create_task(web.app(scope, receive, sent.put))
    try:
        while True:
            async with asyncio.timeout(PATIENCE_S):
                message = await sent.get()
            if message["type"] == "http.response.start":
                assert message["status"] == 200
                continue
            for event in message["body"].decode().split("\n\n"):
                if event.startswith("event: pieces"):
                    yield json.loads(event.partition("data: ")[2])
            if not message.get("more_body"):
                return
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_only_what_changed_is_sent(web: FakeWeb, clock: FakeClock) -> None:
    """First everything, then the pieces that are not as they were."""
    events = watch(web)
    first = await anext(events)
    assert first.keys() == {"moment", "troubles", "flow", "letters", "state", "model", "replays", "reviews"}
    clock.move(2)
    web.published.reviews = []
    second = await anext(events)
    while "reviews" not in second:
        second = await anext(events)
    assert "None." in second["reviews"]
    assert "replays" not in second
    await events.aclose()
    await web.lookout.close()


async def test_a_stop_ends_the_stream(web: FakeWeb) -> None:
    """Whoever watches is let go at once."""
    events = watch(web)
    await anext(events)
    web.lookout.stop()
    async with asyncio.timeout(PATIENCE_S):
        rest = [event async for event in events]
    assert len(rest) <= 1
    assert web.app.state.parts.watching.value == WATCH_MAX
    await web.lookout.close()


async def test_the_number_of_watchers_is_bounded(web: FakeWeb) -> None:
    """One more is told that there is no place; the page itself is still there."""
    places = web.app.state.parts.watching
    for _ in range(WATCH_MAX):
        places.acquire_nowait()
    async with web.client("operate") as client:
        assert (await client.get("/dashboard/events")).status_code == 503
        assert (await client.get("/")).status_code == 200
