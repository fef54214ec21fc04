"""Dead letters on real parts: refused, listed, requeued, purged, and the worker that stops on too many."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.embedded.machine.processes import inherited_environment
from schemas.codec import decode, encode
from schemas.comparison import Baseline
from schemas.review import Review
from schemas.submission import Submission
from tests import ROOT
from tests.builders.records import NOON, a_submission
from tests.patience import PATIENCE_S
from tests.system.line import Line, errors_of

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

BODY = "def get(key):\n    return FEATURES[key]\n"


def submission(number: int, student: str = "anna", **fields: Any) -> Submission:
    given: dict[str, Any] = {"files": {"store.py": f"VERSION = {number}\n{BODY}"}}
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        **(given | fields),
    )


async def deadletters(line: Line, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run the command in a pipe; its JSON document, or what it says where it fails."""
    out, err = await run(line, *arguments, code=code)
    document: dict[str, Any] = json.loads(out) if out else {"stderr": err}
    return document


async def run(line: Line, *arguments: str, code: int = 0) -> tuple[str, str]:
    """Run the command as an operator does; what it writes to stdout and to stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "deadletters", *arguments,
        env={**inherited_environment(), **line.environment, "PYTHONPATH": str(ROOT)},
        cwd=line.work_dir,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == code, err.decode()
    assert b"Traceback" not in err, err.decode()
    return out.decode(), err.decode()


def put_in_place(line: Line, submission_id: str) -> None:
    folder = Path(line.environment["ARCHIVE_PATH"]) / submission_id
    folder.mkdir()
    (folder / "store.py").write_text(f"VERSION = 2\n{BODY}")


async def test_what_was_refused_for_a_missing_archive_is_reviewed_after_all(line: Line) -> None:
    """Requeued it is compared with what preceded it, though a later one came first; twice requeued, reviewed once."""
    await line.start_worker()
    await line.produce(submission(1), submission(2, files=None), submission(3))
    (letter,) = await line.wait_for("dead-letters", 1)
    await line.wait_until_published(2)
    put_in_place(line, "anna-2")

    listed = await deadletters(line, "list")
    (row,) = listed["letters"]
    assert (row["reason"], row["student"], row["assignment"], row["submission"], row["requeued_since"]) == (
        "archive_missing", "anna", "hw-1", "anna-2", 0,
    )  # fmt: skip
    assert row["letter"] == f"{letter.partition}@{letter.offset}"
    origin = errors_of(letter)
    assert row["origin"] == f"{origin['topic']}[{origin['partition']}]@{origin['offset']}"

    dry = await deadletters(line, "requeue", "--reason", "archive_missing")
    assert (dry["dry_run"], dry["outcomes"]) == (True, {"would requeue": 1})
    done = await deadletters(line, "requeue", "--reason", "archive_missing", "--yes")
    assert done["outcomes"] == {"requeued": 1}
    assert (done["letters"][0]["attempt"], done["letters"][0]["origin"]) == (1, row["origin"])

    documents = await line.wait_until_published(3)
    by_submission = {document["new_submission_id"]: document for document in documents}
    assert {name: d["previous_submission_id"] for name, d in by_submission.items()} == {
        "anna-1": None,
        "anna-2": "anna-1",
        "anna-3": "anna-1",
    }
    assert by_submission["anna-2"]["baseline"] == Baseline.PREVIOUS

    # The history was not moved back: the next one follows the latest, not the requeued.
    await line.produce(submission(4))
    by_submission = {d["new_submission_id"]: d for d in await line.wait_until_published(4)}
    assert by_submission["anna-4"]["previous_submission_id"] == "anna-3"

    (row,) = (await deadletters(line, "list"))["letters"]
    assert row["requeued_since"] == 1
    warned = await deadletters(line, "requeue", "--all", "--yes")
    assert warned["outcomes"] == {"left": 1}
    assert "requeued 1 time(s)" in warned["letters"][0]["why"]
    again = await deadletters(line, "requeue", row["letter"], "--again", "--yes")
    assert (again["outcomes"], again["letters"][0]["attempt"]) == ({"requeued": 1}, 2)

    # Five reviews in the topic, for it may repeat; one document and one body of each id.
    records = await line.wait_for("reviews", 5)
    await line.produce(submission(5))
    documents = await line.wait_until_published(5)
    assert len(documents) == len({d["new_submission_id"] for d in documents}) == 5
    requeued = [r for r in (decode(Review, r.value or b"") for r in records) if r.new_submission_id == "anna-2"]
    assert len({review.review_id for review in requeued}) == 1
    assert len({review.previous_submission_id for review in requeued}) == 1
    keys = [delivery.idempotency_key for delivery in line.api.deliveries]
    assert len(keys) == len(set(keys)) == 5
    assert line.api.conflicts == []


async def test_what_is_refused_again_keeps_its_origin(line: Line) -> None:
    """The second letter says the first position and the attempt, has the original headers, and is the one that goes."""
    await line.start_worker()
    value = encode(submission(1, files=None))
    await line.produce_bytes(value, key=b"anna", headers=[("trace", b"1"), ("trace", b"2")])
    await line.wait_for("dead-letters", 1)
    await deadletters(line, "requeue", "--all", "--yes")
    first, second = await line.wait_for("dead-letters", 2)
    assert (second.key, second.value) == (b"anna", value)
    assert second.headers[:2] == first.headers[:2] == (("trace", b"1"), ("trace", b"2"))
    assert not [name for name, _ in second.headers if "requeue." in name]
    assert {errors_of(letter)["offset"] for letter in (first, second)} == {"0"}
    assert errors_of(second)["requeue_attempt"] == "1"

    put_in_place(line, "anna-1")
    done = await deadletters(line, "requeue", "--all", "--yes")
    assert done["outcomes"] == {"left": 1, "requeued": 1}
    assert [row["attempt"] for row in done["letters"] if row["outcome"] == "requeued"] == [2]
    (document,) = await line.wait_until_published(1)
    assert document["origin"]["offset"] == 0


async def produce_nothing(line: Line, topic: str) -> None:
    """A record with neither key nor value, which aiokafka sends in no other way."""
    batch = line.producer.create_batch()
    batch.append(timestamp=None, key=None, value=None, headers=[("trace", b"1")])
    await (await line.producer.send_batch(batch, line.topic(topic), partition=0))


async def test_a_record_with_neither_key_nor_value_ends_no_worker(line: Line) -> None:
    """Each stage refuses it, says so, and goes on; it cannot be sent back."""
    worker = await line.start_worker()
    topics = ("submissions", "comparisons", "reviews", "decisions")
    for topic in topics:
        await produce_nothing(line, topic)
    letters = await line.wait_for("dead-letters", len(topics))
    assert {errors_of(letter)["topic"] for letter in letters} == {line.topic(topic) for topic in topics}
    assert {(letter.key, letter.value, letter.headers[0]) for letter in letters} == {(None, b"", ("trace", b"1"))}
    await line.produce(submission(1))
    await line.wait_until_published(1)
    assert worker.running

    listed = await deadletters(line, "list")
    assert {(row["reason"], row["student"], row["value_bytes"]) for row in listed["letters"]} == {
        ("tombstone", None, None)
    }
    shown = await deadletters(line, "show", listed["letters"][0]["letter"])
    assert (shown["value"], shown["value_omitted_bytes"]) == (None, None)
    done = await deadletters(line, "requeue", "--all", "--yes")
    assert done["outcomes"] == {"left": 4}
    assert "neither key nor value" in done["letters"][0]["why"]


async def test_letters_are_filtered_shown_and_purged(line: Line) -> None:
    """Foreign records break nothing; a purge takes prefixes of partitions, and only what it was told to."""
    await line.start_worker()
    foreign = await line.producer.send_and_wait(line.topic("dead-letters"), b"\x1b[2J\xff", key=b"anna")
    await line.produce_bytes(b'{"\x1b": ', key=b"anna")
    await line.produce(submission(2, files=None), submission(1, "boris", files=None))
    await line.wait_for("dead-letters", 4)

    everything = await deadletters(line, "list")
    assert everything["by_reason"] == {"archive_missing": 2, "not_json": 1, "foreign": 1}
    for arguments, count in (
        (("--reason", "not_json"), 1),
        (("--student", "anna", "--student", "boris", "--reason", "archive_missing"), 2),
        (("--assignment", "hw-1"), 2),
        (("--since", "1h"), 4),
        (("--until", "1h"), 0),
        (("--limit", "2"), 4),
    ):
        found = await deadletters(line, "list", *arguments)
        assert found["matching"] == count, arguments
        assert len(found["letters"]) == min(count, 2 if "--limit" in arguments else 50)

    shown = await deadletters(line, "show", f"{foreign.partition}@{foreign.offset}")
    assert (shown["reason"], shown["value"], shown["value_base64"]) == (None, None, "G1sySv8=")
    (not_json,) = (await deadletters(line, "list", "--reason", "not_json"))["letters"]
    shown = await deadletters(line, "show", not_json["letter"], "--chars", "2")
    assert (shown["value"], shown["value_cut"]) == ('{"', True)
    assert "no dead letter" in (await deadletters(line, "show", "0@999", code=1))["stderr"]

    told = [await run(line, "list", "--text"), await run(line, "show", not_json["letter"], "--text")]
    assert r'{"\x1b": ' in told[1][0]
    assert not [out for out, _ in told if "\x1b" in out]
    assert "4 match, 4 shown: 2 archive_missing" in told[0][0]

    # Anna's partition begins with the foreign record, which the filter does not mean.
    held = await deadletters(line, "purge", "--reason", "not_json")
    assert [(p["before_offset"], p["kept"], p["blocked_by"]) for p in held["partitions"]] == [
        (None, 1, f"{foreign.partition}@{foreign.offset}")
    ]
    dry = await deadletters(line, "purge", "--reason", "not_json", "--all")
    assert (dry["dry_run"], dry["partitions"][0]["others"]) == (True, 1)
    assert (await deadletters(line, "list"))["matching"] == 4
    await deadletters(line, "purge", "--reason", "not_json", "--all", "--yes")
    left = await deadletters(line, "list")
    assert left["by_reason"] == {"archive_missing": 2}
    await deadletters(line, "purge", "--all", "--yes")
    assert (await deadletters(line, "list"))["matching"] == 0


async def test_a_worker_stops_rather_than_refuse_everything(line: Line) -> None:
    """It ends with a reason; what it would have refused next is still there for a worker that can read it."""
    guard = {"REFUSED_MIN": "5", "REFUSED_WINDOW": "10", "MAX_IN_FLIGHT": "1"}
    worker = await line.start_worker(**guard)
    await line.produce(*(submission(number, files=None) for number in range(12)))
    async with asyncio.timeout(PATIENCE_S):
        while worker.running:
            await asyncio.sleep(0.1)
    log = [json.loads(row) for row in (await asyncio.to_thread(worker.spec.log_path.read_text)).splitlines()]
    (halted,) = [row for row in log if row["event"] == "worker_halted"]
    assert "the comparator refused 5 of its last 5 events" in halted["cause"]
    assert "archive_missing" in halted["cause"]
    assert "REFUSED_SHARE_MAX" in halted["cure"]
    await line.look()
    assert len(line.seen[line.topic("dead-letters")]) == 4

    for number in range(4, 12):
        put_in_place(line, f"anna-{number}")
    await line.start_worker(**guard)
    await line.wait_until_published(8)
    await line.look()
    assert len(line.seen[line.topic("dead-letters")]) == 4
