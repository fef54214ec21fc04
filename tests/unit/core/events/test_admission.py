"""The door: each bad record has its reason."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.events.admission import DoorRules, admit
from app.core.events.record import Record
from schemas.codec import encode
from schemas.errors import Reason, Rejected
from schemas.origin import Origin
from tests.builders.records import NOON, a_submission

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


@pytest.mark.parametrize(
    "moment",
    [1709380800, 1709380800.5, 1709380800123, 0, -1, True, "1709380800", " 1709380800.5 ", "1.7e9", "-1", "20260302",
     None, "", "2026-03-02", "noon", ["2026-03-02T12:00:00Z"]],
)  # fmt: skip
def test_a_time_that_is_no_text_of_one_is_refused_by_name(moment: object) -> None:
    """Numbers of seconds, of milliseconds and texts of them are `invalid_field`, and the message names the field."""
    with pytest.raises(Rejected, match="submitted_at: ") as refused:
        admit(a_record(with_fields(submitted_at=moment)), RULES, NOON)
    assert refused.value.reason is Reason.INVALID_FIELD
    if isinstance(moment, int | float):
        assert "ISO 8601 with a time zone" in refused.value.detail


@pytest.mark.parametrize(
    "moment",
    ["2026-03-02T12:00:00Z", "2026-03-02T15:00:00+03:00", "2026-03-02T12:00:00.000000+00:00", "2026-03-02 12:00:00Z",
     "2026-03-02T17:30+0530"],
)  # fmt: skip
def test_a_time_in_iso_8601_is_admitted(moment: str) -> None:
    """Each usual spelling of the same moment is that moment."""
    assert admit(a_record(with_fields(submitted_at=moment)), RULES, NOON).submitted_at == NOON


VALUE = encode(a_submission())


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (VALUE.replace(b'{"archive"', b'{"submission_id":"sub-1","archive"', 1), "submission_id"),
        (VALUE.replace(b'"files":{', b'"files":{"main.py":"x","m":"y",', 1), "main.py"),
        (VALUE.replace(b'"files":{', rb'"files":{"\u006dain.py" :"x",', 1), "main.py"),
        (VALUE.replace(b'"metadata":{}', b'"metadata":{"a":[1,{"b":1,"c":{},"b":[]}]}'), "b"),
        (VALUE.replace(b'"metadata":{}', b'"metadata":{"x":{"":1,"":2}}'), ""),
        (VALUE.replace(b'"metadata":{}', b'"metadata":' + b'{"d":[' * 300 + b'{"e":1,"e":2}' + b"]}" * 300), "e"),
        (b'{"unknown":1,"unknown":1}', "unknown"),
        (b'[{"a":1,"a":1}]', "a"),
    ],
)
def test_a_name_that_stands_twice_is_refused_by_name(value: bytes, name: str) -> None:
    """Readers of JSON disagree about which value counts, so none does: in the record, its files, and below."""
    assert value != VALUE
    with pytest.raises(Rejected, match=r"stands twice in one object.*give each name once") as refused:
        admit(a_record(value), RULES, NOON)
    assert refused.value.reason is Reason.INVALID_FIELD
    assert repr(name) in refused.value.detail


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_what_a_writer_of_json_writes_has_no_name_twice(metadata: Any) -> None:
    """Names in texts, braces and escapes are told from names: whatever is encoded is admitted again."""
    value = with_fields(metadata={"x": metadata})
    assert admit(a_record(value), DoorRules(10**9, 60, lambda _: 0), NOON).metadata == {"x": metadata}


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
