"""Delivery on Apache Kafka: kills, stops, rebalances and outages with calls in flight."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.embedded.machine.processes import ServerProcess
from app.embedded.platform.review_api import RecordingApi
from schemas.codec import decode
from schemas.review import Review
from schemas.submission import Submission
from tests.builders.prompts import submission_in, work_line
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Answer, Completion, HttpError, ScriptedLlm
from tests.parts.choice import Kafka
from tests.patience import PATIENCE_S
from tests.system.line import ANSWER, Line, a_line

pytestmark = [pytest.mark.apache_kafka, pytest.mark.kafka, pytest.mark.mongo]

GRACE_S = 2.0
LONG_S = 600
"""A call that takes so long is never seen to end: who waits for it is caught by every limit below."""
SOON_S = 40
"""Many times what is promised takes, for other tests run beside these, and well below what it takes once it is broken:
the group waits 60 s for a member that does not rejoin, and for calls of `LONG_S` it would wait for good."""


@pytest.fixture
async def line(
    kafka: Kafka, mongo_url: str, recording_api: RecordingApi, scripted_llm: ScriptedLlm, tmp_path: Path
) -> AsyncIterator[Line]:
    """A line whose reviewer is the scripted model."""
    environment = {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": "scripted",
        "LLM_MAX_RETRIES": "1",
        "DRAIN_GRACE_S": str(GRACE_S),
    }
    async with a_line(kafka, mongo_url, recording_api, tmp_path, **environment) as line:
        yield line


def answers_after(delay_s: float) -> Any:
    """A script: every call takes this long."""
    return lambda _request, _number: Completion(ANSWER, delay_s=delay_s)


def of_student(student: str, number: int) -> Submission:
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        files={"main.py": f"VALUE = {number}\n{work_line(f'{student}-{number}')}"},
    )


def reviews_of(line: Line) -> list[Review]:
    return [decode(Review, record.value or b"") for record in line.seen.get(line.topic("reviews"), [])]


async def in_flight(llm: ScriptedLlm, calls: int) -> None:
    """Wait until the model has been asked so often."""
    async with asyncio.timeout(PATIENCE_S):
        while len(llm.requests) < calls:
            await asyncio.sleep(0.05)


def askers(llm: ScriptedLlm) -> dict[str, list[str]]:
    """Submission -> the workers that called the model for it, by the keys that they were given."""
    found: dict[str, list[str]] = {}
    for request in llm.requests:
        submission = submission_in(request.prompt)
        assert submission is not None
        found.setdefault(submission, []).append(request.headers["Authorization"].removeprefix("Bearer "))
    return found


async def said(worker: ServerProcess, event: str) -> None:
    """Wait until a worker's log has a line of that event."""
    async with asyncio.timeout(PATIENCE_S):
        while f'"event":"{event}"' not in worker.spec.log_path.read_text().replace(": ", ":"):
            await asyncio.sleep(0.1)


async def ends_by_itself(worker: ServerProcess) -> None:
    """Ask it to stop, and wait until it has: nothing kills it here, as an operator's patience would."""
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGTERM)
    async with asyncio.timeout(SOON_S):
        while worker.running:
            await asyncio.sleep(0.1)
    assert worker.ended_well


async def test_a_stop_with_calls_in_flight_ends_soon_and_loses_nothing(line: Line, scripted_llm: ScriptedLlm) -> None:
    """SIGTERM ends the process without waiting for calls; what was cut off is done by the next worker."""
    scripted_llm.script = answers_after(LONG_S)
    worker = await line.start_worker()
    await line.produce(*(of_student(f"s{n}", 1) for n in range(8)))
    await in_flight(scripted_llm, 8)
    await ends_by_itself(worker)
    scripted_llm.script = answers_after(0)
    await line.start_worker()
    await line.wait_for("reviews", 8)
    assert len(await line.wait_until_published(8)) == 8
    assert line.api.conflicts == []


async def test_a_killed_worker_hands_over_within_seconds(line: Line, scripted_llm: ScriptedLlm) -> None:
    """After `kill -9` the other worker has the partitions, and the work that was in flight, soon."""
    scripted_llm.script = answers_after(0.05)
    first = await line.start_worker()
    second = await line.start_worker()
    await line.produce(*(of_student(f"s{n}", 1) for n in range(6)))
    await line.wait_for("reviews", 6)
    scripted_llm.script = answers_after(3)
    asked = len(scripted_llm.requests)
    await line.produce(*(of_student(f"s{n}", 2) for n in range(6)))
    await in_flight(scripted_llm, asked + 6)
    scripted_llm.script = answers_after(0.05)
    second.kill()
    await line.wait_for("reviews", 12, timeout_s=SOON_S)
    assert first.running
    assert len(await line.wait_until_published(12)) == 12


