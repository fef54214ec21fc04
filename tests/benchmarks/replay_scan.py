"""How fast a replay looks through the topic of submissions, against a bare consumer that looks at nothing.

`python -m tests.benchmarks.replay_scan` starts a broker of its own; both read the same topic in turns.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from app.adapters.kafka.submission_log import SubmissionLog
from app.adapters.kafka.topic_plans import TopicPlan
from app.adapters.kafka.topics import ensure_topics
from app.config import Settings, load_settings
from app.core.replaying.timeline import Timeline
from app.embedded.stack import start_broker
from app.kafka.fetching import READ_COMMITTED
from schemas.codec import encode
from tests.builders.records import NOON, a_submission

STUDENTS: Final = 1_500
ATTEMPTS: Final = 6
PARTITIONS: Final = 6
CHARS: Final = 20_000
"""Source of one submission: the median homework."""
TURNS: Final = 5


def say(line: str) -> None:
    """A line on stdout."""
    sys.stdout.write(f"{line}\n")


async def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="reviewstream-bench-") as folder:
        broker, _ = await start_broker(Path(folder), choice="auto", say=say)
        try:
            settings = load_settings(
                None, kafka_bootstrap_servers=broker.bootstrap, topic_partitions=PARTITIONS, data_dir=Path(folder)
            )
            count = await _fill(settings)
            bare, ours = [], []
            for _ in range(TURNS):
                bare.append(await _read_bare(settings, count))
                ours.append(await _read_heads(settings, count))
        finally:
            await broker.stop()
    ratio = statistics.median(b / o for b, o in zip(bare, ours, strict=True))
    say(f"{count} submissions of {CHARS} characters, {TURNS} turns, medians")
    say(f"bare consumer: {count / statistics.median(bare):8.0f} submissions a second")
    say(f"replay's scan: {count / statistics.median(ours):8.0f} submissions a second")
    say(f"ratio: {ratio:.2f} (goal: 0.5 at least)")
    return 0


async def _fill(settings: Settings) -> int:
    plans = [
        TopicPlan(name, PARTITIONS, None, compacted=False, max_message_bytes=10_000_000)
        for name in (settings.topic_submissions, settings.topic_dead_letters)
    ]
    await ensure_topics(settings.bootstrap_servers, plans)
    producer = AIOKafkaProducer(bootstrap_servers=list(settings.bootstrap_servers), compression_type="gzip")
    await producer.start()
    try:
        for attempt in range(ATTEMPTS):
            sent = [
                await producer.send(settings.topic_submissions, *_record(f"student-{number}", attempt))
                for number in range(STUDENTS)
            ]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()
    return STUDENTS * ATTEMPTS


def _record(student: str, attempt: int) -> tuple[bytes, bytes]:
    lines = "".join(f"value_{line} = compute({line}, {attempt})\n" for line in range(CHARS // 28))
    submission = a_submission(
        submission_id=f"{student}-{attempt}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=attempt),
        files={"work.py": lines},
    )
    # Value first, key second: the order of aiokafka's arguments.
    return encode(submission), student.encode()


async def _read_bare(settings: Settings, count: int) -> float:
    """Seconds from the first request to the last record; connecting does not count, on either side."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=list(settings.bootstrap_servers), group_id=None, isolation_level=READ_COMMITTED
    )
    await consumer.start()
    try:
        places = [TopicPartition(settings.topic_submissions, number) for number in range(PARTITIONS)]
        start = time.perf_counter()
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        read = 0
        while read < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                read += len(records)
        return time.perf_counter() - start
    finally:
        await consumer.stop()


async def _read_heads(settings: Settings, count: int) -> float:
    async with SubmissionLog(settings) as log:
        timeline = Timeline(settings.history_depth, await log.refused())
        start = time.perf_counter()
        read = 0
        async for head in log.heads():
            timeline.take(head)
            read += 1
        assert read == count, f"{read} of {count} read"
        return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
