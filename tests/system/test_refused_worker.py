"""A worker that must not go on says why and how to mend it, and loses nothing."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.embedded.machine.processes import ServerProcess
from app.embedded.platform.review_api import RecordingApi
from tests.builders.records import NOON, a_submission
from tests.parts.choice import Kafka
from tests.patience import PATIENCE_S
from tests.system.line import Line, a_line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]


@pytest.fixture
async def line(kafka: Kafka, mongo_url: str, recording_api: RecordingApi, tmp_path: Path) -> AsyncIterator[Line]:
    """A line of its own."""
    async with a_line(kafka, mongo_url, recording_api, tmp_path) as line:
        yield line


async def ended(worker: ServerProcess) -> list[dict[str, object]]:
    """The lines of its log, once it has ended by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while worker.running:
            await asyncio.sleep(0.1)
    text = await asyncio.to_thread(worker.spec.log_path.read_text)
    return [json.loads(row) for row in text.splitlines() if row.startswith("{")]


async def test_an_index_conflict_ends_the_worker_with_its_cure_and_loses_nothing(line: Line) -> None:
    """Good reviews are no dead letters: the worker ends, and publishes them once it is mended."""
    first = await line.start_worker()
    await first.stop()
    reviews = line.mongo[line.prefix]["reviews"]
    await reviews.create_index([("timestamp", 1)], name="new_submission_id")
    for number in (1, 2):
        at = NOON + timedelta(hours=number)
        await line.produce(a_submission(submission_id=f"anna-{number}", student_id="anna", submitted_at=at))
    said = await ended(await line.start_worker())
    (refusal,) = (row for row in said if row["event"] == "start_refused")
    assert "an index in the place of one of ours: new_submission_id" in str(refusal["cause"])
    assert 'drop it (db.reviews.dropIndex("new_submission_id")) and start again' in str(refusal["cure"])
    await line.look()
    assert line.seen.get(line.topic("dead-letters"), []) == []
    assert await line.documents() == []

    await reviews.drop_index("new_submission_id")
    await line.start_worker()
    documents = await line.wait_until_published(2)
    assert {d["new_submission_id"] for d in documents} == {"anna-1", "anna-2"}
    assert line.seen.get(line.topic("dead-letters"), []) == []


async def test_a_commit_beyond_a_topics_end_ends_the_worker_and_skips_nothing(line: Line) -> None:
    """As after a topic was made anew: what lies below it is not taken for done, and goes on where it is told to."""
    await (await line.start_worker()).stop()
    await line.produce(a_submission(submission_id="anna-1", student_id="anna"))
    await line.set_group(99, "submissions")
    said = await ended(await line.start_worker())
    (refusal,) = (row for row in said if row["event"] == "start_refused")
    assert "committed 99" in str(refusal["cause"])
    assert f"--group {line.prefix} --reset-offsets" in str(refusal["cure"])
    assert await line.committed("submissions") == [99, 99]
    await line.set_group(0, "submissions")
    await line.start_worker()
    (document,) = await line.wait_until_published(1)
    assert document["new_submission_id"] == "anna-1"
