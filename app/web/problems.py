"""Every error with its cause and its cure: `application/problem+json` (RFC 9457), and a page where a person looks."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.cures import cure_for
from app.handing_in.hand_in import KeyReused
from app.web.answers import Problem
from app.web.page_answers import is_page, problem_page
from schemas.errors import Reason, Rejected, StartRefused, Unavailable

PROBLEM_JSON: Final = "application/problem+json"
RETRY_AFTER_S: Final = 5
CLIENT_GONE: Final = 499
"""Of an answer to a caller who broke off: nobody reads it, and whoever counts answers sees no bug in it."""

_STATUSES: Final = {
    Reason.DUPLICATE_ID: 409,
    Reason.ARCHIVE_LIMIT: 413,
    Reason.RECORD_TOO_LARGE: 413,
    Reason.SUBMISSION_TOO_LARGE: 413,
    Reason.ARCHIVE_FORMAT: 415,
}
"""What a refusal means over HTTP; any other is the request's content: 422."""
_CURES: Final = {
    Reason.ARCHIVE_MISSING: "PUT the archive to /api/v1/submissions/{submission_id}/archive first, or put it there",
    Reason.ARCHIVE_FORBIDDEN: "give the submission an id that does not end in .zip or .tar.gz",
    Reason.ARCHIVE_LIMIT: "leave out data, environments and build results, or raise ARCHIVE_BYTES_MAX",
    Reason.ARCHIVE_FORMAT: "pack the folder as .zip or .tar.gz",
    Reason.RECORD_TOO_LARGE: "send shorter test logs, of which a megabyte is read",
}
_BY_STATUS: Final = {
    400: "send the request as /openapi.json has it",
    404: "see /docs for the paths that there are",
    405: "see the Allow header, or /docs",
}
_ERRORS_SHOWN: Final = 10
_EXTRAS: Final = {"www-authenticate", "retry-after", "allow"}


class ProblemRaised(HTTPException):
    """A problem that the HTTP API itself sees; an `HTTPException`, for whatever reads a body lets that through."""

    def __init__(
        self, status: int, code: str, detail: str, cure: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code
        self.cure = cure


class PageProblem(ProblemRaised):
    """A problem of a page; its words are the catalogue's, under `code`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code, code, "see the page")


def problem_response(
    request: Request, status: int, code: str, detail: str, cure: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that tells a problem, to a program or to a person."""
    if is_page(request.url.path):
        return problem_page(request, status, code, headers)
    problem = Problem(
        type=f"urn:reviewstream:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        cure=cure,
    )
    return Response(problem.model_dump_json(), status, dict(headers or {}), media_type=PROBLEM_JSON)


def tell_problems(app: FastAPI) -> None:
    """Let no error of a route leave as anything else."""
    told: dict[Any, Any] = {
        HTTPException: _http,
        RequestValidationError: _invalid,
        Rejected: _rejected,
        Unavailable: _unavailable,
        StartRefused: _start_refused,
        KeyReused: _key_reused,
        ClientDisconnect: _gone,
        Exception: _bug,
    }
    for error, handler in told.items():
        app.add_exception_handler(error, handler)


async def _http(request: Request, error: HTTPException) -> Response:
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in _EXTRAS}
    if isinstance(error, ProblemRaised):
        return problem_response(request, error.status_code, error.code, error.detail, error.cure, headers=headers)
    phrase = HTTPStatus(error.status_code).phrase
    cure = _BY_STATUS.get(error.status_code, "see /docs")
    return problem_response(
        request, error.status_code, phrase.lower().replace(" ", "_"), str(error.detail), cure, headers=headers
    )


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    # Without the values: they may be a student's text, or a secret at the wrong place.
    wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:_ERRORS_SHOWN]]
    return problem_response(
        request, 422, "invalid_request", "; ".join(wrong), "send the request as /openapi.json has it"
    )


async def _rejected(request: Request, error: Rejected) -> Response:
    status = _STATUSES.get(error.reason, 422)
    cure = _CURES.get(error.reason, cure_for(error.reason))
    return problem_response(request, status, error.reason.value, error.detail, cure)


async def _unavailable(request: Request, error: Unavailable) -> Response:
    cure = "try again; if it lasts, `reviewstream doctor` checks every part"
    headers = {"Retry-After": str(round(error.retry_after_s or RETRY_AFTER_S))}
    return problem_response(request, 503, f"{error.dependency.value}_unavailable", error.detail, cure, headers=headers)


async def _start_refused(request: Request, error: StartRefused) -> Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return problem_response(request, 503, "operator_needed", error.cause, error.cure, headers=headers)


async def _key_reused(request: Request, _error: KeyReused) -> Response:
    detail = "this Idempotency-Key was used before for another request"
    return problem_response(
        request, 422, "idempotency_key_reused", detail, "draw a new key for each request, keep it for retries"
    )


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    return Response(status_code=CLIENT_GONE)


async def _bug(request: Request, error: Exception) -> Response:
    cure = "report it with the line that the log has at this time"
    return problem_response(request, 500, "bug", type(error).__name__, cure)
