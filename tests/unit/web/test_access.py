"""Who gets in, and how much they may send: a table of refusals, after each of which nothing is half written."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.adapters.sources.archive_shelf import DiskArchiveShelf
from app.core.limits import WebLimits
from app.core.states import publish_fact
from schemas.errors import Reason, Rejected
from schemas.review import ReviewResult
from tests.builders.decisions import a_note, a_verdict
from tests.builders.records import NOON, a_review
from tests.builders.state_records import compared, reviewed, submitted
from tests.fakes.web import FakeWeb
from tests.unit.web.test_api import ARCHIVE, ORDER, TASK, check_problem, hand_in, tell

ROUTES = {
    ("PUT", "/api/v1/submissions/sub-1/archive"): "submit",
    ("POST", "/api/v1/submissions/sub-1/review"): "review",
    ("GET", f"/api/v1/reviews/{TASK}"): "read",
    ("GET", f"/api/v1/reviews/{TASK}/events"): "read",
    ("GET", f"/api/v1/reviews/{TASK}.sarif"): "read",
    ("GET", "/api/v1/students/s/assignments/a/reviews"): "read",
    ("GET", "/api/v1/dead-letters"): "operate",
    ("GET", "/api/v1/dead-letters/0@17"): "operate",
    ("POST", "/api/v1/requeues"): "operate",
}
SCOPES = ("submit", "review", "read", "operate")
TRAVERSALS = ("..", ".hidden", "..%2f..%2fetc", "a%2fb", "a%00b", "%2e%2e", "a\\b", "x" * 129, "a b", "%0a", "ё")


def body_of(method: str, path: str) -> dict[str, Any]:
    """A body that the route would take."""
    if method == "PUT":
        return {"content": ARCHIVE}
    if method == "POST":
        return {"json": {"letters": ["0@17"]} if path.endswith("requeues") else ORDER}
    return {}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic cmVhZA==", "read"])
async def test_nobody_gets_in_without_a_token(method: str, path: str, authorization: str | None) -> None:
    """401, with the scheme that is wanted."""
    web = FakeWeb()
    async with web.client(None) as client:
        headers = {"Authorization": authorization} if authorization is not None else {}
        response = await client.request(method, path, headers=headers, **body_of(method, path))
    check_problem(response, 401)
    assert response.headers["www-authenticate"] == "Bearer"
    assert not web.shelf.archives
    assert not web.outbox.sent


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_each_route_wants_its_scope(method: str, path: str) -> None:
    """403 for a token that allows everything else, and the scope that is missing by name."""
    web = FakeWeb()
    for scope in SCOPES:
        async with web.client(scope) as client:
            response = await client.request(method, path, **body_of(method, path))
        if scope == ROUTES[method, path]:
            assert response.status_code not in {401, 403}
        else:
            assert ROUTES[method, path] in check_problem(response, 403)["detail"]
    assert not web.outbox.sent


async def test_a_student_s_token_opens_that_student_s_work_alone() -> None:
    """Another student's task and review are not known to it, a history is refused; an order, also for itself."""
    web = FakeWeb()
    async with web.client() as platform:
        ordered = await hand_in(platform)
    await web.reviews.store(a_review())
    web.states.published[UUID(TASK)] = NOON
    known = await web.states.find(UUID(TASK))
    assert known is not None
    await web.states.advance([publish_fact(known, NOON)])
    task = ordered.headers["location"]
    history = "/api/v1/students/student-1/assignments/hw-1/reviews"
    for name, expected in (("student-1", (200, 200, 200, 403)), ("student-2", (404, 404, 403, 403))):
        async with web.client(name) as client:
            answers = [
                await client.get(task, params={"wait": 1}),
                await client.get(f"{task}.sarif"),
                await client.get(history),
                await client.post("/api/v1/submissions/sub-1/review", json=ORDER),
            ]
            events = await client.get(f"{task}/events")
        assert tuple(answer.status_code for answer in answers) == expected
        assert events.status_code == expected[0]
    assert len(web.outbox.sent) == 1


