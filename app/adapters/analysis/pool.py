"""The analysis pool: comparison, complexity, linter and test logs in processes that can be killed.

Student text can make a parser slow or hungry in ways that nobody lists beforehand. So it is analysed outside the
event loop, under limits of time, processor and memory; what exceeds them is compared by line, and says so.
"""

import asyncio
import contextlib
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Final, TypeVar

from pebble import ProcessExpired, ProcessPool

from app.adapters.analysis.grammar import judge_grammar
from app.adapters.analysis.linter import gravest, lint
from app.core.comparing.analysis import analyse_sides, compare_measured, unchanged_paths
from app.core.diff import compare_trees_by_line
from app.core.limits import Limits
from app.core.ports import Analysis, Side
from app.core.submission.sources import FileKind, SourceTree
from app.core.testlog import read_logs
from schemas.changes import FileComplexity, Finding
from schemas.errors import Dependency, Unavailable
from schemas.tests import TestReport

if sys.platform != "win32":
    import resource

T = TypeVar("T")
Logs = tuple[tuple[str, str], ...]

WHOLE: Final = "*"
"""Key in `Complexity.errors` of what went wrong with the whole submission, beside the paths of its files."""
LINTER: Final = "ruff"
"""Key in `Complexity.errors` of why there are no linter findings."""

_FINDINGS_SOUGHT: Final = 10
"""Times as many findings as are kept, so that a flood of them in code without effect hides none of the others."""
_CPU_GRACE_S = 5  # beyond the time limit: the pool's own clock ends a task first, this one if it cannot
_LOG_TIMEOUT_SHARE = 0.25  # of the analysis's time, for the logs alone once the rest has failed
_PYTHON = frozenset({FileKind.PYTHON, FileKind.NOTEBOOK})
_OVERRUNS = (TimeoutError, ProcessExpired, MemoryError, RecursionError, SystemError)
# SystemError too: what C code says of an allocation that failed, where it forgets to say MemoryError.


