"""The composition root: the only file that knows everyone."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import faust
import httpx
import structlog
from aiokafka.partitioner import murmur2
from motor.motor_asyncio import AsyncIOMotorClient

from agents.comparator import Comparator
from agents.publisher import Publisher
from agents.reviewer import ReviewerAgent
from app.adapters.analysis.pool import AnalysisPool
from app.adapters.doctor.start_notes import check_collection, note_archive_root, note_misspelt_settings
from app.adapters.http.client import new_http_client
from app.adapters.http.review_api import HttpReviewApi, NoReviewApi
from app.adapters.http.webhook import NoWebhook, SignedWebhook
from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.topic_plans import prepare_topics
from app.adapters.llm.configured import new_reviewer
from app.adapters.machine.clock import SystemClock
from app.adapters.machine.data_dir import DataDirLock
from app.adapters.machine.halt_note import HaltNote
from app.adapters.machine.web_port import check_web_port
from app.adapters.mongo.collection import Document
from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.spending import MongoSpending
from app.adapters.mongo.states import MongoHolds
from app.adapters.mongo.tape import MongoTape
from app.adapters.rubrics.rubric_files import load_rubrics
from app.adapters.sources.download import FetchSettings
from app.adapters.sources.submission_sources import SubmissionSources
from app.backoff import Backoff
from app.catalogue import load_catalogue
from app.config import Settings
from app.core.events.admission import DoorRules
from app.core.events.record import Record
from app.core.ports import Acknowledged, CurrentReviews, Notifier, ReviewApi, ReviewStore
from app.kafka.fetching import check_codecs
from app.stream.faust.app import ReviewApp
from app.stream.faust.dead_letters import DeadLetterProducer
from app.stream.faust.recovery import check_recovered
from app.stream.faust.sends import TopicOutbox, send_confirmed
from app.stream.intake.intake import Intake, IntakeLimits
from app.stream.intake.settlement import Handler, Settlement, SettlementLimits
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.guards import (
    GuardedApi,
    GuardedCurrentReviews,
    GuardedReviewer,
    GuardedSources,
    GuardedSpending,
    GuardedStore,
    GuardedTape,
)
from app.stream.resilience.lasting_calls import LastingReviewer
from app.stream.resilience.noted_holds import NotedReviewer
from schemas.errors import Dependency, StartRefused
from schemas.history import REVIEW_HISTORY, SUBMISSION_HISTORY
from tables import review_history, submission_history
from tables.confirmed import ConfirmedTable

log = structlog.get_logger(__name__)

POLL_INTERVAL_MAX_S = 7 * 24 * 60 * 60.0
"""An outage may hold the intake for days; the group must not take the member for dead because it does not poll.
That it lives is told by its heartbeats, and that an event is stuck by `POISON_AFTER_S`."""
STREAM_BUFFER_MAX = 16
"""Events between Faust's consumer and the intake: the lanes hold the real buffer."""
POLL_RECORDS_MAX = 32
"""Records of one fetch: bounds memory where each may have megabytes."""
COMMIT_INTERVAL_S = 1.0
"""What a crash makes us look at again, in seconds of finished work."""


def build_app(settings: Settings) -> ReviewApp:
    """The whole worker, not yet started."""
    app = new_app(settings)
    breakers = {
        dependency: CircuitBreaker(dependency, BreakerLimits(calls_max=settings.max_in_flight))
        for dependency in (Dependency.ARCHIVE_ROOT, Dependency.LLM, Dependency.MONGODB, Dependency.REVIEW_API)
    }
    lock = DataDirLock(settings.data_dir)
    app.before_start += [
        note_misspelt_settings,
        refuse_missing_codecs,
        lambda: note_archive_root(settings.archive_path),
        lock.hold,
        lambda: check_web_port(settings.web_host, settings.web_port),
        lambda: prepare_topics(settings, SystemClock()),
    ]
    app.after_stop.append(lock.release)
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)

    async def close_mongo() -> None:
        mongo.close()

    store = _add_store(app, settings, breakers, mongo)
    _add_comparator(app, settings, breakers)
    _add_reviewer(app, settings, breakers, mongo, store)
    current = GuardedCurrentReviews(MongoCurrentReviews(mongo, settings.mongodb_db), breakers[Dependency.MONGODB])
    _add_publisher(app, settings, breakers, store, current)
    app.after_stop.append(close_mongo)
    return app


async def refuse_missing_codecs() -> None:
    """Before anything connects: without a codec the worker would end at the first batch that needs it, each time."""
    check_codecs()


