"""The whole worker: its parts in the order of their start."""

from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.doctor.start_notes import check_collection, note_archive_root, note_misspelt_settings
from app.adapters.kafka.topics import prepare_topics
from app.adapters.machine.clock import SystemClock
from app.adapters.machine.data_dir import DataDirLock
from app.adapters.machine.web_port import check_web_port
from app.adapters.mongo.collection import Document
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.worker_statuses import MongoWorkerStatuses
from app.adapters.telemetry.chosen_tracing import new_tracing
from app.adapters.telemetry.log_lines import LogLines
from app.adapters.telemetry.prometheus import PrometheusMetrics
from app.adapters.telemetry.readers import Readers
from app.config import Settings
from app.core.metrics import WORKER_METRICS
from app.core.ports import ReviewStore
from app.core.watching.tally import Tally
from app.kafka.fetching import check_codecs
from app.stream.faust.app import ReviewApp
from app.stream.resilience.breaker import BreakerLimits, CircuitBreaker
from app.stream.resilience.guards import (
    GuardedStore,
)
from app.wiring.comparing_stage import add_comparator
from app.wiring.faust_app import new_app
from app.wiring.publishing_stage import add_publishing
from app.wiring.reviewing_stage import add_reviewer
from app.wiring.self_watch import add_watch
from app.wiring.stage_intake import Breakers
from schemas.errors import Dependency


def build_app(settings: Settings) -> ReviewApp:
    """The whole worker, not yet started."""
    metrics, tally = PrometheusMetrics(WORKER_METRICS), Tally()
    app = new_app(settings, Readers(LogLines(), metrics, tally))
    app.tracing = new_tracing(settings, app.after_stop.append)
    breakers = {
        dependency: CircuitBreaker(dependency, BreakerLimits(calls_max=settings.max_in_flight), telemetry=app.telemetry)
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
    add_comparator(app, settings, breakers)
    add_reviewer(app, settings, breakers, mongo, store)
    add_publishing(app, settings, breakers, mongo, store)
    app.intakes[settings.topic_submissions].keep_pace_with(app.intakes[settings.topic_comparisons])
    add_watch(app, settings, breakers, (metrics, tally), MongoWorkerStatuses(mongo, settings.mongodb_db))
    app.after_stop.append(close_mongo)
    return app


async def refuse_missing_codecs() -> None:
    """Before anything connects: without a codec the worker would end at the first batch that needs it, each time."""
    check_codecs()


def _add_store(
    app: ReviewApp,
    settings: Settings,
    breakers: Breakers,
    mongo: AsyncIOMotorClient[Document],
) -> ReviewStore:
    store = MongoReviews(mongo, settings.mongodb_db)
    app.before_start.append(lambda: check_collection(store))
    return GuardedStore(store, breakers[Dependency.MONGODB], prepare=store.ensure_indexes)
