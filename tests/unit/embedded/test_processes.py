"""Child servers: readiness, refusals, and above all that none outlives its parent."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from app.embedded.machine.loopback import LOOPBACK, accepts_connections, free_port, start_on_free_ports
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment, run_to_end
from schemas.errors import StartRefused

_LISTENER = """
import os, signal, socket, sys, time
if "stubborn" in sys.argv: signal.signal(signal.SIGTERM, signal.SIG_IGN)
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True: time.sleep(60)
"""


def _spec(tmp_path: Path, *arguments: str, code: str = _LISTENER, **limits: float) -> ServerSpec:
    return ServerSpec(
        name="Listener",
        command=(sys.executable, "-c", code, *arguments),
        work_dir=tmp_path,
        log_path=tmp_path / "listener.log",
        cure="read the log",
        start_deadline_s=limits.get("start_deadline_s", 20.0),
        stop_grace_s=limits.get("stop_grace_s", 10.0),
    )


def _listens_on(port: int) -> Callable[[], Awaitable[bool]]:
    return lambda: accepts_connections(port)


async def test_server_answers_when_start_returns_and_not_after_stop(tmp_path: Path) -> None:
    """`start` returns once the server accepts connections; after `stop` its port is closed and its process gone."""
    port = free_port()
    server = ServerProcess(_spec(tmp_path, str(port)), _listens_on(port))
    await server.start()
    pid = server.pid
    assert pid is not None
    assert await accepts_connections(port)
    await server.stop()
    assert not await accepts_connections(port)
    assert not _is_alive(pid)
    await server.stop()


async def test_server_starts_again_on_its_port(tmp_path: Path) -> None:
    """A server that was killed can be started again, on the same port."""
    port = free_port()
    server = ServerProcess(_spec(tmp_path, str(port)), _listens_on(port))
    await server.start()
    server.kill()
    assert not server.running
    await server.start()
    assert await accepts_connections(port)
    await server.stop()


async def test_stubborn_server_is_killed_after_its_grace(tmp_path: Path) -> None:
    """A server that ignores SIGTERM ends by SIGKILL."""
    port = free_port()
    server = ServerProcess(_spec(tmp_path, str(port), "stubborn", stop_grace_s=0.2), _listens_on(port))
    await server.start()
    began = time.monotonic()
    await server.stop()
    assert not server.running
    assert 0.2 <= time.monotonic() - began < 5


async def test_cancelled_stop_still_ends_the_server(tmp_path: Path) -> None:
    """Cancelling `stop`, as a second Ctrl-C does, kills the server at once."""
    port = free_port()
    server = ServerProcess(_spec(tmp_path, str(port), "stubborn", stop_grace_s=60), _listens_on(port))
    await server.start()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0.1)
    stopping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert not server.running


async def test_failed_start_tells_the_log_and_a_cure(tmp_path: Path) -> None:
    """A server that ends at once is refused with the last lines of its log and a cure."""
    server = ServerProcess(_spec(tmp_path, code="import sys; sys.exit('the disk is full')"), _never)
    with pytest.raises(StartRefused, match=r"ended before it answered(.|\n)*the disk is full(.|\n)*cure: read the log"):
        await server.start()


async def test_silent_server_is_refused_and_ended(tmp_path: Path) -> None:
    """A server that never answers is refused at its deadline, and its process ended."""
    server = ServerProcess(_spec(tmp_path, str(free_port()), start_deadline_s=0.5), _never)
    with pytest.raises(StartRefused, match=r"did not answer within 0\.5 s"):
        await server.start()
    assert not server.running


async def test_foreign_answer_does_not_hide_a_dead_server(tmp_path: Path) -> None:
    """Where somebody else answers on the port while our own process ends, the start is refused."""

    async def always() -> bool:
        await asyncio.sleep(0.5)  # long enough for the process to end
        return True

    server = ServerProcess(_spec(tmp_path, code="pass"), always)
    with pytest.raises(StartRefused, match="ended before it answered"):
        await server.start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_child_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    """A child server ends when its parent is killed with SIGKILL, without any chance to clean up."""
    port = free_port()
    parent_code = f"""
import asyncio
from pathlib import Path
from tests.unit.embedded.test_processes import _listens_on, _spec
from app.embedded.machine.processes import ServerProcess
async def main():
    server = ServerProcess(_spec(Path({str(tmp_path)!r}), "{port}"), _listens_on({port}))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE) as parent:  # noqa: ASYNC220
        assert parent.stdout is not None
        child = int(await asyncio.to_thread(parent.stdout.readline))
        assert _is_alive(child)
        parent.send_signal(signal.SIGKILL)
        await asyncio.to_thread(parent.wait)
    deadline = time.monotonic() + 10
    while _is_alive(child) and time.monotonic() < deadline:  # nothing signals a foreign process's end
        await asyncio.sleep(0.02)
    assert not _is_alive(child)
    assert not await accepts_connections(port)


async def test_command_that_fails_is_refused_with_its_words(tmp_path: Path) -> None:
    """A command that ends with another status than 0 is refused with its status and last words."""
    with pytest.raises(StartRefused, match=r"failed with status 3(.|\n)*no such artifact"):
        await run_to_end(_spec(tmp_path, code="import sys; print('no such artifact'); sys.exit(3)"))


async def test_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """A command that has not ended at its deadline is refused and killed."""
    code = "import os, time, pathlib; pathlib.Path('pid').write_text(str(os.getpid())); time.sleep(60)"
    with pytest.raises(StartRefused, match=r"took over 1 s"):
        await run_to_end(_spec(tmp_path, code=code, start_deadline_s=1.0))
    assert not _is_alive(int((tmp_path / "pid").read_text()))


def test_children_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child server's environment holds no API key of this process."""
    monkeypatch.setenv("LLM_API_KEY", "secret")
    assert "LLM_API_KEY" not in inherited_environment()
    assert "PATH" in inherited_environment()


async def test_taken_port_is_avoided(tmp_path: Path) -> None:
    """Where somebody took the port between its choice and the start, the server starts on another one."""
    taken = free_port()
    occupant = await asyncio.start_server(lambda _reader, writer: writer.close(), LOOPBACK, taken)
    draws = iter([taken, free_port()])

    async def start(ports: tuple[int, ...]) -> ServerProcess:
        server = ServerProcess(_spec(tmp_path, str(ports[0])), _is_listening(tmp_path))
        await server.start()
        return server

    async with occupant:
        server = await start_on_free_ports(start, draw=lambda: next(draws))
        assert server.running
    await server.stop()
    assert "Address already in use" in (tmp_path / "listener.log").read_text()


async def test_other_failures_are_not_tried_again(tmp_path: Path) -> None:
    """A server that fails while its port is free is refused at the first attempt."""
    attempts = 0

    async def start(_ports: tuple[int, ...]) -> None:
        nonlocal attempts
        attempts += 1
        raise StartRefused("the disk is full", "make room")

    with pytest.raises(StartRefused, match="the disk is full"):
        await start_on_free_ports(start)
    assert attempts == 1


def test_free_ports_lie_outside_the_range_of_outgoing_connections() -> None:
    """No free port is one that the system may hand to a client, which could then connect to itself."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(free_port() < max(lowest, 32_000) for _ in range(20))


async def _never() -> bool:
    return False


def _is_listening(work_dir: Path) -> Callable[[], Awaitable[bool]]:
    async def probe() -> bool:
        return "listening" in (work_dir / "listener.log").read_text()

    return probe


def _is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in {"Z", "X"}
