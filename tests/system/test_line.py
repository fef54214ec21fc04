"""The line on real parts: the production worker between Kafka, a MongoDB-compatible server and an HTTP API."""

import asyncio
import base64
import io
import json
import tarfile
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.codec import decode, encode
from schemas.comparison import Baseline
from schemas.review import Review
from schemas.submission import Submission
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.system.line import Line, errors_of

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

FIRST = {"store.py": "def get(key):\n    return FEATURES[key]\n"}
SECOND = {"store.py": "def get(key, default=None):\n    return FEATURES.get(key, default)\n"}


def submission(number: int, student: str = "anna", **fields: Any) -> Submission:
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        **fields,
    )


def packed(kind: str, files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for path, text in files.items():
                info = tarfile.TarInfo(path)
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


async def test_a_submission_arrives_everywhere(line: Line) -> None:
    """Two attempts: reviewed one against the other, in MongoDB, at the API, at the webhook and in the topic, alike."""
    await line.start_worker()
    await line.produce(submission(1, files=FIRST), submission(2, files=SECOND))

    records = await line.wait_for("reviews", 2)
    documents = await line.wait_until_published(2)
    first, second = (decode(Review, record.value or b"") for record in records)

    assert [record.key for record in records] == [b"anna", b"anna"]
    assert (first.baseline, second.baseline) == (Baseline.NONE, Baseline.PREVIOUS)
    assert second.previous_submission_id == "anna-1"
    assert second.score_change == second.review_result.overall_score - first.review_result.overall_score
    assert "change_default" in {c.kind for c in second.changes} or "add_parameter" in {c.kind for c in second.changes}
    assert {d["_id"] for d in documents} == {str(first.review_id), str(second.review_id)}
    assert {d["new_submission_id"]: d["review_result"]["overall_score"] for d in documents} == {
        r.new_submission_id: r.review_result.overall_score for r in (first, second)
    }
    assert [d.idempotency_key for d in line.api.deliveries] == [str(first.review_id), str(second.review_id)]
    assert [d.body for d in line.api.deliveries] == [encode(first), encode(second)]
    assert [n.document["student_id"] for n in line.api.notifications] == ["anna", "anna"]
    assert line.api.conflicts == []


async def test_every_form_of_source_is_read(line: Line) -> None:
    """Inline files, base64, a folder, `.zip` and `.tar.gz` by the platform's layout, and a `file:` uri."""
    archives = Path(line.environment["ARCHIVE_PATH"])
    await asyncio.to_thread(_lay_out, archives)
    encoded = base64.b64encode(packed("zip", FIRST)).decode()
    await line.start_worker()
    await line.produce(
        submission(1, "folder", files=None),
        submission(1, "zip", files=None),
        submission(1, "tar", files=None),
        submission(1, "uri", files=None, archive={"uri": "file:by-uri.zip"}),
        submission(1, "base64", files=None, archive_base64=encoded),
        submission(1, "inline", files=FIRST),
    )
    records = await line.wait_for("reviews", 6)
    reviews = [decode(Review, record.value or b"") for record in records]
    assert {r.student_id for r in reviews} == {"folder", "zip", "tar", "uri", "base64", "inline"}
    assert {r.integrity.source_digest for r in reviews} == {reviews[0].integrity.source_digest}


def _lay_out(archives: Path) -> None:
    (archives / "folder-1").mkdir()
    for path, text in FIRST.items():
        (archives / "folder-1" / path).write_text(text)
    (archives / "zip-1.zip").write_bytes(packed("zip", FIRST))
    (archives / "tar-1.tar.gz").write_bytes(packed("tar", FIRST))
    (archives / "by-uri.zip").write_bytes(packed("zip", FIRST))


async def test_what_is_refused_becomes_a_dead_letter_and_the_next_is_reviewed(line: Line) -> None:
    """Malformed JSON, a wrong field, a missing archive, a too large submission: each with its reason, bytes intact."""
    await line.start_worker(SUBMISSION_CHARS_MAX="2000")
    wrong_field = orjson.dumps(json.loads(encode(submission(3))) | {"submitted_at": "yesterday"})
    await line.produce_bytes(b'{"submission_id": ', key=b"anna", headers=[("trace", b"abc")])
    await line.produce_bytes(wrong_field, key=b"anna")
    await line.produce(submission(4, files=None), submission(5, files={"big.py": "x = 1\n" * 500}))
    await line.produce_bytes(None, key=b"anna")
    await line.produce_bytes(encode(submission(6)), key=b"boris")
    await line.produce(submission(7, files=FIRST))

    letters = await line.wait_for("dead-letters", 6)
    (review,) = await line.wait_for("reviews", 1)
    assert decode(Review, review.value or b"").new_submission_id == "anna-7"
    by_offset = sorted(
        (errors_of(letter) for letter in letters if letter.key == b"anna"), key=lambda e: int(e["offset"])
    )
    assert [e["reason"] for e in by_offset] == [
        "not_json",
        "invalid_field",
        "archive_missing",
        "submission_too_large",
        "tombstone",
    ]
    assert {e["stage"] for e in by_offset} == {"comparator"}
    first = next(letter for letter in letters if errors_of(letter)["reason"] == "not_json")
    assert (first.key, first.value, first.headers[0]) == (b"anna", b'{"submission_id": ', ("trace", b"abc"))
    assert any(errors_of(letter)["reason"] == "key_mismatch" for letter in letters if letter.key == b"boris")


async def test_ten_megabytes_are_refused_byte_for_byte(line: Line) -> None:
    """A value far beyond a fetch's usual size is read, refused for its text, and kept whole as a dead letter."""
    await line.start_worker()
    large = submission(1, files={f"part_{n}.py": "x = 1\n" * 66_000 for n in range(25)})
    assert len(encode(large)) > 10_000_000
    await line.produce(large, submission(2, files=FIRST))
    (letter,) = await line.wait_for("dead-letters", 1)
    (review,) = await line.wait_for("reviews", 1)
    assert errors_of(letter)["reason"] == "submission_too_large"
    assert letter.value == encode(large)
    assert decode(Review, review.value or b"").new_submission_id == "anna-2"


async def test_a_restarted_worker_remembers(line: Line) -> None:
    """After a stop and a start with an empty data directory the history comes back from the changelog."""
    worker = await line.start_worker()
    await line.produce(submission(1, files=FIRST))
    await line.wait_for("reviews", 1)
    await line.wait_until_published(1)
    await worker.stop()
    await line.start_worker()
    await line.produce(submission(2, files=SECOND))
    records = await line.wait_for("reviews", 2)
    assert decode(Review, records[1].value or b"").previous_submission_id == "anna-1"
    assert [n.document["submission_id"] for n in line.api.notifications][:1] == ["anna-1"]


async def test_the_memory_store_remembers_too(line: Line) -> None:
    """A table in memory is rebuilt from the whole changelog."""
    worker = await line.start_worker(TABLE_STORE="memory")
    await line.produce(submission(1, files=FIRST))
    await line.wait_for("reviews", 1)
    await worker.stop()
    await line.start_worker(TABLE_STORE="memory")
    await line.produce(submission(2, files=SECOND))
    records = await line.wait_for("reviews", 2)
    assert decode(Review, records[1].value or b"").baseline is Baseline.PREVIOUS


async def test_a_submission_produced_twice_is_reviewed_once(line: Line) -> None:
    """The same content under the same id is the same submission; other content under it is refused."""
    await line.start_worker()
    await line.produce(submission(1, files=FIRST), submission(1, files=FIRST), submission(1, files=SECOND))
    (letter,) = await line.wait_for("dead-letters", 1)
    await line.wait_until_published(1)
    assert errors_of(letter)["reason"] == "duplicate_id"
    assert len({record.value for record in await line.wait_for("reviews", 1)}) == 1
    assert len(await line.documents()) == 1
    assert len({delivery.idempotency_key for delivery in line.api.deliveries}) == 1


async def test_a_language_model_reviews(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Any OpenAI-compatible endpoint: its answer, anchored and bounded, is what everyone gets."""
    answer = {
        "progress_summary": "The lookup no longer fails on unknown keys.",
        "code_review_comments": [
            {
                "path": "store.py",
                "line": 2,
                "quote": "    return FEATURES.get(key, default)",
                "severity": "major",
                "message": "Say what a missing key means.",
            }
        ],
        "recommendations": ["Add a test for a missing key."],
    }
    scripted_llm.script = lambda _request, _number: Completion(json.dumps(answer))
    await line.start_worker(LLM_BASE_URL=scripted_llm.base_url, LLM_MODEL="scripted-model", REVIEW_LANGUAGE="en")
    await line.produce(submission(1, files=FIRST), submission(2, files=SECOND))
    records = await line.wait_for("reviews", 2)
    review = decode(Review, records[1].value or b"")
    assert review.model.startswith("scripted-model")
    assert review.review_result.progress_summary.startswith(str(answer["progress_summary"]))
    assert [(c.path, c.line) for c in review.review_result.code_review_comments] == [("store.py", 2)]
    assert review.usage.calls == 1


async def test_every_line_of_the_log_is_json_and_tells_its_event(line: Line) -> None:
    """Each event's line has submission, student, assignment, origin, stage and duration, and none of the code."""
    worker = await line.start_worker()
    await line.produce(submission(1, files={"store.py": "MARK_OF_THE_STUDENT = 1\n"}))
    await line.wait_until_published(1)
    await worker.stop()
    text = await asyncio.to_thread(worker.spec.log_path.read_text)
    events = [json.loads(row) for row in text.splitlines()]
    done = [event for event in events if event["event"] == "event_done"]
    assert [event["stage"] for event in done] == ["comparator", "reviewer", "publisher"]
    for event in done:
        assert (event["submission"], event["student"], event["assignment"]) == ("anna-1", "anna", "hw-1")
        assert "[" in event["origin"]
        assert event["duration_ms"] >= 0
    assert "MARK_OF_THE_STUDENT" not in text
    assert line.api.api_key not in text
    assert line.api.webhook_secret not in text
