"""Is each part there and as it should be? For `reviewstream doctor`; nothing is changed by asking."""

import asyncio
import errno
import os
import shlex
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import ApiVersionRequest
from motor.motor_asyncio import AsyncIOMotorClient

from app.adapters.doctor.costs_probe import probe_costs
from app.adapters.doctor.probing import Probe, probing
from app.adapters.kafka.clients import client_auth
from app.adapters.kafka.outage import KAFKA_CURE, quiet_kafka_client, told_of_kafka
from app.adapters.kafka.topic_plans import TopicPlan
from app.adapters.kafka.topics import kafka_admin, look_at_topics
from app.adapters.llm.prompt_files import load_templates
from app.adapters.machine.clock import SystemClock
from app.adapters.mongo.asked_replays import ASKED_COLLECTION, MongoAskedReplays
from app.adapters.mongo.collection import Document, HasIndexes
from app.adapters.mongo.decisions import DECISIONS, MongoDecisions
from app.adapters.mongo.replays import REPLAY_ITEMS, MongoReplays
from app.adapters.mongo.request_claims import CLAIMS_COLLECTION, MongoClaims
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.adapters.mongo.spending import SPENDING_COLLECTION, MongoSpending
from app.adapters.mongo.states import HOLDS_COLLECTION, STATES_COLLECTION, MongoHolds, MongoStates
from app.adapters.mongo.tape import TAPE_COLLECTION, MongoTape
from app.adapters.mongo.worker_statuses import STATUSES_COLLECTION, MongoWorkerStatuses
from app.adapters.rubrics.rubric_files import load_rubrics
from app.config import Settings, misspelt_variables
from app.core.limits import DeliveryLimits
from app.kafka.fetching import check_codecs
from schemas.errors import Unavailable

T = TypeVar("T")

_FETCH: Final = 1
"""The key of Kafka's Fetch request. Kafka 4.0 dropped its versions below 4 (KIP-896)."""


async def probe_all(
    settings: Settings, plans: Sequence[TopicPlan], limits: DeliveryLimits | None = None
) -> list[Probe]:
    """Every part of this installation, asked at the same time, always in the same order."""
    # A worker imports this module for its archive root alone, and the model's SDK costs a third of a second.
    from app.adapters.doctor.http_probes import probe_llm, probe_review_api  # noqa: PLC0415

    limit_s = (limits or DeliveryLimits()).probe_s
    with quiet_kafka_client():
        return list(
            await asyncio.gather(
                probe_settings(limit_s, Path(".env")),
                probe_kafka(limit_s, settings),
                probe_topics(limit_s, settings, plans),
                probe_mongodb(limit_s, settings, everything=True),
                probe_review_api(limit_s, settings),
                probe_llm(limit_s, settings),
                probe_costs(limit_s, settings),
                probe_archives(limit_s, settings.archive_path),
                probe_data_dir(limit_s, settings.data_dir),
                probe_rubrics(limit_s, settings.rubrics_path),
                probe_prompts(limit_s, settings.prompts_path),
            )
        )


@probing("settings", "make .env a readable file in UTF-8")
async def probe_settings(env_file: Path) -> Probe:
    """Whether `.env` holds names that are no setting but look like one; a warning, for they may be meant."""
    misspelt = await _in_thread(lambda: misspelt_variables(env_file))
    told = [f"{name} in {env_file} is no setting; did you mean {meant}?" for name, meant in misspelt.items()]
    cure = f"correct {', '.join(misspelt)} in {env_file}" if misspelt else None
    cause = "; ".join(told) or f"no name in {env_file} looks misspelt"
    return Probe("settings", ok=True, cause=cause, cure=cure, detail={"misspelt": misspelt})


@probing("kafka", KAFKA_CURE)
async def probe_kafka(settings: Settings) -> Probe:
    """Whether the cluster answers, how many brokers it has and what they speak; and whether its records can be read."""
    check_codecs()
    auth = client_auth(settings)
    try:
        async with kafka_admin(settings.bootstrap_servers, **auth) as admin:
            cluster = await admin.describe_cluster()
            release = await _release(settings, auth)
    except Unavailable as exc:
        return Probe("kafka", ok=False, cause=told_of_kafka(exc, settings), cure=KAFKA_CURE)
    brokers = len(cluster["brokers"])
    detail = {"brokers": brokers, "cluster_id": cluster.get("cluster_id"), "release": release}
    return Probe("kafka", ok=True, cause=f"{brokers} broker{'s' * (brokers != 1)}, {release}", detail=detail)


