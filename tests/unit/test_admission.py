"""The door: each bad record has its reason."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.core.admission import DoorRules, admit
from app.core.record import Record
from schemas.codec import encode
from schemas.errors import Reason, Rejected
from schemas.origin import Origin
from tests.builders import NOON, a_submission

RULES = DoorRules(record_bytes_max=10_000, future_max_s=60, partition_of=lambda _: 0)
AT = Origin(topic="submissions", partition=0, offset=5)


def a_record(value: bytes | None, key: bytes | None = b"student-1", at: Origin = AT) -> Record:
    return Record(position=at, origin=at, key=key, value=value)


def with_fields(**fields: Any) -> bytes:
    return orjson.dumps(orjson.loads(encode(a_submission())) | fields)


def reason(record: Record) -> Reason:
    with pytest.raises(Rejected) as refused:
        admit(record, RULES, NOON)
    return refused.value.reason


def test_a_valid_record_is_admitted() -> None:
    """What was encoded comes out equal."""
    assert admit(a_record(encode(a_submission())), RULES, NOON) == a_submission()


def test_unknown_fields_are_ignored_on_purpose() -> None:
    """A platform may add fields before we know them."""
    assert admit(a_record(with_fields(later="x")), RULES, NOON) == a_submission()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, Reason.TOMBSTONE),
        (b"", Reason.NOT_JSON),
        (b"{", Reason.NOT_JSON),
        (b"\xff\xfe{}", Reason.NOT_UTF8),
        (b"[]", Reason.INVALID_FIELD),
        (b'"\\ud800"', Reason.NOT_JSON),
        (b"{}", Reason.INVALID_FIELD),
        (b" " * 10_001, Reason.RECORD_TOO_LARGE),
        (with_fields(schema_version=2), Reason.UNSUPPORTED_VERSION),
        (with_fields(schema_version=True), Reason.UNSUPPORTED_VERSION),
        (with_fields(submission_id="../../etc"), Reason.INVALID_FIELD),
        (with_fields(submission_id="a\u0000b"), Reason.INVALID_FIELD),
        (with_fields(submission_id="a\n"), Reason.INVALID_FIELD),
        (with_fields(submitted_at="2026-03-02T12:00:00"), Reason.INVALID_FIELD),
        (with_fields(submitted_at="9999-01-01T00:00:00Z"), Reason.SUBMITTED_IN_FUTURE),
        (with_fields(archive={"uri": "file:x"}), Reason.INVALID_FIELD),
        (with_fields(previous_submission_id="sub-1"), Reason.INVALID_FIELD),
        (with_fields(student_id="student-2"), Reason.KEY_MISMATCH),
    ],
)
def test_a_bad_value_has_its_reason(value: bytes | None, expected: Reason) -> None:
    """Each kind of bad value is refused under its own code."""
    assert reason(a_record(value)) is expected


def test_an_absent_key_is_refused() -> None:
    """Without a key the record lies in any partition, and order and history are lost."""
    assert reason(a_record(encode(a_submission()), key=None)) is Reason.KEY_ABSENT


def test_a_record_in_another_partition_than_murmur2_gives_is_refused() -> None:
    """The refusal tells librdkafka's users what to set."""
    elsewhere = Origin(topic="submissions", partition=1, offset=5)
    with pytest.raises(Rejected, match="murmur2_random"):
        admit(a_record(encode(a_submission()), at=elsewhere), RULES, NOON)


def test_a_clock_may_run_ahead_a_little() -> None:
    """Within the allowance a future time is admitted."""
    ahead = a_submission(submitted_at=NOON + timedelta(seconds=59))
    assert admit(a_record(encode(ahead)), RULES, NOON) == ahead


def test_refusals_never_quote_values() -> None:
    """A student's text does not leak into dead-letter headers and logs."""
    with pytest.raises(Rejected) as refused:
        admit(a_record(with_fields(files={"a.py": ["password = 'hunter2'"]})), RULES, NOON)
    assert "hunter2" not in str(refused.value)
