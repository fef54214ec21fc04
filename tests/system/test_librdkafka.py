"""What a platform's librdkafka producer may send: every codec, transactions, a registry's framing."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from aiokafka.admin import NewTopic
from aiokafka.producer import message_accumulator, producer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from app.embedded.machine.processes import inherited_environment
from app.embedded.platform.review_api import RecordingApi
from schemas.codec import encode
from schemas.submission import Submission
from tests import ROOT
from tests.builders.header_names import BadName
from tests.builders.records import NOON, a_submission
from tests.parts.choice import Kafka
from tests.parts.records import make_topics
from tests.system.line import PARTITIONS, Line, a_line, errors_of

pytestmark = [pytest.mark.kafka, pytest.mark.mongo, pytest.mark.apache_kafka]

LARGE = "".join(f"def f{n}(x: int) -> int:\n    return x + {n}\n\n\n" for n in range(6_000))
"""More than four blocks of lz4 and of snappy's framing, 64 KiB each."""


@pytest.fixture
async def line(kafka: Kafka, mongo_url: str, recording_api: RecordingApi, tmp_path: Path) -> AsyncIterator[Line]:
    """A line of its own, whose workers rebuild their tables from the changelogs at each start."""
    async with a_line(kafka, mongo_url, recording_api, tmp_path, TABLE_STORE="memory") as line:
        yield line


def submission(number: int, student: str = "anna", **fields: Any) -> Submission:
    given: dict[str, Any] = {"files": {"store.py": f"VERSION = {number}\n\n\ndef get(key):\n    return key\n"}}
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        **(given | fields),
    )


