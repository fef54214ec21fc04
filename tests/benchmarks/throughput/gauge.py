"""Processor time, memory and open descriptors of processes, read from Linux's `/proc`.

A process is known by its session: each server and each peer leads one of its own, and its children stay in it.
"""

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """Of some sessions together: memory in bytes, each shared page counted once among those that share it.

    Descriptors are those of sockets, pipes and files, RocksDB's files of entries aside.
    """

    memory_bytes: int
    descriptors: int


def processor_s(sessions: Collection[int]) -> float:
    """Seconds of processor time so far, those of children that have ended too."""
    return sum(sum(map(int, fields[11:15])) for _, fields in _stats(sessions)) / _TICKS_PER_S


def load(sessions: Collection[int]) -> Load:
    """Memory and open descriptors now. What ends meanwhile counts nothing."""
    pids = [pid for pid, _ in _stats(sessions)]
    return Load(sum(map(_memory_bytes, pids)), sum(map(descriptors_of, pids)))


def _stats(sessions: Collection[int]) -> Iterator[tuple[int, list[str]]]:
    """Process ids with the fields of `stat` behind the name: state, parent, group, session and so on."""
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) in sessions:
            yield int(entry.name), fields


def _memory_bytes(pid: int) -> int:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def descriptors_of(pid: int) -> int:
    """Of one process, RocksDB's files of entries aside; 0 of one that has ended."""
    try:
        return sum(not _is_of_rocksdb(entry) for entry in (_PROC / str(pid) / "fd").iterdir())
    except OSError:
        return 0


def _is_of_rocksdb(descriptor: Path) -> bool:
    """Whether it is a file of entries: there are as many as the entries fill, and fewer again once they are merged."""
    with contextlib.suppress(OSError):  # closed meanwhile
        return descriptor.readlink().suffix == ".sst"
    return False


def children_of(pid: int) -> list[int]:
    """The processes that this one started, each of which leads a session of its own."""
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[3] == entry.name:
            found.append(int(entry.name))
    return found
