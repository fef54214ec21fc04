"""The production worker and HTTP API as the demo's children, started by the commands that production uses."""

import secrets
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from app.adapters.kafka.clients import stop_consumer
from app.core.access import Scope, hash_token
from app.core.signing import ReviewLinks, Signer
from app.embedded.machine.loopback import LOOPBACK, accepts_connections, start_on_free_ports
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment

TOPICS: Final = ("submissions", "comparisons", "reviews", "dead-letters", "decisions")
"""The worker's topics under their default names, in the order of the flow."""
PARTITIONS: Final = 4
"""So few that a group starts at once, enough that students are worked on side by side."""

PID_FILE: Final = "worker.pid"
"""The file with the worker's process id, within the folder of a run."""

_LINK_LIFETIME: Final = timedelta(days=1)
"""Of a link to a page of the demo: longer than anybody keeps one up."""
_REPOSITORY: Final = Path(__file__).resolve().parents[3]


class Topics:
    """Which topics a broker has; asking does not create any. An async context manager; raises `KafkaError`."""

    def __init__(self, bootstrap_servers: str, connection: Mapping[str, Any] | None = None) -> None:
        self._consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, **(connection or {}))

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
        except BaseException:
            await stop_consumer(self._consumer)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await stop_consumer(self._consumer)

    async def exist(self, names: Iterable[str]) -> bool:
        """Whether all of `names` are topics."""
        there: set[str] = await self._consumer.topics()
        return there.issuperset(names)


async def start_worker(kafka_bootstrap: str, environment: Mapping[str, str], work_dir: Path) -> ServerProcess:
    """Start `python -m app worker` and return once its topics are there: what is produced from then on is read.

    It runs in a directory of its own, so that no `.env` of the user's points it elsewhere. Raises `StartRefused`
    with the end of its log.
    """
    async with Topics(kafka_bootstrap) as topics:

        async def topics_exist() -> bool:
            try:
                return await topics.exist(TOPICS)
            except KafkaError:
                return False

        async def start(ports: tuple[int, ...]) -> ServerProcess:
            worker = ServerProcess(_spec(environment, work_dir, ports[0]), topics_exist)
            await worker.start()
            (work_dir / PID_FILE).write_text(f"{worker.pid}\n", "ascii")
            return worker

        return await start_on_free_ports(start)


@dataclass(frozen=True, slots=True)
class ChildWeb:
    """The HTTP API as the demo's child: where it answers, and a token that allows everything there."""

    process: ServerProcess
    address: str
    token: str
    secret: str

    def link_to(self, review_id: UUID) -> str:
        """The address of a review's page, as its student gets it."""
        links = ReviewLinks(Signer(self.secret.encode()), self.address, _LINK_LIFETIME)
        return links.link_to(review_id, datetime.now(UTC))


async def start_web(environment: Mapping[str, str], work_dir: Path) -> ChildWeb:
    """Start `python -m app web` and return once it answers. Raises `StartRefused` with the end of its log."""
    token, secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    everything = "+".join(scope.value for scope in Scope)

    async def start(ports: tuple[int, ...]) -> ChildWeb:
        address = f"http://{LOOPBACK}:{ports[0]}"

        async def answers() -> bool:
            if not await accepts_connections(ports[0]):  # a client of httpx's reads the authorities of the world first
                return False
            try:
                async with httpx.AsyncClient() as client:
                    return (await client.get(f"{address}/health")).is_success
            except httpx.HTTPError:
                return False

        own = {
            "WEB_API_HOST": LOOPBACK,
            "WEB_API_PORT": str(ports[0]),
            "WEB_SECRET": secret,
            "WEB_TOKENS": f"demo:{everything}:{hash_token(token)}",
            "PYTHONPATH": str(_REPOSITORY),
            "PYTHONUNBUFFERED": "1",
        }
        spec = ServerSpec(
            name="the HTTP API",
            command=(sys.executable, "-m", "app", "web"),
            work_dir=work_dir / "web",
            log_path=work_dir / "web.log",
            cure="the log's last lines name the cause",
            environment={**inherited_environment(), **environment, **own},
            stop_grace_s=15.0,
        )
        process = ServerProcess(spec, answers)
        await process.start()
        return ChildWeb(process, address, token, secret)

    return await start_on_free_ports(start)


def _spec(environment: Mapping[str, str], work_dir: Path, web_port: int) -> ServerSpec:
    own = {"WEB_HOST": LOOPBACK, "WEB_PORT": str(web_port), "PYTHONPATH": str(_REPOSITORY), "PYTHONUNBUFFERED": "1"}
    return ServerSpec(
        name="the worker",
        command=(sys.executable, "-m", "app", "worker"),
        work_dir=work_dir / "worker",
        log_path=work_dir / "worker.log",
        cure="the log's last lines name the cause",
        environment={**inherited_environment(), **environment, **own},
        stop_grace_s=15.0,  # the worker's own grace for what is in flight is 5 s
    )
