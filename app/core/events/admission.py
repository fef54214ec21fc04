"""The door: what a record must be before anyone works on it. Each refusal has its reason code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.events.record import Record
from schemas.codec import decode
from schemas.errors import Reason, Rejected
from schemas.submission import Submission


@dataclass(frozen=True, slots=True)
class DoorRules:
    """What the door checks besides the schema.

    `partition_of` is Kafka's default partitioner (murmur2) for the topic: a student's history lives in one
    partition, so a record elsewhere would be compared with nothing.
    """

    record_bytes_max: int
    future_max_s: float
    partition_of: Callable[[bytes], int]


def admit(record: Record, rules: DoorRules, now: datetime) -> Submission:
    """The submission in `record`, or `Rejected` with the first thing that is wrong with it."""
    if record.value is None:
        raise Rejected(Reason.TOMBSTONE, "the record has no value; a submission cannot be deleted")
    if record.key is None:
        raise Rejected(Reason.KEY_ABSENT, "the record has no key; it must be the student id in UTF-8")
    if len(record.value) > rules.record_bytes_max:
        raise Rejected(
            Reason.RECORD_TOO_LARGE,
            f"the record's value has {len(record.value)} bytes, the limit is {rules.record_bytes_max}",
        )
    submission = decode(Submission, record.value)
    if record.key != submission.student_id.encode():
        raise Rejected(Reason.KEY_MISMATCH, "the record's key is not its student_id in UTF-8")
    wanted = rules.partition_of(record.key)
    if wanted != record.position.partition:
        raise Rejected(
            Reason.WRONG_PARTITION,
            f"the key belongs in partition {wanted}, the record is in {record.position.partition}: produce with "
            "Kafka's default partitioner (librdkafka and kcat: partitioner=murmur2_random)",
        )
    if submission.submitted_at > now + timedelta(seconds=rules.future_max_s):
        raise Rejected(
            Reason.SUBMITTED_IN_FUTURE,
            f"submitted_at lies more than {rules.future_max_s:.0f} s ahead of this worker's clock",
        )
    if submission.previous_submission_id == submission.submission_id:
        raise Rejected(Reason.INVALID_FIELD, "previous_submission_id: a submission cannot follow itself")
    return submission
