"""A benchmark's run from a terminal: ended in words, whatever ends it."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import click

from schemas.errors import StartRefused

T = TypeVar("T")


def run_to_its_end(work: Coroutine[Any, Any, T], work_dir: Path) -> T:
    """What `work` gives. Exits with 130 after Ctrl-C or SIGTERM, with 1 where a part refuses; the logs are named."""
    try:
        return asyncio.run(_cancelled_by_sigterm(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo(f"\nstopped; everything that was started has ended. Logs: {work_dir}", err=True)
        sys.exit(130)
    except StartRefused as refusal:
        click.echo(f"\n{refusal}\nlogs: {work_dir}", err=True)
        sys.exit(1)


async def _cancelled_by_sigterm(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
