"""What the HTTP API takes and answers, with examples for its OpenAPI document."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.core.access import KnownToken
from app.core.watching.silence import HeardWorker
from app.core.watching.worker_status import WorkerPhase
from schemas.base import FreeText, Identifier, Moment, Schema
from schemas.errors import Reason, RefusingStage
from schemas.review import Review, ReviewResult
from schemas.state import HoldStory, RefusalStory, SubmissionPhase, SubmissionState
from schemas.submission import Language, NamedLog

LetterName = Annotated[str, Field(pattern=r"^[0-9]{1,9}@[0-9]{1,18}$")]
"""A dead letter's name, partition@offset."""

_TASK = "0b5e8a0e-52f2-5b3c-9c57-7d6e2f1f9a55"


class Problem(Schema):
    """An error (RFC 9457). `detail` is the cause, `cure` what to do about it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:reviewstream:problem:archive_missing",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "the archive root holds no anna-hw1-1, anna-hw1-1.zip or anna-hw1-1.tar.gz",
                    "cure": "PUT the archive to /api/v1/submissions/{submission_id}/archive first, or put it there",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    cure: str


class ReviewRequest(Schema):
    """Whose submission it is. Each field may stand in the query instead, as the first version of the API had it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"student_id": "anna.petrova", "assignment_id": "hw1", "test_logs": "1 passed"}]
        },
    )

    student_id: Identifier | None = None
    assignment_id: Identifier | None = None
    previous_submission_id: Identifier | None = None
    language: Language | None = None
    test_logs: FreeText | Annotated[tuple[NamedLog, ...], Field(max_length=100)] | None = None


class TaskAnswer(Schema):
    """A submission that is on its way. `task_id` is the id that its review will have."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"task_id": _TASK, "status": "queued", "message": "handed in"}]}
    )

    task_id: UUID
    status: SubmissionPhase
    message: str


class StateAnswer(Schema):
    """How far a submission is. `refusal` and `hold` say why, `review` is there once it is completed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "task_id": _TASK,
                    "status": "reviewing",
                    "student_id": "anna.petrova",
                    "assignment_id": "hw1",
                    "submission_id": "anna-hw1-1",
                    "generation": 0,
                    "changed_at": "2026-03-02T12:00:00Z",
                }
            ]
        }
    )

    task_id: UUID
    status: SubmissionPhase
    student_id: Identifier
    assignment_id: Identifier
    submission_id: Identifier
    generation: int
    changed_at: Moment
    refusal: RefusalStory | None = None
    hold: HoldStory | None = None
    review: Review | None = None


def state_answer(state: SubmissionState, review: Review | None = None) -> StateAnswer:
    """The state as it is answered."""
    fields = state.model_dump()
    return StateAnswer(**fields, status=state.phase, review=review)


class ArchiveAnswer(Schema):
    """An archive that is in its place."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"submission_id": "anna-hw1-1", "size_bytes": 2048, "sha256": "0" * 64}]}
    )

    submission_id: Identifier
    size_bytes: int
    sha256: str


class PastReview(Schema):
    """A published review in a student's history; its threads are the comments with what became of them."""

    review_id: UUID
    generation: int
    submission_id: Identifier
    previous_submission_id: Identifier | None
    timestamp: Moment
    score_change: int | None
    model: str
    review_result: ReviewResult


class HistoryPage(Schema):
    """Reviews of one student and assignment, the newest first; `next_cursor` is None on the last page."""

    reviews: tuple[PastReview, ...]
    next_cursor: str | None = None


def as_read_by(token: KnownToken, review: Review) -> Review:
    """`review` as the owner of `token` may read it: a student's own names no hidden item of the rubric.

    Points of hidden items are in the scores all the same.
    """
    if token.student_id is None:
        return review
    result, decision = review.review_result, review.decision
    shown = tuple(one for one in result.rubric if not one.hidden)
    if decision is not None:
        items = {one.item_id for one in shown}
        verdicts = tuple(item_id for item_id in decision.verdicts if item_id in items)
        # Of an item that this rubric does not have nobody can say whether it was hidden.
        decision = decision.model_copy(update={"verdicts": verdicts, "unplaced": ()})
    result = result.model_copy(update={"rubric": shown})
    return review.model_copy(update={"review_result": result, "decision": decision})


