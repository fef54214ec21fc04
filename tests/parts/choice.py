"""Which real Kafka and MongoDB the tests run on: chosen once, said aloud, started only when a test asks.

A Docker engine comes first (testcontainers); then Apache Kafka on the JVM and SecantusDB; Tansu, which cannot keep
every promise, comes last. `TEST_BROKER` (`docker`, `apache-kafka`, `tansu`) asks for one broker. With
`REQUIRE_APACHE_KAFKA=1` a run that would do without Apache Kafka fails. The language model is llama.cpp, or none.
"""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar, get_args

from app.embedded.broker import apache_kafka, tansu
from app.embedded.broker.tansu import Tansu
from app.embedded.stack import Broker, Choice, start_broker, start_database
from schemas.errors import StartRefused
from tests.parts.docker import DockerKafka, DockerMongo, docker_absence
from tests.parts.llama import LlamaServer

T = TypeVar("T")

_log = logging.getLogger(__name__)

Kind = Literal["docker", "apache-kafka", "tansu"]


@dataclass(frozen=True, slots=True)
class Plan:
    """The broker and the database that a run means to use, and why these."""

    broker: Kind
    broker_why: str
    mongo: Literal["docker", "secantusdb"]
    mongo_why: str

    @property
    def degraded(self) -> bool:
        """Whether promises that only Apache Kafka keeps go unproved."""
        return self.broker == "tansu"

    def lines(self) -> list[str]:
        """For pytest's header."""
        names = {"docker": "Apache Kafka in a container", "apache-kafka": "Apache Kafka on the JVM", "tansu": "Tansu"}
        mongo = {"docker": "MongoDB in a container", "secantusdb": "SecantusDB"}
        return [f"kafka: {names[self.broker]} ({self.broker_why})", f"mongodb: {mongo[self.mongo]} ({self.mongo_why})"]


@dataclass(frozen=True, slots=True)
class Kafka:
    """The broker that the tests share. Whoever stops it starts it again. `environment` is what workers need for it."""

    bootstrap: str
    name: str
    why: str
    broker: Broker
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def is_apache_kafka(self) -> bool:
        """Whether promises can be proved on it."""
        return self.name != Tansu.name


def look_around() -> Plan:
    """Choose the parts for this machine. Raises `StartRefused` where what `TEST_BROKER` asks for is not there."""
    return plan(os.environ.get("TEST_BROKER"), no_docker=docker_absence(), jvm=apache_kafka.find())


def plan(asked: str | None, *, no_docker: str | None, jvm: apache_kafka.FoundKafka | apache_kafka.NotUsable) -> Plan:
    """Choose the parts. `asked` is `TEST_BROKER`; `no_docker` says why there is no Docker, None where there is."""
    if asked not in {None, *get_args(Kind)}:
        raise StartRefused(f"TEST_BROKER is {asked}", f"set it to one of {', '.join(get_args(Kind))}, or not at all")
    if asked == "docker" and no_docker:
        raise StartRefused(f"TEST_BROKER asks for docker, but {no_docker}", "start Docker, or unset TEST_BROKER")
    if no_docker is None and asked in {None, "docker"}:
        return Plan("docker", "a Docker engine answers", "docker", "a Docker engine answers")
    mongo_why = no_docker or f"TEST_BROKER asks for {asked}"
    if asked == "tansu":
        return Plan("tansu", "TEST_BROKER asks for it", "secantusdb", mongo_why)
    if isinstance(jvm, apache_kafka.FoundKafka):
        return Plan("apache-kafka", f"{mongo_why}; Java {jvm.java_version} was found", "secantusdb", mongo_why)
    if asked == "apache-kafka":
        raise StartRefused(f"TEST_BROKER asks for apache-kafka, but {jvm.why}", "install Java 17 and Maven")
    return Plan("tansu", f"{no_docker}, and {jvm.why}", "secantusdb", mongo_why)


class Parts:
    """The parts of one test run: started lazily, once, and ended with it, also when tests fail."""

    def __init__(self, chosen: Plan) -> None:
        self.plan = chosen
        self.kafka: Kafka | None = None
        self.mongo_url: str | None = None
        self._llama: LlamaServer | None = None
        self._refusals: dict[str, StartRefused] = {}
        self._ends = ExitStack()

    def start_kafka(self) -> Kafka:
        """The shared broker, started at the first call."""
        if self.kafka is None:
            start = self._start_docker_kafka if self.plan.broker == "docker" else self._start_embedded
            self.kafka = self._once("kafka", start)
        return self.kafka

    def start_mongo(self) -> str:
        """The shared database's URL, started at the first call."""
        if self.mongo_url is None:
            start = self._start_docker_mongo if self.plan.mongo == "docker" else self._start_secantus
            self.mongo_url = self._once("mongodb", start)
        return self.mongo_url

    def start_llama(self) -> LlamaServer:
        """The shared language model, started at the first call. It has no lesser substitute: without it tests fail."""
        if self._llama is None:
            self._llama = self._once("llama.cpp", self._start_llama)
        return self._llama

    def end(self) -> None:
        """Stop what was started."""
        self._ends.close()

    def _once(self, part: str, start: Callable[[], T]) -> T:
        """Try one start in a run: what was refused once need not be waited for by every test."""
        if part in self._refusals:
            raise self._refusals[part]
        try:
            return start()
        except StartRefused as refusal:
            self._refusals[part] = refusal
            raise

    def _work_dir(self) -> Path:
        return Path(self._ends.enter_context(TemporaryDirectory(prefix="reviewstream-tests-")))

    def _start_embedded(self) -> Kafka:
        """Apache Kafka on the JVM still falls back to Tansu where its jars cannot be fetched."""
        choice: Choice = "tansu" if self.plan.broker == "tansu" else "auto"
        with _one_start_at_a_time():
            broker, why = run(start_broker(self._work_dir(), choice=choice, say=_log.info))
        self._ends.callback(lambda: run(broker.stop()))
        if self.plan.broker == "tansu":
            why = self.plan.broker_why
        environment = dict(tansu.WORKER_ENVIRONMENT) if broker.name == Tansu.name else {}
        return Kafka(broker.bootstrap, broker.name, why, broker, environment)

    def _start_docker_kafka(self) -> Kafka:
        broker = DockerKafka()
        self._ends.callback(broker.remove)
        run(broker.start())
        return Kafka(broker.bootstrap, broker.name, self.plan.broker_why, broker)

    def _start_secantus(self) -> str:
        database = run(start_database(self._work_dir()))
        self._ends.callback(lambda: run(database.stop()))
        return database.url

    def _start_llama(self) -> LlamaServer:
        server = LlamaServer(self._work_dir())
        run(server.start())
        self._ends.callback(lambda: run(server.stop()))
        return server

    def _start_docker_mongo(self) -> str:
        database = DockerMongo()
        self._ends.callback(database.remove)
        run(database.start())
        return database.url


@contextmanager
def _one_start_at_a_time() -> Iterator[None]:
    """Among the processes of a run: the first one fetches Apache Kafka's jars, and the others find them."""
    cache = apache_kafka.cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine from a synchronous fixture, in the main thread, without touching pytest-asyncio's loops."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work)


def apache_kafka_is_required() -> bool:
    """Whether a run without Apache Kafka must fail."""
    return os.environ.get("REQUIRE_APACHE_KAFKA", "") not in {"", "0"}