def new_app(settings: Settings) -> ReviewApp:
    """The Faust app with every setting that promises depend on."""
    sizes = settings.sizes()
    auth = client_auth(settings)
    return ReviewApp(
        settings.kafka_group_id,
        drain_grace_s=settings.drain_grace_s,
        idempotent_producer=settings.kafka_idempotent_producer,
        broker=[f"kafka://{server}" for server in settings.bootstrap_servers],
        broker_credentials=_credentials(settings, auth.get("ssl_context")),
        broker_session_timeout=settings.kafka_session_timeout_s,
        broker_heartbeat_interval=settings.kafka_heartbeat_interval_s,
        broker_rebalance_timeout=settings.kafka_rebalance_timeout_s,
        broker_request_timeout=max(30.0, settings.kafka_session_timeout_s + 5),
        broker_max_poll_interval=POLL_INTERVAL_MAX_S,
        broker_max_poll_records=POLL_RECORDS_MAX,
        broker_commit_interval=COMMIT_INTERVAL_S,
        consumer_max_fetch_size=sizes.fetch_bytes_max,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_compression_type="gzip",
        producer_max_request_size=sizes.request_bytes_max,
        producer_linger_ms=0,
        stream_buffer_maxsize=STREAM_BUFFER_MAX,
        stream_wait_empty=False,
        topic_partitions=settings.topic_partitions,
        topic_replication_factor=settings.kafka_replication_factor,
        topic_disable_leader=True,
        store="memory://" if settings.table_store == "memory" else "rocksdb://",
        datadir=settings.data_dir,
        key_serializer="raw",
        value_serializer="raw",
        web_bind=settings.web_host,
        web_host=settings.web_host,
        web_port=settings.web_port,
        autodiscover=False,
    )


def _add_comparator(app: ReviewApp, settings: Settings, breakers: Mapping[Dependency, CircuitBreaker]) -> None:
    limits = settings.limits()
    pool = AnalysisPool(limits)
    app.before_start.append(pool.warm_up)
    client = new_http_client(settings.archive_http_timeout_s)
    fetch = FetchSettings(
        timeout_s=settings.archive_http_timeout_s,
        attempts=settings.archive_http_attempts,
        allow_private=settings.archive_http_allow_private,
    )
    sources = SubmissionSources(settings.archive_path, limits.sources, fetch=fetch, client=client)
    app.after_stop += [pool.aclose, client.aclose]
    comparator = Comparator(
        sources=GuardedSources(sources, breakers[Dependency.ARCHIVE_ROOT]),
        analyst=pool,
        comparisons=TopicOutbox(app, settings.topic_comparisons),
        clock=SystemClock(),
        door=DoorRules(
            record_bytes_max=settings.sizes().submission_bytes_max,
            future_max_s=settings.submitted_at_future_max_s,
            partition_of=lambda key: (murmur2(key) & 0x7FFFFFFF) % settings.topic_partitions,
        ),
        history_depth=settings.history_depth,
        catalogue=load_catalogue(settings.review_language),
    )
    table = _new_table(app, settings, SUBMISSION_HISTORY, settings.topic_submissions)

    async def compare(record: Record) -> None:
        position = record.position
        await comparator.compare(record, submission_history.bind(table, position.partition, position.offset))

    _add_intake(app, settings, breakers, topic=settings.topic_submissions, stage="comparator", handler=compare)


def _add_store(
    app: ReviewApp,
    settings: Settings,
    breakers: Mapping[Dependency, CircuitBreaker],
    mongo: AsyncIOMotorClient[Document],
) -> ReviewStore:
    store = MongoReviews(mongo, settings.mongodb_db)
    app.before_start.append(lambda: check_collection(store))
    return GuardedStore(store, breakers[Dependency.MONGODB], prepare=store.ensure_indexes)


def _add_reviewer(
    app: ReviewApp,
    settings: Settings,
    breakers: Mapping[Dependency, CircuitBreaker],
    mongo: AsyncIOMotorClient[Document],
    store: ReviewStore,
) -> None:
    answers = MongoTape(mongo, settings.mongodb_db, days=settings.llm_tape_days, clock=SystemClock())
    sums = MongoSpending(mongo, settings.mongodb_db)
    holds = MongoHolds(mongo, settings.mongodb_db)
    if settings.llm_configured:
        app.before_start += [
            lambda: check_collection(answers),
            lambda: check_collection(sums),
            lambda: check_collection(holds),
        ]
    tape = GuardedTape(answers, breakers[Dependency.MONGODB], prepare=answers.ensure_indexes)
    spending = GuardedSpending(sums, breakers[Dependency.MONGODB], prepare=sums.ensure_indexes)
    # Within the circuit: what waits for that has not been asked yet, and is given up with its event.
    reviewer = LastingReviewer(new_reviewer(settings, app.after_stop.append, (tape, spending)))
    app.on_assigned.append(
        lambda held: reviewer.retain({number for topic, number in held if topic == settings.topic_submissions})
    )
    agent = ReviewerAgent(
        reviewer=NotedReviewer(GuardedReviewer(reviewer, breakers[Dependency.LLM]), holds),
        rubrics=load_rubrics(settings.rubrics_path),
        kept=store,
        regenerates_repeats=settings.regenerate_on_rewind,
        reviews=TopicOutbox(app, settings.topic_reviews),
        clock=SystemClock(),
        history=settings.limits().history,
        catalogue=load_catalogue(settings.review_language),
    )
    table = _new_table(app, settings, REVIEW_HISTORY, settings.topic_comparisons)

    async def review(record: Record) -> None:
        position = record.position
        source = (position.topic, position.partition)
        await agent.review(record, review_history.bind(table, app.ledger, source, position.offset))

    _add_intake(app, settings, breakers, topic=settings.topic_comparisons, stage="reviewer", handler=review)


