"""Answers that are paid for, on real parts: a kill buys none of them twice, and a budget holds whom it should."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.embedded.platform.review_api import RecordingApi
from schemas.codec import decode
from schemas.review import Review
from tests.fakes.llm_server import Answer, Completion, Hang, ScriptedLlm
from tests.parts.choice import Kafka
from tests.patience import PATIENCE_S
from tests.system.line import ANSWER, Line, a_line
from tests.system.test_delivery import of_student, said

pytestmark = [pytest.mark.apache_kafka, pytest.mark.kafka, pytest.mark.mongo]

STUDENTS = 4


@pytest.fixture
async def line(
    kafka: Kafka, mongo_url: str, recording_api: RecordingApi, scripted_llm: ScriptedLlm, tmp_path: Path
) -> AsyncIterator[Line]:
    """A line whose reviewer is the scripted model, at a price that makes a review cost more than a coin."""
    environment = {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": "scripted",
        "LLM_PRICES": "scripted=1000/1000",
        "DRAIN_GRACE_S": "1",
        "REVIEW_LANGUAGE": "en",
    }
    async with a_line(kafka, mongo_url, recording_api, tmp_path, **environment) as line:
        yield line


def is_repair(request: Mapping[str, Any]) -> bool:
    """Whether an answer of the model's stands in the conversation."""
    return any(message["role"] == "assistant" for message in request["messages"])


def count(llm: ScriptedLlm, *, repairs: bool) -> int:
    """Requests of one kind so far."""
    return sum(is_repair(request.document) == repairs for request in llm.requests)


async def test_a_kill_during_repairs_buys_no_first_answer_again(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Another worker takes what the dead one was given from the tape, and asks for the repairs alone."""

    def hang_on_repairs(request: Mapping[str, Any], _number: int) -> Answer:
        return Hang() if is_repair(request) else Completion("no JSON at all")

    scripted_llm.script = hang_on_repairs
    first = await line.start_worker()
    await line.produce(*(of_student(f"s{n}", 1) for n in range(STUDENTS)))
    async with asyncio.timeout(PATIENCE_S):
        while count(scripted_llm, repairs=True) < STUDENTS:
            await asyncio.sleep(0.05)
    first.kill()
    scripted_llm.script = lambda _request, _number: Completion(ANSWER)
    await line.start_worker()
    records = await line.wait_for("reviews", STUDENTS)
    assert count(scripted_llm, repairs=False) == STUDENTS
    reviews = [decode(Review, record.value or b"") for record in records]
    assert {(review.usage.taped, review.usage.calls) for review in reviews} == {(1, 1)}
    answers = await line.mongo[line.prefix]["answers"].count_documents({})
    sums = await line.mongo[line.prefix]["spending"].find({}).to_list()
    assert (answers, sorted(document["answers"] for document in sums)) == (2 * STUDENTS, [2] * STUDENTS)


async def test_a_student_over_budget_waits_and_nobody_else(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Through a restart, too: what was reviewed is not reviewed again, and a raised budget lets the student go on."""
    scripted_llm.script = lambda _request, _number: Completion(ANSWER)
    first = await line.start_worker(LLM_BUDGET_STUDENT_DAY="0.01")
    await line.produce(*(of_student("held", number) for number in range(1, 4)))
    await line.produce(*(of_student(f"s{n}", 1) for n in range(STUDENTS)))
    await line.wait_for("reviews", STUDENTS + 1)
    await said(first, "review_held")
    noted = await line.mongo[line.prefix]["review_holds"].find({}).to_list()
    assert {note["reason"] for note in noted} == {"budget_student_day"}
    await first.stop()
    bought = len(scripted_llm.requests)
    second = await line.start_worker(LLM_BUDGET_STUDENT_DAY="0.01")
    await said(second, "review_held")
    await second.stop()
    assert (len(scripted_llm.requests), bought) == (STUDENTS + 1, STUDENTS + 1)
    await line.start_worker(LLM_BUDGET_STUDENT_DAY="1000")
    records = await line.wait_for("reviews", STUDENTS + 3)
    reviews = [decode(Review, record.value or b"") for record in records]
    held = [review.new_submission_id for review in reviews if review.student_id == "held"]
    assert held == ["held-1", "held-2", "held-3"]
    assert all(review.usage.cost is not None and review.usage.cost > 0.01 for review in reviews)
    assert line.seen.get(line.topic("dead-letters"), []) == []
