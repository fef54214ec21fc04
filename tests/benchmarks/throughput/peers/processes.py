"""What all adapters share: processes that are started, killed and watched, and records that are produced to Kafka."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from app.core.limits import MIB
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment, last_lines
from schemas.codec import encode
from schemas.errors import StartRefused
from schemas.submission import Submission
from tests import ROOT
from tests.benchmarks.throughput.port import PARTITIONS, Place

Command = tuple[str, ...]

_TOPICS_S: Final = 90.0  # for a worker that makes its topics, on a busy machine
_LOOK_S: Final = 0.2


class Processes:
    """One process or several of a peer; each leads a session of its own."""

    def __init__(self, place: Place, commands: Sequence[Command], environment: Mapping[str, str]) -> None:
        self._servers = [
            ServerProcess(self._spec(place, number, command, environment), _at_once)
            for number, command in enumerate(commands)
        ]

    @staticmethod
    def _spec(place: Place, number: int, command: Command, environment: Mapping[str, str]) -> ServerSpec:
        directory = place.work_dir / f"{place.prefix}-{number}"
        return ServerSpec(
            name=f"{place.prefix} {number}",
            command=command,
            work_dir=directory,
            log_path=directory / "log",
            cure="see its log",
            environment={
                **inherited_environment(),
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
                "DATA_DIR": str(directory / "data"),
                **environment,
            },
            stop_grace_s=15,
        )

    async def start(self) -> None:
        """Start those that do not run."""
        for server in self._servers:
            await server.start()

    def runs(self) -> bool:
        """Whether all are alive."""
        return all(server.running for server in self._servers)

    def sessions(self) -> list[int]:
        """Process ids of those that run: each leads its session."""
        return [server.pid for server in self._servers if server.pid is not None]

    def last_words(self) -> str:
        """The end of each log."""
        return "\n".join(f"  {server.spec.name}:\n{last_lines(server.spec.log_path)}" for server in self._servers)

    def kill(self) -> None:
        """SIGKILL to every process of every session."""
        for server in self._servers:
            server.kill()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL after a grace."""
        for server in self._servers:
            await server.stop()


class KafkaFeed:
    """Produces submissions as the platform does, each under its student."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._producer: AIOKafkaProducer | None = None

    async def create(self, *names: str) -> None:
        """Create topics for a peer that does not do so itself. Those that exist are fine."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._place.bootstrap)
        await admin.start()
        try:
            for name in names:
                with suppress(TopicAlreadyExistsError):
                    await admin.create_topics([NewTopic(topic(self._place, name), PARTITIONS, 1)])
        finally:
            await admin.close()

    async def wait_for(self, name: str) -> None:
        """Return once the topic is there, created by whomever."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._place.bootstrap)
        await admin.start()
        try:
            async with asyncio.timeout(_TOPICS_S):
                while topic(self._place, name) not in await admin.list_topics():
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError as exc:
            raise StartRefused(f"the topic {name} was not there after {_TOPICS_S:g} s", "see the worker's log") from exc
        finally:
            await admin.close()

    async def feed(self, submissions: Sequence[Submission]) -> None:
        """Produce all, acknowledged by the broker."""
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._place.bootstrap, acks="all", max_request_size=16 * MIB, linger_ms=5
            )
            await self._producer.start()
        name = topic(self._place, "submissions")
        sent = [await self._producer.send(name, encode(s), key=s.student_id.encode()) for s in submissions]
        for one in sent:
            await one

    async def stop(self) -> None:
        """Close the producer."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()


class KafkaPeer:
    """A peer that takes its submissions from Kafka: `name`, `quiet_s` and `topics` are what it adds."""

    topics: tuple[str, ...] = ("submissions",)
    quiet_s = 20.0  # a session's time-out and a rebalance, twice over

    def __init__(self, place: Place, commands: Sequence[Command], environment: Mapping[str, str]) -> None:
        self._feed = KafkaFeed(place)
        self._processes = Processes(place, commands, environment)
        self.in_flight = place.in_flight

    async def start(self) -> None:
        """Topics first, unless it makes its own."""
        await self._feed.create(*self.topics)
        await self._processes.start()
        await self._feed.wait_for("submissions")

    async def feed(self, submissions: Sequence[Submission]) -> None:
        """By way of its topic."""
        await self._feed.feed(submissions)

    def runs(self) -> bool:
        """Its workers."""
        return self._processes.runs()

    def sessions(self) -> list[int]:
        """Of its workers."""
        return self._processes.sessions()

    def last_words(self) -> str:
        """Of its workers."""
        return self._processes.last_words()

    def kill(self) -> None:
        """All workers at once."""
        self._processes.kill()

    async def stop(self) -> None:
        """Workers, then the producer. What nobody starts again need not take its leave."""
        self._processes.kill()
        await self._feed.stop()


def topic(place: Place, name: str) -> str:
    """The peer's own topic of that name."""
    return f"{place.prefix}-{name}"


def our_python() -> str:
    """The interpreter of our own environment."""
    return sys.executable


def program(name: str) -> tuple[str, str]:
    """What Python is told to run: one of the peers' programs."""
    return ("-m", f"tests.benchmarks.throughput.programs.{name}")


def program_environment(place: Place) -> dict[str, str]:
    """What the peers' programs read: the same for all of them."""
    return {
        "BENCH_FORM": place.form,
        "BENCH_BOOTSTRAP": place.bootstrap,
        "BENCH_PREFIX": place.prefix,
        "BENCH_MONGO_URL": place.mongo_url,
        "BENCH_REDIS_URL": place.redis_url,
        "BENCH_MODEL_URL": place.model_url,
        "BENCH_API_URL": place.api_url,
        "BENCH_IN_FLIGHT": str(place.in_flight),
    }


async def _at_once() -> bool:
    """A peer counts as started when its process is there; whether it works is seen by what it reviews."""
    return True
