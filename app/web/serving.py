"""The process of the HTTP API: its parts, the projection beside it, its server, and how it ends."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from app.adapters.doctor.probes import probe_archives, probe_kafka, probe_mongodb
from app.adapters.doctor.start_notes import check_collection
from app.adapters.kafka.decision_topic import DecisionTopic
from app.adapters.kafka.state_feed import StateFeed, state_topics
from app.adapters.kafka.submission_topic import SubmissionTopic
from app.adapters.machine.clock import SystemClock
from app.adapters.machine.web_port import check_web_port
from app.adapters.mongo.decisions import MongoDecisions
from app.adapters.mongo.desk_reviews import MongoDeskReviews
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.request_claims import MongoClaims
from app.adapters.mongo.review_pages import MongoReviewPages
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.states import MongoHolds, MongoStates
from app.adapters.sources.archive_shelf import DiskArchiveShelf
from app.backoff import Backoff, tell_failed_try
from app.config import Settings
from app.core.limits import DeliveryLimits
from app.core.signing import Signer
from app.dead_letters.desk import LetterDesk
from app.desk.deciding import TeacherDesk
from app.handing_in.hand_in import HandingIn
from app.replay.appeals import InstallationAppeals
from app.states.looking import StateDesk
from app.states.projection import Projection
from app.web.answers import PartAnswer
from app.web.api import new_api
from app.web.page_answers import PageSettings
from app.web.parts import WebParts
from schemas.errors import Unavailable

log = structlog.get_logger(__name__)

STOP_GRACE_S: Final = 5
"""For requests that are being answered; a long poll or a stream that takes longer is cut."""
CONNECTIONS_MAX: Final = 2_000
"""At a time; more are answered 503 at once."""
_LOOK_KEPT_S: Final = 2.0
"""How long a look at the parts is believed: whoever asks more often does not get at Kafka through us."""
_INDEX_BACKOFF: Final = Backoff(first_s=0.5, max_s=5.0)


async def serve_web(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises `StartRefused` for what only an operator can change."""
    await check_web_port(settings.web_api_host, settings.web_api_port, "WEB_API")
    failures: list[BaseException] = []
    server = uvicorn.Server(
        uvicorn.Config(
            web_app(settings, failures, lambda: setattr(server, "should_exit", True)),
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
    server.capture_signals = lambda: _stopped_by_signals(server)  # type: ignore[method-assign]
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
    teacher = TeacherDesk(
        store=reviews,
        reviews=MongoDeskReviews(mongo, settings.mongodb_db),
        decisions=decisions,
        outbox=decision_topic,
        appeals=InstallationAppeals(settings, MongoReplays(mongo, settings.mongodb_db)),
        clock=clock,
    )
    projection = Projection(lambda: StateFeed(settings), states, states, topics)

    async def project() -> None:
        async def index() -> None:
            for collection in (states, holds, claims, decisions, reviews):
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
        for collection in (states, holds, claims, decisions, reviews):
            await check_collection(collection)
        task = asyncio.create_task(project())
        yield
        task.cancel()
        await asyncio.wait([task])
        await teacher.aclose()
        await outbox.aclose()
        await decision_topic.aclose()
        mongo.close()

    parts = WebParts(
        access=settings.access,
        desk=StateDesk(states, holds, clock),
        reviews=reviews,
        published=states,
        pages=MongoReviewPages(mongo, settings.mongodb_db),
        handing_in=HandingIn(shelf, claims, outbox, states, topics, clock, settings.sizes().submission_bytes_max),
        shelf=shelf,
        dead_letters=LetterDesk(settings),
        look_at_parts=_Looks(settings, projection).look,
        clock=clock,
        archive_bytes_max=settings.archive_bytes_max,
        rate_per_s=settings.web_rate_per_s,
        page_settings=page_settings(settings),
        teacher=teacher,
    )
    return new_api(parts, lifespan=lifespan)


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


class _Looks:
    """What answers depend on, looked at once in a while, however often somebody asks."""

    def __init__(self, settings: Settings, projection: Projection) -> None:
        self._settings = settings
        self._projection = projection
        self._seen: tuple[PartAnswer, ...] = ()
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> Sequence[PartAnswer]:
        """Kafka, MongoDB, the archive root, and the states."""
        loop, limit_s = asyncio.get_running_loop(), DeliveryLimits().probe_s
        async with self._looking:
            if loop.time() >= self._until:
                probes = await asyncio.gather(
                    probe_kafka(limit_s, self._settings),
                    probe_mongodb(limit_s, self._settings),
                    probe_archives(limit_s, self._settings.archive_path),
                )
                self._seen = tuple(PartAnswer(name=p.name, ok=p.ok, cause=p.cause, cure=p.cure) for p in probes)
                self._until = loop.time() + _LOOK_KEPT_S
        return *self._seen, self._states()

    def _states(self) -> PartAnswer:
        problem, lag = self._projection.problem, self._projection.lag
        if problem is not None:
            cure = "it goes on by itself once that is there; where the log says states_failed, report that line"
            return PartAnswer(name="states", ok=False, cause=problem, cure=cure)
        cause = "the log is read" if lag is None else f"the log is read, {lag} records behind"
        return PartAnswer(name="states", ok=True, cause=cause)


@contextmanager
def _stopped_by_signals(server: uvicorn.Server) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
