"""How the work flows, told from what workers tell every two seconds."""

import pytest

from app.core.telemetry import CallOutcome, EventDone, ModelCalled
from app.core.watching.flow import STAGES, Flow, FlowMeter
from app.core.watching.silence import GONE_AFTER_S, HeardWorker, SilenceWatch
from app.core.watching.tally import Tally
from app.core.watching.worker_status import TopicLag, WorkerPhase, WorkerStatus
from tests.builders.watching import STAGE_OF, a_heard, a_stage, a_status


def reviewer(worker: str, done: int, *, silent_s: float = 0.0, refused: int = 0, in_flight: int = 0) -> HeardWorker:
    """A worker whose reviewer has done so much."""
    stage = a_stage(done=done, refused=refused, by_reason={"bug": refused} if refused else {}, in_flight=in_flight)
    return a_heard(worker, silent_s=silent_s, stages=(stage,))


def rates(flow: Flow) -> tuple[float, float]:
    """Events a second of the reviewer: done, refused."""
    stage = flow.stages[STAGES.index("reviewer")]
    return stage.done_per_s, stage.refused_per_s


def test_a_rate_is_of_the_last_ten_seconds() -> None:
    """What was done before the first look is not recent, what was done long ago is not either."""
    meter = FlowMeter()
    assert rates(meter.observe(0, [reviewer("w1", 500)], STAGE_OF)) == (0, 0)
    assert rates(meter.observe(2, [reviewer("w1", 504)], STAGE_OF)) == (2, 0)
    assert rates(meter.observe(10, [reviewer("w1", 510, refused=5)], STAGE_OF)) == (1, 0.5)
    assert rates(meter.observe(11.5, [reviewer("w1", 510, refused=5)], STAGE_OF)) == (1, 0.5)
    assert rates(meter.observe(21, [reviewer("w1", 510, refused=5)], STAGE_OF)) == (0, 0)


def test_workers_add_up_and_restarts_take_nothing_back() -> None:
    """One that comes later began with nothing; one that goes leaves what it did."""
    meter = FlowMeter()
    meter.observe(0, [reviewer("w1", 100)], STAGE_OF)
    flow = meter.observe(10, [reviewer("w1", 110, in_flight=2), reviewer("w2", 30, in_flight=3)], STAGE_OF)
    assert rates(flow) == (4, 0)
    assert flow.stages[1].in_flight == 5
    flow = meter.observe(12, [reviewer("w2", 30, in_flight=3)], STAGE_OF)
    assert rates(flow) == (4, 0)
    assert flow.stages[1].in_flight == 3


def test_what_a_silent_worker_had_in_hand_is_not_in_hand() -> None:
    """Its partitions are others' by now."""
    gone = reviewer("w1", 1, in_flight=7, silent_s=GONE_AFTER_S + 1)
    stopped = a_heard("w2", phase=WorkerPhase.STOPPED, stages=(a_stage(in_flight=7),))
    assert FlowMeter().observe(0, [gone, stopped], STAGE_OF).stages[1].in_flight == 0


def test_durations_are_of_the_last_minute() -> None:
    """Of the events, and of the model's requests."""
    tally = Tally()

    def status() -> WorkerStatus:
        return a_status(
            stages=tuple(a_stage(n, **t.model_dump()) for n, t in tally.stages().items()), models=tally.models()
        )

    meter = FlowMeter()
    meter.observe(0, [HeardWorker(status(), 0)], STAGE_OF)
    for at_s in (10, 40):
        for _ in range(10):
            tally.emit(EventDone("reviewer", 1, 2.0))
            tally.emit(ModelCalled("m", CallOutcome.ANSWERED, 1.5))
        flow = meter.observe(at_s, [HeardWorker(status(), 0)], STAGE_OF)
    (model,) = flow.models
    assert (flow.stages[1].recent.durations.count, model.recent.durations.count, model.calls_per_s) == (20, 20, 1.0)
    assert model.recent.durations.seconds == pytest.approx(30)
    flow = meter.observe(75, [HeardWorker(status(), 0)], STAGE_OF)
    assert (flow.stages[1].recent.durations.count, flow.models[0].recent.calls) == (10, 10)
    flow = meter.observe(140, [HeardWorker(status(), 0)], STAGE_OF)
    assert (flow.stages[1].recent.durations.count, flow.models[0].calls_per_s) == (0, 0)


def test_lag_is_told_at_the_stage_that_works_it_off() -> None:
    """By topic; a topic that is nobody's counts nowhere."""
    topics = tuple(TopicLag(topic=name, partitions=2, lag=lag) for name, lag in [("comparisons", 7), ("other", 9)])
    flow = FlowMeter().observe(0, [a_heard("w1", topics=topics), a_heard("w2", topics=topics)], STAGE_OF)
    assert [stage.lag for stage in flow.stages] == [0, 14, 0]


def test_a_stage_that_no_submission_passes_comes_last() -> None:
    """What a worker does beside the way of a submission is told, after it."""
    flow = FlowMeter().observe(0, [a_heard(stages=(a_stage("auditor", in_flight=1), a_stage("reviewer")))], STAGE_OF)
    assert [stage.stage for stage in flow.stages] == [*STAGES, "auditor"]
    assert flow.stages[-1].in_flight == 1


def test_silence_is_counted_by_the_watchers_clock() -> None:
    """A worker whose beat stands still is silent, however wrong its own clock is."""
    watch = SilenceWatch()
    assert [one.silent_s for one in watch.observe(0, [a_status(beat=1)])] == [0]
    assert [one.silent_s for one in watch.observe(8, [a_status(beat=1)])] == [8]
    assert [one.silent_s for one in watch.observe(9, [a_status(beat=2)])] == [0]
    (gone,) = watch.observe(20, [a_status(beat=2)])
    assert (gone.silent_s, gone.is_gone, gone.is_live) == (11, True, False)


def test_nobody_is_silent_while_nobody_can_be_heard() -> None:
    """An outage of the database is not every worker's end."""
    watch = SilenceWatch()
    watch.excuse(0)
    watch.observe(0, [a_status(beat=1)])
    for at_s in (10, 20, 30):
        watch.excuse(at_s)
    (heard,) = watch.observe(32, [a_status(beat=1)])
    assert heard.silent_s == 2


@pytest.mark.parametrize("phase", [WorkerPhase.DRAINING, WorkerPhase.STOPPED])
def test_one_that_said_goodbye_is_not_gone(phase: WorkerPhase) -> None:
    """It ends as it was told to."""
    heard = a_heard(phase=phase, silent_s=60)
    assert (heard.is_gone, heard.is_live) == (False, False)
