"""The HTTP API over fakes: what each path answers."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import Message

from app.core.history.identity import review_id
from app.core.states import publish_fact, read_fact
from app.core.watching.worker_status import BreakerStatus, CauseStatus, TopicLag, WorkerPhase
from schemas.submission import NamedLog
from tests.builders.records import NOON, a_review
from tests.builders.state_records import TOPICS, compared, refused, reviewed, submitted
from tests.builders.watching import a_status, ago
from tests.fakes.web import FakeWeb
from tests.patience import PATIENCE_S

ARCHIVE = b"PK\x03\x04 not really"
JSON = {"Content-Type": "application/json"}
ORDER = {"student_id": "student-1", "assignment_id": "hw-1"}
TASK = str(review_id("student-1", "hw-1", "sub-1", 0))


@pytest.fixture
def web() -> FakeWeb:
    return FakeWeb()


@pytest.fixture
async def client(web: FakeWeb) -> Any:
    async with web.client() as client:
        yield client


def check_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that a response tells, after a look at its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["cure"]
    return problem


async def tell(web: FakeWeb, *records: Any) -> None:
    """What the projection would have read."""
    for record in records:
        fact = read_fact(TOPICS, *record).fact
        assert fact is not None
        await web.states.advance([fact])


async def hand_in(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    """The archive and the order of `sub-1`."""
    await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    return await client.post("/api/v1/submissions/sub-1/review", json=ORDER | fields)


async def test_an_archive_is_kept_raw_or_as_a_form(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """201 at first, 200 for the same bytes again, whichever way they come."""
    first = await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    again = await client.put("/api/v1/submissions/sub-1/archive", files={"archive": ("homework.zip", ARCHIVE)})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["size_bytes"] == len(ARCHIVE)
    assert web.shelf.archives == {"sub-1": ARCHIVE}


async def test_other_bytes_under_the_same_id_are_refused(client: httpx.AsyncClient) -> None:
    """409: an archive that is there is never replaced."""
    await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    check_problem(await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE + b"."), 409)


async def test_what_is_no_archive_is_told(client: httpx.AsyncClient) -> None:
    """415 with the cure; a form without the file is 422."""
    check_problem(await client.put("/api/v1/submissions/sub-1/archive", content=b"hello"), 415)
    check_problem(await client.put("/api/v1/submissions/sub-1/archive", files={"other": ("x", ARCHIVE)}), 422)


async def test_an_order_is_a_task(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """202 with the id that the review will have, queued, and the address where to ask."""
    response = await hand_in(client, language="en", test_logs="1 passed")
    assert response.status_code == 202
    assert response.json() == {"task_id": TASK, "status": "queued", "message": "handed in"}
    assert response.headers["location"] == f"/api/v1/reviews/{TASK}"
    assert [(s.submission_id, s.student_id, s.language, s.test_logs) for s in web.outbox.sent] == [
        ("sub-1", "student-1", "en", "1 passed")
    ]
    assert (await client.get(response.headers["location"])).json()["status"] == "queued"


async def test_the_query_says_the_same(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """The first version of the API had parameters in the query; the two may not contradict each other."""
    await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    url = "/api/v1/submissions/sub-1/review"
    assert (await client.post(url, params=ORDER)).json()["task_id"] == TASK
    assert len(web.outbox.sent) == 1
    problem = check_problem(await client.post(url, params=ORDER, json={"student_id": "other"}), 422)
    assert "student_id differs" in problem["detail"]
    assert "student_id is missing" in check_problem(await client.post(url), 422)["detail"]


async def test_the_same_order_again_is_the_same_task(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """It is produced once; another student, or other logs, under the same id are 409."""
    await hand_in(client)
    again = await hand_in(client)
    assert (again.status_code, again.json()["task_id"]) == (202, TASK)
    assert len(web.outbox.sent) == 1
    check_problem(await hand_in(client, student_id="student-2"), 409)
    check_problem(await hand_in(client, test_logs="other"), 409)


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        (rb'"1 failed \ud83d"', "1 failed \ufffd"),
        (rb'"\ud83d\ude00 \ude00 \u0000"', "\U0001f600 \ufffd \x00"),
        (rb'[{"name": "a\udc80.log", "text": "\ud83d"}]', (NamedLog(name="a\ufffd.log", text="\ufffd"),)),
    ],
)
async def test_half_a_character_is_replaced(
    web: FakeWeb, client: httpx.AsyncClient, logs: bytes, expected: object
) -> None:
    """A platform that cuts its logs at a length may cut an emoji in two, which UTF-8 cannot write."""
    await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    body = b'{"student_id": "student-1", "assignment_id": "hw-1", "test_logs": ' + logs + b"}"
    for _ in range(2):
        answer = await client.post("/api/v1/submissions/sub-1/review", content=body, headers=JSON)
        assert answer.status_code == 202, answer.text
    assert [submission.test_logs for submission in web.outbox.sent] == [expected]


async def test_a_slash_too_many_is_a_problem(client: httpx.AsyncClient) -> None:
    """Not a redirect without a word: every error says what is wrong."""
    check_problem(await client.get(f"/api/v1/reviews/{TASK}/"), 404)


async def test_a_caller_who_breaks_off_is_no_bug(web: FakeWeb) -> None:
    """Counted as 499, which nobody reads; nothing is raised, and nothing half written stays."""
    sent: list[Message] = []
    coming: list[Message] = [
        {"type": "http.request", "body": ARCHIVE, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/api/v1/submissions/sub-1/archive",
        "query_string": b"",
        "headers": [(b"authorization", b"Bearer all")],
    }
    await web.app(scope, receive, send)
    page = web.metrics.page().decode()
    assert 'method="PUT",route="/api/v1/submissions/{submission_id}/archive",status="499"' in page
    assert 'status="500"' not in page
    assert not web.shelf.archives


@pytest.mark.parametrize(("name", "wrong"), [("reason", "nope"), ("stage", "desk")])
async def test_a_filter_that_no_letter_can_match_is_refused(
    web: FakeWeb, client: httpx.AsyncClient, name: str, wrong: str
) -> None:
    """As the command does: a slip of the pen must not look like no letters."""
    known = {"reason": "bug", "stage": "editor"}[name]
    assert (await client.get("/api/v1/dead-letters", params={name: known})).status_code == 200
    assert (await client.post("/api/v1/requeues", json={f"{name}s": [known]})).status_code == 200
    check_problem(await client.get("/api/v1/dead-letters", params={name: wrong}), 422)
    check_problem(await client.post("/api/v1/requeues", json={f"{name}s": [wrong]}), 422)
    assert len(web.letters.requeued) == 1


async def test_half_a_character_in_a_filter_finds_nothing_and_breaks_nothing(
    web: FakeWeb, client: httpx.AsyncClient
) -> None:
    """The key of a record may be any text."""
    answer = await client.post("/api/v1/requeues", content=rb'{"students": ["\ud83d"]}', headers=JSON)
    assert answer.status_code == 200
    ((chosen, _, _),) = web.letters.requeued
    assert chosen.students == {"\ufffd"}


async def test_twenty_orders_at_once_are_one_task(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """Every answer names the same task."""
    answers = await asyncio.gather(*(hand_in(client) for _ in range(20)))
    assert {answer.json()["task_id"] for answer in answers} == {TASK}
    assert len({submission.model_dump_json() for submission in web.outbox.sent}) == 1


async def test_an_order_whose_state_is_gone_is_produced_again(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """States were told anew from topics that no longer hold it: the same record, byte for byte, and the same task."""
    await hand_in(client)
    await web.states.clear()
    again = await hand_in(client)
    assert (again.status_code, again.json()["task_id"]) == (202, TASK)
    first, second = web.outbox.sent
    assert first == second
    assert (await client.get(again.headers["location"])).json()["status"] == "queued"


async def test_an_order_that_was_cut_is_taken_up(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """Kafka was away after the id was claimed: the same order goes through once it is back, with its first time."""
    web.outbox.away = True
    check_problem(await hand_in(client), 503)
    claimed_at = web.claims.claims["submission/sub-1"].at
    web.outbox.away = False
    assert (await hand_in(client)).status_code == 202
    assert [submission.submitted_at for submission in web.outbox.sent] == [claimed_at]


async def test_an_idempotency_key_means_one_request(client: httpx.AsyncClient) -> None:
    """The same key again is the same answer; for another request it is refused."""
    await client.put("/api/v1/submissions/sub-1/archive", content=ARCHIVE)
    await client.put("/api/v1/submissions/sub-2/archive", content=ARCHIVE)
    key = {"Idempotency-Key": "k1"}
    first = await client.post("/api/v1/submissions/sub-1/review", json=ORDER, headers=key)
    again = await client.post("/api/v1/submissions/sub-1/review", json=ORDER, headers=key)
    assert first.json()["task_id"] == again.json()["task_id"]
    other = await client.post("/api/v1/submissions/sub-2/review", json=ORDER, headers=key)
    assert "Idempotency-Key" in check_problem(other, 422)["detail"]


async def test_an_order_wants_its_archive(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """Without one nothing is produced, and the cure names the way to hand it in."""
    problem = check_problem(await client.post("/api/v1/submissions/sub-1/review", json=ORDER), 422)
    assert problem["type"] == "urn:reviewstream:problem:archive_missing"
    assert "/archive" in problem["cure"]
    assert web.outbox.sent == []


async def test_too_long_a_log_does_not_burn_the_id() -> None:
    """413, and the same id with a shorter log is a task."""
    web = FakeWeb(record_bytes_max=1_000)
    async with web.client() as client:
        check_problem(await hand_in(client, test_logs="x" * 2_000), 413)
        assert (await hand_in(client, test_logs="1 passed")).status_code == 202


async def test_a_state_says_why(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """Of a refusal the stage, the reason and the cure."""
    await tell(web, submitted(1), refused("comparator", 1))
    answer = (await client.get(f"/api/v1/reviews/{TASK}")).json()
    assert answer["status"] == "refused"
    assert (answer["refusal"]["stage"], answer["refusal"]["reason"]) == ("comparator", "bug")
    assert answer["refusal"]["cure"]


async def test_a_completed_state_has_the_review(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """The stored one, whole."""
    await tell(web, submitted(1), compared(1), reviewed(1))
    await web.reviews.store(a_review())
    assert (await client.get(f"/api/v1/reviews/{TASK}")).json()["review"] is None
    known = next(iter(web.states.facts.values()))
    await web.states.advance([publish_fact(known, NOON)])
    answer = (await client.get(f"/api/v1/reviews/{TASK}")).json()
    assert answer["status"] == "completed"
    assert answer["review"]["review_id"] == TASK


async def test_a_published_review_is_a_sarif_log(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """Its comments at their lines; one that is stored and told to nobody is not there."""
    url = f"/api/v1/reviews/{TASK}.sarif"
    await web.reviews.store(a_review())
    check_problem(await client.get(url), 404)
    web.states.published[review_id("student-1", "hw-1", "sub-1", 0)] = NOON
    response = await client.get(url)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/sarif+json"
    assert response.json()["version"] == "2.1.0"


async def test_an_unknown_task_is_told(client: httpx.AsyncClient) -> None:
    """404 for an id that nobody has, 422 for what is no id."""
    check_problem(await client.get(f"/api/v1/reviews/{uuid4()}"), 404)
    check_problem(await client.get(f"/api/v1/reviews/{uuid4()}/events"), 404)
    check_problem(await client.get("/api/v1/reviews/none"), 422)
    check_problem(await client.get("/api/v1/nowhere"), 404)


async def test_a_long_poll_ends_with_the_state(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """It is answered as soon as the submission is refused, and after `wait` seconds at the latest."""
    await tell(web, submitted(1))
    asking = asyncio.create_task(client.get(f"/api/v1/reviews/{TASK}", params={"wait": 30}))
    await asyncio.sleep(0.1)
    await tell(web, refused("comparator", 1))
    async with asyncio.timeout(PATIENCE_S):
        assert (await asking).json()["status"] == "refused"
    web.states.facts.clear()
    await tell(web, submitted(1))
    assert (await client.get(f"/api/v1/reviews/{TASK}", params={"wait": 0.1})).json()["status"] == "queued"


async def looked_at(web: FakeWeb) -> None:
    """Returns once whoever streams has looked at all that was told: two looks begin later, and one ends."""
    seen = web.states.looks + 2
    while web.states.looks < seen:
        await asyncio.sleep(0.01)


async def test_events_tell_each_state(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """One event for each state that was seen, and the stream ends with the last one."""
    await tell(web, submitted(1))
    asking = asyncio.create_task(client.get(f"/api/v1/reviews/{TASK}/events"))
    async with asyncio.timeout(PATIENCE_S):
        await looked_at(web)
        await tell(web, compared(1))
        await looked_at(web)
        await tell(web, refused("reviewer", 1))
        response = await asking
    assert response.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(part.partition("data: ")[2])["status"] for part in response.text.split("\n\n") if "data" in part]
    assert told == ["queued", "reviewing", "refused"]


async def test_a_history_is_paged(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """The newest first, each review once, until there is no cursor."""
    web.pages.reviews = [
        a_review(new_submission_id=f"sub-{n}", timestamp=NOON + timedelta(hours=n // 2)) for n in range(7)
    ]
    url, seen, cursor = "/api/v1/students/student-1/assignments/hw-1/reviews", [], None
    for _ in range(4):
        page = (await client.get(url, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [review["submission_id"] for review in page["reviews"]]
        cursor = page["next_cursor"]
    assert cursor is None
    assert sorted(seen) == [f"sub-{n}" for n in range(7)]
    assert set(seen[:1]) == {"sub-6"}
    assert (await client.get("/api/v1/students/other/assignments/hw-1/reviews")).json()["reviews"] == []
    check_problem(await client.get(url, params={"cursor": "nonsense"}), 422)


async def test_dead_letters_are_listed_shown_and_requeued(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """With the command's cautions: a choice is demanded, and nothing is sent unless `really`."""
    assert (await client.get("/api/v1/dead-letters")).json()["letters"][0]["letter"] == "0@17"
    assert (await client.get("/api/v1/dead-letters/0@17")).json()["value"] == "{}"
    check_problem(await client.get("/api/v1/dead-letters/0@18"), 404)
    url = "/api/v1/requeues"
    assert (await client.post(url, json={"letters": ["0@17"]})).json()["dry_run"] is True
    assert (await client.post(url, json={"reasons": ["bug"], "really": True})).json()["dry_run"] is False
    check_problem(await client.post(url, json={}), 422)
    check_problem(await client.post(url, json={"everything": True, "reasons": ["bug"]}), 422)
    check_problem(await client.post(url, json={"letters": ["0@18"]}), 404)
    assert len(web.letters.requeued) == 2