@pytest.mark.parametrize("name", TRAVERSALS)
async def test_no_name_leads_anywhere_else(name: str) -> None:
    """An id is an id: separators, dots at the beginning, NULs and endless ones are refused wherever an id stands."""
    web = FakeWeb()
    async with web.client() as client:
        for method, path in (
            ("PUT", f"/api/v1/submissions/{name}/archive"),
            ("POST", f"/api/v1/submissions/{name}/review"),
            ("GET", f"/api/v1/students/{name}/assignments/a/reviews"),
            ("GET", f"/api/v1/students/s/assignments/{name}/reviews"),
        ):
            response = await client.request(method, path, **body_of(method, path))
            assert response.status_code in {404, 405, 422}, path
            check_problem(response, response.status_code)
    assert not web.shelf.archives
    assert not web.outbox.sent


async def test_too_large_a_body_is_refused() -> None:
    """413: at once where its length is declared, and while it is read where it is not."""
    web = FakeWeb(archive_bytes_max=1_000, limits=WebLimits(form_bytes_max=100, json_bytes_max=500))

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield ARCHIVE * 10

    async with web.client() as client:
        url = "/api/v1/submissions/sub-1/archive"
        check_problem(await client.put(url, content=ARCHIVE * 1_000), 413)
        check_problem(await client.put(url, content=pieces()), 413)
        check_problem(await client.put(url, content=ARCHIVE, headers={"Content-Length": "-1"}), 400)
        long = {**ORDER, "test_logs": "x" * 1_000}
        check_problem(await client.post("/api/v1/submissions/sub-1/review", json=long), 413)
    assert not web.shelf.archives
    assert not web.outbox.sent


HIDDEN = a_verdict("trap", title="Secret trap", hidden=True, reason="fell for it")
GRADED = ReviewResult(
    overall_score=40, code_quality_score=50, progress_summary="s", rubric=(a_verdict("works", title="It works"), HIDDEN)
)


async def read_as(owner: str, path: str) -> str:
    """What a path answers once the review of `GRADED` is published, and a person judged hidden items, too."""
    web = FakeWeb()
    review = a_review(review_result=GRADED, decision=a_note(verdicts=("works", "trap"), unplaced=("gone-trap",)))
    await tell(web, submitted(1), compared(1), reviewed(1))
    await web.reviews.store(review)
    web.pages.reviews = [review]
    await web.states.advance([publish_fact(next(iter(web.states.facts.values())), NOON)])
    web.states.published[review.review_id] = NOON
    async with web.client(owner) as client:
        response = await client.get(path.replace("/s/assignments/a/", "/student-1/assignments/hw-1/"))
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize("path", [path for (_, path), scope in ROUTES.items() if scope == "read"])
async def test_a_student_s_token_reads_no_hidden_item(path: str) -> None:
    """On no route, nor what a person judged there."""
    text = await read_as("student-1", path)
    assert TASK in text
    assert [word for word in ("Secret trap", "fell for it", "trap") if word in text] == []


async def test_a_platform_s_token_reads_all_items() -> None:
    """For whoever shows them to teachers."""
    text = await read_as("read", f"/api/v1/reviews/{TASK}")
    assert [word for word in ("Secret trap", "fell for it", "gone-trap") if word not in text] == []


async def test_too_slow_a_body_is_refused() -> None:
    """408 once its time is over, however little comes however often."""
    web = FakeWeb(limits=WebLimits(archive_s=0.3, body_s=0.3))

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b"P"
            await asyncio.sleep(0.05)

    async with asyncio.timeout(10), web.client() as client:
        check_problem(await client.put("/api/v1/submissions/sub-1/archive", content=drops()), 408)
        check_problem(await client.post("/api/v1/submissions/sub-1/review", content=drops()), 408)
    assert not web.shelf.archives


