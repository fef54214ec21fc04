"""The analysis pool: comparison, complexity, linter, test logs and evidence in processes that can be killed.

Student text can make a parser slow or hungry in ways that nobody lists beforehand. So it is analysed outside the
event loop, under limits of time, processor and memory; what exceeds them is compared by line, and says so.
"""

import asyncio
import contextlib
import tempfile
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any, Final

from pebble import ProcessExpired, ProcessPool

from app.adapters.analysis.confined import TaskName, confine, work
from app.adapters.analysis.forked import analysis_context
from app.core.history.lineage import Lineage
from app.core.limits import Limits
from app.core.ports import Compared, Side
from app.core.submission.attempt import Attempt
from app.core.submission.sources import SourceTree
from schemas.errors import Dependency, Unavailable
from schemas.submission import Language
from schemas.tests import TestReport

_COMPARE: Final = TaskName("app.adapters.analysis.tasks", "compare_now")
_READ_LOGS: Final = TaskName("app.core.testlog", "read_logs")
_WARM_UP: Final = TaskName("app.adapters.analysis.tasks", "warm_up")
_CPU_GRACE_S = 5  # beyond the time limit: the pool's own clock ends a task first, this one if it cannot
_LOG_TIMEOUT_SHARE = 0.25  # of the analysis's time, for the logs alone once the rest has failed
_OVERRUNS = (TimeoutError, ProcessExpired, MemoryError, RecursionError, SystemError)
# SystemError too: what C code says of an allocation that failed, where it forgets to say MemoryError.


class AnalysisPool:
    """An `Analyst` over worker processes, started with the first task; `aclose` ends them.

    `language` is that of comparisons whose submission names none.
    """

    def __init__(self, limits: Limits, language: Language) -> None:
        self._limits = limits
        self._language = language
        self._pool: ProcessPool | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    async def compare(self, before: Side | None, attempt: Attempt, lineage: Lineage) -> Compared:
        """Compare two sides, read the logs, weigh; what takes too long or too much is compared by line instead.

        Raises `Unavailable` where no worker process can be started.
        """
        old, new = _plain(before) if before else None, _sent(attempt)
        try:
            compared: Compared = await self._run(_COMPARE, old, new, lineage, self._limits, self._language)
        except _OVERRUNS as exc:
            reason = _reason(exc, self._limits)
            # Imported where an analysis has failed: whoever has processes for it needs none of it himself.
            from app.adapters.analysis.tasks import compare_by_line  # noqa: PLC0415

            tests = await self._read_logs(attempt)
            return await asyncio.to_thread(
                compare_by_line,
                before,
                attempt,
                lineage,
                tests=tests,
                limits=self._limits,
                language=self._language,
                reason=reason,
            )
        return compared

    async def warm_up(self) -> None:
        """Start the workers now, so that the first submission does not wait for their imports.

        What fails here fails again with the first submission, and is retried there.
        """
        with contextlib.suppress(Unavailable, *_OVERRUNS):
            await self._run(_WARM_UP)

    async def aclose(self) -> None:
        """End all workers, busy ones too, and remove what killed ones left on the disk."""
        pool, self._pool = self._pool, None
        scratch, self._scratch = self._scratch, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble annotates it without a result
            await asyncio.to_thread(pool.join)
        if scratch is not None:
            await asyncio.to_thread(scratch.cleanup)

    async def _read_logs(self, attempt: Attempt) -> TestReport | None:
        """The logs alone, after the analysis failed: they may well be readable, and matter most."""
        timeout_s = self._limits.diff.analysis_timeout_s * _LOG_TIMEOUT_SHARE
        try:
            report: TestReport | None = await self._run(
                _READ_LOGS, attempt.logs, self._limits.logs, timeout_s=timeout_s
            )
        except _OVERRUNS:
            return None
        return report

    async def _run(self, task: TaskName, *args: object, timeout_s: float | None = None) -> Any:
        """What `task` returns of a worker; cancelling the caller kills the worker."""
        allowed_s = timeout_s or self._limits.diff.analysis_timeout_s
        call = (allowed_s + _CPU_GRACE_S, task, args)
        pool = self._started()
        try:
            future = pool.schedule(work, args=call, timeout=allowed_s)
        except RuntimeError:  # the pool broke: all of its workers died while idle
            if self._pool is pool:
                await self.aclose()
            future = self._started().schedule(work, args=call, timeout=allowed_s)
        try:
            return await asyncio.wrap_future(future)
        except BrokenProcessPool as exc:
            raise Unavailable(Dependency.ANALYSIS, "the analysis processes ended") from exc

    def _started(self) -> ProcessPool:
        if self._pool is None:
            limits = self._limits.diff
            try:
                self._scratch = tempfile.TemporaryDirectory(prefix="reviewstream-", ignore_cleanup_errors=True)
                self._pool = ProcessPool(
                    max_workers=limits.analysis_workers,
                    max_tasks=limits.analysis_tasks_max,
                    initializer=confine,
                    initargs=(limits.analysis_memory_bytes_max, self._scratch.name),
                    context=analysis_context(),
                )
            except OSError as exc:
                raise Unavailable(Dependency.ANALYSIS, f"no analysis process: {type(exc).__name__}") from exc
        return self._pool


def _plain(side: Side) -> Side:
    """`side` with plain dictionaries: read-only views cannot be sent to another process."""
    return Side(_plain_tree(side.tree), side.complexity)


def _plain_tree(tree: SourceTree) -> SourceTree:
    return replace(
        tree,
        files=dict(tree.files),
        omitted=dict(tree.omitted),
        omitted_files=dict(tree.omitted_files),
        unread=dict(tree.unread),
    )


def _sent(attempt: Attempt) -> Attempt:
    """`attempt` without the sources as they came: the tree is what was read of them."""
    submission = attempt.submission.model_copy(update={"files": None, "archive_base64": None})
    return Attempt(submission, _plain_tree(attempt.tree))


def _reason(exc: BaseException, limits: Limits) -> str:
    if isinstance(exc, TimeoutError):
        return f"compared by line: the analysis took longer than {limits.diff.analysis_timeout_s:g} s"
    if isinstance(exc, ProcessExpired):
        return f"compared by line: the analysis process ended with code {exc.exitcode}"
    return f"compared by line: {type(exc).__name__} in the analysis"
