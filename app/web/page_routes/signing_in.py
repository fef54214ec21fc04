"""The door: a token becomes a session, and a session ends."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from app.presentation.pages.environment import page
from app.web.page_answers import frame_of, page_answer
from app.web.parts import GivenParts
from app.web.problems import PageProblem
from app.web.visitors import begin_session, check_form, end_session, local_path, visitor_of

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(
    request: Request, next_path: Annotated[str, Query(alias="next", max_length=2_000)] = "/"
) -> Response:
    """The form that asks for a token."""
    return _form(request, next_path)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    parts: GivenParts,
    token: Annotated[str, Form(max_length=500)],
    next_path: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    """A session for whoever has a token, or the form again."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise PageProblem(403, "form_stale")
    known = parts.access.find(token.strip())
    if known is None:
        return _form(request, next_path, is_wrong=True)
    return begin_session(request, known, next_path)


@router.post("/sign-out")
async def sign_out(request: Request, form_token: Annotated[str, Form(max_length=100)] = "") -> Response:
    """The end of a session; without one there is nothing to end."""
    visitor = visitor_of(request)
    if visitor is not None:
        check_form(request, visitor, form_token)
    return end_session(request)


def _form(request: Request, next_path: str, *, is_wrong: bool = False) -> Response:
    frame = frame_of(request)
    values = {"next": local_path(next_path), "query": urlencode({"lang": frame.language}), "is_wrong": is_wrong}
    return page_answer(page("sign_in.html", frame, **values), 403 if is_wrong else 200)
