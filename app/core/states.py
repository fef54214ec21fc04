"""How far submissions have come, told from the log: a pure fold whose result depends on no order and no repetition.

Every record of the five topics states one fact about one submission. All facts about a submission have an order of
their own, its *standing*, and its state is the one of the greatest standing. So a fact that is read twice, late, or by
two processes changes nothing, and reading the whole log anew gives the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import ValidationError

from app.core.cures import cure_for
from app.core.events.record import Record
from app.core.history.identity import review_id
from schemas.base import LIVE
from schemas.dead_letter import Refusal, read_headers
from schemas.decision import DecisionKind
from schemas.errors import Reason
from schemas.origin import Origin
from schemas.replay import PROMOTED
from schemas.rubric import Release
from schemas.state import HoldStory, RefusalStory, SubmissionPhase, SubmissionState


class Station(IntEnum):
    """What a submission waits for, in the order of the line. A person's decision stands above what the line did."""

    COMPARATOR = 0
    REVIEWER = 1
    PUBLISHER = 2
    NOTHING = 3
    EDITOR = 4


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """The order of all facts about one submission: later ones are greater.

    `is_placed`: the event stood under its student's key, in the partition where that student's submissions are
    compared; what stands elsewhere is refused, and says nothing against the one that stands rightly. `offset` is where
    the event first stood in its station's topic, `attempt` how often it was requeued since, so an operator's requeue
    stands above the refusal that it answers. `record_offset` and `partition` are the record's own place: they tell two
    dead letters of one event apart. `published`: and then the review was everywhere.
    """

    station: Station
    is_placed: bool = True
    offset: int = 0
    attempt: int = 0
    refused: bool = False
    record_offset: int = 0
    partition: int = 0
    published: bool = False


@dataclass(frozen=True, slots=True)
class StateFact:
    """A submission's state, and its standing among all that is ever known of this submission."""

    standing: Standing
    state: SubmissionState


@dataclass(frozen=True, slots=True)
class StateTopics:
    """The names of the five topics, and the partition of `submissions` in which a key's records are compared."""

    submissions: str
    comparisons: str
    reviews: str
    dead_letters: str
    decisions: str
    partition_of: Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class ReadFact:
    """What one record says: a fact about its submission, and how far the comparator has read, as partition and offset.

    Either may be None: a record that nobody can read is about no submission.
    """

    fact: StateFact | None
    passed: tuple[int, int] | None = None


_STATIONS: Final = {
    "comparator": Station.COMPARATOR,
    "reviewer": Station.REVIEWER,
    "publisher": Station.PUBLISHER,
    "editor": Station.EDITOR,
}
_SUBMISSION_NAMES: Final = {Station.PUBLISHER: "new_submission_id"}
"""The field that names the submission, where it is not called so."""
_NOTHING_SAID: Final = ReadFact(None)


def later(known: StateFact | None, fact: StateFact) -> StateFact:
    """The one that holds of two facts about one submission."""
    return fact if known is None or known.standing < fact.standing else known


def fold_facts(facts: Iterable[StateFact]) -> dict[UUID, StateFact]:
    """The fact that holds for each submission, by task id."""
    states: dict[UUID, StateFact] = {}
    for fact in facts:
        states[fact.state.task_id] = later(states.get(fact.state.task_id), fact)
    return states


def read_fact(topics: StateTopics, record: Record, written_at: datetime) -> ReadFact:
    """What a record of one of the five topics says; never raises, for anyone may produce to them."""
    topic = record.position.topic
    if topic == topics.dead_letters:
        return _of_dead_letter(topics, record, written_at)
    document = _document(record.value)
    if topic == topics.submissions:
        queued = _fact(Station.COMPARATOR, record, document, SubmissionPhase.QUEUED, written_at)
        return ReadFact(_placed(topics, record.key, record.origin, queued) if queued is not None else None)
    if topic == topics.comparisons:
        fact = _fact(Station.REVIEWER, record, document, SubmissionPhase.REVIEWING, written_at)
        return ReadFact(fact, _place(document.get("origin")) if fact is not None else None)
    if topic == topics.decisions:
        return ReadFact(_of_decision(record, document, written_at))
    hold = _shadow_hold(record, document) or _approval_hold(document)
    phase = SubmissionPhase.PUBLISHING if hold is None else SubmissionPhase.HELD
    return ReadFact(_fact(Station.PUBLISHER, record, document, phase, written_at, hold=hold))


def publish_fact(known: StateFact, published_at: datetime) -> StateFact:
    """The fact that the review of `known` is everywhere; where a person had decided, until the next decision."""
    changes = {"phase": SubmissionPhase.COMPLETED, "refusal": None, "hold": None, "changed_at": published_at}
    standing = Standing(Station.NOTHING)
    if known.standing.station is Station.EDITOR:
        standing = replace(known.standing, published=True)
    return StateFact(standing, known.state.model_copy(update=changes))


def shown_state(known: StateFact, *, passed: int, hold: HoldStory | None, now: datetime) -> SubmissionState:
    """The state as it is told: with what the log alone cannot say.

    `passed` is the greatest offset, in the submission's partition, of one that was compared or refused: a worker reads
    a partition in order, so what lies before is in hand. `hold` is what a worker noted, believed until its time.
    """
    state, standing = known.state, known.standing
    if state.phase is SubmissionPhase.QUEUED and standing.record_offset < passed:
        return state.model_copy(update={"phase": SubmissionPhase.COMPARING})
    is_held = hold is not None and (hold.until is None or hold.until > now)
    if state.phase is SubmissionPhase.REVIEWING and is_held:
        return state.model_copy(update={"phase": SubmissionPhase.HELD, "hold": hold})
    return state


