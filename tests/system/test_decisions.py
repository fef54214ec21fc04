"""What persons decide, on the running line: held until approved, told as edited, and alive after a replay."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from app.core.history.identity import review_id
from app.embedded.platform.review_api import Delivery
from schemas.base import LIVE
from schemas.codec import decode, encode
from schemas.decision import CommentEdit, Decision, DecisionKind, Edits, VerdictEdit
from schemas.replay import ReplayPhase, Selection
from schemas.review import CodeComment, Review
from schemas.rubric import Verdict
from tests.builders.records import NOON, a_submission
from tests.patience import PATIENCE_S
from tests.system.line import Line
from tests.system.test_replay import replay
from tests.system.test_web import a_web_process

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

RUBRIC: Final = """
publish: after_approval
items:
  - {id: works, title: It works, points: 60, description: The tests pass., decided_by: tests, counts_for: overall}
  - {id: clean, title: Clean, points: 40, description: No findings., decided_by: linter}
"""
MINE: Final = CodeComment(comment_id="mine", path="main.py", line=1, message="Look at this line again.")
EDITS: Final = Edits(
    summary="Said by a person.",
    comments=(CommentEdit(comment=MINE),),
    verdicts=(VerdictEdit(item_id="works", verdict=Verdict.MET, reason="I ran it."),),
)


def settled(line: Line, tmp_path: Path) -> None:
    """Let every assignment of the line be published after approval."""
    folder = tmp_path / "rubrics"
    folder.mkdir()
    (folder / "default.yaml").write_text(RUBRIC)
    line.environment |= {"RUBRICS_PATH": str(folder)}


def decision_on(document: dict[str, Any], kind: DecisionKind, **fields: Any) -> Decision:
    """A teacher's decision on a review as MongoDB has it."""
    return Decision.model_validate(
        {
            "decision_id": uuid4(),
            "student_id": document["student_id"],
            "assignment_id": document["assignment_id"],
            "submission_id": document["new_submission_id"],
            "review_id": document["_id"],
            "generation": document["generation"],
            "kind": kind,
            "decided_by": "teacher",
            "decided_at": NOON,
            **fields,
        }
    )


async def decide(line: Line, decision: Decision) -> None:
    """Produce as the desk does."""
    key = decision.student_id.encode()
    await line.producer.send_and_wait(line.topic("decisions"), encode(decision), key=key)


async def document_when(line: Line, holds: Callable[[dict[str, Any]], bool], generation: int = LIVE) -> dict[str, Any]:
    """The only review of that generation, once `holds` of it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = [one for one in await line.documents() if one["generation"] == generation]
            if found and holds(found[0]):
                return found[0]
            await asyncio.sleep(0.1)


def keys(line: Line) -> list[str]:
    """The keys of what the API took, each once."""
    return [one.idempotency_key for one in line.api.deliveries if not one.repeated]


def revision_at_least(number: int) -> Callable[[dict[str, Any]], bool]:
    """That API and readers have a revision of that number."""
    return lambda one: (one.get("published_revision") or 0) >= number


async def test_a_review_waits_is_edited_approved_and_stays_edited_in_a_replay(line: Line, tmp_path: Path) -> None:
    """Nobody is told before; afterwards everybody reads the decided body; a repetition and a kill change nothing."""
    settled(line, tmp_path)
    worker = await line.start_worker()
    await line.produce(a_submission(files={"main.py": "def main():\n    return 1\n"}))
    await line.wait_for("reviews", 1)
    made = await document_when(line, lambda _: True)
    edit, approval = decision_on(made, DecisionKind.EDIT, edits=EDITS), decision_on(made, DecisionKind.APPROVE)
    await decide(line, edit)
    held = await document_when(line, lambda one: one.get("decision") is not None)
    assert held["published_at"] is None
    assert (len(line.api.deliveries), len(line.api.notifications)) == (0, 0)

    await decide(line, approval)
    told = await document_when(line, revision_at_least(2))
    assert keys(line) == [f"{made['_id']}.r2"]
    review = decode(Review, line.api.deliveries[0].body)
    assert review.review_result.progress_summary == told["review_result"]["progress_summary"] == "Said by a person."
    assert "mine" in [comment.comment_id for comment in review.review_result.code_review_comments]
    assert review.review_result.rubric[0].verdict is Verdict.MET
    assert [note.document["revision"] for note in line.api.notifications] == [2]

    worker.kill()
    await line.start_worker()
    for decision in (edit, approval):
        await decide(line, decision)
    state = await replay(line, selection=Selection(), reason="asked at the desk", is_appeal=True)
    assert (state.phase, state.reviewed, state.failed) == (ReplayPhase.FINISHED, 1, 0), "it waits, and holds up nothing"
    again = await document_when(line, lambda one: one.get("decision") is not None, generation=1)
    assert again["published_at"] is None, "a later generation waits for an approval of its own"
    assert again["review_result"]["progress_summary"] == "Said by a person."
    assert keys(line) == [f"{made['_id']}.r2"]

    await decide(line, decision_on(again, DecisionKind.APPROVE))
    await document_when(line, revision_at_least(3), generation=1)
    assert keys(line) == [f"{made['_id']}.r2", f"{again['_id']}.r3"]
    last = decode(Review, _last(line).body)
    assert (last.generation, last.review_result.progress_summary) == (1, "Said by a person.")
    assert last.decision is not None
    assert (last.decision.verdicts, last.decision.comments) == (("works",), ("mine",))
    assert line.api.conflicts == []
    originals = await line.mongo[line.prefix]["original_reviews"].find({}).to_list()
    assert {one["_id"] for one in originals} == {made["_id"], again["_id"]}
    assert originals[0]["review_result"] == made["review_result"], "the review as it was made is kept"


async def test_a_rejected_review_is_taken_back_and_an_unknown_one_refused(line: Line) -> None:
    """The API hears of it; a decision about nothing is a dead letter with its reason."""
    await line.start_worker()
    await line.produce(a_submission())
    await line.wait_until_published(1)
    made = await document_when(line, lambda one: one["published_at"] is not None)
    await decide(line, decision_on(made, DecisionKind.REJECT, reason="not their own work"))
    await document_when(line, revision_at_least(1))
    assert keys(line) == [made["_id"], f"{made['_id']}.r1"]
    rejected = _last(line).document["decision"]
    assert (rejected["standing"], rejected["reason"]) == ("rejected", "not their own work")
    assert len(line.api.notifications) == 1
    ids = made["student_id"], made["assignment_id"], "never-handed-in"
    unknown = decision_on(
        {**made, "new_submission_id": ids[2], "_id": str(review_id(*ids, LIVE))}, DecisionKind.APPROVE
    )
    await decide(line, unknown)
    (letter,) = await line.wait_for("dead-letters", 1)
    assert dict(letter.headers)["__reviewstream.errors.reason"] == b"unknown_review"


def _last(line: Line) -> Delivery:
    return line.api.deliveries[-1]


async def state_when(client: httpx.AsyncClient, task_id: str, phase: str) -> dict[str, Any]:
    """What the HTTP API says of a submission, once it is in that phase."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await client.get(f"/api/v1/reviews/{task_id}")
            if answer.status_code == 200 and answer.json()["status"] == phase:
                state: dict[str, Any] = answer.json()
                return state
            await asyncio.sleep(0.1)