async def test_health_and_readiness_want_no_token(web: FakeWeb) -> None:
    """A supervisor has none; a part that is out is named with its cause."""
    async with web.client(None) as nobody:
        assert (await nobody.get("/health")).json() == {"status": "alive"}
        assert (await nobody.get("/ready")).status_code == 200
        web.broken = "mongodb"
        response = await nobody.get("/ready")
    problem = check_problem(response, 503)
    assert problem["detail"] == "mongodb: as the test says"
    assert [part["name"] for part in problem["parts"] if not part["ok"]] == ["mongodb"]


async def test_an_outage_is_told(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """503 with the part that is out, and when to come again."""
    web.states.away = True
    response = await client.get(f"/api/v1/reviews/{TASK}")
    assert check_problem(response, 503)["type"] == "urn:reviewstream:problem:mongodb_unavailable"
    assert int(response.headers["retry-after"]) > 0


async def test_a_bug_tells_nothing_but_its_kind(web: FakeWeb, client: httpx.AsyncClient) -> None:
    """500 as a problem, without a message that may quote a student."""
    web.pages.reviews = None  # type: ignore[assignment]
    response = await client.get("/api/v1/students/s/assignments/a/reviews")
    assert check_problem(response, 500)["detail"] == "TypeError"


async def test_ready_tells_what_workers_wait_for() -> None:
    """A worker's circuits, lag and recovery stand beside the parts, and refuse nothing: requests can be served."""
    web = FakeWeb()
    breaker = BreakerStatus(dependency="llm", calls_max=8, open_since=ago(30), detail="HTTP 500")
    cause = CauseStatus(what="llm is unavailable: HTTP 500", since=ago(30), cure="see llm")
    lags = (TopicLag(topic="submissions", partitions=1, lag=4), TopicLag(topic="comparisons", partitions=1, lag=3))
    recovering = WorkerPhase.RECOVERING
    await web.statuses.tell(
        a_status(phase=recovering, recovery_left=17, breakers=(breaker,), causes=(cause,), topics=lags)
    )
    async with web.client(None) as nobody:
        response = await nobody.get("/ready")
        assert response.status_code == 200
        assert response.json()["workers"] == [
            {
                "worker": "alpha:4711",
                "phase": "recovering",
                "silent_s": 0.0,
                "recovery_left": 17,
                "lag": 7,
                "waited_for": ["llm"],
                "causes": [{"what": cause.what, "since": "2026-03-02T11:59:30Z", "cure": "see llm"}],
            }
        ]


async def test_ready_says_where_workers_cannot_be_heard() -> None:
    """Then it is not known how they are, which is not the same as that there is none."""
    web = FakeWeb(broken="mongodb")
    web.statuses.away = True
    async with web.client(None) as nobody:
        assert (await nobody.get("/ready")).json()["workers"] is None
    web = FakeWeb()
    async with web.client(None) as nobody:
        assert (await nobody.get("/ready")).json()["workers"] == []


async def test_answers_are_counted_by_route() -> None:
    """By the route as it is written, by method and status, also what the gate refused; no id makes a series."""
    web = FakeWeb()
    async with web.client() as client, web.client(None) as nobody:
        for number in range(3):
            await client.get(f"/api/v1/reviews/{UUID(int=number)}")
        await nobody.get(f"/api/v1/reviews/{TASK}")
        await client.get("/nowhere/at-all")
        await client.request("BREW", "/health")
        page = await client.get("/metrics")
    assert page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    counted = sorted(line for line in page.text.splitlines() if line.startswith("reviewstream_http_requests_total{"))
    assert counted == [
        'reviewstream_http_requests_total{method="GET",route="/api/v1/reviews/{task_id}",status="404"} 3.0',
        'reviewstream_http_requests_total{method="GET",route="none",status="401"} 1.0',
        'reviewstream_http_requests_total{method="GET",route="none",status="404"} 1.0',
        'reviewstream_http_requests_total{method="none",route="/health",status="405"} 1.0',
    ]
    assert 'reviewstream_http_request_seconds_count{method="GET",route="/api/v1/reviews/{task_id}"} 3.0' in page.text
