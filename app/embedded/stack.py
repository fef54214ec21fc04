"""The development stack in one breath: a broker, a database, and the platform's side, on loopback only."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from app.embedded.broker import apache_kafka, tansu
from app.embedded.broker.apache_kafka import ApacheKafka
from app.embedded.broker.tansu import Tansu
from app.embedded.database.secantus import SecantusDb
from app.embedded.machine.loopback import start_on_free_ports
from app.embedded.platform.review_api import RecordingApi
from schemas.errors import StartRefused

Choice = Literal["auto", "apache-kafka", "tansu"]
Say = Callable[[str], None]

DATABASE: Final = "reviewstream"


class Broker(Protocol):
    """What can be done with an embedded broker."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    @property
    def bootstrap(self) -> str:
        """`host:port`."""
        ...

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        ...

    async def start(self) -> None:
        """Start, or start again on the same port."""
        ...

    async def stop(self) -> None:
        """Shut down in order."""
        ...

    def kill(self) -> None:
        """End at once, as a crash."""
        ...


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack. `broker_why` says in a sentence why this broker was taken."""

    kafka_bootstrap: str
    broker_name: str
    broker_why: str
    mongodb_url: str
    api: RecordingApi
    broker: Broker
    database: SecantusDb

    def worker_environment(self) -> dict[str, str]:
        """The environment variables with which a worker uses this stack."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap,
            "MONGODB_URL": self.mongodb_url,
            "MONGODB_DB": DATABASE,
            "EXTERNAL_API_URL": self.api.url,
            "EXTERNAL_API_KEY": self.api.api_key,
            "WEBHOOK_URL": self.api.webhook_url,
            "WEBHOOK_SECRET": self.api.webhook_secret,
            **(tansu.WORKER_ENVIRONMENT if self.broker_name == Tansu.name else {}),
        }


@asynccontextmanager
async def embedded_stack(work_dir: Path, *, broker: Choice = "auto", say: Say) -> AsyncIterator[Stack]:
    """Start all parts at once, keeping their data and logs in `work_dir`; stop all at the end, however it comes.

    `say` gets a sentence for whoever waits. Raises `StartRefused`.
    """
    async with AsyncExitStack() as ends:

        async def kafka() -> tuple[Broker, str]:
            started, why = await start_broker(work_dir / "kafka", choice=broker, say=say)
            ends.push_async_callback(started.stop)
            return started, why

        async def mongodb() -> SecantusDb:
            started = await start_database(work_dir / "mongodb")
            ends.push_async_callback(started.stop)
            return started

        async def platform() -> RecordingApi:
            api = RecordingApi()
            await api.start()
            ends.push_async_callback(api.stop)
            return api

        try:
            async with asyncio.TaskGroup() as starts:
                starting_kafka = starts.create_task(kafka())
                starting_mongodb = starts.create_task(mongodb())
                starting_platform = starts.create_task(platform())
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the others were only cancelled for its sake
        kafka_broker, why = starting_kafka.result()
        database, api = starting_mongodb.result(), starting_platform.result()
        yield Stack(
            kafka_bootstrap=kafka_broker.bootstrap,
            broker_name=kafka_broker.name,
            broker_why=why,
            mongodb_url=database.url,
            api=api,
            broker=kafka_broker,
            database=database,
        )


async def start_broker(work_dir: Path, *, choice: Choice, say: Say) -> tuple[Broker, str]:
    """Start the broker of `choice`; `auto` falls back to Tansu. Returns it with the reason why it is this one.

    Raises `StartRefused` where the choice cannot be had.
    """
    if choice == "tansu":
        return await _start_tansu(work_dir), "it was asked for"
    found = await asyncio.to_thread(apache_kafka.find)
    if isinstance(found, apache_kafka.NotUsable):
        refusal = StartRefused(f"Apache Kafka cannot be used: {found.why}", "install Java 17 or newer and Maven")
    else:
        try:
            await apache_kafka.fetch_jars(found, say)
            say(f"starting Apache Kafka {apache_kafka.KAFKA_VERSION} on Java {found.java_version} …")
            return await _start_apache_kafka(found, work_dir), f"Java {found.java_version} was found"
        except StartRefused as exc:
            refusal = exc
    if choice == "apache-kafka":
        raise refusal
    say(f"{refusal}\nfalling back to Tansu, in memory …")
    return await _start_tansu(work_dir), refusal.cause.partition("\n")[0]


async def start_database(work_dir: Path) -> SecantusDb:
    """Start SecantusDB on a free port."""

    async def start(ports: tuple[int, ...]) -> SecantusDb:
        database = SecantusDb(work_dir, port=ports[0])
        await database.start()
        return database

    return await start_on_free_ports(start)


async def _start_apache_kafka(found: apache_kafka.FoundKafka, work_dir: Path) -> Broker:
    async def start(ports: tuple[int, ...]) -> Broker:
        broker = ApacheKafka(found, work_dir, ports=(ports[0], ports[1]))
        await broker.start()
        return broker

    return await start_on_free_ports(start, count=2)


async def _start_tansu(work_dir: Path) -> Broker:
    async def start(ports: tuple[int, ...]) -> Broker:
        broker = Tansu(work_dir, port=ports[0])
        await broker.start()
        return broker

    return await start_on_free_ports(start)
