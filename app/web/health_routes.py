"""Whether the process lives, and whether it can serve: for whoever supervises it; no token is asked for."""

from http import HTTPStatus

from fastapi import APIRouter, Response

from app.web.answers import HealthAnswer, NotReady, ReadyAnswer
from app.web.parts import GivenParts
from app.web.problems import PROBLEM_JSON

router = APIRouter(tags=["health"])


@router.get("/health")
async def get_health() -> HealthAnswer:
    """The process answers; nothing else is looked at."""
    return HealthAnswer()


@router.get("/ready", response_model=ReadyAnswer, responses={503: {"model": NotReady, "content": {PROBLEM_JSON: {}}}})
async def get_ready(parts: GivenParts) -> ReadyAnswer | Response:
    """Whether Kafka, MongoDB, the archive root and the states can be used: 503 with the cause and the cure if not."""
    looked = tuple(await parts.look_at_parts())
    out = [part for part in looked if not part.ok]
    if not out:
        return ReadyAnswer(parts=looked)
    problem = NotReady(
        type="urn:reviewstream:problem:not_ready",
        title=HTTPStatus.SERVICE_UNAVAILABLE.phrase,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        detail="; ".join(f"{part.name}: {part.cause}" for part in out),
        cure="; ".join(f"{part.name}: {part.cure}" for part in out if part.cure)
        or "`reviewstream doctor` looks closer",
        parts=looked,
    )
    return Response(problem.model_dump_json(), problem.status, media_type=PROBLEM_JSON)
