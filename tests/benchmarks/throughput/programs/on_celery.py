"""Celery: a task for each submission. The predecessor stands in MongoDB, for Celery has no state of its own."""

import os
from typing import Any, Final

from celery import Celery

from tests.benchmarks.throughput.programs import work

_VISIBILITY_S: Final = int(os.environ.get("BENCH_VISIBILITY_S", "3600"))

app = Celery("bench", broker=work.REDIS_URL)
app.conf.update(
    task_default_queue=work.PREFIX,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    visibility_timeout=_VISIBILITY_S,
    broker_transport_options={"visibility_timeout": _VISIBILITY_S},
    broker_connection_retry_on_startup=True,
)


@app.task(name="review")  # type: ignore[untyped-decorator]  # celery has no types
def review(submission: dict[str, Any]) -> None:
    """Review one submission."""
    clients, files = work.blocking(), submission["files"]
    if work.BARE:
        clients.ask(files)
        return
    progress = work.compare(clients.replace_previous(submission["student_id"], files), files)
    answer = clients.ask(progress.changed, progress.diff)
    clients.publish(work.review(submission, progress, answer))
