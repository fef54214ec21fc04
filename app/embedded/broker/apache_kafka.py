"""Apache Kafka on the JVM, without Docker: the broker on which every promise is proved."""

import asyncio
import base64
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from string import Template
from typing import Final
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from app.core.limits import MIB
from app.embedded.machine.loopback import LOOPBACK, accepts_connections, free_port
from app.embedded.machine.processes import ServerProcess, ServerSpec, run_to_end
from schemas.errors import StartRefused

KAFKA_VERSION: Final = "4.3.0"
MESSAGE_BYTES_MAX: Final = 32 * MIB
"""Default of the broker's largest record batch; topics may set less."""

_JAVA_MIN = 17
_JAVA_S = 20.0
_FETCH_S = 600.0  # 43 MB, over a slow line too
_ABANDONED_S = 3_600.0
_HEAP_MIB = 512


@dataclass(frozen=True, slots=True)
class FoundKafka:
    """What Apache Kafka needs is there: `java`, and either the jars in `libs` or Maven, which fetches them."""

    java: Path
    java_version: int
    libs: Path
    maven: Path | None

    @property
    def fetched(self) -> bool:
        """Whether the jars are in the cache. The directory appears under its name only when it is complete."""
        return self.libs.is_dir()


@dataclass(frozen=True, slots=True)
class NotUsable:
    """Why Apache Kafka cannot run here, in one sentence."""

    why: str


def cache_dir() -> Path:
    """`REVIEWSTREAM_CACHE`, else `.cache/` of the checkout that this code runs from, else the user's cache."""
    if named := os.environ.get("REVIEWSTREAM_CACHE"):
        return Path(named).expanduser().resolve()
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file():
        return checkout / ".cache"
    return Path.home() / ".cache" / "reviewstream"


def find(cache: Path | None = None) -> FoundKafka | NotUsable:
    """Look for Java, and for the jars or Maven. Takes as long as `java -version`, a tenth of a second."""
    java = _find_java()
    if java is None:
        return NotUsable(f"no Java was found, neither in JAVA_HOME nor on the PATH ({_JAVA_MIN} or newer is needed)")
    version = _java_version(java)
    if version is None:
        return NotUsable(f"{java} does not tell its version")
    if version < _JAVA_MIN:
        return NotUsable(f"{java} is Java {version}, and Apache Kafka needs {_JAVA_MIN} or newer")
    maven = shutil.which("mvn")
    found = FoundKafka(java, version, (cache or cache_dir()) / f"kafka-{KAFKA_VERSION}", Path(maven) if maven else None)
    if not found.fetched and found.maven is None:
        return NotUsable("Maven (mvn), which would fetch Apache Kafka's jars, is not on the PATH")
    return found


async def fetch_jars(found: FoundKafka, say: Callable[[str], None]) -> None:
    """Fetch the jars once, by the coordinates in `kafka/pom.xml`. Raises `StartRefused`.

    They are copied into a directory of another name, which is renamed when it is complete: an interrupted fetch
    leaves nothing that could be taken for the whole, and of two that run at once, either serves both.
    """
    if found.fetched:
        return
    if found.maven is None:
        raise StartRefused("Apache Kafka's jars are not fetched and there is no Maven", "install Maven (mvn)")
    cache = found.libs.parent
    cache.mkdir(parents=True, exist_ok=True)
    _sweep_abandoned(cache)
    say(f"fetching Apache Kafka {KAFKA_VERSION} with Maven, once (43 MB) …")
    partial = Path(tempfile.mkdtemp(prefix=f"kafka-{KAFKA_VERSION}-", suffix=".partial", dir=cache))
    try:
        with as_file(files("app.embedded.broker") / "kafka" / "pom.xml") as pom:
            await run_to_end(_maven_spec(found.maven, pom, partial, cache / "maven.log"))
        if not (partial / f"kafka_2.13-{KAFKA_VERSION}.jar").is_file():
            raise StartRefused("Maven returned without Apache Kafka's jar", f"remove {cache} and start again")
        _publish(partial, found.libs)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


