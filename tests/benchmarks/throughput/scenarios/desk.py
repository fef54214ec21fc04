"""What waits at a teacher's desk: commands as whole processes, from their start to their end, on 25 files."""

import asyncio
import os
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any, Final

from app.embedded.machine.processes import inherited_environment
from schemas.errors import StartRefused
from tests import ROOT
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.homework import LARGE, Turn, files_of
from tests.benchmarks.throughput.sizes import Sizes

_COMMANDS: Final = {
    "--version": ("--version",),
    "--help": ("--help",),
    "diff": ("diff", "before", "after"),
    "review --offline": ("review", "--offline", "before", "after"),
}


async def desk(bench: Bench, sizes: Sizes, _peers: tuple[str, ...]) -> dict[str, Any]:
    """A row for each command: the median and the worst of its seconds, and its processor time."""
    folder = bench.work_dir / "desk"
    for name, attempt in (("before", 1), ("after", 2)):
        _write(folder / name, files_of(Turn(0, attempt), LARGE))
    await _run(folder, ("--version",))  # whatever Python has to compile is compiled
    rows = []
    for name, arguments in _COMMANDS.items():
        took = [await _run(folder, arguments) for _ in range(sizes.desk_runs)]
        rows.append(
            {
                "command": name,
                "runs": len(took),
                "seconds": round(statistics.median(wall for wall, _ in took), 2),
                "seconds_max": round(max(wall for wall, _ in took), 2),
                "processor_s": round(statistics.median(processor for _, processor in took), 2),
            }
        )
        bench.display.say(f"reviewstream {name}: {rows[-1]['seconds']} s")
    return {"rows": rows}


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).write_text(text, "utf-8")


async def _run(folder: Path, arguments: tuple[str, ...]) -> tuple[float, float]:
    """Seconds, and seconds of processor time with those of its children. Nothing else is waited for meanwhile."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        cwd=folder,
        env={**inherited_environment(), "PYTHONPATH": str(ROOT), "REVIEW_LANGUAGE": "en"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    took, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != os.EX_OK:
        raise StartRefused(f"reviewstream {' '.join(arguments)} failed: {said.decode()[-500:]}", "run it by hand")
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