class Platform:
    """A librdkafka producer; its calls block, so each runs in a thread."""

    def __init__(self, line: Line, **settings: Any) -> None:
        names = {name.replace("_", "."): value for name, value in settings.items()}
        self._topic = line.topic("submissions")
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": line.kafka.bootstrap,
                "partitioner": "murmur2_random",
                "acks": "all",
                "linger.ms": 500,
                "message.max.bytes": 4_000_000,
                **names,
            }
        )
        self.failures: list[object] = []

    async def produce(self, *submissions: Submission) -> None:
        """Produce in one go, so that they share a batch, and wait until the broker has all."""
        await self.produce_values([(s.student_id.encode(), encode(s)) for s in submissions])

    async def produce_values(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Produce values as they are."""
        await asyncio.to_thread(self._produce, records)

    async def begin(self) -> None:
        """Begin a transaction; the first time the producer is made known to the coordinator."""
        await asyncio.to_thread(self._producer.begin_transaction)

    async def init_transactions(self) -> None:
        """Make the producer known to the transaction coordinator."""
        await asyncio.to_thread(self._producer.init_transactions, 30)

    async def commit(self) -> None:
        """Commit the transaction."""
        await asyncio.to_thread(self._producer.commit_transaction, 30)

    async def abort(self) -> None:
        """Abort the transaction; what it wrote stays in the log."""
        await asyncio.to_thread(self._producer.abort_transaction, 30)

    def _produce(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        for key, value in records:
            self._producer.produce(self._topic, value, key, on_delivery=self._note)
        assert self._producer.flush(30) == 0
        assert self.failures == []

    def _note(self, error: object, _: object) -> None:
        if error is not None:
            self.failures.append(error)


async def transactional(line: Line) -> Platform:
    platform = Platform(line, transactional_id=f"{line.prefix}-platform")
    await platform.init_transactions()
    return platform


async def run(line: Line, *command: str) -> tuple[int | None, dict[str, Any]]:
    """Run a command as an operator does, in a pipe; its exit code and its JSON document."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *command,
        env={**inherited_environment(), **line.environment, "PYTHONPATH": str(ROOT)},
        cwd=line.work_dir,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert b"Traceback" not in err, err.decode()
    document: dict[str, Any] = json.loads(out) if out else {"stderr": err.decode()}
    return process.returncode, document


async def create_topics(line: Line, **configs: str) -> None:
    """Make the line's topics before its first worker does, changelogs too."""
    changelog = {"cleanup.policy": "compact"}
    named: dict[str, dict[str, str]] = {
        line.topic(name): {} for name in ("submissions", "comparisons", "reviews", "dead-letters", "decisions")
    }
    named |= {f"{line.prefix}-{name}-changelog": changelog for name in ("submission_history", "review_history")}
    size = {"max.message.bytes": "67108864"}
    await make_topics(
        line.kafka.bootstrap,
        *(NewTopic(name, PARTITIONS, 1, topic_configs={**size, **more, **configs}) for name, more in named.items()),
    )


def predecessors(documents: list[dict[str, Any]]) -> dict[str, str | None]:
    return {document["new_submission_id"]: document["previous_submission_id"] for document in documents}


async def test_batches_of_every_codec_are_read(line: Line) -> None:
    """Many records in one batch, and one of several blocks, packed by librdkafka, are reviewed as sent."""
    await line.start_worker()
    wanted: dict[str, str | None] = {}
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        platform = Platform(line, compression_type=codec)
        students, late = [f"{codec}-{n}" for n in range(12)], f"{codec}-late"
        first = submission(1, late, files={"big.py": LARGE})
        await platform.produce(*(submission(1, student) for student in students), first)
        await platform.produce(submission(2, late, files={"big.py": LARGE + "# end\n"}))
        wanted |= {**{f"{student}-1": None for student in (*students, late)}, f"{late}-2": f"{late}-1"}
    assert predecessors(await line.wait_until_published(len(wanted))) == wanted
    assert line.seen.get(line.topic("dead-letters"), []) == []


async def test_topics_that_the_broker_packs_are_read_by_everyone(line: Line) -> None:
    """With `compression.type=zstd` on every topic: worker, recovery from the changelog, and dead letters."""
    await create_topics(line, **{"compression.type": "zstd"})
    first = await line.start_worker()
    platform = Platform(line)
    await platform.produce(submission(1), submission(1, "boris"))
    await platform.produce_values([(b"clara", b"\x00\x00\x00\x00\x2a" + encode(submission(1, "clara")))])
    await line.wait_until_published(2)
    await line.wait_for("dead-letters", 1)
    await first.stop()

    await line.start_worker()
    await platform.produce(submission(2))
    assert predecessors(await line.wait_until_published(3))["anna-2"] == "anna-1"
    code, listed = await run(line, "deadletters", "list")
    (row,) = listed["letters"]
    assert (code, row["reason"], row["student"]) == (0, "not_json", "clara")
    assert (
        "schema registry's magic byte (0x00) and the schema id 42"
        in errors_of(line.seen[line.topic("dead-letters")][0])["message"]
    )


async def test_aborted_transactions_are_never_seen(line: Line) -> None:
    """Neither reviewed nor published nor anybody's predecessor, also after a kill; committed ones are, in order."""
    worker = await line.start_worker()
    platform, plain = await transactional(line), Platform(line)

    await platform.begin()
    await platform.produce(submission(1), submission(1, "boris"))
    await platform.commit()
    await platform.begin()
    await platform.produce(submission(2), submission(2, "boris"), submission(1, "clara"))
    await platform.abort()
    await platform.begin()
    await platform.produce(submission(3))
    await platform.commit()
    await plain.produce(submission(4), submission(4, "boris"))
    wanted = {"anna-1": None, "boris-1": None, "anna-3": "anna-1", "anna-4": "anna-3", "boris-4": "boris-1"}
    assert predecessors(await line.wait_until_published(5)) == wanted

    worker.kill()
    await platform.begin()
    await platform.produce(submission(5))
    await platform.abort()
    await line.start_worker()
    await platform.begin()
    await platform.produce(submission(6))
    await platform.commit()
    wanted |= {"anna-6": "anna-4"}
    assert predecessors(await line.wait_until_published(6)) == wanted
    assert {delivery.document["new_submission_id"] for delivery in line.api.deliveries} == set(wanted)
    assert line.seen.get(line.topic("dead-letters"), []) == []


async def test_a_transaction_is_waited_for_until_it_is_decided(line: Line) -> None:
    """What follows an open transaction in its partition waits, so that a student's order is the log's."""
    await line.start_worker()
    platform, plain = await transactional(line), Platform(line)
    await plain.produce(submission(1))
    await line.wait_until_published(1)

    await platform.begin()
    await platform.produce(submission(2))
    await plain.produce(submission(3))
    await asyncio.sleep(2)
    assert predecessors(await line.documents()) == {"anna-1": None}
    await platform.commit()
    wanted = {"anna-1": None, "anna-2": "anna-1", "anna-3": "anna-2"}
    assert predecessors(await line.wait_until_published(3)) == wanted


async def test_aborted_letters_are_not_listed_and_stall_nothing(line: Line) -> None:
    """A partition of the dead letters that ends with records of an aborted transaction is read to its end."""
    await line.start_worker()
    plain = Platform(line)
    await plain.produce_values([(b"anna", b"no json")])
    (letter,) = await line.wait_for("dead-letters", 1)
    platform = await transactional(line)
    platform._topic = line.topic("dead-letters")
    await platform.begin()
    await platform.produce_values([(f"student-{n}".encode(), b"never") for n in range(20)])
    await platform.abort()

    code, listed = await run(line, "deadletters", "list")
    assert code == 0
    assert [row["letter"] for row in listed["letters"]] == [f"{letter.partition}@{letter.offset}"]


async def test_header_names_may_be_any_bytes(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is not UTF-8 ends neither worker nor command, and what lies behind it in its batch is read."""
    for room in (message_accumulator, producer):
        monkeypatch.setattr(room, "DefaultRecordBatchBuilder", _DefaultRecordBatchBuilderPy)
    worker = await line.start_worker()
    values = (encode(submission(1)), b"{", encode(submission(2)))
    sent = [
        await line.producer.send(line.topic("submissions"), value, key=b"anna", headers=[(BadName("h"), b"1")])
        for value in values
    ]
    await asyncio.gather(*sent)
    await line.wait_until_published(2)
    (letter,) = await line.wait_for("dead-letters", 1)
    assert letter.headers[0] == (r"\xff\xfe", b"1")
    assert worker.running
    code, listed = await run(line, "deadletters", "requeue", "--all", "--yes")
    assert (code, listed["outcomes"]) == (0, {"requeued": 1})
    await line.wait_for("dead-letters", 2)