class AnalysisPool:
    """An `Analyst` over worker processes, started with the first task; `aclose` ends them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    async def analyse(self, before: Side | None, after: Side, logs: Logs) -> Analysis:
        """Compare two sides and read the logs; what takes too long or too much is compared by line instead.

        Raises `Unavailable` where no worker process can be started.
        """
        old, new = _plain(before) if before else None, _plain(after)
        try:
            return await self._run(analyse_now, old, new, logs, self._limits)
        except _OVERRUNS as exc:
            reason = _reason(exc, self._limits)
        analysis = await asyncio.to_thread(analyse_by_line, before, after, self._limits, reason)
        return replace(analysis, tests=await self._read_logs(logs))

    async def warm_up(self) -> None:
        """Start the workers now, so that the first submission does not wait for their imports.

        What fails here fails again with the first submission, and is retried there.
        """
        with contextlib.suppress(Unavailable, *_OVERRUNS):
            await self._run(_nothing)

    async def aclose(self) -> None:
        """End all workers, busy ones too, and remove what killed ones left on the disk."""
        pool, self._pool = self._pool, None
        scratch, self._scratch = self._scratch, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates it without a result
            await asyncio.to_thread(pool.join)
        if scratch is not None:
            await asyncio.to_thread(scratch.cleanup)

    async def _read_logs(self, logs: Logs) -> TestReport | None:
        """The logs alone, after the analysis failed: they may well be readable, and matter most."""
        timeout_s = self._limits.diff.analysis_timeout_s * _LOG_TIMEOUT_SHARE
        try:
            return await self._run(read_logs, logs, self._limits.logs, timeout_s=timeout_s)
        except _OVERRUNS:
            return None

    async def _run(self, function: Callable[..., T], *args: object, timeout_s: float | None = None) -> T:
        """Run `function` in a worker; cancelling the caller kills the worker."""
        allowed_s = timeout_s or self._limits.diff.analysis_timeout_s
        call = (allowed_s + _CPU_GRACE_S, function, args)
        pool = self._started()
        try:
            future = pool.schedule(_work, args=call, timeout=allowed_s)
        except RuntimeError:  # the pool broke: all of its workers died while idle
            if self._pool is pool:
                await self.aclose()
            future = self._started().schedule(_work, args=call, timeout=allowed_s)
        try:
            result: T = await asyncio.wrap_future(future)
        except BrokenProcessPool as exc:
            raise Unavailable(Dependency.ANALYSIS, "the analysis processes ended") from exc
        return result

    def _started(self) -> ProcessPool:
        if self._pool is None:
            limits = self._limits.diff
            try:
                self._scratch = tempfile.TemporaryDirectory(prefix="reviewstream-", ignore_cleanup_errors=True)
                self._pool = ProcessPool(
                    max_workers=limits.analysis_workers,
                    max_tasks=limits.analysis_tasks_max,
                    initializer=_confine,
                    initargs=(limits.analysis_memory_bytes_max, self._scratch.name),
                    # Never fork: the parent has an event loop and threads whose locks a fork would copy.
                    context=multiprocessing.get_context("spawn"),
                )
            except OSError as exc:
                raise Unavailable(Dependency.ANALYSIS, f"no analysis process: {type(exc).__name__}") from exc
        return self._pool


def analyse_now(before: Side | None, after: Side, logs: Logs, limits: Limits) -> Analysis:
    """Compare two sides and read the logs in this process, without limits of time; the workers run this."""
    analysis = analyse_sides(before, after, limits.diff, judge_grammar)
    same = unchanged_paths(before.tree if before else None, after.tree)
    findings: tuple[Finding, ...] = ()
    earlier: tuple[Finding, ...] | None = None
    complexity = analysis.complexity
    is_cut = False
    wide = replace(limits.diff, findings_max=_FINDINGS_SOUGHT * limits.diff.findings_max)
    try:
        found = lint(_changed_python(after.tree, same, limits), wide)
        findings, is_cut = _kept(found, analysis, limits.diff.findings_max)
        if before is not None:
            earlier = lint(_changed_python(before.tree, same, limits), limits.diff)
    except Unavailable as exc:
        complexity = complexity.model_copy(update={"errors": complexity.errors | {LINTER: exc.detail}})
    # Of findings that were cut off on either side, fewer does not mean that any was mended.
    if earlier is not None and (is_cut or len(earlier) >= limits.diff.findings_max):
        earlier = None
    tests = read_logs(logs, limits.logs)
    return replace(analysis, complexity=complexity, findings=findings, tests=tests, findings_before=earlier)


def _kept(found: tuple[Finding, ...], analysis: Analysis, count: int) -> tuple[tuple[Finding, ...], bool]:
    """At most `count` findings, those about code with an effect first, and whether any of these is left out."""
    idle = analysis.idle_lines
    useful = [one for one in found if one.path not in analysis.extended and one.line not in idle.get(one.path, ())]
    if len(useful) >= count:
        return gravest(useful, count), True
    chosen = {id(one) for one in useful}
    others = [one for one in found if id(one) not in chosen]
    return gravest([*useful, *gravest(others, count - len(useful))], count), False


def analyse_by_line(before: Side | None, after: Side, limits: Limits, reason: str) -> Analysis:
    """The comparison of last resort: by line, with the figures that are known already, and `reason` in its errors."""
    old, new = before.tree if before else None, after.tree
    diff = compare_trees_by_line(old, new, limits.diff, reason)
    known = {figures.path: figures for figures in (before.complexity if before else ())}
    same = unchanged_paths(old, new)
    figures = tuple(
        known[path] if path in same and path in known else FileComplexity(path=path, error=reason)
        for path in sorted(new.files)
        if new.files[path].kind in _PYTHON
    )
    complexity = compare_measured(before, after, known.values(), figures, limits.diff)
    complexity = complexity.model_copy(update={"errors": {WHOLE: reason}})
    return Analysis(diff.diff_info, diff.files, diff.changes, complexity, figures, (), None)


def _changed_python(tree: SourceTree, unchanged: frozenset[str], limits: Limits) -> dict[str, str]:
    return {
        path: file.text
        for path, file in tree.files.items()
        if file.kind in _PYTHON and path not in unchanged and len(file.text) <= limits.diff.parse_chars_max
    }


def _plain(side: Side) -> Side:
    """`side` with plain dictionaries: read-only views cannot be sent to another process."""
    tree = replace(
        side.tree,
        files=dict(side.tree.files),
        omitted=dict(side.tree.omitted),
        omitted_files=dict(side.tree.omitted_files),
        unread=dict(side.tree.unread),
    )
    return Side(tree, side.complexity)


def _reason(exc: BaseException, limits: Limits) -> str:
    if isinstance(exc, TimeoutError):
        return f"compared by line: the analysis took longer than {limits.diff.analysis_timeout_s:g} s"
    if isinstance(exc, ProcessExpired):
        return f"compared by line: the analysis process ended with code {exc.exitcode}"
    return f"compared by line: {type(exc).__name__} in the analysis"


def _work(cpu_s: float, function: Callable[..., T], args: tuple[object, ...]) -> T:
    """One task of a worker, under a limit of processor time that its children inherit."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        wanted = int(time.process_time() + cpu_s) + 1
        if hard == resource.RLIM_INFINITY or wanted <= hard:
            resource.setrlimit(resource.RLIMIT_CPU, (wanted, hard))
    return function(*args)


def _confine(memory_bytes_max: int, scratch: str) -> None:
    """A worker's limits; its temporary files go where the pool will remove them."""
    tempfile.tempdir = scratch
    if sys.platform == "win32":
        return
    for kind, limit in ((resource.RLIMIT_AS, memory_bytes_max), (resource.RLIMIT_CORE, 0)):
        # A system may not know a limit, or allow less than we ask for: then its own limit stands.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))


def _nothing() -> None:
    """What the workers do to be warm."""
