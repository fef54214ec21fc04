"""The workers of a run, as processes: started, killed, stopped, frozen, added, removed, and watched."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment, last_lines
from tests import ROOT
from tests.parts.ports import own_port

PRODUCTION: Final = ("-m", "app", "worker")
STOCK: Final = ("-m", "tests.chaos.stock_worker")

_STOP_GRACE_S = 30.0  # well beyond DRAIN_GRACE_S: whoever needs it is reported
_LOOK_S = 0.05
_PATIENCE_S = 4.0
_ORPHAN_GRACE_S = 5.0  # a killed worker's children notice that it is gone


@dataclass(frozen=True, slots=True)
class Hit:
    """What was done to one worker: its name in the calls, when, and which calls it had in flight."""

    worker: str
    kind: Literal["kill", "term", "remove", "pause"]
    at: float
    calls: int


@dataclass(slots=True)
class Member:
    """One place in the fleet, filled by one process after the other. `up`: it is meant to be running."""

    number: int
    directory: Path
    process: ServerProcess | None = None
    incarnation: int = 0
    up: bool = False
    busy: bool = False

    @property
    def name(self) -> str:
        """Of the present process; its key at the model."""
        return f"w{self.number}.{self.incarnation}"

    @property
    def pid(self) -> int | None:
        """Of the present process, None when it has ended."""
        return self.process.pid if self.process is not None else None


@dataclass(slots=True)
class Fleet:
    """All workers. What happened to them is kept for the count."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    work_dir: Path
    members: list[Member] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    unasked_ends: list[str] = field(default_factory=list)
    slow_stops: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    stops_s: list[float] = field(default_factory=list)
    rss_max_bytes: int = 0
    logs: dict[str, Path] = field(default_factory=dict)

    async def add(self) -> Member:
        """Start one more worker."""
        member = Member(len(self.members), self.work_dir / f"w{len(self.members)}")
        self.members.append(member)
        await self.start(member)
        return member

    async def start(self, member: Member, *, fresh: bool = False) -> None:
        """Start the member's next process, with the data it has or without."""
        if fresh:
            shutil.rmtree(member.directory / "data", ignore_errors=True)
        member.incarnation += 1
        log_path = member.directory / f"{member.name}.log"
        self.logs[member.name] = log_path
        spec = ServerSpec(
            name=member.name,
            command=(sys.executable, *self.command),
            work_dir=member.directory,
            log_path=log_path,
            cure="see its log",
            environment={
                **inherited_environment(),
                **self.environment,
                "OPENAI_API_KEY": member.name,
                "DATA_DIR": str(member.directory / "data"),
                "WEB_PORT": str(own_port()),
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
            },
            stop_grace_s=_STOP_GRACE_S,
        )
        member.process = ServerProcess(spec, _at_once)
        await member.process.start()
        member.up = True

    async def take(self, pick: float, is_working: Callable[[Member], bool]) -> Member:
        """Choose a running worker that nothing else is being done to, and hold it for the caller.

        One that is in the middle of something is waited for a while: a kill of an idle worker shows little.
        """
        patience_ends = time.monotonic() + _PATIENCE_S
        while True:
            free = [member for member in self.members if member.up and not member.busy and member.pid is not None]
            working = [member for member in free if is_working(member)]
            if working or (free and time.monotonic() > patience_ends):
                choice = working or free
                member = choice[min(int(pick * len(choice)), len(choice) - 1)]
                member.busy = True
                return member
            await asyncio.sleep(_LOOK_S)

    async def kill(self, member: Member, calls: int) -> None:
        """`kill -9` of the worker's own process, as by the kernel when memory is short; its children are orphans."""
        process, pid = member.process, member.pid
        member.up = False
        if process is None or pid is None:
            return
        self.hits.append(Hit(member.name, "kill", time.time(), calls))
        os.kill(pid, signal.SIGKILL)
        while process.running:
            await asyncio.sleep(_LOOK_S)

    async def bury(self, name: str, session: int) -> None:
        """Wait for what a killed worker left behind to end by itself; note and end what does not."""
        deadline = time.monotonic() + _ORPHAN_GRACE_S
        while (left := _processes_of(session)) and time.monotonic() < deadline:
            await asyncio.sleep(0.2)
        if left:
            self.orphans.append(f"{name}: {len(left)}")
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def terminate(self, member: Member, kind: Literal["term", "remove"], calls: int) -> None:
        """SIGTERM; returns when the process has ended, at the latest after the grace, which is reported."""
        process = member.process
        member.up = False
        if process is None or not process.running:
            return
        self.hits.append(Hit(member.name, kind, time.time(), calls))
        began = time.monotonic()
        await process.stop()
        took_s = time.monotonic() - began
        self.stops_s.append(took_s)
        if took_s >= _STOP_GRACE_S:
            self.slow_stops.append(member.name)

    async def pause(self, member: Member, for_s: float, calls: int) -> None:
        """SIGSTOP the worker and its children, SIGCONT them later, as a machine that freezes."""
        pid = member.pid
        if pid is None:
            return
        self.hits.append(Hit(member.name, "pause", time.time(), calls))
        os.killpg(pid, signal.SIGSTOP)
        await asyncio.sleep(for_s)
        if member.pid == pid:
            os.killpg(pid, signal.SIGCONT)

    async def watch(self) -> None:
        """Note memory, and workers that end although nobody asked; start those again, as a supervisor would."""
        while True:
            for member in self.members:
                pid = member.pid
                if pid is not None:
                    self.rss_max_bytes = max(self.rss_max_bytes, _rss_max_bytes(pid))
                elif member.up and not member.busy:
                    self.unasked_ends.append(f"{member.name}:\n{last_lines(self.logs[member.name])}")
                    await self.start(member)
            await asyncio.sleep(1)

    async def stop(self) -> None:
        """Stop all workers at once, as a deployment does."""
        up = [member for member in self.members if member.up]
        await asyncio.gather(*(self.terminate(member, "remove", 0) for member in up))

    def end(self) -> None:
        """Leave nothing behind, however the run went."""
        for member in self.members:
            if member.process is not None:
                member.process.kill()


async def _at_once() -> bool:
    """A worker counts as started when its process is there: it may well have to wait for its broker."""
    return True


def _rss_max_bytes(pid: int) -> int:
    """The highest resident memory of a process so far."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _processes_of(session: int) -> list[int]:
    """Living processes of a session: a worker leads one of its own, so these are its descendants."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            # After the name, which may hold anything: state, parent, group, session.
            fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry.name))
    return found
