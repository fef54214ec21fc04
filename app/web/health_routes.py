"""Whether the process lives, and whether it can serve: for whoever supervises it; no token is asked for."""

from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from app.adapters.telemetry.prometheus import CONTENT_TYPE
from app.core.watching.observed import PartSeen
from app.web.answers import HealthAnswer, NotReady, PartAnswer, ReadyAnswer, worker_answer
from app.web.parts import GivenParts
from app.web.problems import PROBLEM_JSON

router = APIRouter(tags=["health"])


@router.get("/health")
async def get_health() -> HealthAnswer:
    """The process answers; nothing else is looked at."""
    return HealthAnswer()


@router.get("/ready", response_model=ReadyAnswer, responses={503: {"model": NotReady, "content": {PROBLEM_JSON: {}}}})
async def get_ready(parts: GivenParts) -> ReadyAnswer | Response:
    """Whether Kafka, MongoDB, the archive root and the states can be used: 503 with the cause and the cure if not.

    Each worker's circuits, lag and recovery are told beside them.
    """
    looked = tuple(map(_part_answer, await parts.look_at_parts()))
    heard = await parts.lookout.hear_workers()
    workers = tuple(map(worker_answer, heard)) if heard is not None else None
    out = [part for part in looked if not part.ok]
    if not out:
        return ReadyAnswer(parts=looked, workers=workers)
    problem = NotReady(
        type="urn:reviewstream:problem:not_ready",
        title=HTTPStatus.SERVICE_UNAVAILABLE.phrase,
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        detail="; ".join(f"{part.name}: {part.cause}" for part in out),
        cure="; ".join(f"{part.name}: {part.cure}" for part in out if part.cure)
        or "`reviewstream doctor` looks closer",
        parts=looked,
        workers=workers,
    )
    return Response(problem.model_dump_json(), problem.status, media_type=PROBLEM_JSON)


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(parts: GivenParts) -> Response:
    """This process' metrics, in Prometheus' text format."""
    return Response(parts.metrics_page(), headers={"Content-Type": CONTENT_TYPE})


def _part_answer(part: PartSeen) -> PartAnswer:
    return PartAnswer(name=part.name, ok=part.ok, cause=part.cause, cure=part.cure)
