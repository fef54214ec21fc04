"""Whether the process lives, and whether it can serve: for whoever supervises it; no token is asked for."""

from fastapi import APIRouter, Response

from app.web.answers import HealthAnswer, ReadyAnswer
from app.web.parts import Parts

router = APIRouter(tags=["health"])


@router.get("/health")
async def get_health() -> HealthAnswer:
    """The process answers; nothing else is looked at."""
    return HealthAnswer()


@router.get("/ready", responses={503: {"model": ReadyAnswer, "description": "A part is out; `parts` says which."}})
async def get_ready(response: Response, parts: Parts) -> ReadyAnswer:
    """Whether Kafka, MongoDB, the archive root and the states can be used: 503 with the cause and the cure if not."""
    looked = tuple(await parts.look_at_parts())
    ready = all(part.ok for part in looked)
    response.status_code = 200 if ready else 503
    return ReadyAnswer(ready=ready, parts=looked)
