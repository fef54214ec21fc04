"""A production worker whose consumption silently stops: while `DATA_DIR/freeze` exists, submissions are not fetched.

This is what Faust has open reports of: the worker stays in its group, its partitions are its own, nothing fails.
"""

import os
from pathlib import Path

from faust.transport.consumer import RecordMap
from faust.types import TP

from app.adapters.logging import logs
from app.config import load_settings
from app.stream.faust.consumer import LedgerConsumer
from app.stream.faust.process import run
from app.stream.faust.transport import LedgerTransport
from app.wiring.whole_worker import build_app


class FreezingConsumer(LedgerConsumer):
    """Leaves the topic of submissions out of its fetches while the file exists."""

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109
        active = active_partitions or set()
        if (Path(os.environ["DATA_DIR"]) / "freeze").exists():
            active = {tp for tp in active if tp.topic != os.environ["TOPIC_SUBMISSIONS"]}
            (Path(os.environ["DATA_DIR"]) / "frozen").touch()  # the fetch before this one has ended
        return await super()._getmany(active, timeout)


def main() -> int:
    """Run it until it is stopped."""
    settings = load_settings()
    logs.configure(settings.log_level, "json", secrets=settings.secrets())
    LedgerTransport.Consumer = FreezingConsumer
    return run(build_app(settings))


if __name__ == "__main__":
    raise SystemExit(main())
