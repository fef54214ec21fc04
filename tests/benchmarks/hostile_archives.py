"""`python -m tests.benchmarks.hostile_archives`: what each hostile archive costs, each in a process of its own.

The bounds are a second of the processor and 100 MB beyond what the interpreter with our code takes. Exit code 1
where one is passed, or where an archive is refused for another reason than it should be. Linux only.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from app.core.limits import SourceLimits
from app.core.tree import tree_from_archive
from schemas.errors import Rejected
from tests.hostile_archives import HOSTILE

SECONDS_MAX: Final = 1.0
MEMORY_MB_MAX: Final = 100.0
_KB_PER_MB: Final = 1000


def main() -> None:
    """Print the table."""
    failed = 0
    print(f"{'archive':40} {'bytes':>10} {'s':>6} {'MB':>6}  refused as")  # noqa: T201
    for name, (build, reason) in HOSTILE.items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(build())
            file.flush()
            size_bytes = Path(file.name).stat().st_size
            said = json.loads(_fresh_process(file.name))
        holds = said["reason"] == reason and said["s"] < SECONDS_MAX and said["mb"] < MEMORY_MB_MAX
        failed += not holds
        mark = "" if holds else "  <-- out of bounds"
        print(f"{name:40} {size_bytes:10} {said['s']:6.2f} {said['mb']:6.1f}  {said['reason']}{mark}")  # noqa: T201
    print(f"{len(HOSTILE)} archives, {failed} out of bounds")  # noqa: T201
    sys.exit(1 if failed else 0)


def read(path: str) -> None:
    """Read the archive at `path` as the stream would, and say what it took: for a fresh process."""
    data = Path(path).read_bytes()
    before_kb = _peak_kb()
    started = time.process_time()
    try:
        tree_from_archive(data, SourceLimits())
        reason = "read"
    except Rejected as refusal:
        reason = refusal.reason.value
    used_s = time.process_time() - started
    grown_mb = (_peak_kb() - before_kb) / _KB_PER_MB
    sys.stdout.write(json.dumps({"s": used_s, "mb": grown_mb, "reason": reason}))


def _peak_kb() -> int:
    """The most memory that this process ever held. Not `ru_maxrss`: that survives `exec`, and so is the parent's."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _fresh_process(path: str) -> str:
    code = f"from tests.benchmarks.hostile_archives import read; read({path!r})"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
