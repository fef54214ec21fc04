"""A worker's start and end: what refuses the start, what it waits for, and how it stops."""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from app.embedded.machine.processes import inherited_environment
from schemas.submission import Submission
from tests import ROOT
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.parts.ports import own_port
from tests.parts.records import make_topics
from tests.patience import PATIENCE_S
from tests.system.line import ANSWER, PARTITIONS, Line, written_until

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

FIRST = {"store.py": "def get(key):\n    return FEATURES[key]\n"}


def submission(number: int, student: str = "anna", **fields: Any) -> Submission:
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        **fields,
    )


async def test_a_stopped_worker_finishes_what_is_in_flight(line: Line, scripted_llm: ScriptedLlm) -> None:
    """SIGTERM with a call in flight that ends within the grace: its review is delivered, the process ends with 0."""
    scripted_llm.script = lambda _request, _number: Completion(ANSWER, delay_s=2)
    worker = await line.start_worker(LLM_BASE_URL=scripted_llm.base_url, LLM_MODEL="scripted", DRAIN_GRACE_S="8")
    await line.produce(submission(1, files=FIRST))
    async with asyncio.timeout(PATIENCE_S):
        while not scripted_llm.requests:
            await asyncio.sleep(0.05)
    process = worker._process
    assert process is not None
    await worker.stop()
    assert process.returncode == 0, "it had to be killed"
    assert len(await line.wait_for("reviews", 1, timeout_s=5)) == 1


async def test_two_workers_may_not_share_a_data_directory(line: Line) -> None:
    """The second one says so, with the cure, and ends."""
    first = await line.start_worker()
    data = str(first.spec.work_dir / "data")
    second = await line.start_worker(DATA_DIR=data)
    async with asyncio.timeout(PATIENCE_S):
        while second.running:
            await asyncio.sleep(0.1)
    log = await asyncio.to_thread(second.spec.log_path.read_text)
    assert "another worker uses DATA_DIR" in log
    assert "start_refused" in log


async def test_partition_counts_that_disagree_refuse_the_start(line: Line) -> None:
    """A worker configured for another number of partitions than the topics have does not start."""
    await line.start_worker()
    other = await line.start_worker(TOPIC_PARTITIONS="5")
    async with asyncio.timeout(PATIENCE_S):
        while other.running:
            await asyncio.sleep(0.1)
    log = await asyncio.to_thread(other.spec.log_path.read_text)
    assert "start_refused" in log
    assert "partition" in log


async def test_an_index_in_the_place_of_ours_refuses_the_start(line: Line) -> None:
    """Before anything is consumed the worker names the index and the command that drops it, and ends."""
    await line.start_worker()
    await line.mongo[line.prefix]["reviews"].create_index([("model", 1)], name="unpublished")
    other = await line.start_worker()
    async with asyncio.timeout(PATIENCE_S):
        while other.running:
            await asyncio.sleep(0.1)
    log = await asyncio.to_thread(other.spec.log_path.read_text)
    assert "start_refused" in log
    assert "dropIndex" in log


async def test_a_topic_that_was_created_anew_refuses_the_start(line: Line) -> None:
    """Stamps beyond the topic's end: carrying on would take new submissions for old ones."""
    worker = await line.start_worker()
    await line.produce(submission(1, files=FIRST))
    await line.wait_until_published(1)
    await worker.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=line.kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([line.topic("submissions")])
    finally:
        await admin.close()
    await make_topics(line.kafka.bootstrap, NewTopic(line.topic("submissions"), PARTITIONS, 1))
    again = await line.start_worker()
    async with asyncio.timeout(PATIENCE_S):
        while again.running:
            await asyncio.sleep(0.1)
    log = await asyncio.to_thread(again.spec.log_path.read_text)
    assert "start_refused" in log
    assert "is not the one that the tables were built from" in log


async def test_a_worker_that_waits_for_kafka_says_so_once_and_can_be_stopped(tmp_path: Path) -> None:
    """Without a broker the start tells what else is missing, names the address, waits, and ends on a signal with 0."""
    await asyncio.gather(*(assert_waits_until(number, tmp_path) for number in (signal.SIGINT, signal.SIGTERM)))


async def assert_waits_until(number: signal.Signals, folder: Path) -> None:
    """A worker that finds no broker, until it has said so and for seconds more, then gets that signal."""
    environment = {
        **inherited_environment(),
        "PYTHONPATH": str(ROOT),
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{own_port()}",
        "DATA_DIR": str(folder / number.name),
        "WEB_PORT": str(own_port()),
        "LOG_FORMAT": "json",
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "worker", env=environment, cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    try:
        before = await written_until(worker.stderr, b"dependency_unavailable")
        await asyncio.sleep(6)  # two attempts and more
        worker.send_signal(number)
        _, after = await asyncio.wait_for(worker.communicate(), PATIENCE_S)
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    events = [json.loads(row) for row in (before + after).decode().splitlines()]
    told = ["archive_root_not_readable", "dependency_unavailable", "stopped"]
    assert [event["event"] for event in events] == told
    assert environment["KAFKA_BOOTSTRAP_SERVERS"] in events[1]["servers"]
    assert worker.returncode == 0
