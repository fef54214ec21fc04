"""Why a worker is not ready, in words."""

from datetime import timedelta

import pytest

from app.core.readiness import BreakerLevels, WorkerLevels, find_causes, readiness_body
from schemas.errors import Dependency
from tests.builders.records import NOON

WELL = BreakerLevels(calls_max=64)


@pytest.mark.parametrize(
    ("levels", "what"),
    [
        (WorkerLevels(assigned=2, suspended_s=30), "stopped for so long"),
        (WorkerLevels(assigned=0, unassigned_s=30), "no partition is assigned"),
        (WorkerLevels(assigned=2, recovering_s=30, recovery_left=1234), "1234 records are left"),
        (WorkerLevels(assigned=2, unheard_s=30), "kafka does not answer"),
        (
            WorkerLevels(
                assigned=2,
                breakers={Dependency.MONGODB: WELL, Dependency.LLM: BreakerLevels(8, open_s=30, detail="HTTP 500")},
            ),
            "llm is unavailable: HTTP 500",
        ),
        (
            WorkerLevels(assigned=2, stalled_s={("submissions", 1): 30}, lags={("submissions", 1): 7}),
            "submissions[1] has 7 records left and finishes nothing",
        ),
    ],
)
def test_each_cause_is_told_with_its_time_and_its_cure(levels: WorkerLevels, what: str) -> None:
    """One cause, since when it holds, and what to do."""
    (cause,) = find_causes(levels, NOON)
    assert what in cause.what
    assert cause.since == NOON - timedelta(seconds=30)
    assert len(cause.cure) > 20
    told = {"what": cause.what, "since": "2026-03-02T11:59:30+00:00", "cure": cause.cure}
    assert readiness_body((cause,)) == {"ready": False, "causes": [told]}


def test_a_worker_at_work_has_no_cause() -> None:
    """Lag alone is no cause: a backlog is worked off."""
    levels = WorkerLevels(assigned=2, breakers={Dependency.LLM: WELL}, lags={("submissions", 1): 70_000})
    assert find_causes(levels, NOON) == ()
    assert readiness_body(()) == {"ready": True, "causes": []}
