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

from app.adapters.analysis.pool import AnalysisPool
from app.adapters.analysis.tasks import WHOLE, compare_now
from app.core.history.lineage import Lineage
from app.core.limits import DiffLimits, Limits
from app.core.ports import Analyst, Compared, Side
from app.core.submission.attempt import Attempt
from app.core.submission.sources import FileKind, SourceFile, SourceTree
from schemas.comparison import Baseline
from schemas.history import PastSubmission
from schemas.origin import Origin
from schemas.submission import NamedLog
from tests.builders.records import NOON, a_submission
from tests.fakes.analyst import FakeAnalyst
from tests.patience import PATIENCE_S

Logs = tuple[tuple[str, str], ...]

BEFORE = "import json\n\n\ndef load(path):\n    with open(path) as file:\n        return json.load(file)\n"
AFTER = BEFORE.replace("load(path)", "load(name)").replace("open(path)", "open(name)") + "\n\ndef save():\n    pass\n"
UNUSED_IMPORT = "import os  # noqa\n"
PASSED = (("pytest.log", "===== 3 passed in 0.12s =====\n"),)


def side(**files: str) -> Side:
    """One side made of Python files, their dots written as underscores."""
    named = {name.replace("_py", ".py"): text for name, text in files.items()}
    return Side(SourceTree({path: SourceFile(path, text, FileKind.PYTHON) for path, text in named.items()}))


def attempt_of(before: Side | None, after: Side, logs: Logs) -> tuple[Attempt, Lineage]:
    """An attempt with the tree of `after`, and its place behind one with that of `before`."""
    named = tuple(NamedLog(name=name, text=text) for name, text in logs)
    attempt = Attempt(a_submission(files=None, test_logs=named or None), after.tree)
    origin = Origin(topic="submissions", partition=0, offset=1)
    if before is None:
        return attempt, Lineage(Baseline.NONE, None, origin, moves_stamp=True)
    past = PastSubmission(
        origin=Origin(topic="submissions", partition=0, offset=0),
        submission_id="sub-0",
        submitted_at=NOON,
        digest="0" * 64,
        sources=before.tree.texts(),
    )
    return attempt, Lineage(Baseline.PREVIOUS, past, origin, moves_stamp=True)


async def compare(analyst: Analyst, before: Side | None, after: Side, logs: Logs) -> Compared:
    """What `analyst` makes of two sides."""
    return await analyst.compare(before, *attempt_of(before, after, logs))


def limits(**overrides: Any) -> Limits:
    """Default limits but for those of the comparison named here."""
    return replace(Limits(), diff=replace(DiffLimits(), analysis_workers=1, **overrides))


@pytest.fixture(params=["fake", "pool"])
async def analyst(request: pytest.FixtureRequest) -> AsyncIterator[Analyst]:
    if request.param == "fake":
        yield FakeAnalyst()
        return
    pool = AnalysisPool(limits(), "en")
    yield pool
    await pool.aclose()


@pytest.fixture
async def pool() -> AsyncIterator[AnalysisPool]:
    made = AnalysisPool(limits(), "en")
    yield made
    await made.aclose()


async def test_changes_files_figures_and_tests_come_in_one_answer(analyst: Analyst) -> None:
    """One analysis holds the files' fates, the changes, the complexity of both sides and the test report."""
    analysis = await compare(analyst, side(a_py=BEFORE), side(a_py=AFTER), PASSED)
    assert [(file.path, file.status) for file in analysis.comparison.files] == [("a.py", "modified")]
    assert [change.kind for change in analysis.comparison.changes] == ["rename_parameter", "add_function"]
    assert analysis.comparison.diff_info.has_refactor
    assert analysis.comparison.complexity.average_cyclomatic_before == 1
    assert [figures.path for figures in analysis.file_complexity] == ["a.py"]
    assert analysis.tests is not None
    assert analysis.tests.passed == 3


async def test_the_same_input_gives_the_same_answer(analyst: Analyst) -> None:
    """Two analyses of the same sides are equal."""
    first = await compare(analyst, side(a_py=BEFORE), side(a_py=AFTER), PASSED)
    assert await compare(analyst, side(a_py=BEFORE), side(a_py=AFTER), PASSED) == first


async def test_a_first_submission_is_all_new(analyst: Analyst) -> None:
    """Without a previous side every file is added and the change ratio is 1."""
    analysis = await compare(analyst, None, side(a_py=BEFORE), ())
    assert [file.status for file in analysis.comparison.files] == ["added"]
    assert analysis.comparison.diff_info.change_ratio == 1.0
    assert analysis.comparison.complexity.average_cyclomatic_before is None
    assert analysis.tests is None


