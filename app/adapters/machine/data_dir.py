"""One worker per data directory: RocksDB locks its files, and would say so in its own words after half a minute."""

import fcntl
from pathlib import Path
from typing import IO

from schemas.errors import StartRefused


class DataDirLock:
    """An exclusive lock on a worker's data directory, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    async def hold(self) -> None:
        """Take the lock, making the directory if need be. `StartRefused` where it cannot be had."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            file = (self._path / "worker.lock").open("w")
        except OSError as exc:
            raise StartRefused(
                f"DATA_DIR {self._path} cannot be used: {exc.strerror}",
                "set DATA_DIR to a directory that this user may write",
            ) from exc
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            file.close()
            raise StartRefused(
                f"another worker uses DATA_DIR {self._path}", "give each worker a DATA_DIR of its own"
            ) from exc
        self._file = file

    async def release(self) -> None:
        """Let another worker use the directory."""
        if self._file is not None:
            self._file.close()
            self._file = None
