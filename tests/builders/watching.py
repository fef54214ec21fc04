"""Workers as they tell of themselves, for tests of what an operator is told."""

from datetime import datetime, timedelta
from typing import Any, Final

from app.core.watching.silence import HeardWorker
from app.core.watching.tally import StageTally
from app.core.watching.worker_status import StageStatus, TopicLag, WorkerPhase, WorkerProcess, WorkerStatus
from tests.builders.records import NOON

STAGE_OF: Final = {"submissions": "comparator", "comparisons": "reviewer", "reviews": "publisher"}


def a_process(worker_id: str = "w1", **fields: Any) -> WorkerProcess:
    """A process of the machine `alpha`."""
    known: dict[str, Any] = {
        "worker_id": worker_id,
        "place": f"alpha:/data/{worker_id}",
        "host": "alpha",
        "pid": 4711,
        "address": "127.0.0.1:6066",
        "started_at": NOON - timedelta(hours=1),
    }
    return WorkerProcess(**{**known, **fields})


def a_status(worker_id: str = "w1", *, who: WorkerProcess | None = None, **fields: Any) -> WorkerStatus:
    """A worker that runs, and has one partition of each topic and nothing to do."""
    known: dict[str, Any] = {
        "who": who or a_process(worker_id),
        "beat": 1,
        "told_at": NOON,
        "phase": WorkerPhase.RUNNING,
        "assigned": 3,
        "stages": tuple(a_stage(name) for name in ("comparator", "reviewer", "publisher")),
        "topics": tuple(
            TopicLag(topic=name, partitions=1, lag=0) for name in ("submissions", "comparisons", "reviews")
        ),
    }
    return WorkerStatus(**{**known, **fields})


def a_stage(name: str = "reviewer", **fields: Any) -> StageStatus:
    """A stage that has done nothing yet; fields of its tally may be given beside its own."""
    tally = {name: fields.pop(name) for name in list(fields) if name in StageTally.model_fields}
    return StageStatus(stage=name, tally=StageTally(**tally), **fields)


def a_heard(worker_id: str = "w1", *, silent_s: float = 0.0, **fields: Any) -> HeardWorker:
    """A worker whose last status is so old."""
    return HeardWorker(a_status(worker_id, **fields), silent_s)


def ago(seconds: float) -> datetime:
    """So long before noon."""
    return NOON - timedelta(seconds=seconds)