async def test_an_unchanged_file_keeps_the_figures_that_are_known(analyst: Analyst) -> None:
    """Figures from the history are taken over for a file whose text did not change."""
    known = (await compare(analyst, None, side(a_py=BEFORE), ())).file_complexity
    marked = tuple(figures.model_copy(update={"halstead_volume": 123.0}) for figures in known)
    before = replace(side(a_py=BEFORE), complexity=marked)
    analysis = await compare(analyst, before, side(a_py=BEFORE, b_py=BEFORE), ())
    assert [figures.halstead_volume == 123.0 for figures in analysis.file_complexity] == [True, False]


async def test_code_that_does_not_parse_is_compared_by_line(analyst: Analyst) -> None:
    """A syntax error leaves its own file with what its lines and headers tell, and refuses nothing."""
    analysis = await compare(analyst, side(a_py=BEFORE), side(a_py="def (\n"), ())
    assert analysis.comparison.files[0].syntax_error is not None
    assert analysis.comparison.files[0].syntax_error.startswith("line 1")
    assert [change.kind for change in analysis.comparison.changes if change.confidence == 1] == ["modify_file"]


async def test_the_pool_gives_what_the_same_function_gives_in_process(pool: AnalysisPool) -> None:
    """A worker's answer equals `analyse_now` in this process, with other hash seeds and all."""
    before, after = side(a_py=BEFORE), side(a_py=AFTER, b_py=UNUSED_IMPORT)
    expected = compare_now(before, *attempt_of(before, after, PASSED), limits(), "en")
    assert await compare(pool, before, after, PASSED) == expected
    assert [finding.rule for finding in expected.comparison.evidence.findings] == ["F401"]


async def test_read_only_mappings_can_be_analysed(pool: AnalysisPool) -> None:
    """A tree over a mapping proxy, which cannot be pickled, is analysed like any other."""
    files = MappingProxyType({"a.py": SourceFile("a.py", BEFORE, FileKind.PYTHON)})
    analysis = await compare(pool, None, Side(SourceTree(files)), ())
    assert analysis.comparison.diff_info.lines_added == 6


async def test_what_takes_too_long_is_compared_by_line() -> None:
    """An analysis over its time limit is killed; lines, figures and tests are still told, with the reason."""
    pool = AnalysisPool(limits(analysis_timeout_s=0.3), "en")
    slow = "".join(f"def f{n}(a):\n    return [a + {n} for x in a if x > {n}]\n" for n in range(6_000))
    try:
        await pool.warm_up()
        analysis = await compare(pool, side(a_py=BEFORE), side(a_py=slow), PASSED)
    finally:
        await pool.aclose()
    assert analysis.comparison.complexity.errors == {WHOLE: "compared by line: the analysis took longer than 0.3 s"}
    assert analysis.comparison.diff_info.lines_added == 12_000
    assert analysis.comparison.files[0].syntax_error == analysis.comparison.complexity.errors[WHOLE]
    assert analysis.tests is not None


async def test_what_takes_too_much_memory_is_compared_by_line() -> None:
    """Memory over the limit costs symbols or figures, which the errors tell; the lines are compared all the same."""
    pool = AnalysisPool(limits(analysis_memory_bytes_max=160 * 2**20), "en")
    hungry = {f"m{n}_py": f"x{n} = [" + "[1],\n" * 70_000 + "]\n" for n in range(2)}
    try:
        analysis = await compare(pool, None, side(**hungry), ())
    finally:
        await pool.aclose()
    assert analysis.comparison.complexity.errors
    assert analysis.comparison.diff_info.lines_added == 2 * 70_001


async def test_a_pool_whose_workers_died_starts_new_ones(pool: AnalysisPool) -> None:
    """Workers killed while idle are replaced; the next analysis does not notice."""
    await pool.warm_up()
    for child in multiprocessing.active_children():
        if child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
    await asyncio.sleep(0.5)
    analysis = await compare(pool, None, side(a_py=BEFORE), ())
    assert analysis.comparison.complexity.errors == {}


async def test_a_cancelled_analysis_frees_its_worker(pool: AnalysisPool) -> None:
    """Cancelling the caller ends the work: the next analysis is served by the only worker."""
    await pool.warm_up()
    slow = side(**{f"m{n}_py": "x = [" + "[1],\n" * 60_000 + "]\n" for n in range(6)})
    task = asyncio.create_task(compare(pool, None, slow, ()))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE_S):
        analysis = await compare(pool, None, side(a_py=BEFORE), ())
    assert analysis.comparison.complexity.errors == {}


async def test_a_closed_pool_leaves_no_process_behind() -> None:
    """After `aclose` no worker is left, and closing twice is harmless."""
    pool = AnalysisPool(limits(), "en")
    await pool.warm_up()
    assert multiprocessing.active_children()
    await pool.aclose()
    await pool.aclose()
    assert not multiprocessing.active_children()
