"""Handing in: an archive, and the order to review it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from app.core.access import KnownToken, Scope
from app.core.limits import MIB
from app.web.answers import ArchiveAnswer, ReviewRequest, TaskAnswer
from app.web.parts import GivenParts, allowed, found_state, problems
from app.web.problems import ProblemRaised
from schemas.base import Identifier
from schemas.submission import Language, Submission

router = APIRouter(prefix="/api/v1/submissions", tags=["handing in"])

_FORM: Final = "multipart/form-data"
_BYTES: Final = {"schema": {"type": "string", "format": "binary"}}
_ARCHIVE_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": _BYTES,
            "application/gzip": _BYTES,
            "application/octet-stream": _BYTES,
            _FORM: {
                "schema": {
                    "type": "object",
                    "required": ["archive"],
                    "properties": {"archive": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.put(
    "/{submission_id}/archive",
    status_code=201,
    responses={200: {"model": ArchiveAnswer, "description": "It was there already."}, **problems(409, 415)},
    openapi_extra=_ARCHIVE_BODY,
    dependencies=[allowed(Scope.SUBMIT)],
)
async def put_archive(
    submission_id: Identifier, request: Request, response: Response, parts: GivenParts
) -> ArchiveAnswer:
    """Put a submission's archive in its place: .zip or any .tar, raw or as the file `archive` of a form.

    It is there whole or not at all. The same bytes again are welcome; other bytes under the same id are refused.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM:
        kept = await _from_form(submission_id, request, parts)
    else:
        kept = await parts.shelf.keep(submission_id, request.stream())
    response.status_code = 201 if kept.is_new else 200
    return ArchiveAnswer(submission_id=submission_id, size_bytes=kept.size_bytes, sha256=kept.sha256)


@router.post(
    "/{submission_id}/review",
    status_code=202,
    responses=problems(409),
)
async def order_review(
    submission_id: Identifier,
    request: Request,
    response: Response,
    parts: GivenParts,
    token: Annotated[KnownToken, allowed(Scope.REVIEW)],
    body: ReviewRequest | None = None,
    student_id: Annotated[Identifier | None, Query()] = None,
    assignment_id: Annotated[Identifier | None, Query()] = None,
    previous_submission_id: Annotated[Identifier | None, Query()] = None,
    language: Annotated[Language | None, Query()] = None,
    idempotency_key: Annotated[str | None, Header(max_length=255)] = None,
) -> TaskAnswer:
    """Have a submission reviewed whose archive is there. `Location` is where to ask how far it is.

    The same order again is the same task, whether it comes with an `Idempotency-Key` or without; with other content
    it is refused.
    """
    query = {
        "student_id": student_id,
        "assignment_id": assignment_id,
        "previous_submission_id": previous_submission_id,
        "language": language,
    }
    order = _merged(body or ReviewRequest(), query)
    if order.student_id is None or order.assignment_id is None:
        missing = "student_id" if order.student_id is None else "assignment_id"
        raise ProblemRaised(422, "invalid_request", f"{missing} is missing", "give it in the body or in the query")
    submission = Submission(
        submission_id=submission_id,
        student_id=order.student_id,
        assignment_id=order.assignment_id,
        submitted_at=parts.clock.now(),
        previous_submission_id=order.previous_submission_id,
        language=order.language,
        test_logs=order.test_logs,
    )
    key = f"{token.name}/{idempotency_key}" if idempotency_key is not None else None
    handed_in = await parts.handing_in.hand_in(submission, key=key)
    state = await found_state(parts, token, handed_in.task_id)
    response.headers["Location"] = str(request.url_for("get_state", task_id=str(handed_in.task_id)).path)
    message = "handed in" if handed_in.is_new else "handed in before: this is the same task"
    return TaskAnswer(task_id=handed_in.task_id, status=state.phase, message=message)


def _merged(body: ReviewRequest, query: dict[str, Any]) -> ReviewRequest:
    """The body with what the query adds; the two may say the same, and nothing else, of one field."""
    given = {name: value for name, value in query.items() if value is not None}
    for name, value in given.items():
        if getattr(body, name) not in {None, value}:
            detail = f"{name} differs between body and query"
            raise ProblemRaised(422, "invalid_request", detail, "give each field once")
    return body.model_copy(update=given)


async def _from_form(submission_id: str, request: Request, parts: GivenParts) -> Any:
    try:
        async with request.form(max_files=1, max_fields=1) as form:
            file = form.get("archive")
            if not isinstance(file, UploadFile):
                raise ProblemRaised(
                    422, "invalid_request", "the form has no file archive", "send it as -F archive=@FILE"
                )
            return await parts.shelf.keep(submission_id, _pieces(file))
    except MultiPartException as exc:
        raise ProblemRaised(400, "invalid_form", exc.message, "send one file, archive") from exc


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(MIB):
        yield piece
