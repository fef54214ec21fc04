"""The teacher's desk: the queue, one review, an assignment in figures, and the forms that decide."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

import anyio
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from app.core.access import Scope
from app.core.deciding.editing import InvalidForm, read_edits
from app.core.signing import SESSION_LIFETIME, link_query
from app.desk.deciding import DecidedMeanwhile, OpenReview, Seen
from app.presentation.pages.desk import (
    DESK,
    assignment_address,
    decision_lines,
    desk_voice,
    queue_lines,
    replay_lines,
    review_address,
    review_evidence,
    severity_choices,
    verdict_choices,
)
from app.presentation.pages.desk_charts import assignment_charts
from app.presentation.pages.desk_words import desk_words
from app.presentation.pages.environment import PageFrame, page
from app.presentation.pages.progress_chart import SCORES_READ
from app.presentation.pages.student import review_view
from app.web.page_answers import page_answer
from app.web.parts import GivenParts, WebParts
from app.web.problems import PageProblem
from app.web.visitors import Visitor, admitted, changing, visitors_frame
from schemas.base import FreeText, Identifier, without_lone_surrogates
from schemas.decision import DecisionKind
from schemas.review import REASON_CHARS_MAX
from schemas.submission import Language

router = APIRouter(prefix=DESK, include_in_schema=False)

Teacher = Annotated[Visitor, admitted(Scope.REVIEW)]
DecidingTeacher = Annotated[Visitor, changing(Scope.REVIEW)]
Revision = Annotated[int, Form(ge=0)]
ReasonField = Annotated[FreeText, Form(max_length=2 * REASON_CHARS_MAX)]  # with line ends as browsers write them
_TOLD = ("taken", "written", "asked")


@router.get("")
async def show_queue(
    request: Request, parts: GivenParts, teacher: Teacher, assignment: Annotated[str, Query(max_length=128)] = ""
) -> Response:
    """Reviews to look at, the most urgent first."""
    frame = visitors_frame(request, teacher)
    rows, assignments = await parts.teacher.queue(assignment or None)
    return _page(
        "desk_queue.html",
        frame,
        lines=queue_lines(rows, frame.language),
        assignments=assignments,
        chosen=assignment,
        figures_address=assignment_address(assignment),
    )


@router.get("/")
async def show_queue_by_its_folder() -> Response:
    """The same, for whoever types a slash behind it."""
    return RedirectResponse(DESK, 308)


@router.get("/assignments/{assignment_id}")
async def show_assignment(request: Request, parts: GivenParts, teacher: Teacher, assignment_id: Identifier) -> Response:
    """How an assignment's scores are spread, and what is missed most."""
    frame = visitors_frame(request, teacher)
    figures = await parts.teacher.figures(assignment_id)
    if not figures.reviews:
        raise PageProblem(404, "not_found")
    return _page(
        "desk_assignment.html",
        frame,
        assignment=assignment_id,
        figures=figures,
        charts=assignment_charts(figures, frame.language),
        queue_address=f"{DESK}?{urlencode({'assignment': assignment_id})}",
    )