async def test_a_rebalance_pauses_the_work_for_seconds_only(line: Line, scripted_llm: ScriptedLlm) -> None:
    """New calls go on while a worker joins, or leaves: no change waits for calls, some of which would never end."""
    scripted_llm.script = answers_after(LONG_S)
    first = await line.start_worker()
    sent = 0
    changed = asyncio.Event()
    arrivals: list[float] = []

    async def hand_in() -> None:
        nonlocal sent
        while not changed.is_set():
            await line.produce(of_student(f"s{sent}", 1))
            sent += 1
            await asyncio.sleep(0.2)

    async def watch() -> None:
        while not changed.is_set() or len(arrivals) < sent:
            await line.look()
            arrivals.extend([time.time()] * (len(reviews_of(line)) - len(arrivals)))

    watching = asyncio.gather(hand_in(), watch())
    await in_flight(scripted_llm, 10)
    scripted_llm.script = answers_after(3)
    second = await line.start_worker(OPENAI_API_KEY="second")
    await said(second, "partitions_assigned")
    await asyncio.sleep(5)
    await ends_by_itself(first)
    await asyncio.sleep(6)
    changed.set()
    await asyncio.wait_for(watching, PATIENCE_S)
    calls = [request.received_at for request in scripted_llm.requests]
    assert max(later - earlier for earlier, later in pairwise(calls)) < SOON_S
    assert max(later - earlier for earlier, later in pairwise(arrivals)) < SOON_S
    # The second worker keeps its partition when the first one leaves: its calls went on meanwhile.
    assert not {s for s, workers in askers(scripted_llm).items() if len(workers) > 1 and workers[0] == "second"}
    assert len(await line.wait_until_published(sent)) == sent


async def test_an_outage_of_the_model_holds_everything_and_refuses_nothing(
    line: Line, scripted_llm: ScriptedLlm
) -> None:
    """While the model answers 503 nothing is dead-lettered and the worker stays; it resumes within seconds."""
    down = True

    def script(_request: Any, _number: int) -> Answer:
        return HttpError(503, "unavailable") if down else Completion(ANSWER)

    scripted_llm.script = script
    worker = await line.start_worker()
    await line.produce(*(of_student(f"s{n}", 1) for n in range(20)))
    await said(worker, "dependency_unavailable")
    await asyncio.sleep(8)
    await line.look()
    asked = len(scripted_llm.requests)
    assert worker.running
    assert line.seen.get(line.topic("dead-letters"), []) == []
    assert asked < 20 * 2 + 12, "an outage was hammered"
    down = False
    await line.wait_for("reviews", 20, timeout_s=2 * SOON_S)  # it looks again once in 30 s
    log = await asyncio.to_thread(worker.spec.log_path.read_text)
    assert log.count("dependency_unavailable") == 1
    assert log.count("dependency_back") == 1


async def test_work_finished_behind_a_slow_head_is_not_done_again(line: Line, scripted_llm: ScriptedLlm) -> None:
    """After `kill -9` only the call that was in flight is repeated; everything behind it is remembered."""
    slow = True

    def script(request: Any, _number: int) -> Answer:
        return Completion(ANSWER, delay_s=600 if slow and "VALUE = 777" in json.dumps(request) else 0)

    scripted_llm.script = script
    worker = await line.start_worker()
    head = of_student("head", 1).model_copy(update={"files": {"main.py": "VALUE = 777\n"}})
    await line.produce(head)
    await in_flight(scripted_llm, 1)
    await line.produce(*(of_student(f"s{n}", 1) for n in range(30)))
    await line.wait_for("reviews", 30)
    await asyncio.sleep(2.5)  # two commits
    worker.kill()
    asked = len(scripted_llm.requests)
    slow = False
    again = await line.start_worker()
    await line.wait_for("reviews", 31)
    await line.wait_until_published(31)
    assert len(scripted_llm.requests) == asked + 1
    await again.stop()
    log = await asyncio.to_thread(again.spec.log_path.read_text)
    repeated = [row for row in map(json.loads, log.splitlines()) if row["event"] == "event_done"]
    assert sum(row["stage"] == "reviewer" for row in repeated) == 1


async def test_a_broker_that_goes_away_during_a_start_is_waited_for(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Between a worker's checks and its joining the broker may vanish; the worker waits, and can be stopped."""
    scripted_llm.script = answers_after(0)
    await (await line.start_worker()).stop()
    waiting = await line.start_worker()
    stopped = await line.start_worker()
    await asyncio.gather(said(waiting, "topics_ready"), said(stopped, "topics_ready"))
    line.kafka.broker.kill()
    try:
        await asyncio.sleep(6)
        assert waiting.running
        await ends_by_itself(stopped)
    finally:
        await line.kafka.broker.start()
    await line.produce(of_student("s1", 1))
    assert len(await line.wait_until_published(1)) == 1


async def test_a_broker_that_goes_away_and_comes_back_costs_nothing(line: Line, scripted_llm: ScriptedLlm) -> None:
    """The worker survives, and everything produced before and after arrives once; a stop meanwhile does not hang."""
    scripted_llm.script = answers_after(0.5)
    worker = await line.start_worker()
    await line.produce(*(of_student(f"s{n}", 1) for n in range(10)))
    await in_flight(scripted_llm, 3)
    await line.kafka.broker.stop()
    await asyncio.sleep(8)
    await line.kafka.broker.start()
    await line.produce(*(of_student(f"s{n}", 2) for n in range(10)))
    await line.wait_for("reviews", 20)
    assert worker.running
    assert len(await line.wait_until_published(20)) == 20
    assert line.seen.get(line.topic("dead-letters"), []) == []
    await line.kafka.broker.stop()
    try:
        await ends_by_itself(worker)
    finally:
        await line.kafka.broker.start()
