"""What every `Analyst` promises: the fake and the pool of processes pass the same suite."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from app.adapters.analysis.pool import WHOLE, AnalysisPool, analyse_now
from app.core.limits import DiffLimits, Limits
from app.core.ports import Analyst, Side
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from tests.fakes.analyst import FakeAnalyst

BEFORE = "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n"
AFTER = BEFORE.replace("load(path)", "load(name)").replace("open(path)", "open(name)") + "\n\ndef save():\n    pass\n"
UNUSED_IMPORT = "import os  # noqa\n"
PASSED = (("pytest.log", "===== 3 passed in 0.12s =====\n"),)


def side(**files: str) -> Side:
    """One side made of Python files, their dots written as underscores."""
    named = {name.replace("_py", ".py"): text for name, text in files.items()}
    return Side(SourceTree({path: SourceFile(path, text, FileKind.PYTHON) for path, text in named.items()}))


def limits(**overrides: Any) -> Limits:
    """Default limits but for those of the comparison named here."""
    return replace(Limits(), diff=replace(DiffLimits(), analysis_workers=1, **overrides))


@pytest.fixture(params=["fake", "pool"])
async def analyst(request: pytest.FixtureRequest) -> AsyncIterator[Analyst]:
    if request.param == "fake":
        yield FakeAnalyst()
        return
    pool = AnalysisPool(limits())
    yield pool
    await pool.aclose()


@pytest.fixture
async def pool() -> AsyncIterator[AnalysisPool]:
    made = AnalysisPool(limits())
    yield made
    await made.aclose()


async def test_changes_files_figures_and_tests_come_in_one_answer(analyst: Analyst) -> None:
    """One analysis holds the files' fates, the changes, the complexity of both sides and the test report."""
    analysis = await analyst.analyse(side(a_py=BEFORE), side(a_py=AFTER), PASSED)
    assert [(file.path, file.status) for file in analysis.files] == [("a.py", "modified")]
    assert [change.kind for change in analysis.changes] == ["rename_parameter", "add_function"]
    assert analysis.diff_info.has_refactor
    assert analysis.complexity.average_cyclomatic_before == 1
    assert [figures.path for figures in analysis.file_complexity] == ["a.py"]
    assert analysis.tests is not None
    assert analysis.tests.passed == 3


async def test_the_same_input_gives_the_same_answer(analyst: Analyst) -> None:
    """Two analyses of the same sides are equal."""
    first = await analyst.analyse(side(a_py=BEFORE), side(a_py=AFTER), PASSED)
    assert await analyst.analyse(side(a_py=BEFORE), side(a_py=AFTER), PASSED) == first


async def test_a_first_submission_is_all_new(analyst: Analyst) -> None:
    """Without a previous side every file is added and the change ratio is 1."""
    analysis = await analyst.analyse(None, side(a_py=BEFORE), ())
    assert [file.status for file in analysis.files] == ["added"]
    assert analysis.diff_info.change_ratio == 1.0
    assert analysis.complexity.average_cyclomatic_before is None
    assert analysis.tests is None


async def test_an_unchanged_file_keeps_the_figures_that_are_known(analyst: Analyst) -> None:
    """Figures from the history are taken over for a file whose text did not change."""
    known = (await analyst.analyse(None, side(a_py=BEFORE), ())).file_complexity
    marked = tuple(figures.model_copy(update={"halstead_volume": 123.0}) for figures in known)
    before = replace(side(a_py=BEFORE), complexity=marked)
    analysis = await analyst.analyse(before, side(a_py=BEFORE, b_py=BEFORE), ())
    assert [figures.halstead_volume == 123.0 for figures in analysis.file_complexity] == [True, False]


