"""Records of the five topics as the projection of states reads them."""

from datetime import datetime, timedelta
from typing import Any, Final

from app.core.events.record import Record, receive
from app.core.events.requeue import Requeue, requeue_headers
from app.core.states import StateTopics
from schemas.base import Schema
from schemas.codec import encode
from schemas.dead_letter import Header
from schemas.errors import Reason
from schemas.origin import Origin
from tests.builders.dead_letters import a_dead_letter
from tests.builders.decisions import a_decision
from tests.builders.records import NOON, a_comparison, a_review, a_submission

TOPICS: Final = StateTopics(
    "submissions", "comparisons", "reviews", "dead-letters", "decisions", partition_of=lambda _key: 0
)
Written = tuple[Record, datetime]


def written(topic: str, offset: int, value: Schema | bytes, headers: tuple[Header, ...] = (), **at: Any) -> Written:
    """A record of `student-1` at an offset, and when it was written."""
    position = Origin(topic=topic, partition=at.get("partition", 0), offset=offset)
    data = encode(value) if isinstance(value, Schema) else value
    return receive(position, at.get("key", b"student-1"), data, headers), NOON + timedelta(seconds=offset)


def submitted(offset: int = 1, partition: int = 0, **fields: Any) -> Written:
    """A submission."""
    return written(TOPICS.submissions, offset, a_submission(**fields), partition=partition)


def compared(offset: int = 1, of: int = 1, **fields: Any) -> Written:
    """The comparison of the submission at offset `of`."""
    origin = Origin(topic=TOPICS.submissions, partition=0, offset=of)
    return written(TOPICS.comparisons, offset, a_comparison(origin=origin, **fields))


def reviewed(offset: int = 1, headers: tuple[Header, ...] = (), **fields: Any) -> Written:
    """A review."""
    return written(TOPICS.reviews, offset, a_review(**fields), headers)


def decided(offset: int = 1, **fields: Any) -> Written:
    """A decision on the review."""
    return written(TOPICS.decisions, offset, a_decision(**fields))


def refused(
    stage: str, offset: int, refused_at: int = 1, attempt: int = 0, reason: Reason = Reason.BUG, **at: Any
) -> Written:
    """A dead letter of a stage, about the event at offset `refused_at` of that stage's topic; `at` may say of which
    `partition` there, and under which `key`.
    """
    topics = {
        "comparator": TOPICS.submissions,
        "reviewer": TOPICS.comparisons,
        "publisher": TOPICS.reviews,
        "editor": TOPICS.decisions,
    }
    values = {
        "comparator": a_submission(),
        "reviewer": a_comparison(),
        "publisher": a_review(),
        "editor": a_decision(),
    }
    letter = a_dead_letter(
        origin=Origin(topic=topics[stage], partition=at.get("partition", 0), offset=refused_at),
        key=at.get("key", b"student-1"),
        value=encode(values[stage]),
        stage=stage,
        reason=reason,
        detail="as the test wants it",
        requeue_attempt=attempt,
    )
    return written(TOPICS.dead_letters, offset, letter.value or b"", tuple(letter.record_headers()), key=letter.key)


def requeued(record: Written, offset: int, attempt: int) -> Written:
    """`record`, produced again by an operator."""
    first, _ = record
    headers = requeue_headers(Requeue(first.position, attempt))
    partition = first.position.partition
    return written(first.position.topic, offset, first.value or b"", headers, partition=partition)
