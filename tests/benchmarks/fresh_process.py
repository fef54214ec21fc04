"""What reading one input costs in a process of its own: processor time, and memory beyond what our code takes."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

_KB_PER_MB: Final = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """`said` is what the reader returned: a word or two on what became of the input."""

    seconds: float
    memory_mb: float
    said: str


def cost_of(reader: str, data: bytes) -> Cost:
    """What `reader` (`module:function`, bytes -> str) takes for `data`."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        code = f"from tests.benchmarks.fresh_process import measure; measure({reader!r}, {file.name!r})"
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return Cost(**json.loads(done.stdout))


def measure(reader: str, path: str) -> None:
    """Read the file at `path` in this process, and write down what it took. Linux only."""
    module, _, function = reader.partition(":")
    read = getattr(import_module(module), function)
    data = Path(path).read_bytes()
    before_kb = _peak_kb()
    started = time.process_time()
    said = read(data)
    seconds = time.process_time() - started
    memory_mb = (_peak_kb() - before_kb) / _KB_PER_MB
    sys.stdout.write(json.dumps({"seconds": seconds, "memory_mb": memory_mb, "said": said}))


def _peak_kb() -> int:
    """The most memory that this process ever held. Not `ru_maxrss`: that survives `exec`, and so is the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])
