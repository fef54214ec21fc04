"""Kafka and MongoDB in containers, by testcontainers, for machines where a Docker engine runs."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast

from app.embedded.broker.apache_kafka import KAFKA_VERSION, MESSAGE_BYTES_MAX, cluster_id, server_properties
from app.embedded.database.secantus import answers_ping
from app.embedded.machine.loopback import LOOPBACK, free_port
from schemas.errors import StartRefused

KAFKA_IMAGE: Final = f"apache/kafka:{KAFKA_VERSION}"
MONGO_IMAGE: Final = "mongo:8.0"

_DEFAULT_ENGINE = "unix:///var/run/docker.sock"
_PING_S = 2.0
_START_S = 120.0
_STOP_GRACE_S = 15
_CONTROLLER_PORT = 9093  # inside the container only


def docker_absence() -> str | None:
    """Why no Docker engine can be used, in one sentence; None where one answers on this machine."""
    address = os.environ.get("DOCKER_HOST", _DEFAULT_ENGINE)
    if not address.startswith("unix://"):
        return f"DOCKER_HOST is {address.partition(':')[0]}, and the tests' containers must be on this machine"
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine:
            engine.settimeout(_PING_S)
            engine.connect(address.removeprefix("unix://"))
            engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            status_line = engine.recv(64)
    except OSError:
        return "no Docker engine answers"
    return None if b" 200 " in status_line else "the Docker engine refuses to answer"


class DockerKafka:
    """Apache Kafka's own image with the embedded broker's settings, published on loopback.

    The port is drawn before the container is made, so that clients can be told of it, and is the same inside.
    """

    name: Final = "Apache Kafka"

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # slow, and needed only here

        self._port = free_port()
        self._container: Any = DockerContainer(KAFKA_IMAGE).with_envs(**container_environment(self._port))
        # The Docker library takes an address too, though testcontainers' types know of a port only.
        cast("dict[str, Any]", self._container.ports)[f"{self._port}/tcp"] = (LOOPBACK, self._port)
        self._created = False

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the container runs."""
        if not self._created:
            return False
        container = self._container.get_wrapped_container()
        container.reload()
        return bool(container.status == "running")

    async def start(self) -> None:
        """Create the container, or start it again with its data; return once the broker answers."""
        if not self._created:
            await asyncio.to_thread(self._container.start)
            self._created = True
        elif not self.running:
            await asyncio.to_thread(self._container.get_wrapped_container().start)
        await _wait_until(lambda: _is_cluster(self.bootstrap), KAFKA_IMAGE)

    async def stop(self) -> None:
        """Shut down in order; the data stays in the container."""
        if self._created:
            await asyncio.to_thread(self._container.get_wrapped_container().stop, timeout=_STOP_GRACE_S)

    def kill(self) -> None:
        """End at once, as a crash."""
        if self.running:
            self._container.get_wrapped_container().kill()

    def remove(self) -> None:
        """Remove the container and its data."""
        self._container.stop()


class DockerMongo:
    """MongoDB's own image."""

    name: Final = "MongoDB"

    def __init__(self) -> None:
        from testcontainers.community.mongodb import MongoDbContainer  # noqa: PLC0415  # slow, and needed only here

        self._container: Any = MongoDbContainer(MONGO_IMAGE)

    @property
    def url(self) -> str:
        """With its user and password."""
        return str(self._container.get_connection_url())

    async def start(self) -> None:
        """Return once the server answers from outside: it first starts for itself alone, to make its user."""
        await asyncio.to_thread(self._container.start)
        await _wait_until(lambda: answers_ping(self.url), MONGO_IMAGE)

    def remove(self) -> None:
        """Remove the container and its data."""
        self._container.stop()


def container_environment(port: int) -> dict[str, str]:
    """The embedded broker's settings as Apache Kafka's image takes them: `log.dirs` is `KAFKA_LOG_DIRS`."""
    properties = server_properties(
        port=port,
        controller_port=_CONTROLLER_PORT,
        data_dir=Path("/tmp/kafka-data"),  # inside the container
        message_bytes_max=MESSAGE_BYTES_MAX,
        listen_host="0.0.0.0",  # inside the container
    )
    lines = [line for line in properties.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in lines)
    return {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}


async def _is_cluster(bootstrap: str) -> bool:
    return await cluster_id(bootstrap) is not None


async def _wait_until(answers: Callable[[], Awaitable[bool]], image: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        if await answers():
            return
        await asyncio.sleep(0.2)
    raise StartRefused(f"{image} did not answer within {_START_S:g} s", "look at `docker logs` of its container")
