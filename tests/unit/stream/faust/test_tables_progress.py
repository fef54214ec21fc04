"""What the log says of tables that recover."""

import asyncio
from typing import Any, cast

import pytest
from faust.tables.manager import TableManager
from faust.types import TP
from structlog.testing import capture_logs

from app.stream.faust import tables
from app.stream.faust.app import ReviewApp
from tests.patience import PATIENCE_S


async def test_a_long_recovery_says_how_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every so often one line counts the records still to read, of a changelog never read before too."""
    monkeypatch.setattr(tables, "PROGRESS_S", 0.01)
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    recovery = cast("Any", app.tables).recovery
    assert isinstance(recovery, tables.PatientRecovery)
    recovery.active_highwaters.update({TP("changelog", 0): 9, TP("changelog", 1): 4, TP("changelog", 2): -1})
    recovery.active_offsets.update({TP("changelog", 0): -1, TP("changelog", 1): 1, TP("changelog", 2): -1})
    recovery.in_recovery = True
    with capture_logs() as lines:
        tell: Any = recovery._tell_progress
        telling = asyncio.get_running_loop().create_task(tell.fun(recovery))
        async with asyncio.timeout(PATIENCE_S):
            while not lines:
                await asyncio.sleep(0.01)
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    assert (lines[0]["event"], lines[0]["records_left"]) == ("tables_recovering", 13)


def test_ready_tables_are_told() -> None:
    """One line says that from now on events are taken."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    with capture_logs() as lines:
        cast("Any", app.tables).on_actives_ready()
    assert [line["event"] for line in lines] == ["tables_ready"]
    assert app.tables.actives_ready


async def test_tables_start_at_once() -> None:
    """Stock Faust waits a second for modules that declare theirs late; ours are wired before the start."""
    app = ReviewApp("x", broker="kafka://127.0.0.1:1", store="memory://", autodiscover=False)
    done: list[str] = []

    async def update_channels() -> None:
        done.append("channels")

    async def start() -> None:
        done.append("recovery")

    async def sleep(seconds: float) -> None:
        done.append(f"slept {seconds:g} s")

    manager = cast("Any", app.tables)
    manager._update_channels, manager.recovery.start, manager.sleep = update_channels, start, sleep
    await TableManager.on_start(manager)
    await manager.on_start()
    assert done == ["slept 1 s", "channels", "recovery", "channels", "recovery"]
