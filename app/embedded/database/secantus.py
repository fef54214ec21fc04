"""SecantusDB: a MongoDB-compatible server on WiredTiger, from PyPI, for machines without Docker."""

import shutil
import sys
from pathlib import Path
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from app.embedded.machine.loopback import LOOPBACK, accepts_connections, free_port
from app.embedded.machine.processes import ServerProcess, ServerSpec
from schemas.errors import StartRefused

_COMMAND = "secantusd-py"
_INSTALL = 'install the extra: pip install "reviewstream[embedded]"'


def find() -> Path | None:
    """SecantusDB's command: beside this interpreter, else on the PATH."""
    beside = Path(sys.executable).parent / _COMMAND
    if beside.is_file():
        return beside
    on_path = shutil.which(_COMMAND)
    return Path(on_path) if on_path else None


class SecantusDb:
    """One server on loopback. Port and data stay the same over `stop`, `kill` and another `start`.

    As with MongoDB, a crash spares a write for certain only if its write concern asked for the journal: one without,
    acknowledged just before a `kill`, was seen to be lost.
    """

    name: Final = "SecantusDB"

    def __init__(self, work_dir: Path, *, port: int | None = None) -> None:
        command = find()
        if command is None:
            raise StartRefused(f"SecantusDB's command {_COMMAND} is not installed", _INSTALL)
        self._work_dir = work_dir.resolve()
        self.port = port or free_port()
        self._config = self._work_dir / "secantusd.toml"
        options = ("--host", LOOPBACK, "--port", str(self.port), "--storage-path", str(self._work_dir / "data"))
        spec = ServerSpec(
            name=self.name,
            # An empty configuration of its own: the one in a user's home may ask for a password or another address.
            # Its own size of cache: with a quarter of that, one search of WiredTiger's never came back after 25 minutes
            # of `make bench`, and all connections waited for the lock that it held.
            command=(str(command), "--config", str(self._config), *options),
            work_dir=self._work_dir,
            log_path=self._work_dir / "secantusdb.log",
            cure=f"if the log names a damaged file, remove {self._work_dir / 'data'}",
        )
        self._server = ServerProcess(spec, self._answers)

    @property
    def url(self) -> str:
        """`mongodb://127.0.0.1:<port>/`, connected to directly: there is no replica set to discover.

        Without the driver's own retries of writes: for them SecantusDB keeps the last 10,000 replies, and looks through
        all of them at each write. After some thousand writes that took most of a processor.
        """
        return f"mongodb://{LOOPBACK}:{self.port}/?directConnection=true&retryWrites=false"

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self._server.running

    async def start(self) -> None:
        """Return once the server answers a ping."""
        self._work_dir.mkdir(parents=True, exist_ok=True)
        self._config.write_text("", "utf-8")
        await self._server.start()

    async def stop(self) -> None:
        """Shut down in order; the data stays."""
        await self._server.stop()

    def kill(self) -> None:
        """End at once, as a crash."""
        self._server.kill()

    async def _answers(self) -> bool:
        return await accepts_connections(self.port) and await answers_ping(self.url)


async def answers_ping(url: str) -> bool:
    """Whether a MongoDB-compatible server answers at `url`."""
    async with AsyncMongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=2_000) as client:
        try:
            await client.admin.command("ping")
        except PyMongoError:
            return False
    return True