def _add_publisher(
    app: ReviewApp,
    settings: Settings,
    breakers: Mapping[Dependency, CircuitBreaker],
    store: ReviewStore,
    current: CurrentReviews,
) -> None:
    client = new_http_client()
    app.after_stop.append(client.aclose)
    publisher = Publisher(
        store=store,
        current=current,
        api=GuardedApi(new_review_api(settings, client), breakers[Dependency.REVIEW_API]),
        notifier=new_notifier(settings, client),
        clock=SystemClock(),
    )
    _add_intake(app, settings, breakers, topic=settings.topic_reviews, stage="publisher", handler=publisher.publish)


def new_review_api(settings: Settings, client: httpx.AsyncClient) -> ReviewApi:
    """The platform's API, or its null object where none is configured."""
    if settings.external_api_url is None:
        return NoReviewApi()
    return HttpReviewApi(
        client,
        settings.external_api_url.get_secret_value(),
        settings.external_api_key,
        settings.external_api_timeout_s,
        Backoff(attempts=settings.external_api_max_retries + 1),
    )


def new_notifier(settings: Settings, client: httpx.AsyncClient) -> Notifier:
    """The installation's webhook, or its null object where none is configured."""
    if settings.webhook_url is None or settings.webhook_secret is None:
        return NoWebhook()
    return SignedWebhook(
        client,
        settings.webhook_url.get_secret_value(),
        settings.webhook_secret,
        settings.external_api_timeout_s,
        Backoff(attempts=settings.webhook_max_retries + 1),
    )


def _add_intake(
    app: ReviewApp,
    settings: Settings,
    breakers: Mapping[Dependency, CircuitBreaker],
    *,
    topic: str,
    stage: str,
    handler: Handler,
) -> None:
    settlement = Settlement(
        stage,
        handler,
        clock=SystemClock(),
        dead_letters=DeadLetterProducer(app, settings.topic_dead_letters),
        breakers=breakers,
        limits=SettlementLimits(poison_after_s=settings.poison_after_s, refusals=settings.limits().refusals),
        suspended=lambda: app.suspended,
        halt_memory=HaltNote(settings.data_dir, stage),
    )
    intake = Intake(
        settlement,
        ledger=app.ledger,
        limits=IntakeLimits(in_flight_max=settings.max_in_flight, buffer_max=settings.lane_buffer),
        generation=lambda: app.consumer_generation_id,
        on_crash=app.crash,
        pause=app.pause,
        resume=app.resume,
    )
    app.before_start.append(settlement.recall_halt)
    app.add_intake(topic, intake)


def _new_table(app: ReviewApp, settings: Settings, name: str, source: str) -> ConfirmedTable:
    async def send(topic: str, key: bytes, value: bytes, partition: int) -> Acknowledged:
        return await send_confirmed(app, topic, key=key, value=value, partition=partition)

    def fail(error: Exception) -> None:
        refusal = StartRefused(
            f"table {name} cannot be recovered from its changelog: {type(error).__name__}",
            f"see that DATA_DIR {settings.data_dir} is writable and has room; if it is damaged, remove it: "
            "the table is then rebuilt from the changelog topic",
        )
        failing.append(asyncio.get_running_loop().create_task(app.crash(refusal)))

    failing: list[asyncio.Task[None]] = []  # a task that nobody holds may be collected before it runs
    table = ConfirmedTable(app, send=send, on_failure=fail, name=name, partitions=settings.topic_partitions)

    @table.on_recover
    async def check() -> None:
        try:
            await check_recovered(app, table.stamps(), source)
        except Exception as exc:  # noqa: BLE001 - Faust drops what a recovery callback raises
            await app.crash(exc)

    app.tables.add(table)
    return table


def _credentials(settings: Settings, context: ssl.SSLContext | None) -> Any:
    if settings.kafka_sasl_mechanism is not None:
        return faust.SASLCredentials(
            username=settings.kafka_sasl_username,
            password=settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else None,
            mechanism=settings.kafka_sasl_mechanism,
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None
