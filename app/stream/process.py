"""A worker process around the app: starts it, stops it on signals, and ends with an exit code and a reason."""

import asyncio

import faust
import structlog

from app.stream.app import ReviewApp
from schemas.errors import StartRefused, WorkerHalted

log = structlog.get_logger(__name__)


def run(app: ReviewApp) -> int:
    """Run `app` until SIGTERM, Ctrl-C or a failure; returns the exit code, 0 after a clean stop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(app.prepare())
    except StartRefused as exc:
        _explain(exc)
        for close in app.after_stop:
            loop.run_until_complete(close())
        return 1
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


def _explain(refusal: StartRefused) -> None:
    """Cause and cure; a traceback would only hide them."""
    event = "worker_halted" if isinstance(refusal, WorkerHalted) else "start_refused"
    log.error(event, cause=refusal.cause, cure=refusal.cure)
