"""Dead letters as an operator sees them: read, chosen, and judged before anything is done with them.

A *dead letter* is a record in the dead-letters topic; a *refusal* is why an event was refused, which its headers say.
`schemas.dead_letter.DeadLetter` is one on its way there, `StoredDeadLetter` one that lies there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from app.core.events.requeue import Requeue
from schemas.dead_letter import Header, Refusal, read_headers
from schemas.origin import Origin

_SUBMISSION_IDS: Final = ("submission_id", "new_submission_id")  # of submissions and comparisons, and of reviews

_LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999, where datetime ends


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """One record of the dead-letters topic, at `place`, without its value.

    `value_bytes` is None where the refused record had no value. `refusal` is None for a record that is no dead letter
    of ours, and `problem` says why. `assignment_id` and `submission_id` are the value's, where it can be read.
    """

    place: Origin
    written_at: datetime
    key: bytes | None
    value_bytes: int | None
    headers: tuple[Header, ...]
    refusal: Refusal | None
    problem: str
    assignment_id: str | None
    submission_id: str | None

    @property
    def student_id(self) -> str | None:
        """The key as text, which is the student's id in every topic."""
        return None if self.key is None else self.key.decode("utf-8", "replace")

    @property
    def name(self) -> str:
        """How the commands name it: `partition@offset`."""
        return f"{self.place.partition}@{self.place.offset}"


def read_dead_letter(
    place: Origin, key: bytes | None, value: bytes | None, headers: Iterable[Header], timestamp_ms: int
) -> StoredDeadLetter:
    """Read any record of the topic; never raises, for anyone may produce to it."""
    taken = read_headers(tuple(headers))
    refusal = taken.refusal
    assignment_id, submission_id = _ids(value)
    return StoredDeadLetter(
        place=place,
        written_at=_moment(timestamp_ms),
        key=key,
        value_bytes=None if value is None or (refusal is not None and refusal.value_was_null) else len(value),
        headers=taken.original,
        refusal=refusal,
        problem=taken.problem,
        assignment_id=assignment_id,
        submission_id=submission_id,
    )


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which letters are meant; an empty set, or None, means all. `since` is included, `until` is not."""

    reasons: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()
    assignments: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets everything through."""
        return self == DeadLetterFilter()

    def matches(self, letter: StoredDeadLetter) -> bool:
        """Whether `letter` is meant. A record that is no dead letter of ours has neither reason nor stage."""
        refusal = letter.refusal
        return (
            (not self.reasons or (refusal is not None and refusal.reason in self.reasons))
            and (not self.stages or (refusal is not None and refusal.stage in self.stages))
            and (not self.students or letter.student_id in self.students)
            and (not self.assignments or letter.assignment_id in self.assignments)
            and (self.since is None or letter.written_at >= self.since)
            and (self.until is None or letter.written_at < self.until)
        )


@dataclass(frozen=True, slots=True)
class EarlierRequeues:
    """The attempts found in the source topics, by origin. Not `complete`: older ones may have been missed."""

    attempts: Mapping[Origin, tuple[int, ...]]
    complete: bool = True

    def since(self, letter: StoredDeadLetter) -> int:
        """How often the event was requeued since `letter` was written."""
        if letter.refusal is None:
            return 0
        found = self.attempts.get(letter.refusal.origin, ())
        return sum(attempt > letter.refusal.requeue_attempt for attempt in found)


@dataclass(frozen=True, slots=True)
class RequeuePlan:
    """What is to be done with one letter: requeue it under `requeue`, or leave it, for `obstacle`."""

    letter: StoredDeadLetter
    requeue: Requeue | None
    obstacle: str = ""


def plan_requeue(
    letters: Iterable[StoredDeadLetter],
    *,
    newest: Mapping[Origin, Origin],
    earlier: EarlierRequeues,
    partitions: Mapping[str, int],
    again: bool,
) -> list[RequeuePlan]:
    """What to do with each of `letters`, in the order in which the events first stood.

    `newest` is the place of the newest letter of each origin; `partitions` the sources' partition counts. A student's
    events go back in their order, so that each finds the one before it in the history.
    """
    plans = []
    for letter in letters:
        refusal = letter.refusal
        if refusal is None:
            plans.append(RequeuePlan(letter, None, letter.problem))
            continue
        obstacle = _obstacle(letter, refusal, newest, partitions)
        since = earlier.since(letter)
        if not obstacle and since and not again:
            obstacle = f"requeued {since} time(s) since it was written"
        attempt = max((refusal.requeue_attempt, *earlier.attempts.get(refusal.origin, ()))) + 1
        plans.append(RequeuePlan(letter, None if obstacle else Requeue(refusal.origin, attempt), obstacle))
    return sorted(plans, key=_first_stood)


def _obstacle(
    letter: StoredDeadLetter, refusal: Refusal, newest: Mapping[Origin, Origin], partitions: Mapping[str, int]
) -> str:
    origin = refusal.origin
    if origin.topic not in partitions:
        return f"its topic {origin.topic} is not a source topic of this installation"
    if origin.partition >= partitions[origin.topic]:
        return f"its partition {origin.partition} is not there: {origin.topic} has {partitions[origin.topic]}"
    if refusal.left_out:
        parts = ", ".join(f"{part} ({size} bytes)" for part, size in refusal.left_out.items())
        return f"left out of the letter for their size: {parts}; the record lies at {origin}"
    if refusal.value_was_null:
        return f"it has neither key nor value, which our producer cannot send; the record lies at {origin}"
    latest = newest.get(origin, letter.place)
    if latest != letter.place:
        return f"{latest.partition}@{latest.offset} is a newer letter of the same event"
    return ""


def _first_stood(plan: RequeuePlan) -> tuple[str, int, int]:
    origin = plan.letter.refusal.origin if plan.letter.refusal else plan.letter.place
    return origin.topic, origin.partition, origin.offset


@dataclass(slots=True)
class PrefixPurge:
    """What a purge deletes of one partition: everything below `before_offset`, for Kafka deletes prefixes alone.

    Fed with the partition's letters in order. `matching` of them are meant by the filter, `others` are not and go
    with them, which only `everything` allows; else the first other letter, `blocked_by`, holds back the `kept`
    matching ones behind it.
    """

    everything: bool
    before_offset: int | None = None
    matching: int = 0
    others: int = 0
    kept: int = 0
    blocked_by: StoredDeadLetter | None = None
    _others_so_far: int = 0

    def add(self, letter: StoredDeadLetter, *, matches: bool) -> None:
        """Take in the partition's next letter."""
        if not matches:
            self._others_so_far += 1
            if not self.everything and self.blocked_by is None:
                self.blocked_by = letter
        elif self.blocked_by is not None:
            self.kept += 1
        else:
            self.before_offset = letter.place.offset + 1
            self.matching += 1
            self.others = self._others_so_far


def _moment(timestamp_ms: int) -> datetime:
    """The time of a record, whose producer may have written any number."""
    return datetime.fromtimestamp(min(max(timestamp_ms, 0), _LAST_MS) / 1000, UTC)


def _ids(value: bytes | None) -> tuple[str | None, str | None]:
    try:
        document = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None, None
    if not isinstance(document, dict):
        return None, None
    ids = [document.get(name) for name in ("assignment_id", *_SUBMISSION_IDS)]
    assignment, *submissions = [found if isinstance(found, str) else None for found in ids]
    return assignment, next((found for found in submissions if found is not None), None)