def _of_dead_letter(topics: StateTopics, record: Record, written_at: datetime) -> ReadFact:
    refusal = read_headers(record.headers).refusal
    station = _STATIONS.get(refusal.stage) if refusal is not None else None
    if refusal is None or station is None:
        return _NOTHING_SAID
    passed = None
    if station is Station.COMPARATOR:
        passed = refusal.origin.partition, refusal.origin.offset
    if refusal.reason == Reason.DUPLICATE_ID:
        # About other content under an id that is taken: whose it is goes its own way.
        return ReadFact(None, passed)
    story = RefusalStory(
        stage=refusal.stage, reason=refusal.reason, detail=refusal.detail, cure=cure_for(refusal.reason)
    )
    document = _document(record.value)
    if station is Station.EDITOR and document.get("kind") != DecisionKind.APPROVE:
        # A refused edit or rejection leaves the review as it was.
        return ReadFact(None, passed)
    state = _state(document, station, SubmissionPhase.REFUSED, written_at, refusal=story)
    if state is None:
        return ReadFact(None, passed)
    fact = StateFact(_refused(station, refusal, record), state)
    if station is Station.COMPARATOR:
        return ReadFact(_placed(topics, record.key, refusal.origin, fact), passed)
    return ReadFact(fact if record.key == state.student_id.encode() else None)


def _placed(topics: StateTopics, key: bytes | None, origin: Origin, fact: StateFact) -> StateFact:
    """The fact of an event of `submissions`, below all that stand rightly where its key or its partition is wrong."""
    student = fact.state.student_id.encode()
    is_placed = key == student and origin.partition == topics.partition_of(student)
    return replace(fact, standing=replace(fact.standing, is_placed=is_placed))


def _refused(station: Station, refusal: Refusal, record: Record) -> Standing:
    return Standing(
        station,
        offset=refusal.origin.offset,
        attempt=refusal.requeue_attempt,
        refused=True,
        record_offset=record.position.offset,
        partition=record.position.partition,
    )


def _fact(
    station: Station,
    record: Record,
    document: Mapping[str, Any],
    phase: SubmissionPhase,
    written_at: datetime,
    *,
    hold: HoldStory | None = None,
) -> StateFact | None:
    state = _state(document, station, phase, written_at, hold=hold)
    if state is None or record.key != state.student_id.encode():
        return None
    standing = Standing(
        station,
        offset=record.origin.offset,
        attempt=record.requeue_attempt,
        record_offset=record.position.offset,
        partition=record.position.partition,
    )
    return StateFact(standing, state)


def _state(
    document: Mapping[str, Any], station: Station, phase: SubmissionPhase, written_at: datetime, **stories: Any
) -> SubmissionState | None:
    """The state of the submission that `document` is about, None where its ids are not there or are none."""
    name = _SUBMISSION_NAMES.get(station, "submission_id")
    ids = tuple(document.get(one) for one in ("student_id", "assignment_id", name))
    # Only an earlier station's record cannot say it: submissions are live.
    generation = document.get("generation", LIVE) if station is not Station.COMPARATOR else LIVE
    if not all(isinstance(one, str) for one in ids) or not isinstance(generation, int) or isinstance(generation, bool):
        return None
    student, assignment, submission = map(str, ids)
    try:
        return SubmissionState(
            task_id=review_id(student, assignment, submission, generation),
            student_id=student,
            assignment_id=assignment,
            submission_id=submission,
            generation=generation,
            phase=phase,
            changed_at=written_at,
            **stories,
        )
    except (ValidationError, UnicodeError):
        return None


def _of_decision(record: Record, document: Mapping[str, Any], written_at: datetime) -> StateFact | None:
    """What a decision makes of its review's state: approved, it is on its way; edits change no state."""
    match document.get("kind"):
        case DecisionKind.APPROVE:
            return _fact(Station.EDITOR, record, document, SubmissionPhase.PUBLISHING, written_at)
        case DecisionKind.REJECT:
            hold = HoldStory(
                reason="rejected",
                detail="a person rejected the review, so it goes to nobody",
                cure="approve it at the desk, or ask for a replay there and approve what that gives",
            )
            return _fact(Station.EDITOR, record, document, SubmissionPhase.HELD, written_at, hold=hold)
        case _:
            return None


def _approval_hold(document: Mapping[str, Any]) -> HoldStory | None:
    """Why a review of an assignment with `publish: after_approval` waits."""
    if document.get("release") != Release.AFTER_APPROVAL:
        return None
    return HoldStory(
        reason="approval",
        detail="the assignment's rubric says publish: after_approval, and nobody has approved this review yet",
        cure="approve it at the desk",
    )


def _shadow_hold(record: Record, document: Mapping[str, Any]) -> HoldStory | None:
    """Why a shadow review is not published: it comes once more, with a header, when its replay is promoted."""
    note = document.get("replay")
    is_shadow = isinstance(note, dict) and note.get("is_shadow") is True
    if not is_shadow or any(name == PROMOTED for name, _ in record.headers):
        return None
    return HoldStory(
        reason="shadow",
        detail="the review was made by a shadow replay, and is delivered to nobody until that is promoted",
        cure="`reviewstream replay promote` delivers it, `reviewstream replay discard` drops it",
    )


def _place(origin: object) -> tuple[int, int] | None:
    if not isinstance(origin, dict):
        return None
    partition, offset = origin.get("partition"), origin.get("offset")
    return (partition, offset) if isinstance(partition, int) and isinstance(offset, int) else None


def _document(value: bytes | None) -> Mapping[str, Any]:
    try:
        document = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}
