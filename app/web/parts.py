"""What the routes are given, and what they all need of a request."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol
from uuid import UUID

import anyio
from fastapi import Depends, FastAPI, Request

from app.core.access import AccessTable, KnownToken, Scope
from app.core.events.dead_letters import DeadLetterFilter
from app.core.limits import WebLimits
from app.core.ports import ArchiveShelf, Clock, KeptReviews, PublishedTimes, ReviewPages
from app.core.telemetry import Telemetry
from app.core.watching.observed import PartSeen
from app.desk.deciding import TeacherDesk
from app.handing_in.hand_in import HandingIn
from app.operating.lookout import Lookout
from app.presentation.pages.dashboard import LivePieces
from app.states.looking import StateDesk
from app.web.answers import Problem
from app.web.page_answers import PageSettings
from app.web.problems import PROBLEM_JSON, ProblemRaised
from app.web.waiting import WaitingPlaces
from schemas.state import SubmissionState


class DeadLetterDesk(Protocol):
    """The operator's stories with dead letters."""

    async def list(self, chosen: DeadLetterFilter, limit: int) -> dict[str, Any]:
        """The newest letters that match."""
        ...

    async def show(self, place: tuple[int, int]) -> dict[str, Any]:
        """One letter. `StartRefused` where there is none."""
        ...

    async def requeue(
        self,
        chosen: DeadLetterFilter,
        named: frozenset[tuple[int, int]],
        *,
        limit: int | None,
        again: bool,
        really: bool,
    ) -> dict[str, Any]:
        """Send letters back. `StartRefused` where one of the named is not there."""
        ...


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the HTTP API works with."""

    access: AccessTable
    desk: StateDesk
    reviews: KeptReviews
    published: PublishedTimes
    pages: ReviewPages
    handing_in: HandingIn
    shelf: ArchiveShelf
    dead_letters: DeadLetterDesk
    look_at_parts: Callable[[], Awaitable[Sequence[PartSeen]]]
    lookout: Lookout
    telemetry: Telemetry
    metrics_page: Callable[[], bytes]
    clock: Clock
    archive_bytes_max: int
    rate_per_s: float
    page_settings: PageSettings
    teacher: TeacherDesk
    limits: WebLimits = field(default_factory=WebLimits)
    waiting: WaitingPlaces = field(default_factory=WaitingPlaces)
    watching: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(WebLimits().watchers_max))
    """The places of those who watch the dashboard."""
    pieces: LivePieces = field(default_factory=LivePieces)


def parts_of(request: Request) -> WebParts:
    """What the API was made with."""
    return parts_in(request.app)


def parts_in(app: FastAPI) -> WebParts:
    """What an app was made with."""
    parts: WebParts = app.state.parts
    return parts


GivenParts = Annotated[WebParts, Depends(parts_of)]


def allowed(scope: Scope) -> Any:
    """A dependency: the token allows `scope`."""

    def check(request: Request) -> KnownToken:
        token: KnownToken = request.state.token
        if scope not in token.scopes:
            raise ProblemRaised(
                403,
                "scope_needed",
                f"this token does not allow {scope.value}",
                f"use a token with the scope {scope.value}: `reviewstream token NAME --scope {scope.value}`",
            )
        return token

    return Depends(check)


def token_of(request: Request) -> KnownToken:
    """The token that came with the request."""
    token: KnownToken = request.state.token
    return token


GivenToken = Annotated[KnownToken, Depends(token_of)]


def check_student(token: KnownToken, student_id: str) -> None:
    """Refuse one student's token for the work of another."""
    if not token.may_see(student_id):
        raise ProblemRaised(
            403, "another_student", "this token is another student's", "use the token of that student, or a platform's"
        )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for OpenAPI: those that every route has, and its own."""
    every = {400, 401, 403, 408, 413, 422, 429, 500, 503, *statuses}
    return {status: {"model": Problem, "content": {PROBLEM_JSON: {}}} for status in sorted(every)}


async def found_state(parts: WebParts, token: KnownToken, task_id: UUID, wait_s: float = 0.0) -> SubmissionState:
    """The state, after waiting for it to be final; 404 where nothing was told of the task that the token may see."""
    state = await parts.desk.find(task_id)
    if state is None or not token.may_see(state.student_id):
        raise unknown_task()
    return (await parts.desk.outwait(task_id, wait_s) if wait_s > 0 else state) or state


def unknown_task() -> ProblemRaised:
    """Nothing was told of a task."""
    return ProblemRaised(
        404,
        "unknown_task",
        "nothing is known of this task",
        "check the id; a submission that was produced a moment ago is known within seconds",
    )
