"""A worker process around the app: starts it, stops it on signals, and ends with an exit code and a reason."""

import asyncio
import gc
import signal
from typing import Final

import faust
import structlog

from app.stream.faust.app import ReviewApp
from schemas.errors import StartRefused, WorkerHalted

YOUNG_OBJECTS_MAX: Final = 20_000
"""Objects that may come, beyond those that go, before cycles are looked for: some megabytes."""

log = structlog.get_logger(__name__)


def run(app: ReviewApp) -> int:
    """Run `app` until SIGTERM, Ctrl-C or a failure; returns the exit code, 0 after a clean stop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        stopped_by = loop.run_until_complete(_prepare(app))
    except StartRefused as exc:
        app.failure = exc
        _explain(exc)
        _close(app, loop)
        return 1
    if stopped_by is not None:
        log.info("stopped", signal=stopped_by.name, detail="nothing was started yet")
        _close(app, loop)
        return 0
    spare_collections()
    worker = faust.Worker(app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False)
    worker.spinner = None  # it writes terminal codes between log lines, also into files
    code = 0
    try:
        worker.execute_from_commandline()
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else 1
    if isinstance(app.failure, StartRefused):
        _explain(app.failure)
    elif app.failure is not None:
        log.error("worker_failed", error=type(app.failure).__qualname__)
    return 1 if app.failure is not None else code


def spare_collections() -> None:
    """Have Python look for cycles among what events leave, and seldom; never again among what was imported.

    By default it looks after each 700 objects, and one event's records alone have thousands, nearly none in a cycle:
    that took a quarter of what reading and writing records did.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, *gc.get_threshold()[1:])


async def _prepare(app: ReviewApp) -> signal.Signals | None:
    """Run the app's checks; they may wait for Kafka for long. Returns the signal that ended them, if one did.

    Faust installs its own handlers only afterwards, and a process without any cannot be stopped as PID 1.
    """
    loop = asyncio.get_running_loop()
    checks = loop.create_task(app.prepare())
    received: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        received.append(number)
        checks.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop, number)
    try:
        await checks
    except asyncio.CancelledError:
        if not received:
            raise
        return received[0]
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
    return None


def _close(app: ReviewApp, loop: asyncio.AbstractEventLoop) -> None:
    for close in app.after_stop:
        loop.run_until_complete(close())


def _explain(refusal: StartRefused) -> None:
    """Cause and cure; a traceback would only hide them."""
    event = "worker_halted" if isinstance(refusal, WorkerHalted) else "start_refused"
    log.error(event, cause=refusal.cause, cure=refusal.cure)
