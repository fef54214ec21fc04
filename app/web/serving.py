"""The process of the HTTP API: its parts, the projection beside it, its server, and how it ends."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.doctor.start_notes import check_collection
from app.adapters.kafka.decision_topic import DecisionTopic
from app.adapters.kafka.state_feed import StateFeed, state_topics
from app.adapters.kafka.submission_topic import SubmissionTopic
from app.adapters.machine.clock import SystemClock
from app.adapters.machine.web_port import check_web_port
from app.adapters.mongo.asked_replays import MongoAskedReplays
from app.adapters.mongo.collection import Document
from app.adapters.mongo.decisions import MongoDecisions
from app.adapters.mongo.desk_reviews import MongoDeskReviews
from app.adapters.mongo.published_reviews import MongoPublishedReviews
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.request_claims import MongoClaims
from app.adapters.mongo.review_pages import MongoReviewPages
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.spending import MongoSpending
from app.adapters.mongo.states import MongoHolds, MongoStates
from app.adapters.mongo.worker_statuses import MongoWorkerStatuses
from app.adapters.sources.archive_shelf import DiskArchiveShelf
from app.adapters.telemetry.prometheus import PrometheusMetrics, Reading, web_readings
from app.backoff import Backoff, tell_failed_try
from app.config import Settings
from app.core.metrics import WEB_METRICS
from app.core.ports import Clock
from app.core.readiness import WebLevels
from app.core.signing import Signer
from app.core.watching.observed import Bounds
from app.dead_letters.desk import LetterDesk
from app.desk.appealing import AppealRunner
from app.desk.deciding import TeacherDesk
from app.handing_in.hand_in import HandingIn
from app.operating.lookout import LETTERS_OF, Lookout, Watched
from app.operating.part_looks import PartLooks
from app.replay.appeals import InstallationAppeals
from app.states.looking import StateDesk
from app.states.projection import Projection
from app.web.api import new_api
from app.web.page_answers import PageSettings
from app.web.parts import WebParts, parts_in
from schemas.errors import Unavailable

log = structlog.get_logger(__name__)

STOP_GRACE_S: Final = 5
"""For requests that are being answered; a long poll or a stream that takes longer is cut."""
CONNECTIONS_MAX: Final = 2_000
"""At a time; more are answered 503 at once."""
_INDEX_BACKOFF: Final = Backoff(first_s=0.5, max_s=5.0)


async def serve_web(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `StartRefused` for what only an operator can change."""
    await check_web_port(settings.web_api_host, settings.web_api_port, "WEB_API")
    failures: list[BaseException] = []

    def stop() -> None:
        server.should_exit = True
        lookout.stop()  # else a browser that watches would be waited for until the grace is over

    api = web_app(settings, failures, stop)
    lookout = parts_in(api).lookout
    server = uvicorn.Server(
        uvicorn.Config(
            api,
            host=settings.web_api_host,
            port=settings.web_api_port,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_GRACE_S,
        )
    )
    # Its own way raises the signal once more at the end: a clean stop would look like a death.
    server.capture_signals = lambda: _stopped_by_signals(stop)  # type: ignore[method-assign]
    if not settings.access.tokens:
        log.warning(
            "no_tokens", detail="WEB_TOKENS is unset, so nobody may use the API", cure="reviewstream token NAME"
        )
    log.info("web_serves", address=f"http://{settings.web_api_host}:{settings.web_api_port}")
    await server.serve()
    log.info("web_stopped")
    for failure in failures:
        raise failure


