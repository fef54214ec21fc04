"""Reading: how far a submission is, its review, a student's history."""

import base64
import binascii
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from app.core.access import KnownToken, Scope
from app.presentation.sarif import sarif_log
from app.web.answers import HistoryPage, StateAnswer, as_read_by, past_review, state_answer
from app.web.parts import GivenParts, GivenToken, WebParts, allowed, check_student, found_state, problems
from app.web.problems import ProblemRaised
from schemas.base import Identifier
from schemas.review import Review
from schemas.state import SubmissionPhase, SubmissionState

router = APIRouter(prefix="/api/v1", tags=["reading"], dependencies=[allowed(Scope.READ)])

_EVENT_STREAM: Final = "text/event-stream"
_EVENT: Final = {
    "type": "object",
    "description": "One event of the stream.",
    "properties": {
        "event": {"const": "state"},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "A StateAnswer."},
    },
    "required": ["event", "data"],
}
_SARIF: Final = "application/sarif+json"


@router.get(
    "/reviews/{review_id}.sarif",
    responses={200: {"content": {_SARIF: {"schema": {"type": "object"}}}}, **problems(404)},
    response_class=Response,
)
async def get_sarif(review_id: UUID, parts: GivenParts, token: GivenToken) -> Response:
    """A published review's comments as a SARIF 2.1.0 log, for editors and code hosts to show at their lines."""
    times = await parts.published.published_at([review_id])
    review = await parts.reviews.find(review_id) if review_id in times else None
    if review is None or not token.may_see(review.student_id):
        detail = "no review is published under this id"
        raise ProblemRaised(404, "unknown_review", detail, "ask /api/v1/reviews/{task_id} how far it is")
    return Response(orjson.dumps(sarif_log(review, version("reviewstream"))), media_type=_SARIF)


@router.get("/reviews/{task_id}", responses=problems(404), name="get_state")
async def get_state(
    task_id: UUID, parts: GivenParts, token: GivenToken, wait: Annotated[float, Query(ge=0, le=60)] = 0
) -> StateAnswer:
    """How far a submission is, with its review once it is completed.

    `wait`: seconds to wait for it to be completed or refused; the answer comes earlier where it is.
    """
    if wait > 0:
        with parts.waiting.hold(token):
            state = await found_state(parts, token, task_id, wait)
    else:
        state = await found_state(parts, token, task_id)
    return await _answer(parts, token, state)


@router.get(
    "/reviews/{task_id}/events",
    responses={200: {"content": {_EVENT_STREAM: {"schema": _EVENT}}}, **problems(404)},
    response_class=StreamingResponse,
)
async def stream_states(task_id: UUID, parts: GivenParts, token: GivenToken) -> StreamingResponse:
    """The state now and each time it changes, as server-sent events `state`, until it is completed or refused.

    Each event's data is what the state's own address answers. A stream ends after ten minutes at the latest.
    """
    await found_state(parts, token, task_id)
    refusal = parts.waiting.refusal(token)
    if refusal is not None:
        raise refusal
    return StreamingResponse(
        _events(parts, token, task_id), media_type=_EVENT_STREAM, headers={"Cache-Control": "no-store"}
    )


@router.get("/students/{student_id}/assignments/{assignment_id}/reviews", responses=problems())
async def list_reviews(
    student_id: Identifier,
    assignment_id: Identifier,
    parts: GivenParts,
    token: GivenToken,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> HistoryPage:
    """A student's published reviews of an assignment, the newest first; threads with what became of each comment."""
    check_student(token, student_id)
    before = _read_cursor(cursor) if cursor is not None else None
    found = await parts.pages.page(student_id, assignment_id, before, limit + 1)
    page = found[:limit]
    more = _cursor(page[-1]) if len(found) > limit else None
    return HistoryPage(reviews=tuple(past_review(as_read_by(token, one)) for one in page), next_cursor=more)


async def _answer(parts: WebParts, token: KnownToken, state: SubmissionState) -> StateAnswer:
    is_there = state.phase is SubmissionPhase.COMPLETED
    review = await parts.reviews.find(state.task_id) if is_there else None
    return state_answer(state, as_read_by(token, review) if review is not None else None)


async def _events(parts: WebParts, token: KnownToken, task_id: UUID) -> AsyncIterator[bytes]:
    limits, told = parts.limits, None
    if parts.waiting.refusal(token) is not None:
        return  # others were faster since the answer began: a stream that ends is asked for again
    with parts.waiting.hold(token):
        async for state in parts.desk.changes(task_id, limits.events_s_max, again_s=limits.heartbeat_s):
            if state is None or state == told:
                yield b": still here\n\n"
                continue
            answer, told = await _answer(parts, token, state), state
            yield f"event: state\ndata: {answer.model_dump_json()}\n\n".encode()


def _cursor(last: Review) -> str:
    at = last.timestamp.replace(microsecond=last.timestamp.microsecond // 1000 * 1000)  # as MongoDB keeps it
    return base64.urlsafe_b64encode(f"{at.isoformat()} {last.review_id}".encode()).decode()


def _read_cursor(text: str) -> tuple[datetime, str]:
    try:
        at, review_id = base64.urlsafe_b64decode(text).decode("ascii").split(" ")
        return datetime.fromisoformat(at).astimezone(UTC), str(UUID(review_id))
    except (ValueError, binascii.Error, OverflowError):
        raise ProblemRaised(
            422, "invalid_cursor", "cursor is not one that a page gave", "begin without a cursor"
        ) from None
