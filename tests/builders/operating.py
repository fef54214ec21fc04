"""An installation on an evening before a deadline, with everything in it that the dashboard can show."""

from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.core.costs import Budgets, Charge, TokenCounts
from app.core.ports import Clock
from app.core.watching.observed import Bounds, PublishedReview
from app.core.watching.tally import Durations, ModelTally
from app.core.watching.worker_status import (
    BreakerStatus,
    CauseStatus,
    PartitionLag,
    TopicLag,
    WorkerPhase,
    WorkerStatus,
)
from schemas.replay import ReplayPhase
from tests.builders.replays import a_state
from tests.builders.watching import a_process, a_stage, a_status
from tests.fakes.web import FakeWeb

HOSTILE: Final = "<script>alert(1)</script>\"'&{{ 7 * 7 }}\u202e"
_COUNTS: Final = (0, 0, 4, 10, 20, 60, 40, 12, 3, 0, 0, 0, 0, 0, 0)


def busy_web(clock: Clock) -> FakeWeb:
    """The HTTP API over it."""
    return FakeWeb(clock=clock, bounds=Bounds(Budgets(Decimal(20), None, "EUR")))


async def fill(web: FakeWeb, *, done: int = 0, beat: int = 1, detail: str = f"HTTP 503 {HOSTILE}") -> None:
    """Two workers at work of which one waits for the model, which said `detail`; money and reviews."""
    for status in workers(web.clock, done=done, beat=beat, detail=detail):
        await web.statuses.tell(status)
    now = web.clock.now()
    charge = Charge("c", now.date(), "anna", "gpt-5-mini", TokenCounts(1_204_511, 88_010, 700_000), Decimal("17.5"))
    await web.spending.count(charge)
    web.published.reviews = [
        PublishedReview(
            review_id=UUID(int=number),
            student_id=f"student-{number}",
            assignment_id="hw2",
            submission_id=f"hw2-{number}",
            generation=number % 2,
            published_at=now - timedelta(seconds=7 * number),
            overall=60 + number,
            model="gpt-5-mini",
            cost=Decimal("0.0123"),
        )
        for number in range(1, 6)
    ]


async def fill_replays(web: FakeWeb) -> None:
    """One replay that runs and fails, one that is through."""
    now = web.clock.now()
    failing = a_state(replay_id="replay-7", generation=7, heard_at=now, chosen=120, sent=44, reviewed=40, failed=3)
    through = a_state(
        replay_id="replay-6",
        generation=6,
        heard_at=now,
        chosen=9,
        reviewed=9,
        is_shadow=True,
        phase=ReplayPhase.FINISHED,
    )
    for state in (failing, through):
        await web.replays.begin(state, [])


def workers(clock: Clock, *, done: int, beat: int, detail: str) -> tuple[WorkerStatus, ...]:
    """The two; `done` more events than before in each stage."""
    now = clock.now()
    took = Durations(counts=tuple(count * (20 + done) // 20 for count in _COUNTS), seconds=420.0 * (20 + done) / 20)
    stages = tuple(
        a_stage(
            name, done=4_000 + done, refused=40 + done // 10, by_reason={"archive_missing": 40 + done // 10}, **more
        )
        for name, more in (
            ("comparator", {"in_flight": 2, "durations": took}),
            ("reviewer", {"in_flight": 64, "waiting": 131, "set_aside": 4, "durations": took}),
            ("publisher", {"in_flight": 1, "durations": took}),
        )
    )
    topics = tuple(
        TopicLag(topic=name, partitions=3, lag=lag)
        for name, lag in (("submissions", 312), ("comparisons", 201), ("reviews", 3))
    )
    model = ModelTally(
        model="gpt-5-mini", answered=900 + done, failed=done // 20, durations=took, prompt_tokens=10**6, cost=17.5
    )
    waiting = BreakerStatus(dependency="llm", calls_max=8, open_since=now - timedelta(seconds=40), detail=detail)
    well = tuple(BreakerStatus(dependency=name, calls_max=64) for name in ("mongodb", "archive_root", "review_api"))
    first = a_status(
        who=a_process("w1", started_at=now - timedelta(hours=5)),
        told_at=now,
        beat=beat,
        stages=stages,
        topics=topics,
        lags=(
            PartitionLag(topic="submissions", partition=4, lag=301, stalled_since=now - timedelta(seconds=75)),
            PartitionLag(topic="comparisons", partition=0, lag=201),
        ),
        breakers=(*well, waiting),
        models=(model,),
        causes=(CauseStatus(what="llm is unavailable: HTTP 503", since=now - timedelta(seconds=40), cure="see llm"),),
    )
    second = a_status(
        who=a_process("w2", host="beta", pid=99, started_at=now - timedelta(minutes=1)),
        told_at=now,
        beat=beat,
        phase=WorkerPhase.RECOVERING,
        recovery_left=12_345,
        breakers=well,
    )
    return first, second