async def _release(settings: Settings, auth: Mapping[str, Any]) -> str:
    """What can be told of a broker's release: the protocol names none, only the requests that it understands."""
    client = AIOKafkaClient(bootstrap_servers=list(settings.bootstrap_servers), **auth)
    try:
        await client.bootstrap()
        response = await client.send(client.get_random_node(), ApiVersionRequest())
    finally:
        await client.close()
    lowest = {key: low for key, low, _high in response.api_versions}
    return (
        "Apache Kafka 4.0 or later" if lowest.get(_FETCH, 0) >= 4 else "older than Apache Kafka 4.0, or another broker"
    )


_SEE_KAFKA: Final = "see the probe of kafka"


@probing("topics", _SEE_KAFKA)
async def probe_topics(settings: Settings, plans: Sequence[TopicPlan]) -> Probe:
    """Whether the topics that exist are as planned; missing ones are well, for a worker creates them."""
    try:
        report = await look_at_topics(settings.bootstrap_servers, plans, **client_auth(settings))
    except Unavailable as exc:
        return Probe("topics", ok=False, cause=told_of_kafka(exc, settings), cure=_SEE_KAFKA)
    seen = [f"{len(report.existing)} of {len(plans)} exist"]
    if report.missing:
        seen.append(f"a worker creates {', '.join(report.missing)} when it starts")
    seen += [f"{d.topic} has {d.config}={d.found}, not {d.planned}" for d in report.differences]
    if report.unchecked:
        seen.append(f"configuration not readable: {', '.join(report.unchecked)}")
    tight = [d for d in report.differences if d.config == "max.message.bytes" and int(d.found) < int(d.planned)]
    cure = None
    if tight:
        each = " and ".join(f"--topic {d.topic} --add-config {d.config}={d.planned}" for d in tight)
        cure = f"the largest records would not fit: kafka-configs.sh --alter {each}"
    detail = {
        "existing": report.existing,
        "missing": report.missing,
        "partitions": {plan.name: plan.partitions for plan in plans if plan.name in report.existing},
        "differences": report.differences,
        "unchecked": report.unchecked,
    }
    return Probe("topics", ok=not tight, cause="; ".join(seen), cure=cure, detail=detail)


@probing("mongodb", "check MONGODB_URL, and that the server is up and has a primary")
async def probe_mongodb(settings: Settings, *, everything: bool = False) -> Probe:
    """Whether the server answers, and which indexes of a worker's collections are missing; it makes them at its start.

    `everything`: those of all processes, each of which makes its own.
    """
    url = settings.mongodb_url.get_secret_value()
    client = connect_mongo(url, settings.mongodb_timeout_s)
    try:
        store = MongoReviews(client, settings.mongodb_db)
        version = await store.ping()
        missing = await store.missing_indexes()
        for name, collection in _collections(client, settings, everything=everything):
            missing += tuple(f"{name}.{index}" for index in await collection.missing_indexes())
    finally:
        client.close()
    made = "made at the first start of a worker, of web, of a replay" if everything else "a worker makes them"
    cause = f"version {version}" + (
        f"; indexes that are not there yet ({made}): {', '.join(missing)}" if missing else ""
    )
    return Probe("mongodb", ok=True, cause=cause, detail={"version": version, "missing_indexes": missing})


