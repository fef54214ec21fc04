"""How long a worker takes until its tables are ready, and how much memory: from nothing, and with its own disk.

`python -m tests.benchmarks.table_recovery --students 20000` writes the changelogs of so many students with two
attempts each, and starts a worker three times: with an empty DATA_DIR, after a clean stop, and after a kill.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from app.adapters.kafka.clients import stop_consumer
from app.adapters.kafka.topic_plans import changelog_name
from app.adapters.kafka.topics import prepare_topics
from app.adapters.machine.clock import SystemClock
from app.config import Settings, load_settings
from app.core.history.entries import pack
from app.core.history.identity import table_key
from app.core.limits import MIB
from app.embedded.platform.review_api import RecordingApi
from schemas.history import REVIEW_HISTORY, SUBMISSION_HISTORY
from schemas.origin import Origin
from tests.benchmarks.backlog import parts, say
from tests.parts.choice import Kafka
from tests.system.line import Line, a_line

ATTEMPTS: Final = 2
ENTRY_BYTES: Final = 5_000
"""Of one attempt: what the source of the median homework, 20,000 characters, takes when it is deflated."""
TIME_LIMIT_S: Final = 600.0
LOOK_S: Final = 0.05
_STAMP_BYTES: Final = 12
_STEPS: Final = ("topics_ready", "partitions_assigned", "tables_ready")


def changelog(students: int, partition: int, partitions: int) -> Iterator[tuple[bytes, bytes]]:
    """The records of one partition of a changelog, in order: stamps rise with them."""
    offset = 0
    for attempt in range(1, ATTEMPTS + 1):
        for student in range(partition, students, partitions):
            body = random.Random(student).randbytes(attempt * ENTRY_BYTES)
            yield table_key(f"s{student}", "hw-1"), _head(partition, offset) + body
            offset += 1


def _head(partition: int, offset: int) -> bytes:
    """The stamp of an entry, which stands before what is deflated."""
    return pack(Origin(topic="t", partition=partition, offset=offset), partition, offset)[:_STAMP_BYTES]


async def fill(settings: Settings, students: int) -> None:
    """Write changelogs, sources that are as long as their stamps say, and the group's offsets at their ends."""
    await prepare_topics(settings, SystemClock())
    partitions = settings.topic_partitions
    servers = ",".join(settings.bootstrap_servers)
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20, max_request_size=8 * MIB)
    await producer.start()
    tables = {SUBMISSION_HISTORY: settings.topic_submissions, REVIEW_HISTORY: settings.topic_comparisons}
    try:
        for table, source in tables.items():
            for partition in range(partitions):
                for key, value in changelog(students, partition, partitions):
                    await producer.send(changelog_name(settings, table), value, key, partition=partition)
                    await producer.send(source, b"taken long ago", key, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id=settings.kafka_group_id, enable_auto_commit=False)
    await consumer.start()
    places = [TopicPartition(source, number) for source in tables.values() for number in range(partitions)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    await consumer.commit({place: OffsetAndMetadata(end, "") for place, end in ends.items()})
    await stop_consumer(consumer)


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds from the process's begin to each step, and the most memory that it had, in MiB."""

    topics_ready_s: float
    assigned_s: float
    tables_ready_s: float
    memory_mib: float

    @property
    def recovery_s(self) -> float:
        """What of it depends on how much the tables hold."""
        return self.tables_ready_s - self.assigned_s

    def __str__(self) -> str:
        return (
            f"topics ready {self.topics_ready_s:.1f} s, partitions assigned {self.assigned_s:.1f} s, "
            f"tables ready {self.tables_ready_s:.1f} s; memory at most {self.memory_mib:.0f} MiB"
        )


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was measured. `disk_bytes`: of all tables, after the first start."""

    disk_bytes: int
    cold: Start
    warm: Start
    warm_after_kill: Start


async def start(line: Line, data_dir: Path, *, kill: bool = False) -> Start:
    """Start a worker, and end it once its tables are ready."""
    began = time.monotonic()
    worker = await line.start_worker(DATA_DIR=str(data_dir))
    assert worker.pid is not None
    times: dict[str, float] = {}
    while "tables_ready" not in times:
        await asyncio.sleep(LOOK_S)
        now_s = time.monotonic() - began
        for event in _events(worker.spec.log_path):
            times.setdefault(event, now_s)
        if now_s > TIME_LIMIT_S or not worker.running:
            say(worker.spec.log_path.read_text()[-2000:])
            message = "the tables did not get ready"
            raise TimeoutError(message)
    peak = _status(worker.pid, "VmHWM") / 1024
    if kill:
        worker.kill()
    else:
        await worker.stop()
    topics_ready_s, assigned_s, tables_ready_s = (round(times[name], 2) for name in _STEPS)
    return Start(topics_ready_s, assigned_s, tables_ready_s, round(peak))


def _events(log: Path) -> Iterator[str]:
    for text in log.read_text().splitlines():
        try:
            yield json.loads(text)["event"]
        except (ValueError, KeyError):
            continue


def _status(process: int, name: str) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


async def measure(
    kafka: Kafka, mongo_url: str, folder: Path, students: int, partitions: int, *, tell: Callable[[str], None] = say
) -> Recovery:
    """Fill, then start three times: from nothing, after a clean stop, and after a kill."""
    api = RecordingApi()
    await api.start()
    async with a_line(kafka, mongo_url, api, folder, TOPIC_PARTITIONS=str(partitions)) as line:
        settings = load_settings(None, **{name.lower(): value for name, value in line.environment.items()})
        began = time.monotonic()
        await fill(settings, students)
        tell(f"{students} students with {ATTEMPTS} attempts, written in {time.monotonic() - began:.0f} s")
        data_dir = folder / "data"
        tell(f"cold: {(cold := await start(line, data_dir))}")
        disk = sum(file.stat().st_size for file in data_dir.rglob("*") if file.is_file())
        tell(f"on disk: {disk / MIB:.0f} MiB, {disk / students:.0f} bytes a student")
        tell(f"warm: {(warm := await start(line, data_dir, kill=True))}")
        tell(f"warm, after a kill: {(killed := await start(line, data_dir))}")
    await api.stop()
    return Recovery(disk, cold, warm, killed)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=20_000)
    parser.add_argument("--partitions", type=int, default=6)
    asked = parser.parse_args()
    with parts() as (kafka, mongo_url), tempfile.TemporaryDirectory(prefix="reviewstream-bench-") as folder:
        asyncio.run(measure(kafka, mongo_url, Path(folder), asked.students, asked.partitions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