def past_review(review: Review) -> PastReview:
    """A review as a page lists it."""
    return PastReview(submission_id=review.new_submission_id, **review.model_dump(exclude={"new_submission_id"}))


class HealthAnswer(Schema):
    """The process answers."""

    status: str = "alive"


class PartAnswer(Schema):
    """One thing that answers depend on; `cause` says what was seen, good or bad."""

    name: str
    ok: bool
    cause: str
    cure: str | None = None


class CauseAnswer(Schema):
    """Why a worker does not do its work just now, since when, and what to do."""

    what: str
    since: Moment
    cure: str


class WorkerAnswer(Schema):
    """A worker as it told of itself `silent_s` seconds ago. `recovery_left` and `lag` count records."""

    worker: str
    phase: WorkerPhase
    silent_s: float
    recovery_left: int
    lag: int
    waited_for: tuple[str, ...]
    causes: tuple[CauseAnswer, ...]


def worker_answer(heard: HeardWorker) -> WorkerAnswer:
    """A worker as it is answered."""
    status = heard.status
    return WorkerAnswer(
        worker=f"{status.who.host}:{status.who.pid}",
        phase=status.phase,
        silent_s=round(heard.silent_s, 1),
        recovery_left=status.recovery_left,
        lag=sum(topic.lag for topic in status.topics),
        waited_for=tuple(one.dependency for one in status.breakers if one.open_since is not None),
        causes=tuple(CauseAnswer(what=one.what, since=one.since, cure=one.cure) for one in status.causes),
    )


class ReadyAnswer(Schema):
    """Requests can be served; `parts` is all that this depends on.

    `workers` are those that tell of themselves, None where that cannot be read. What they wait for makes no request
    fail, so it is told and refuses nothing.
    """

    parts: tuple[PartAnswer, ...]
    workers: tuple[WorkerAnswer, ...] | None = None


class NotReady(Problem):
    """Requests cannot be served: a part of `parts` is out."""

    parts: tuple[PartAnswer, ...]
    workers: tuple[WorkerAnswer, ...] | None = None


class LetterAnswer(Schema):
    """A dead letter; `letter` is its name, partition@offset."""

    letter: str
    written_at: str
    reason: str | None
    message: str | None
    stage: str | None
    student: str | None
    assignment: str | None
    submission: str | None
    origin: str | None
    attempts: int | None
    requeue_attempt: int | None
    requeued_since: int
    value_bytes: int | None
    problem: str | None


class LettersAnswer(Schema):
    """The newest dead letters that match, the newest last, and counts of all that do."""

    topic: str
    matching: int
    by_reason: dict[str, int]
    requeues_complete: bool
    letters: tuple[LetterAnswer, ...]


class LetterStory(LetterAnswer):
    """One dead letter whole: it holds a student's code."""

    exception: str | None
    first_failed_at: str | None
    last_failed_at: str | None
    value_omitted_bytes: int | None
    headers_omitted_bytes: int | None
    key_omitted_bytes: int | None
    headers: tuple[dict[str, str | None], ...]
    value: str | None
    value_base64: str | None
    value_cut: bool


class RequeueRequest(Schema):
    """Which letters go back: by name, by filter, or all of them. Without `really` it is only said what would be."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"letters": ["0@17"], "really": False}]})

    letters: Annotated[tuple[LetterName, ...], Field(max_length=1000)] = ()
    reasons: tuple[Reason, ...] = ()
    stages: tuple[RefusingStage, ...] = ()
    students: tuple[FreeText, ...] = ()
    assignments: tuple[FreeText, ...] = ()
    since: Moment | None = None
    until: Moment | None = None
    everything: bool = False
    limit: Annotated[int, Field(ge=1)] | None = None
    again: bool = False
    really: bool = False


class RequeuedLetter(Schema):
    """What became of one letter, or would: `requeued`, `would requeue`, `left` or `failed`, and why."""

    letter: str
    outcome: str
    why: str
    reason: str | None
    student: str | None
    origin: str | None
    attempt: int | None
    position: str | None


class RequeueAnswer(Schema):
    """What was requeued, or would be."""

    dry_run: bool
    requeues_complete: bool
    outcomes: dict[str, int]
    letters: tuple[RequeuedLetter, ...]
