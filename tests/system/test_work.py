"""How much work a submission makes, counted and not timed: calls, records, bytes."""

from datetime import timedelta
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from app.adapters.kafka.clients import stop_consumer
from schemas.codec import encode
from schemas.submission import Submission
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.system.line import ANSWER, PARTITIONS, Line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

STUDENTS: Final = 3
ATTEMPTS: Final = 3
PACKED: Final = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins."""
STAMP_BYTES: Final = 12
RECORDS_MAX: Final = 5.5
"""Bytes of comparison and review before the producer packs them, in multiples of the submission's own."""
ENTRIES_MAX: Final = 0.7
"""Bytes of both entries of the tables, packed, in the same measure."""


def an_attempt(student: int, number: int) -> Submission:
    """Ten files of a few thousand characters, one of which changes with each attempt."""
    lines = [f"def part_{n}(value):\n    return value * {n * 7919 % 10007}\n\n\n" for n in range(400)]
    files = {f"part_{n}.py": "".join(lines[40 * n : 40 * n + 40]) for n in range(10)}
    return a_submission(
        submission_id=f"work-{student}-{number}",
        student_id=f"work-{student}",
        submitted_at=NOON + timedelta(hours=number),
        files=files | {"part_0.py": f"STUDENT = {student}\nATTEMPT = {number}\n"},
    )


async def values_in(line: Line, topic: str) -> list[bytes]:
    """All values of a topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=line.kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        values = []
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [record.value for record in records if record.value is not None]
        return values
    finally:
        await stop_consumer(consumer)


async def test_a_submission_makes_one_of_each_and_few_bytes(line: Line, scripted_llm: ScriptedLlm) -> None:
    """One call of the model, one record in each topic and changelog, entries packed once, and bounded bytes."""
    scripted_llm.script = lambda _request, _number: Completion(ANSWER)
    await line.start_worker(LLM_BASE_URL=scripted_llm.base_url, LLM_MODEL="scripted")
    submissions = [an_attempt(student, number) for number in range(ATTEMPTS) for student in range(STUDENTS)]
    await line.produce(*submissions)
    await line.wait_until_published(len(submissions))

    assert len(scripted_llm.requests) == len(submissions)
    records = entries = 0
    for name in ("comparisons", "reviews"):
        values = await values_in(line, line.topic(name))
        assert len(values) == len(submissions), name
        records += sum(map(len, values))
    for name in ("submission_history", "review_history"):
        values = await values_in(line, f"{line.prefix}-{name}-changelog")
        assert len(values) == len(submissions), name
        assert {value[STAMP_BYTES : STAMP_BYTES + len(PACKED)] for value in values} == {PACKED}
        assert all(value.count(PACKED) == 1 for value in values)
        entries += sum(map(len, values))
    handed_in = sum(len(encode(submission)) for submission in submissions)
    assert records < RECORDS_MAX * handed_in, records / handed_in
    assert entries < ENTRIES_MAX * handed_in, entries / handed_in
