"""Child servers: started, probed until they answer, and stopped, so that none outlives this process."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from schemas.errors import StartRefused

ReadyCheck = Callable[[], Awaitable[bool]]
"""Tells whether the server answers. False or an `OSError`: not yet."""

_LAUNCHER = Path(__file__).with_name("launcher.py")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_HOME")
_POLL_S = 0.05  # short against the seconds that a server takes, long enough to cost nothing
_LOG_LINES_SHOWN = 12
_LOG_TAIL_BYTES = 16_384
_PROBE_S = 5.0  # one probe; a server that accepts but does not answer must not outlast the deadline


def inherited_environment() -> dict[str, str]:
    """What a child needs of this process's environment: no API keys, and no settings meant for another server."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """How to run one server. `cure` completes the error of a server that does not start."""

    name: str
    command: tuple[str, ...]
    work_dir: Path
    log_path: Path
    cure: str
    environment: Mapping[str, str] = field(default_factory=inherited_environment)
    start_deadline_s: float = 60.0
    """From spawning to the first answer: on a busy machine a JVM takes ten times its two seconds."""
    stop_grace_s: float = 10.0
    """From SIGTERM to SIGKILL."""


class ServerProcess:
    """One server as a child process: its own session, output in a log file, killed when this process dies.

    Linux watches the *thread* that spawned it, so call `start` from a thread that lives as long as the server: the
    event loop's, never `asyncio.to_thread`. It may be started again after `stop` or `kill`, from any event loop.
    """

    def __init__(self, spec: ServerSpec, probe: ReadyCheck) -> None:
        self.spec = spec
        self._probe = probe
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def ended_well(self) -> bool:
        """Whether the process has ended by itself, or was asked to, and with status 0."""
        return self._process is not None and self._process.poll() == 0

    @property
    def pid(self) -> int | None:
        """Process id, None before the first start and after the end."""
        return self._process.pid if self._process is not None and self.running else None

    async def start(self) -> None:
        """Spawn the server and return once it answers its probe; nothing is left running on failure.

        Raises `StartRefused` with the last lines of its log.
        """
        if self.running:
            return
        self._process = _spawn(self.spec)
        try:
            await self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    async def stop(self) -> None:
        """SIGTERM to the group, then, after the grace or when cancelled, SIGKILL. Stopping twice is fine."""
        process = self._process
        if process is None:
            return
        _signal_group(process, signal.SIGTERM)
        try:
            await _wait_for_end(process, self.spec.stop_grace_s)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL to the group, at once, as a crash."""
        process = self._process
        if process is None:
            return
        _signal_group(process, signal.SIGKILL)
        process.wait()
        self._process = None

    async def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + self.spec.start_deadline_s
        while time.monotonic() < deadline:
            if not self.running:
                raise self._refused("ended before it answered")
            if await self._answers() and self.running:
                return
            await asyncio.sleep(_POLL_S)
        raise self._refused(f"did not answer within {self.spec.start_deadline_s:g} s")

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_S):
                return await self._probe()
        except OSError:  # TimeoutError too: it is one of its subclasses
            return False

    def _refused(self, what: str) -> StartRefused:
        cause = f"{self.spec.name} {what}; its log {self.spec.log_path} ends with:\n{last_lines(self.spec.log_path)}"
        return StartRefused(cause, self.spec.cure)


async def run_to_end(spec: ServerSpec) -> None:
    """Run a command that ends by itself, within `start_deadline_s`. Raises `StartRefused` unless it returns 0."""
    process = _spawn(spec)
    try:
        ended = await _wait_for_end(process, spec.start_deadline_s)
        if ended and process.returncode == 0:
            return
        what = f"failed with status {process.returncode}" if ended else f"took over {spec.start_deadline_s:g} s"
        cause = f"{spec.name} {what}; its log {spec.log_path} ends with:\n{last_lines(spec.log_path)}"
        raise StartRefused(cause, spec.cure)
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def last_lines(log_path: Path) -> str:
    """The last lines of a log, indented for an error message; says so where there are none."""
    try:
        with log_path.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - _LOG_TAIL_BYTES))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"    {line}" for line in lines[-_LOG_LINES_SHOWN:]) or "    (nothing)"


def _spawn(spec: ServerSpec) -> subprocess.Popen[bytes]:
    spec.work_dir.mkdir(parents=True, exist_ok=True)
    spec.log_path.parent.mkdir(parents=True, exist_ok=True)
    with spec.log_path.open("ab") as log:
        return _spawn_into(spec, log)


def _spawn_into(spec: ServerSpec, log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *spec.command],
        cwd=spec.work_dir,
        env=dict(spec.environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C on the terminal reaches us, and we stop the servers in order
    )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is not None:
        return  # reaped: its process id may belong to somebody else by now
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


async def _wait_for_end(process: subprocess.Popen[bytes], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while process.poll() is None:
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(_POLL_S)
    return True