async def test_too_many_requests_are_refused() -> None:
    """429 with the time to wait, for this token alone; guessing tokens is counted, too."""
    web = FakeWeb(rate_per_s=0.01)
    async with web.client("read") as reader, web.client("operate") as operator, web.client("guess") as stranger:
        assert (await reader.get(f"/api/v1/reviews/{TASK}")).status_code == 404
        response = await reader.get(f"/api/v1/reviews/{TASK}")
        check_problem(response, 429)
        assert int(response.headers["retry-after"]) > 0
        assert (await operator.get("/api/v1/dead-letters")).status_code == 200
        check_problem(await stranger.get("/api/v1/dead-letters"), 401)
        check_problem(await stranger.get("/api/v1/dead-letters"), 429)


async def of(*pieces: bytes) -> AsyncIterator[bytes]:
    """Pieces as they come over the network."""
    for piece in pieces:
        yield piece


def names_in(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_an_archive_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """Whatever goes wrong on the way leaves nothing behind, under its own name or another."""
    shelf = DiskArchiveShelf(tmp_path, 1_000)

    async def broken() -> AsyncIterator[bytes]:
        yield ARCHIVE
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await shelf.keep("sub-1", broken())
    for pieces, reason in ((of(ARCHIVE, b"." * 2_000), Reason.ARCHIVE_LIMIT), (of(b"text"), Reason.ARCHIVE_FORMAT)):
        with pytest.raises(Rejected) as caught:
            await shelf.keep("sub-1", pieces)
        assert caught.value.reason is reason
    assert names_in(tmp_path) == []
    assert await shelf.holds("sub-1") is False


async def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    """A younger one may still be coming to another process; an archive in its place is nobody's leftover."""
    shelf = DiskArchiveShelf(tmp_path, 1_000)
    await shelf.keep("sub-1", of(ARCHIVE))
    for name, age in (("old", timedelta(days=1, minutes=1)), ("new", timedelta(hours=23))):
        path = tmp_path / f".incoming-{name}"
        path.write_bytes(ARCHIVE)
        os.utime(path, ((NOON - age).timestamp(),) * 2)
    os.utime(tmp_path / "sub-1.zip", (0, 0))
    await shelf.remove_abandoned(NOON)
    assert names_in(tmp_path) == [".incoming-new", "sub-1.zip"]
    await DiskArchiveShelf(tmp_path / "away", 1_000).remove_abandoned(NOON)


async def test_an_archive_is_named_by_its_content(tmp_path: Path) -> None:
    """A zip file is one, every other archive is called as a tar, and the sources' reader tells them by content."""
    shelf = DiskArchiveShelf(tmp_path, 1_000)
    await shelf.keep("zipped", of(ARCHIVE[:3], ARCHIVE[3:]))
    await shelf.keep("tarred", of(b"\x1f\x8b\x08" + b"." * 20))
    assert names_in(tmp_path) == ["tarred.tar.gz", "zipped.zip"]
    assert (tmp_path / "zipped.zip").read_bytes() == ARCHIVE
    assert await shelf.holds("zipped")


async def test_one_archive_wins_for_each_id(tmp_path: Path) -> None:
    """Twenty at once, two contents: one is there, the others hear of it; a folder is never written over."""
    shelf = DiskArchiveShelf(tmp_path, 1_000)
    outcomes = await asyncio.gather(
        *(shelf.keep("sub-1", of(ARCHIVE + bytes([n % 2]))) for n in range(20)), return_exceptions=True
    )
    kept = [one for one in outcomes if not isinstance(one, BaseException)]
    refused = [one for one in outcomes if isinstance(one, Rejected)]
    assert (len(kept), len(refused)) == (10, 10)
    assert sum(one.is_new for one in kept) == 1
    assert {one.reason for one in refused} == {Reason.DUPLICATE_ID}
    assert names_in(tmp_path) == ["sub-1.zip"]
    (tmp_path / "folder").mkdir()
    with pytest.raises(Rejected):
        await shelf.keep("folder", of(ARCHIVE))


async def test_an_id_that_ends_like_an_archive_is_refused(tmp_path: Path) -> None:
    """`a.zip` as an id would be looked for where the archive of `a` lies."""
    with pytest.raises(Rejected):
        await DiskArchiveShelf(tmp_path, 1_000).keep("a.zip", of(ARCHIVE))
