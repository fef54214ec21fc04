"""Dead letters for operators: list, show, requeue, with the same filters and cautions as the command."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from app.core.access import Scope
from app.core.events.dead_letters import DeadLetterFilter
from app.web.answers import LetterName, LettersAnswer, LetterStory, RequeueAnswer, RequeueRequest
from app.web.parts import GivenParts, allowed, problems
from app.web.problems import ProblemRaised
from schemas.base import Moment
from schemas.errors import Reason, RefusingStage, StartRefused

router = APIRouter(prefix="/api/v1", tags=["dead letters"], dependencies=[allowed(Scope.OPERATE)])

_SEVERAL: Final = Query(max_length=100)


@router.get("/dead-letters", responses=problems())
async def list_letters(
    parts: GivenParts,
    reason: Annotated[list[Reason], _SEVERAL] = [],  # noqa: B006 - FastAPI copies a default
    stage: Annotated[list[RefusingStage], _SEVERAL] = [],  # noqa: B006
    student: Annotated[list[str], _SEVERAL] = [],  # noqa: B006
    assignment: Annotated[list[str], _SEVERAL] = [],  # noqa: B006
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> LettersAnswer:
    """The newest dead letters that match, the newest last. Each filter that is given must match."""
    chosen = DeadLetterFilter(
        frozenset(reason), frozenset(stage), frozenset(student), frozenset(assignment), since, until
    )
    return LettersAnswer.model_validate(await parts.dead_letters.list(chosen, limit))


@router.post("/requeues", responses=problems(404))
async def requeue_letters(body: RequeueRequest, parts: GivenParts) -> RequeueAnswer:
    """Send dead letters back to where they came from, once their cause is mended; only said unless `really`.

    A letter that was requeued since it was written is left, unless `again`.
    """
    chosen = DeadLetterFilter(
        frozenset(body.reasons),
        frozenset(body.stages),
        frozenset(body.students),
        frozenset(body.assignments),
        body.since,
        body.until,
    )
    is_chosen = bool(body.letters) or not chosen.is_empty
    if body.everything == is_chosen:
        detail = "everything stands beside a choice" if is_chosen else "nothing says which letters are meant"
        raise ProblemRaised(422, "invalid_request", detail, "give letters, or filters, or everything alone")
    named = frozenset(map(_place, body.letters))
    options: dict[str, Any] = {"limit": body.limit, "again": body.again, "really": body.really}
    try:
        return RequeueAnswer.model_validate(await parts.dead_letters.requeue(chosen, named, **options))
    except StartRefused as exc:
        raise _missing(exc) from exc


@router.get("/dead-letters/{letter}", responses=problems(404))
async def show_letter(letter: LetterName, parts: GivenParts) -> LetterStory:
    """One dead letter whole, its value cut at 20,000 characters. It holds a student's code."""
    try:
        return LetterStory.model_validate(await parts.dead_letters.show(_place(letter)))
    except StartRefused as exc:
        raise _missing(exc) from exc


def _place(letter: str) -> tuple[int, int]:
    partition, _, offset = letter.partition("@")
    return int(partition), int(offset)


def _missing(error: StartRefused) -> ProblemRaised:
    return ProblemRaised(404, "no_such_letter", error.cause, error.cure)