async def test_code_that_does_not_parse_is_compared_by_line(analyst: Analyst) -> None:
    """A syntax error leaves its own file with what its lines and headers tell, and refuses nothing."""
    analysis = await analyst.analyse(side(a_py=BEFORE), side(a_py="def (\n"), ())
    assert analysis.files[0].syntax_error is not None
    assert analysis.files[0].syntax_error.startswith("line 1")
    assert [change.kind for change in analysis.changes if change.confidence == 1] == ["modify_file"]


async def test_the_pool_gives_what_the_same_function_gives_in_process(pool: AnalysisPool) -> None:
    """A worker's answer equals `analyse_now` in this process, with other hash seeds and all."""
    before, after = side(a_py=BEFORE), side(a_py=AFTER, b_py=UNUSED_IMPORT)
    expected = analyse_now(before, after, PASSED, limits())
    assert await pool.analyse(before, after, PASSED) == expected
    assert [finding.rule for finding in expected.findings] == ["F401"]


async def test_read_only_mappings_can_be_analysed(pool: AnalysisPool) -> None:
    """A tree over a mapping proxy, which cannot be pickled, is analysed like any other."""
    files = MappingProxyType({"a.py": SourceFile("a.py", BEFORE, FileKind.PYTHON)})
    analysis = await pool.analyse(None, Side(SourceTree(files)), ())
    assert analysis.diff_info.lines_added == 6


async def test_what_takes_too_long_is_compared_by_line() -> None:
    """An analysis over its time limit is killed; lines, figures and tests are still told, with the reason."""
    pool = AnalysisPool(limits(analysis_timeout_s=0.3))
    slow = "".join(f"def f{n}(a):\n    return [a + {n} for x in a if x > {n}]\n" for n in range(6_000))
    try:
        await pool.warm_up()
        analysis = await pool.analyse(side(a_py=BEFORE), side(a_py=slow), PASSED)
    finally:
        await pool.aclose()
    assert analysis.complexity.errors == {WHOLE: "compared by line: the analysis took longer than 0.3 s"}
    assert analysis.diff_info.lines_added == 12_000
    assert analysis.files[0].syntax_error == analysis.complexity.errors[WHOLE]
    assert analysis.tests is not None


async def test_what_takes_too_much_memory_is_compared_by_line() -> None:
    """Memory over the limit costs symbols or figures, which the errors tell; the lines are compared all the same."""
    pool = AnalysisPool(limits(analysis_memory_bytes_max=160 * 2**20))
    hungry = {f"m{n}_py": f"x{n} = [" + "[1],\n" * 70_000 + "]\n" for n in range(2)}
    try:
        analysis = await pool.analyse(None, side(**hungry), ())
    finally:
        await pool.aclose()
    assert analysis.complexity.errors
    assert analysis.diff_info.lines_added == 2 * 70_001


async def test_a_pool_whose_workers_died_starts_new_ones(pool: AnalysisPool) -> None:
    """Workers killed while idle are replaced; the next analysis does not notice."""
    await pool.warm_up()
    for child in multiprocessing.active_children():
        if child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
    await asyncio.sleep(0.5)
    analysis = await pool.analyse(None, side(a_py=BEFORE), ())
    assert analysis.complexity.errors == {}


async def test_a_cancelled_analysis_frees_its_worker(pool: AnalysisPool) -> None:
    """Cancelling the caller ends the work: the next analysis is served by the only worker."""
    await pool.warm_up()
    slow = side(**{f"m{n}_py": "x = [" + "[1],\n" * 60_000 + "]\n" for n in range(6)})
    task = asyncio.create_task(pool.analyse(None, slow, ()))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        analysis = await pool.analyse(None, side(a_py=BEFORE), ())
    assert analysis.complexity.errors == {}


async def test_a_closed_pool_leaves_no_process_behind() -> None:
    """After `aclose` no worker is left, and closing twice is harmless."""
    pool = AnalysisPool(limits())
    await pool.warm_up()
    assert multiprocessing.active_children()
    await pool.aclose()
    await pool.aclose()
    assert not multiprocessing.active_children()