class ApacheKafka:
    """One broker on loopback. Port and data stay the same over `stop`, `kill` and another `start`."""

    name: Final = "Apache Kafka"

    def __init__(
        self,
        found: FoundKafka,
        work_dir: Path,
        *,
        ports: tuple[int, int] | None = None,
    ) -> None:
        self._found = found
        self._work_dir = work_dir.resolve()
        self.port, self._controller_port = ports or (free_port(), free_port())
        self._data_dir = self._work_dir / "data"
        self._cluster_id = _read_cluster_id(self._data_dir) or _new_cluster_id()
        self._server = ServerProcess(
            self._spec("kafka.Kafka", str(self._properties), log="kafka.log", start_deadline_s=90), self._answers
        )

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._server.running

    @property
    def pid(self) -> int | None:
        """The broker's process id, None while it is down."""
        return self._server.pid

    async def start(self) -> None:
        """Format the data directory at the first start; return once the broker answers as this very cluster."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self._write_properties)
        if _read_cluster_id(self._data_dir) is None:
            arguments = ("format", "-t", self._cluster_id, "-c", str(self._properties))
            await run_to_end(self._spec("kafka.tools.StorageTool", *arguments, log="format.log"))
        await self._server.start()

    async def stop(self) -> None:
        """Shut down in order; the data stays."""
        await self._server.stop()

    def kill(self) -> None:
        """End at once, as a crash."""
        self._server.kill()

    @property
    def _properties(self) -> Path:
        return self._work_dir / "server.properties"

    def _write_properties(self) -> None:
        text = server_properties(
            port=self.port,
            controller_port=self._controller_port,
            data_dir=self._data_dir,
            message_bytes_max=MESSAGE_BYTES_MAX,
        )
        self._properties.write_text(text, "utf-8")

    def _spec(self, main_class: str, *arguments: str, log: str, start_deadline_s: float = 60) -> ServerSpec:
        jvm = (f"-Xmx{_HEAP_MIB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{self._found.libs}/*")
        return ServerSpec(
            name=self.name,
            command=(str(self._found.java), *jvm, main_class, *arguments),
            work_dir=self._work_dir,
            log_path=self._work_dir / log,
            cure=f"if the log names a damaged file, remove {self._data_dir} or the jars in {self._found.libs}",
            start_deadline_s=start_deadline_s,
        )

    async def _answers(self) -> bool:
        return await accepts_connections(self.port) and await cluster_id(self.bootstrap) == self._cluster_id


def server_properties(
    *, port: int, controller_port: int, data_dir: Path, message_bytes_max: int, listen_host: str = LOOPBACK
) -> str:
    """The broker's settings; clients are always told to come to 127.0.0.1."""
    template = Template((files("app.embedded.broker") / "kafka" / "server.properties").read_text("utf-8"))
    return template.substitute(
        port=port,
        controller_port=controller_port,
        data_dir=data_dir,
        message_bytes_max=message_bytes_max,
        listen_host=listen_host,
    )


async def cluster_id(bootstrap: str) -> str | None:
    """The cluster id that a broker tells, None while it does not answer: so no foreign server is taken for ours."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=3_000)
    try:
        await admin.start()
        told = (await admin.describe_cluster()).get("cluster_id")
    except KafkaError:
        return None
    else:
        return str(told)
    finally:
        await admin.close()


def _find_java() -> Path | None:
    if home := os.environ.get("JAVA_HOME"):
        named = Path(home) / "bin" / "java"
        if os.access(named, os.X_OK):
            return named
    on_path = shutil.which("java")
    return Path(on_path) if on_path else None


def _java_version(java: Path) -> int | None:
    """The feature version: 8 (written 1.8), 17, 21 and so on."""
    try:
        told = subprocess.run(
            [java, "-XshowSettings:properties", "-version"], capture_output=True, timeout=_JAVA_S, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    for line in told.stderr.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "java.specification.version":
            version = value.strip().removeprefix("1.")
            return int(version) if version.isdecimal() else None
    return None


def _maven_spec(maven: Path, pom: Path, output: Path, log_path: Path) -> ServerSpec:
    goal = "dependency:copy-dependencies"
    options = (
        "-q",
        "-B",
        "--strict-checksums",
        "-f",
        str(pom),
        f"-DoutputDirectory={output}",
        "-DincludeScope=runtime",
    )
    return ServerSpec(
        name="Maven, fetching Apache Kafka's jars,",
        command=(str(maven), *options, goal),
        work_dir=output,
        log_path=log_path,
        cure="check the network, or Maven's own settings (~/.m2/settings.xml) where a mirror or proxy is needed",
        environment=dict(os.environ),  # Maven's proxies and options are the user's
        start_deadline_s=_FETCH_S,
    )


def _publish(partial: Path, libs: Path) -> None:
    try:
        partial.rename(libs)
    except OSError:
        if not libs.is_dir():  # otherwise somebody else's fetch was first, and serves as well
            raise


def _sweep_abandoned(cache: Path) -> None:
    """Remove what a killed fetch left behind."""
    for partial in cache.glob("kafka-*.partial"):
        if time.time() - partial.stat().st_mtime > _ABANDONED_S:
            shutil.rmtree(partial, ignore_errors=True)


def _new_cluster_id() -> str:
    """A random UUID as Kafka writes it. Its first letter is fixed, for an option's value must not begin with `-`."""
    return "r" + base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")[1:]


def _read_cluster_id(data_dir: Path) -> str | None:
    """The id that a formatted data directory belongs to."""
    try:
        lines = (data_dir / "meta.properties").read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((line.removeprefix("cluster.id=") for line in lines if line.startswith("cluster.id=")), None)