def revision_on(page: str) -> str:
    """How many decisions a page has in it."""
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


async def shown_when(client: httpx.AsyncClient, page: str, words: str) -> None:
    """Return once the page says that."""
    async with asyncio.timeout(PATIENCE_S):
        while words not in (await client.get(f"{page}?lang=en")).text:
            await asyncio.sleep(0.2)


async def send(client: httpx.AsyncClient, page: str, what: str, **fields: str) -> None:
    """Send a form of the page, as it is now."""
    revision = revision_on((await client.get(page)).text)
    form = {"revision": revision, "decision_id": str(uuid4()), **fields}
    answer = await client.post(f"{page}/{what}", data=form)
    told = "asked" if what == "replay" else "taken"
    assert (answer.status_code, answer.headers["location"]) == (303, f"{page}?told={told}")


async def test_the_desk_decides_and_the_states_tell_it(line: Line, tmp_path: Path) -> None:
    """Held, edited and approved over HTTP; replayed from the desk, held again, then rejected: all of it told truly.

    The replay is begun by one web process, which is stopped, and brought to its end by another.
    """
    settled(line, tmp_path)
    worker = await line.start_worker()
    async with a_web_process(line) as (process, client):
        await line.produce(a_submission(files={"main.py": "def main():\n    return 1\n"}))
        made = await document_when(line, lambda _: True)
        held = await state_when(client, made["_id"], "held")
        assert (held["hold"]["reason"], held["hold"]["cure"]) == ("approval", "approve it at the desk")
        page = f"/desk/reviews/{made['_id']}"
        assert made["student_id"] in (await client.get("/desk?lang=en")).text

        await send(client, page, "edit", summary="Said by a person.")
        await send(client, page, "approve")
        told = await state_when(client, made["_id"], "completed")
        assert told["review"]["review_result"]["progress_summary"] == "Said by a person."
        await worker.stop()
        await send(client, page, "replay", reason="The log was cut.", fresh="1")
        await shown_when(client, page, "replay-1")
        await process.stop()
    await line.start_worker()
    async with a_web_process(line, "web-2") as (_, client):
        again = await document_when(line, lambda one: one.get("decision") is not None, generation=1)
        assert again["review_result"]["progress_summary"] == "Said by a person."
        assert (again["replay"]["is_appeal"], again["replay"]["reason"]) == (True, "The log was cut.")
        await shown_when(client, page, "finished")
        assert "waits for its turn" not in (await client.get(f"{page}?lang=en")).text
        assert {one["generation"] for one in await line.documents()} == {LIVE, 1}, "nothing was begun twice"
        assert (await state_when(client, again["_id"], "held"))["hold"]["reason"] == "approval"
        await send(client, page, "reject", reason="Not their own work.")
        assert (await state_when(client, made["_id"], "held"))["hold"]["reason"] == "rejected"
        listed = f"/api/v1/students/{made['student_id']}/assignments/{made['assignment_id']}/reviews"
        assert (await client.get(listed)).json()["reviews"] == [], "a rejected review is no student's to read"
        figures = (await client.get(f"/desk/assignments/{made['assignment_id']}")).text
        assert figures.count("<svg") == 3, "no comment is open, so there is no picture of that"
