"""The example producers and consumers of the docs, in Python and in JavaScript, on real parts."""

import asyncio
import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.partitioner import murmur2
from jsonschema import Draft202012Validator

from app.adapters.kafka.clients import stop_consumer
from app.embedded.machine.processes import inherited_environment
from schemas.codec import encode
from schemas.replay import PROMOTED
from schemas.review import ReplayNote, Review, ReviewResult
from schemas.rubric import Release
from schemas.submission import Submission
from tests import ROOT
from tests.builders.records import NOON, a_review, a_submission
from tests.docs.contracts import CONTRACTS_FOLDER
from tests.parts.node_packages import KAFKAJS, NodePackages
from tests.parts.records import make_topics
from tests.patience import PATIENCE_S
from tests.system.line import PARTITIONS, Line, errors_of

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

EXAMPLES = ROOT / "docs" / "examples"


def attempt(student: str, number: int) -> Submission:
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        files={"main.py": f"def main():\n    return {number}\n"},
    )


class Programs:
    """The examples as programs on a line."""

    def __init__(self, line: Line, node_packages: NodePackages, folder: Path) -> None:
        self._line = line
        self._node = node_packages.node()
        self._folder = folder
        modules = folder / "node_modules"
        modules.mkdir()
        (modules / KAFKAJS.name).symlink_to(node_packages.folder(KAFKAJS), target_is_directory=True)

    async def run(self, script: str, topic: str, lines: list[bytes] | None = None) -> list[dict[str, Any]]:
        """What a script prints of one of the line's topics, one document a line."""
        copy = self._folder / script
        shutil.copy(EXAMPLES / script, copy)
        program = sys.executable if copy.suffix == ".py" else self._node
        process = await asyncio.create_subprocess_exec(
            program, str(copy), self._line.kafka.bootstrap, self._line.topic(topic),
            env={**inherited_environment(), **self._line.kafka.environment},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(b"".join(one + b"\n" for one in lines or ()))
        assert process.returncode == 0, err.decode()
        return [json.loads(row) for row in out.splitlines()]


async def records_of(line: Line, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    """All records of one of the line's topics."""
    places = [TopicPartition(line.topic(topic), number) for number in range(PARTITIONS)]
    found: list[ConsumerRecord[bytes, bytes]] = []
    consumer = AIOKafkaConsumer(bootstrap_servers=line.kafka.bootstrap, group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
    finally:
        await stop_consumer(consumer)
    return found


def texts_of(record: ConsumerRecord[bytes, bytes]) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


def assert_fits(name: str, document: object) -> None:
    schema = json.loads((CONTRACTS_FOLDER / f"{name}.v1.schema.json").read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []


async def test_examples_hand_in_and_read_reviews_and_all_records_are_as_published(
    line: Line, node_packages: NodePackages, tmp_path: Path
) -> None:
    """Both producers find Kafka's partition of a student, both consumers the same reviews; and what lies in the topics
    then, byte for byte, is what the published schemas and CloudEvents say.
    """
    programs = Programs(line, node_packages, tmp_path)
    await line.start_worker(CLOUDEVENTS="true")
    students = {ending: [f"{name}-{n}" for n in range(5)] for ending, name in (("py", "vera"), ("mjs", "gleb"))}
    attempts = {
        ending: [encode(attempt(name, number)) for name in names for number in (1, 2)]
        for ending, names in students.items()
    }
    sent = await asyncio.gather(
        *(programs.run(f"produce_submissions.{ending}", "submissions", lines) for ending, lines in attempts.items())
    )
    await line.produce_bytes(b"no JSON", key=b"vera-0")
    for told, names in zip(sent, students.values(), strict=True):
        expected = {name: (murmur2(name.encode()) & 0x7FFFFFFF) % PARTITIONS for name in names}
        assert len(told) == 2 * len(names)
        assert {(one["submission_id"][:-2], one["partition"]) for one in told} == set(expected.items())

    await line.wait_until_published(20)
    (letter,) = await line.wait_for("dead-letters", 1)
    python, javascript = await asyncio.gather(
        *(programs.run(f"current_reviews.{ending}", "reviews") for ending in ("py", "mjs"))
    )
    assert python == javascript
    assert len(python) == 20
    await check_records(line, letter)


async def check_records(line: Line, letter: ConsumerRecord[bytes, bytes]) -> None:
    """What lies in the line's topics, against the published schemas and CloudEvents."""
    for topic in ("submission", "comparison", "review"):
        for record in await records_of(line, f"{topic}s"):
            if record.value != b"no JSON":
                assert_fits(topic, json.loads(record.value or b""))
    assert_fits("dead-letter-headers", texts_of(letter))
    assert errors_of(letter)["reason"] == "not_json"
    assert texts_of(letter)["ce_type"] == "reviewstream.event.refused.v1"
    for record in await records_of(line, "reviews"):
        review = json.loads(record.value or b"")
        assert texts_of(record) == {
            "ce_specversion": "1.0",
            "ce_id": review["review_id"],
            "ce_source": f"/{line.prefix}/reviewer",
            "ce_type": "reviewstream.submission.reviewed.v1",
            "ce_time": review["timestamp"],
            "ce_subject": f"{review['student_id']}/{review['assignment_id']}/{review['new_submission_id']}",
            "content-type": "application/json",
        }
    ids = [texts_of(record)["ce_id"] for record in await records_of(line, "comparisons")]
    assert len(set(ids)) == len(ids) == 20


async def test_both_consumers_keep_the_four_rules(line: Line, node_packages: NodePackages, tmp_path: Path) -> None:
    """Of repeated reviews the first, of two generations the higher, of shadow reviews the promoted ones alone, and none
    that a teacher has to approve.
    """
    programs = Programs(line, node_packages, tmp_path)
    await make_topics(line.kafka.bootstrap, NewTopic(line.topic("reviews"), PARTITIONS, 1))
    shadow = ReplayNote(replay_id="r", is_shadow=True)
    promoted = [(PROMOTED, b"r")]
    told: list[tuple[Review, list[tuple[str, bytes]]]] = [
        (review_by("anna", 0, 60), []),
        (review_by("anna", 0, 61), []),
        (review_by("boris", 0, 50), []),
        (review_by("boris", 2, 52), []),
        (review_by("boris", 1, 51), []),
        (review_by("clara", 0, 70), []),
        (review_by("clara", 1, 99, replay=shadow), []),
        (review_by("dina", 1, 80, replay=shadow), []),
        (review_by("dina", 1, 80, replay=shadow), promoted),
        (review_by("egor", 1, 90, replay=shadow), []),
        (review_by("fedor", 0, 40, release=Release.AFTER_APPROVAL), []),
        (review_by("galina", 0, 30), []),
        (review_by("galina", 1, 31, release=Release.AFTER_APPROVAL), []),
    ]
    for review, headers in told:
        key = review.student_id.encode()
        await line.producer.send_and_wait(line.topic("reviews"), encode(review), key=key, headers=headers)

    python, javascript = await asyncio.gather(
        *(programs.run(f"current_reviews.{ending}", "reviews") for ending in ("py", "mjs"))
    )
    assert python == javascript
    assert [(row["student_id"], row["generation"], row["overall_score"]) for row in python] == [
        ("anna", 0, 60),
        ("boris", 2, 52),
        ("clara", 0, 70),
        ("dina", 1, 80),
        ("galina", 0, 30),
    ]


def review_by(student: str, generation: int, score: int, **fields: Any) -> Review:
    result = ReviewResult(overall_score=score, progress_summary="Better.", code_quality_score=score)
    return a_review(student_id=student, generation=generation, review_result=result, **fields)
