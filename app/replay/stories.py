"""The operator's stories with replays: begin, go on, look, pause, cancel."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.analysis.pool import AnalysisPool
from app.adapters.http.client import new_http_client
from app.adapters.kafka.comparison_topic import ComparisonTopic
from app.adapters.kafka.partitioning import partitioner
from app.adapters.kafka.submission_log import SubmissionLog
from app.adapters.llm.configured import new_reviewer
from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.collection import Document
from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.made_reviews import MongoMadeReviews
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.spending import MongoSpending
from app.adapters.mongo.tape import MongoTape
from app.adapters.rubrics.rubric_files import load_rubrics
from app.adapters.sources.download import FetchSettings
from app.adapters.sources.submission_sources import SubmissionSources
from app.backoff import Backoff, FailedTry
from app.catalogue import load_catalogue
from app.config import Settings
from app.core.events.admission import DoorRules
from app.core.history.identity import review_id
from app.core.replaying.items import ItemPhase, ReplayItem
from app.replay.choosing import Chosen, choose
from app.replay.planning import Planning, PlanRequest
from app.replay.rebuilding import Rebuilder
from app.replay.running import ReplayRun
from app.stream.resilience.guards import OriginalReviews
from schemas.errors import StartRefused, Unavailable
from schemas.replay import ReplayPhase, ReplayPlan, ReplayState, Selection

log = structlog.get_logger(__name__)

Tell = Callable[[ReplayState], None]

_GOING_ON: Final = (ReplayPhase.RUNNING, ReplayPhase.PAUSED)
_OUTAGE: Final = Backoff(first_s=1.0, max_s=30.0)
"""Between two attempts to go on where Kafka, MongoDB or the archives are away: a night's replay should outlast it."""


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """What an operator asks for. `rate_per_s` bounds submissions, `in_flight_max` those that wait for their review.

    `is_appeal`: a student asked for it, so one submission is meant.
    """

    selection: Selection
    reason: str | None = None
    is_appeal: bool = False
    is_shadow: bool = False
    is_fresh: bool = False
    rate_per_s: float = 5.0
    in_flight_max: int = 8


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the stories stand on, connected."""

    settings: Settings
    log: SubmissionLog
    replays: MongoReplays
    reviews: MongoMadeReviews
    current: MongoCurrentReviews
    clock: SystemClock
    mongo: AsyncIOMotorClient[Document]


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[_Parts]:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        async with SubmissionLog(settings) as log:
            yield _Parts(
                settings,
                log,
                MongoReplays(mongo, settings.mongodb_db),
                MongoMadeReviews(mongo, settings.mongodb_db),
                MongoCurrentReviews(mongo, settings.mongodb_db),
                SystemClock(),
                mongo,
            )
    finally:
        mongo.close()


async def begin_replay(
    settings: Settings,
    request: ReplayRequest,
    *,
    looking: Callable[[int], None],
    announce: Tell,
    tell: Tell,
    keep_drawn: Callable[[str], Awaitable[None]] | None = None,
) -> ReplayState:
    """Choose, keep the choice, `announce` it, and carry it out. `looking` hears how many submissions were looked at.

    `keep_drawn` is awaited with the replay's id before anything is kept of it. `StartRefused` where none is meant, or
    more than the one of an appeal.
    """
    async with _connected(settings) as parts:
        chosen = await _choose(parts, request.selection, looking)
        is_appeal = _is_appeal(request, chosen)
        generation = await parts.replays.draw_generation()
        now = parts.clock.now()
        state = ReplayState(
            replay_id=f"replay-{generation}",
            generation=generation,
            selection=request.selection,
            reason=request.reason,
            is_appeal=is_appeal,
            is_shadow=request.is_shadow,
            is_fresh=request.is_fresh,
            rate_per_s=request.rate_per_s,
            in_flight_max=request.in_flight_max,
            chosen=len(chosen),
            rejected=sum(one.is_rejected for one in chosen),
            started_at=now,
            heard_at=now,
            holder=str(uuid4()),
        )
        if keep_drawn is not None:
            await keep_drawn(state.replay_id)
        await parts.replays.begin(state, [_item(state, number, one) for number, one in enumerate(chosen)])
        announce(state)
        return await _carry_on(parts, state, tell)


async def plan_replay(settings: Settings, request: PlanRequest, *, looking: Callable[[int], None]) -> ReplayPlan:
    """What a replay would mean and cost. Nothing is written, and nothing is asked of a model."""
    async with _connected(settings) as parts, AsyncExitStack() as closing:
        chosen = await _choose(parts, request.selection, looking)
        heads = [one.step.head for one in chosen if not one.step.is_certain]
        uncertain = {(head.student_id, head.assignment_id) for head in heads}
        clock = SystemClock()
        kept_in = (
            MongoTape(parts.mongo, settings.mongodb_db, days=settings.llm_tape_days, clock=clock),
            MongoSpending(parts.mongo, settings.mongodb_db),
        )
        plan = Planning(
            await _rebuilder(parts, uncertain, closing),
            new_reviewer(settings, closing.push_async_callback, kept_in),
            parts.reviews,
            OriginalReviews(MongoReviews(parts.mongo, settings.mongodb_db)),
            load_rubrics(settings.rubrics_path),
            load_catalogue(settings.review_language),
            settings.prices,
            settings.llm_model,
        )
        return await plan.plan(chosen, request)


async def resume_replay(settings: Settings, replay_id: str, *, announce: Tell, tell: Tell) -> ReplayState:
    """Go on where the replay was, after a pause or the death of its process. `StartRefused` where it has ended.

    A process that still works on it finds within seconds that this one has taken over, and ends.
    """
    async with _connected(settings) as parts:
        taken = {"holder": str(uuid4()), "heard_at": parts.clock.now().isoformat()}
        if not await parts.replays.turn(replay_id, ReplayPhase.RUNNING, only_from=_GOING_ON, **taken):
            state = await parts.replays.find(replay_id)
            raise StartRefused(f"{replay_id} is {state.phase}", "begin another one with `reviewstream replay run`")
        state = await parts.replays.find(replay_id)
        announce(state)
        return await _carry_on(parts, state, tell)


async def turn_replay(settings: Settings, replay_id: str, phase: ReplayPhase) -> ReplayState:
    """Pause or cancel a replay: its process stops within seconds. `StartRefused` where it has ended."""
    async with _mongo_only(settings) as (replays, _):
        changed = await replays.turn(replay_id, phase, only_from=_GOING_ON)
        state = await replays.find(replay_id)
        if not changed and state.phase is not phase:
            raise StartRefused(f"{replay_id} is {state.phase}", "only a replay that runs, or is paused, can be stopped")
        return state


async def look_at_replay(settings: Settings, replay_id: str) -> tuple[ReplayState, list[ReplayItem]]:
    """The replay, and its submissions that failed; one that has its review by now, as a requeued one, did not."""
    async with _mongo_only(settings) as (replays, reviews):
        state = await replays.find(replay_id)
        failed = [item async for item in replays.items(replay_id, ItemPhase.FAILED)]
        published = await reviews.published([item.review_id for item in failed])
        mended = [
            item
            for item in failed
            if published.get(item.review_id) or (state.is_shadow and item.review_id in published)
        ]
        if mended:
            await replays.mark(mended, ItemPhase.REVIEWED)
            state = await replays.note(replay_id)
        return state, [item for item in failed if item not in mended]


async def list_replays(settings: Settings, limit: int) -> list[ReplayState]:
    """The newest replays, the newest first."""
    async with _mongo_only(settings) as (replays, _):
        return await replays.all(limit)


@asynccontextmanager
async def _mongo_only(settings: Settings) -> AsyncIterator[tuple[MongoReplays, MongoMadeReviews]]:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        yield MongoReplays(mongo, settings.mongodb_db), MongoMadeReviews(mongo, settings.mongodb_db)
    finally:
        mongo.close()


async def _carry_on(parts: _Parts, state: ReplayState, tell: Tell) -> ReplayState:
    """Carry out the replay, and go on over new connections whenever Kafka, MongoDB or the archives were away."""
    first = [parts]

    async def attempt() -> ReplayState:
        if first:
            return await _carry_out(first.pop(), state, tell)
        async with _connected(parts.settings) as again:
            return await _carry_out(again, state, tell)

    return await _OUTAGE.outlast(attempt, passing=lambda error: isinstance(error, Unavailable), on_wait=_tell_outage)


def _tell_outage(failed: FailedTry) -> None:
    error = failed.error
    where = error.dependency.value if isinstance(error, Unavailable) else None
    log.warning("replay_waits", dependency=where, detail=str(error), wait_s=round(failed.wait_s, 1))


async def _carry_out(parts: _Parts, state: ReplayState, tell: Tell) -> ReplayState:
    async with AsyncExitStack() as closing, ComparisonTopic(parts.settings) as comparisons:
        run = ReplayRun(
            state,
            parts.replays,
            parts.reviews,
            await _rebuilder(parts, await _uncertain(parts, state), closing),
            comparisons,
            parts.clock,
            tell,
        )
        return await run.carry_out()


async def _uncertain(parts: _Parts, state: ReplayState) -> set[tuple[str, str]]:
    """Students and assignments whose predecessors the log does not tell."""
    return {
        (item.step.head.student_id, item.step.head.assignment_id)
        async for item in parts.replays.items(state.replay_id, ItemPhase.WAITING)
        if not item.step.is_certain
    }


async def _rebuilder(parts: _Parts, uncertain: set[tuple[str, str]], closing: AsyncExitStack) -> Rebuilder:
    settings = parts.settings
    limits = settings.limits()
    pool = AnalysisPool(limits, settings.review_language)
    closing.push_async_callback(pool.aclose)
    client = new_http_client(settings.archive_http_timeout_s)
    closing.push_async_callback(client.aclose)
    fetch = FetchSettings(
        timeout_s=settings.archive_http_timeout_s,
        attempts=settings.archive_http_attempts,
        allow_private=settings.archive_http_allow_private,
    )
    return Rebuilder(
        parts.log,
        SubmissionSources(settings.archive_path, limits.sources, fetch=fetch, client=client),
        pool,
        parts.clock,
        DoorRules(
            record_bytes_max=settings.sizes().submission_bytes_max,
            future_max_s=settings.submitted_at_future_max_s,
            partition_of=partitioner(settings.topic_partitions),
        ),
        await parts.log.histories(uncertain),
    )


def _is_appeal(request: ReplayRequest, chosen: Sequence[Chosen]) -> bool:
    """Whether it is an appeal: so is what delivers a review of one submission, named by its id, for a reason.

    `StartRefused` where more is meant by one that is called so: an id may be in use by many students.
    """
    if request.is_appeal and len(chosen) > 1:
        raise StartRefused(
            f"{len(chosen)} submissions are meant, and an appeal is about one",
            "name --student and --assignment as well",
        )
    is_one = len(chosen) == 1 and len(request.selection.submissions) == 1
    return request.is_appeal or (is_one and request.reason is not None and not request.is_shadow)


async def _choose(parts: _Parts, selection: Selection, looking: Callable[[int], None]) -> list[Chosen]:
    depth = parts.settings.history_depth
    return await choose(parts.log, parts.current, parts.reviews, selection, depth, tell=looking)


def _item(state: ReplayState, number: int, chosen: Chosen) -> ReplayItem:
    head = chosen.step.head
    return ReplayItem(
        replay_id=state.replay_id,
        number=number,
        step=chosen.step,
        review_id=review_id(head.student_id, head.assignment_id, head.submission_id, state.generation),
        supersedes=chosen.current,
    )
