"""A review's page, for whoever holds its link."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final
from uuid import UUID

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.core.ports import AttemptScore
from app.core.signing import LinkState, judge_link, link_query
from app.presentation.pages.progress_chart import SCORES_READ
from app.presentation.pages.student import language_of_text, student_page, superseding
from app.web.page_answers import asked_language, frame_of, page_answer
from app.web.parts import GivenParts, WebParts
from app.web.problems import PageProblem
from schemas.review import Review

router = APIRouter(include_in_schema=False)

_REFUSALS: Final = {
    LinkState.MISSING: (403, "link_missing"),
    LinkState.ALTERED: (403, "link_altered"),
    LinkState.EXPIRED: (410, "link_expired"),
}
_PARAMETER_CHARS_MAX: Final = 200


@router.get("/reviews/{review_id}")
async def show_to_student(
    review_id: str,
    request: Request,
    parts: GivenParts,
    exp: Annotated[str, Query(max_length=_PARAMETER_CHARS_MAX)] = "",
    sig: Annotated[str, Query(max_length=_PARAMETER_CHARS_MAX)] = "",
    view: Annotated[str, Query(max_length=_PARAMETER_CHARS_MAX)] = "",
    file: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """The review, if the link is its own, whole and not over, and the review is published."""
    found = _as_id(review_id)
    state = judge_link(parts.page_settings.signer, found, exp, sig, parts.clock.now())
    if state in _REFUSALS:
        raise PageProblem(*_REFUSALS[state])
    review = await _published(parts, found)
    attempts = await parts.pages.scores(review.student_id, review.assignment_id, SCORES_READ)
    language = asked_language(request) or language_of_text(review.review_result.progress_summary)
    frame = frame_of(request, language)
    newer = _newer(parts, review, attempts, exp)
    # In a thread: while one page is made, the others and the API are answered.
    html = await anyio.to_thread.run_sync(partial(student_page, review, attempts, frame, view, file, newer=newer))
    return page_answer(html)


def _newer(parts: WebParts, review: Review, attempts: Sequence[AttemptScore], expires: str) -> str:
    """Where the review stands that counts in the place of this one, by a link that ends as this one's; else nothing."""
    newer = superseding(review, attempts)
    if newer is None:
        return ""
    until = datetime.fromtimestamp(int(expires), UTC)
    return f"/reviews/{newer.review_id}?{link_query(parts.page_settings.signer, newer.review_id, until)}"


def _as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise PageProblem(404, "not_found") from None


async def _published(parts: WebParts, review_id: UUID) -> Review:
    times = await parts.published.published_at([review_id])
    review = await parts.reviews.find(review_id) if review_id in times else None
    if review is None:
        raise PageProblem(404, "review_not_there")
    return review
