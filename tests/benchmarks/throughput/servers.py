"""The servers that all peers share: Apache Kafka, SecantusDB, Redis, and the outside, each a process of its own."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.embedded.machine.loopback import LOOPBACK, accepts_connections, start_on_free_ports
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment
from app.embedded.stack import start_broker, start_database
from schemas.errors import StartRefused
from tests import ROOT
from tests.benchmarks.throughput import gauge
from tests.parts.choice import Kafka

_REDIS: Final = "redis-server"
_REDIS_CURE: Final = (
    "on Debian or Ubuntu: apt-get install redis-server; or leave Celery out: BENCH_ARGS='--without celery'"
)


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are. `sessions` are those of broker, database and Redis, for the processor time that they take."""

    kafka: Kafka
    mongo_url: str
    redis_url: str
    outside_url: str
    sessions: tuple[int, ...]

    @property
    def bootstrap(self) -> str:
        """Where the broker is."""
        return self.kafka.bootstrap


@asynccontextmanager
async def running_servers(work_dir: Path, say: Callable[[str], None], *, with_redis: bool) -> AsyncIterator[Servers]:
    """Start all; stop all at the end, however it comes. Raises `StartRefused`."""
    redis = shutil.which(_REDIS)
    if with_redis and redis is None:
        raise StartRefused(f"{_REDIS} is not installed, and Celery's tasks go through it", _REDIS_CURE)
    async with AsyncExitStack() as ends:
        broker, why = await start_broker(work_dir / "kafka", choice="apache-kafka", say=say)
        ends.push_async_callback(broker.stop)
        database = await start_database(work_dir / "mongodb")
        ends.push_async_callback(database.stop)
        redis_url = ""
        if with_redis:
            port = await _start(ends, work_dir, "redis", lambda port: _redis_command(str(redis), port))
            redis_url = f"redis://{LOOPBACK}:{port}/0"
        sessions = tuple(gauge.children_of(os.getpid()))
        port = await _start(ends, work_dir, "outside", _outside_command)
        yield Servers(
            Kafka(broker.bootstrap, broker.name, why, broker),
            database.url,
            redis_url,
            f"http://{LOOPBACK}:{port}",
            sessions,
        )


async def _start(ends: AsyncExitStack, work_dir: Path, name: str, command: Callable[[int], tuple[str, ...]]) -> int:
    """Start a server on a free port, which is returned."""

    async def start(ports: tuple[int, ...]) -> int:
        spec = ServerSpec(
            name=name,
            command=command(ports[0]),
            work_dir=work_dir / name,
            log_path=work_dir / name / "log",
            cure="see its log",
            environment={**inherited_environment(), "PYTHONPATH": str(ROOT)},
        )
        server = ServerProcess(spec, lambda: accepts_connections(ports[0]))
        await server.start()
        ends.push_async_callback(server.stop)
        return ports[0]

    return await start_on_free_ports(start)


def _redis_command(redis: str, port: int) -> tuple[str, ...]:
    return (redis, "--bind", LOOPBACK, "--port", str(port), "--save", "", "--appendonly", "no")


def _outside_command(port: int) -> tuple[str, ...]:
    return (sys.executable, "-m", "tests.benchmarks.throughput.outside", str(port))