@router.get("/reviews/{review_id}")
async def show_review(
    request: Request,
    parts: GivenParts,
    teacher: Teacher,
    review_id: UUID,
    told: Annotated[str, Query()] = "",
    view: Annotated[str, Query()] = "",
    file: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """One review with everything, and the forms that decide about it."""
    frame = visitors_frame(request, teacher)
    found = await _open(parts, review_id)
    words, voice = desk_words(frame.language), desk_voice(frame.language)
    review = found.review
    attempts = await parts.pages.scores(review.student_id, review.assignment_id, SCORES_READ)
    # In a thread: colours and lines of a large one take a while.
    shown = await anyio.to_thread.run_sync(
        partial(review_view, review, attempts, frame.language, only=file, for_teacher=True)
    )
    return _page(
        "desk_review.html",
        frame,
        view=shown,
        is_split=view == "split",
        only=file,
        open=found,
        evidence=review_evidence(review, found.made, found.row, frame.language),
        standing=voice.standing(found.row),
        reasons=voice.reasons(found.row),
        decisions=decision_lines(found.decisions, frame.language),
        replays=replay_lines(found.appeals, frame.language),
        severities=severity_choices(frame.language),
        verdicts=verdict_choices(frame.language),
        paths=sorted({one.path for one in review.review_result.code_review_comments}),
        told=getattr(words, told) if told in _TOLD else "",
        decision_id=uuid4(),
        address=review_address(found.row),
        student_page=_student_page(parts, found),
        queue_address=f"{DESK}?{urlencode({'assignment': found.row.assignment_id})}",
    )


@router.post("/reviews/{review_id}/approve")
async def approve(
    request: Request,
    parts: GivenParts,
    teacher: DecidingTeacher,
    review_id: UUID,
    revision: Revision,
    decision_id: Annotated[UUID, Form()],
) -> Response:
    """Let a review go to its student."""
    seen = Seen(review_id, revision, decision_id)
    return await _decide(request, parts, teacher, seen, kind=DecisionKind.APPROVE)


@router.post("/reviews/{review_id}/reject")
async def reject(
    request: Request,
    parts: GivenParts,
    teacher: DecidingTeacher,
    review_id: UUID,
    revision: Revision,
    decision_id: Annotated[UUID, Form()],
    reason: ReasonField,
) -> Response:
    """Let a review go to nobody."""
    seen = Seen(review_id, revision, decision_id)
    return await _decide(request, parts, teacher, seen, kind=DecisionKind.REJECT, reason=_checked(reason))


@router.post("/reviews/{review_id}/edit")
async def edit(
    request: Request,
    parts: GivenParts,
    teacher: DecidingTeacher,
    review_id: UUID,
    revision: Revision,
    decision_id: Annotated[UUID, Form()],
) -> Response:
    """Change parts of a review; a form in which nothing was changed decides nothing."""
    found = await _open(parts, review_id)
    form = await request.form()
    fields: Mapping[str, str] = {
        name: without_lone_surrogates(value) for name, value in form.items() if isinstance(value, str)
    }
    try:
        edits = read_edits(found.review, found.made, fields, added_id=f"by-person-{decision_id.hex[:12]}")
    except InvalidForm as exc:
        raise PageProblem(422, "invalid_request") from exc
    seen = Seen(review_id, revision, decision_id)
    if edits.is_empty:
        return _back(request, review_id)
    return await _decide(request, parts, teacher, seen, kind=DecisionKind.EDIT, edits=edits)


@router.post("/reviews/{review_id}/replay")
async def ask_for_replay(
    request: Request,
    parts: GivenParts,
    teacher: DecidingTeacher,
    review_id: UUID,
    reason: ReasonField,
    fresh: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Have the submission reviewed again."""
    try:
        await parts.teacher.ask_for_replay(review_id, _checked(reason), teacher.token.name, is_fresh=bool(fresh))
    except KeyError as exc:
        raise PageProblem(404, "not_found") from exc
    return _back(request, review_id, "asked")


async def _decide(request: Request, parts: WebParts, teacher: Visitor, seen: Seen, **decision: object) -> Response:
    kind = decision.pop("kind")
    try:
        is_taken = await parts.teacher.decide(seen, kind, teacher.token.name, **decision)  # type: ignore[arg-type]
    except DecidedMeanwhile as exc:
        raise PageProblem(409, "decided_meanwhile") from exc
    except KeyError as exc:
        raise PageProblem(404, "not_found") from exc
    except ValidationError as exc:
        raise PageProblem(422, "invalid_request") from exc
    return _back(request, seen.review_id, "taken" if is_taken else "written")


async def _open(parts: WebParts, review_id: UUID) -> OpenReview:
    found = await parts.teacher.open(review_id)
    if found is None:
        raise PageProblem(404, "not_found")
    return found


def _student_page(parts: WebParts, found: OpenReview) -> str:
    """The page that the student reads, by a link as long as a session; empty where there is none to read."""
    if not found.row.is_told:
        return ""
    expires_at = parts.clock.now() + SESSION_LIFETIME
    return f"/reviews/{found.row.review_id}?{link_query(parts.page_settings.signer, found.row.review_id, expires_at)}"


def _checked(reason: str) -> str:
    """A reason that says something, or the form again."""
    told = reason.replace("\r\n", "\n").strip()
    if not 0 < len(told) <= REASON_CHARS_MAX:
        raise PageProblem(422, "invalid_request")
    return told


def _back(request: Request, review_id: UUID, told: str = "") -> Response:
    """To the review's page, in the language that it was in."""
    asked = request.query_params.get("lang", "")
    query = urlencode({name: value for name, value in (("told", told), ("lang", asked)) if value})
    return RedirectResponse(f"{DESK}/reviews/{review_id}{'?' if query else ''}{query}", 303)


def _page(template: str, frame: PageFrame, **values: object) -> Response:
    language: Language = frame.language
    voice = desk_voice(language)

    def to(address: str) -> str:
        """Another page of ours, in the language that this one was asked for."""
        if "lang" not in frame.query:
            return address
        return f"{address}{'&' if '?' in address else '?'}{urlencode({'lang': language})}"

    return page_answer(page(template, frame, desk=voice.desk, card=voice.card, to=to, **values))
