"""The operator's dashboard: the page, its changes as they come, and dead letters that go back."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.core.access import Scope
from app.core.events.dead_letters import DeadLetterFilter
from app.operating.lookout import LETTERS_OF
from app.presentation.pages.dashboard import dashboard_page
from app.presentation.pages.requeue_page import RequeueChoice, requeue_page
from app.web.page_answers import PAGE_HEADERS, language_of, page_answer
from app.web.parts import GivenParts, WebParts
from app.web.problems import PageProblem
from app.web.visitors import Visitor, admitted, changing, visitor_of, visitors_frame
from schemas.base import Moment
from schemas.submission import Language

router = APIRouter(include_in_schema=False)

Operator = Annotated[Visitor, admitted(Scope.OPERATE)]
Reason = Annotated[str, Query(min_length=1, max_length=100)]


@router.get("/")
async def show_dashboard(request: Request, parts: GivenParts, visitor: Operator, pause: str = "") -> Response:
    """Everything as it is now; a script, or the browser itself, keeps it so unless `pause`."""
    frame = visitors_frame(request, visitor)
    pieces = parts.pieces.of(await parts.lookout.look(), frame.language)
    return page_answer(dashboard_page(frame, pieces, is_paused=bool(pause)))


@router.get("/dashboard/events")
async def stream_dashboard(request: Request, parts: GivenParts) -> Response:
    """The pieces of the page that have changed, as server-sent events `pieces`, for ten minutes at the most.

    A script asks, so nobody is led to the door: whoever may not see it is only told so.
    """
    visitor = visitor_of(request)
    if visitor is None or Scope.OPERATE not in visitor.token.scopes:
        raise PageProblem(401 if visitor is None else 403, "not_allowed")
    if parts.watching.value == 0:
        raise PageProblem(503, "unavailable")
    headers = {**PAGE_HEADERS, "X-Accel-Buffering": "no"}
    return StreamingResponse(_changes(parts, language_of(request)), media_type="text/event-stream", headers=headers)


@router.get("/dashboard/requeue")
async def foretell_requeue(
    request: Request, parts: GivenParts, visitor: Operator, reason: Reason, again: str = ""
) -> Response:
    """What would become of the dead letters of a reason; nothing is sent."""
    now = parts.clock.now()
    choice = RequeueChoice(reason, now - LETTERS_OF, now, bool(again))
    return await _requeued(request, parts, visitor, choice, really=False)


@router.post("/dashboard/requeue")
async def send_letters_back(
    request: Request,
    parts: GivenParts,
    visitor: Annotated[Visitor, changing(Scope.OPERATE)],
    reason: Annotated[str, Form(min_length=1, max_length=100)],
    since: Annotated[Moment, Form()],
    until: Annotated[Moment, Form()],
    again: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Send them back, those that were foretold and none that came since."""
    return await _requeued(request, parts, visitor, RequeueChoice(reason, since, until, bool(again)), really=True)


async def _requeued(
    request: Request, parts: WebParts, visitor: Visitor, choice: RequeueChoice, *, really: bool
) -> Response:
    chosen = DeadLetterFilter(reasons=frozenset({choice.reason}), since=choice.since, until=choice.until)
    options: dict[str, Any] = {"limit": parts.limits.letters_max, "again": choice.again, "really": really}
    found = await parts.dead_letters.requeue(chosen, frozenset(), **options)
    return page_answer(requeue_page(visitors_frame(request, visitor), choice, found))


async def _changes(parts: WebParts, language: Language) -> AsyncIterator[bytes]:
    limits, told = parts.limits, dict[str, str]()
    until = parts.clock.monotonic() + limits.events_s_max
    async with parts.watching:
        overview = await parts.lookout.look()
        while not parts.lookout.is_closed and parts.clock.monotonic() < until:
            pieces = parts.pieces.of(overview, language)
            changed = {name: str(html) for name, html in pieces.items() if told.get(name) != html}
            told |= changed
            yield b"event: pieces\ndata: " + orjson.dumps(changed) + b"\n\n" if changed else b": still here\n\n"
            overview = await parts.lookout.following(overview.number, limits.heartbeat_s) or overview