def web_app(settings: Settings, failures: list[BaseException], stop: Callable[[], None]) -> FastAPI:
    """The API of an installation; its projection runs while the app does. What ends that goes to `failures`."""
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    clock = SystemClock()
    states, holds = MongoStates(mongo, settings.mongodb_db), MongoHolds(mongo, settings.mongodb_db)
    claims = MongoClaims(mongo, settings.mongodb_db)
    outbox = SubmissionTopic(settings)
    topics = state_topics(settings)
    shelf = DiskArchiveShelf(settings.archive_path, settings.archive_bytes_max)
    reviews = MongoReviews(mongo, settings.mongodb_db)
    decisions, decision_topic = MongoDecisions(mongo, settings.mongodb_db), DecisionTopic(settings)
    asked = MongoAskedReplays(mongo, settings.mongodb_db)
    appeals = InstallationAppeals(settings, MongoReplays(mongo, settings.mongodb_db))
    teacher = TeacherDesk(
        store=reviews,
        reviews=MongoDeskReviews(mongo, settings.mongodb_db),
        decisions=decisions,
        outbox=decision_topic,
        asked=asked,
        appeals=appeals,
        clock=clock,
    )
    runner = AppealRunner(asked, appeals, clock)
    collections = (states, holds, claims, decisions, reviews, asked)
    projection = Projection(lambda: StateFeed(settings), states, states, topics)
    looks, letters = PartLooks(settings, projection), LetterDesk(settings)
    lookout = _lookout(settings, mongo, clock, looks, letters)
    metrics = PrometheusMetrics(WEB_METRICS)

    async def project() -> None:
        async def index() -> None:
            for collection in collections:
                await collection.ensure_indexes()

        try:
            await _INDEX_BACKOFF.outlast(
                index, passing=lambda error: isinstance(error, Unavailable), on_wait=tell_failed_try
            )
            await projection.run()
        except* Exception as group:  # noqa: BLE001 -- in the background nobody would hear of it
            failures.append(group.exceptions[0])
            stop()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for collection in collections:
            await check_collection(collection)
        works = project(), runner.run(), shelf.remove_abandoned(clock.now())
        tasks = [asyncio.create_task(work) for work in works]
        lookout.begin()
        yield
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await lookout.close()
        await outbox.aclose()
        await decision_topic.aclose()
        mongo.close()

    parts = WebParts(
        access=settings.access,
        desk=StateDesk(states, holds, states, clock),
        reviews=reviews,
        published=states,
        pages=MongoReviewPages(mongo, settings.mongodb_db),
        handing_in=HandingIn(shelf, claims, outbox, states, topics, clock, settings.sizes().submission_bytes_max),
        shelf=shelf,
        dead_letters=letters,
        look_at_parts=looks.look,
        lookout=lookout,
        telemetry=metrics,
        metrics_page=metrics.page,
        clock=clock,
        archive_bytes_max=settings.archive_bytes_max,
        rate_per_s=settings.web_rate_per_s,
        page_settings=page_settings(settings),
        teacher=teacher,
    )

    def read_gauges() -> Iterable[Reading]:
        return web_readings(
            WebLevels(
                waiting_places=parts.waiting.free,
                watchers=parts.limits.watchers_max - parts.watching.value,
                states_lag=projection.lag,
                states_told=projection.problem is None,
            )
        )

    metrics.watch(read_gauges)
    return new_api(parts, lifespan=lifespan)


def _lookout(
    settings: Settings, mongo: AsyncIOMotorClient[Document], clock: Clock, looks: PartLooks, letters: LetterDesk
) -> Lookout:
    database = settings.mongodb_db
    return Lookout(
        Watched(
            statuses=MongoWorkerStatuses(mongo, database),
            sums=MongoSpending(mongo, database),
            replays=MongoReplays(mongo, database),
            published=MongoPublishedReviews(mongo, database),
            look_at_parts=looks.look,
            count_letters=lambda: letters.count(clock.now() - LETTERS_OF),
            stage_of={
                settings.topic_submissions: "comparator",
                settings.topic_comparisons: "reviewer",
                settings.topic_reviews: "publisher",
                settings.topic_decisions: "editor",
            },
            bounds=Bounds(settings.budgets, settings.refused_share_max, settings.llm_timeout_s),
            clock=clock,
        )
    )


def page_settings(settings: Settings) -> PageSettings:
    """What pages need; without WEB_SECRET a key of this process alone, which is said."""
    if settings.web_secret is None:
        log.warning(
            "no_web_secret",
            detail="WEB_SECRET is unset: sessions and links to pages end with this process",
            cure="set WEB_SECRET, the same for every worker and every `reviewstream web`",
        )
        key = secrets.token_bytes(32)
    else:
        key = settings.web_secret.get_secret_value().encode()
    is_https = (settings.web_public_url or "").lower().startswith("https://")
    return PageSettings(Signer(key), settings.review_language, is_https)


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