def _collections(
    client: AsyncIOMotorClient[Document], settings: Settings, *, everything: bool
) -> Iterator[tuple[str, HasIndexes]]:
    """The collections beside the reviews, by their names."""
    name = settings.mongodb_db
    if settings.llm_configured:
        yield TAPE_COLLECTION, MongoTape(client, name, days=settings.llm_tape_days, clock=SystemClock())
        yield SPENDING_COLLECTION, MongoSpending(client, name)
    if everything:
        yield DECISIONS, MongoDecisions(client, name)
        yield STATES_COLLECTION, MongoStates(client, name)
        yield HOLDS_COLLECTION, MongoHolds(client, name)
        yield CLAIMS_COLLECTION, MongoClaims(client, name)
        yield STATUSES_COLLECTION, MongoWorkerStatuses(client, name)
        yield REPLAY_ITEMS, MongoReplays(client, name)
        yield ASKED_COLLECTION, MongoAskedReplays(client, name)


_ARCHIVES_CURE: Final = "set ARCHIVE_PATH to a folder that this user can read, and see that it is mounted"


@probing("archives", _ARCHIVES_CURE)
async def probe_archives(path: Path) -> Probe:
    """Whether the archive root is a folder that can be listed. An empty one is no failure, but is said."""
    path = _absolute(path)

    def holds_anything() -> bool:
        with os.scandir(path) as entries:
            return next(entries, None) is not None

    try:
        filled = await _in_thread(holds_anything)
    except FileNotFoundError:
        cure = f"make it: mkdir -p {shlex.quote(str(path))}; or set ARCHIVE_PATH to where the archives are"
        return Probe("archives", ok=False, cause=f"there is no folder {path}", cure=cure)
    except OSError as exc:
        cause = f"{path}: {os.strerror(exc.errno or errno.EIO)}"
        return Probe("archives", ok=False, cause=cause, cure=_ARCHIVES_CURE)
    empty = "" if filled else ", and empty: submissions that are looked up in it wait until anything is there"
    detail = {"path": str(path), "empty": not filled}
    return Probe("archives", ok=True, cause=f"{path} is readable{empty}", detail=detail)


@probing("data dir", "set DATA_DIR to a folder that this user can write")
async def probe_data_dir(path: Path) -> Probe:
    """Whether the data directory, or the folder that it will be made in, can be written."""
    path = _absolute(path)

    def write_one() -> Path:
        existing = next(folder for folder in (path, *path.parents) if folder.exists())
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"x")
        return existing

    existing = await _in_thread(write_one)
    cause = f"{path} can be made in {existing}" if existing in path.parents else f"{path} is writable"
    return Probe("data dir", ok=True, cause=cause, detail={"path": str(path)})


@probing("rubrics", "set RUBRICS_PATH to a folder that this user can read")
async def probe_rubrics(folder: Path | None) -> Probe:
    """Whether every rubric is valid, and which there are; a worker does not start with one that is not."""
    found = await _in_thread(lambda: load_rubrics(folder))
    versions = {name: rubric.version for name, rubric in sorted(found.by_assignment.items())}
    own = f"{len(versions)} of {folder}, and " if versions else f"none in {folder}, so " if folder is not None else ""
    others = f"{own}{found.default.version} for all others" if versions else f"{own}{found.default.version} for all"
    return Probe("rubrics", ok=True, cause=others, detail={"default": found.default.version, "assignments": versions})


@probing("prompts", "set PROMPTS_PATH to a folder that this user can read")
async def probe_prompts(folder: Path | None) -> Probe:
    """Whether every prompt file is valid, and which there are; a worker with a model does not start with a bad one."""
    found = await _in_thread(lambda: load_templates(folder))
    own = {f"{name}.{language}": file.version for (name, language), file in sorted(found.by_assignment.items())}
    versions = {str(language): template.version for language, template in found.default.items()}
    told = ", ".join(versions.values())
    cause = f"{len(own)} of {folder}, and {told} for all others" if own else f"{told} for all"
    return Probe("prompts", ok=True, cause=cause, detail={"default": versions, "assignments": own})


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - keeps links and `..` as they were given


async def _in_thread(call: Callable[[], T]) -> T:
    """Run blocking `call` in a thread that nobody waits for: a dead network mount must not keep `doctor` alive."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # None only beside an error

    def run() -> None:
        result: T | None = None
        error: Exception | None = None
        try:
            result = call()
        except Exception as exc:  # noqa: BLE001 - handed to whoever awaits
            error = exc
        with suppress(RuntimeError):  # the loop has ended without us
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await answer
