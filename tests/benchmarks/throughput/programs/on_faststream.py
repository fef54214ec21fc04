"""FastStream: one subscriber with `max_workers`. It has no state of its own, so the predecessor stands in MongoDB."""

import asyncio
import logging
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from tests.benchmarks.throughput.port import SESSION_TIMEOUT_S
from tests.benchmarks.throughput.programs import work

broker = KafkaBroker(work.BOOTSTRAP, log_level=logging.DEBUG)


@broker.subscriber(  # type: ignore[untyped-decorator]  # faststream is not installed where types are checked
    f"{work.PREFIX}-submissions",
    group_id=work.PREFIX,
    auto_offset_reset="earliest",
    max_workers=work.IN_FLIGHT,
    ack_policy=AckPolicy.ACK_FIRST,
    session_timeout_ms=int(SESSION_TIMEOUT_S * 1000),
    heartbeat_interval_ms=1000,
)
async def review(submission: dict[str, Any]) -> None:
    """Review one submission."""
    clients, files = work.waiting(), submission["files"]
    if work.BARE:
        await clients.ask(files)
        return
    before = await clients.replace_previous(submission["student_id"], files)
    progress = await asyncio.to_thread(work.compare, before, files)
    answer = await clients.ask(progress.changed, progress.diff)
    await clients.publish(work.review(submission, progress, answer))


if __name__ == "__main__":
    asyncio.run(FastStream(broker).run())
