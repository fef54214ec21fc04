"""What analysis processes are made of: the analysis, and nothing of the program that asks for it."""

import json
import os
import subprocess
import sys
import time
from _multiprocessing import sem_unlink  # type: ignore[import-not-found]
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from app.adapters.analysis.confined import TaskName
from app.adapters.analysis.forked import analysis_context
from app.adapters.analysis.pool import AnalysisPool
from app.core.limits import DiffLimits, Limits
from tests import ROOT

NOT_OURS: Final = (
    *("faust", "mode", "aiokafka", "motor", "pymongo", "openai"),
    *("fastapi", "uvicorn", "httpx", "click", "rich"),
)
PROGRAM: Final = """
import asyncio, json, sys
import colorsys  # stands for all that a program imports
from dataclasses import replace
from app.adapters.analysis.confined import TaskName
from app.adapters.analysis.pool import AnalysisPool
from app.core.limits import DiffLimits, Limits

async def main():
    pool = AnalysisPool(replace(Limits(), diff=replace(DiffLimits(), analysis_workers=1)), "en")
    print(json.dumps(await pool._run(TaskName("tests.unit.adapters.analysis.loaded", "module_names"))))
    await pool.aclose()

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
async def renewing() -> AsyncIterator[AnalysisPool]:
    """A pool whose only process is renewed after every task."""
    limits = replace(DiffLimits(), analysis_workers=1, analysis_tasks_max=1)
    pool = AnalysisPool(replace(Limits(), diff=limits), "en")
    yield pool
    await pool.aclose()


def test_a_process_imports_the_analysis_and_nothing_of_the_program(tmp_path: Path) -> None:
    """Neither what the program's main module imports nor any driver, server or command line is in a process."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, str(program)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = set(json.loads(done.stdout))
    assert "app.core.comparing.analysis" in loaded
    assert not loaded & {*NOT_OURS, "colorsys"}


async def test_a_renewed_process_comes_of_the_one_that_has_imported(renewing: AnalysisPool) -> None:
    """Two processes, one after the other, are forked of the same third one, which is not ours."""
    pids, parents = set(), set()
    for _ in range(3):
        pids.add(await renewing._run(TaskName("os", "getpid")))
        parents.add(await renewing._run(TaskName("os", "getppid")))
    assert len(pids) == 3
    assert len(parents) == 1
    assert os.getpid() not in parents


class ReadSlowly:
    """Takes a while to read from a pipe, as everything does on a busy machine."""

    def __reduce__(self) -> tuple[Callable[[float], None], tuple[float]]:
        return time.sleep, (0.3,)


def test_a_process_that_is_just_starting_finds_a_lock_that_was_let_go_of() -> None:
    """It ends well, and writes no traceback into the output of a program that is done already."""
    context = analysis_context()
    lock = context.RLock()
    process = context.Process(target=bool, args=([ReadSlowly(), lock],))  # type: ignore[attr-defined]
    process.start()
    del lock
    process.join()
    assert process.exitcode == 0


def test_no_lock_outlives_what_made_it() -> None:
    """The system knows a lock by its name, and forgets it with the pool's context, or it would fill up."""
    context = analysis_context()
    name = context.RLock()._semlock.name  # type: ignore[attr-defined]
    del context
    with pytest.raises(FileNotFoundError):
        sem_unlink(name)
