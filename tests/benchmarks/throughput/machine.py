"""The machine that figures were taken on, and the versions of what was measured."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from app.embedded.broker.apache_kafka import KAFKA_VERSION
from tests import ROOT

_OURS: Final = ("aiokafka", "faust-streaming", "secantusdb")
_PEERS: Final = ("celery", "quixstreams", "faststream", "faust-streaming")
_TELL: Final = "import importlib.metadata as m, sys; print(*(m.version(name) for name in sys.argv[1:]))"


def describe_machine(peers_python: Path) -> dict[str, str]:
    """Processor, cores, memory, kernel, versions. Nothing that names the machine."""
    told = subprocess.run([peers_python, "-c", _TELL, *_PEERS], check=True, capture_output=True, text=True).stdout
    memory_kb = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])  # type: ignore[index]
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return {
        "processor": cpu[1] if cpu else platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{round(memory_kb / 1024 / 1024)} GiB",
        "system": f"Linux {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "commit": _commit(),
        "Apache Kafka": KAFKA_VERSION,
        **{name: version(name) for name in _OURS},
        **{f"{name} (peer)": its for name, its in zip(_PEERS, told.split(), strict=True)},
    }


def _commit() -> str:
    """The checkout's, with a plus where it was changed since; a benchmark of no checkout says so."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=10"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "no checkout"
    return told.stdout.strip()
