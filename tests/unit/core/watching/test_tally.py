"""Sums of telemetry: what a worker has done since its start."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.metrics import SECONDS
from app.core.telemetry import CallOutcome, EventDone, EventRefused, ModelCalled
from app.core.watching.tally import Durations, ModelTally, StageTally, Tally
from schemas.errors import Reason
from tests.builders.telemetry import EVERY_RECORD

LASTED = st.lists(st.floats(min_value=0, max_value=5_000), max_size=40)


def lasted(*seconds: float) -> Durations:
    """So long things took."""
    tally = Tally()
    for one in seconds:
        tally.emit(EventDone("reviewer", 1, one))
    return tally.stages()["reviewer"].durations if seconds else Durations()


def test_every_record_is_counted_where_it_belongs() -> None:
    """After one record of every kind each sum has its value, and no record is too odd."""
    tally = Tally()
    for record in EVERY_RECORD:
        tally.emit(record)
    assert tally.stages() == {
        "reviewer": StageTally(
            done=1,
            refused=1,
            by_reason={"not_json": 1},
            repeated=2,
            held=1,
            durations=lasted(1.25, 0.5),
        )
    }
    (model,) = tally.models()
    assert model == ModelTally(
        model="m",
        answered=1,
        durations=lasted(2.5),
        prompt_tokens=1000,
        completion_tokens=100,
        cached_prompt_tokens=10,
        cost=0.25,
        taped=1,
    )
    assert model.calls == 1


def test_a_request_that_we_gave_up_says_nothing_of_the_model() -> None:
    """A drain cancels requests: they took no time that the model is to blame for."""
    tally = Tally()
    for outcome in CallOutcome:
        tally.emit(ModelCalled("m", outcome, 1.0))
    (model,) = tally.models()
    assert (model.answered, model.failed, model.durations.count) == (1, 1, 2)


@pytest.mark.parametrize(
    ("seconds", "share", "expected"),
    [
        ((), 0.5, None),
        ((0.05,), 1.0, 0.05),
        ((9_999.0,), 0.5, SECONDS[-1]),
        ((0.2, 0.2, 0.2, 0.2), 0.5, 0.175),
        ((0.2, 0.2, 0.2, 8.0), 0.75, 0.25),
    ],
)
def test_a_quantile_lies_within_its_bounds(seconds: tuple[float, ...], share: float, expected: float | None) -> None:
    """Even within a bound; none where there was nothing, and the last bound for what lies beyond."""
    assert lasted(*seconds).quantile(share) == pytest.approx(expected)


@given(LASTED.filter(bool), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    """As near as buckets tell: the estimate is between the bounds that the true value is between."""
    estimate = lasted(*seconds).quantile(share)
    true = sorted(seconds)[math.ceil(share * len(seconds)) - 1]
    above = next((bound for bound in SECONDS if true <= bound), SECONDS[-1])
    below = max((bound for bound in (0.0, *SECONDS) if bound < true), default=0.0)
    assert estimate is not None
    assert below <= estimate <= above


@given(LASTED, LASTED)
def test_what_came_later_is_the_difference(early: list[float], late: list[float]) -> None:
    """Counts of a process only grow: the later without the earlier is what came between, and both add up again."""
    tally = Tally()
    for one in early:
        tally.emit(EventDone("s", 1, one))
    before = tally.stages().get("s", StageTally())
    for one in late:
        tally.emit(EventRefused("s", Reason.BUG, "", 1, one))
    after = tally.stages().get("s", StageTally())
    between = after.without(before)
    assert (between.done, between.refused, between.durations.count) == (0, len(late), len(late))
    assert between.by_reason == ({"bug": len(late)} if late else {})
    both = before.plus(between)
    assert (both.done, both.refused, both.by_reason, both.durations.counts) == (
        after.done,
        after.refused,
        after.by_reason,
        after.durations.counts,
    )
    assert both.durations.seconds == pytest.approx(after.durations.seconds, abs=1e-3)


def test_costs_that_are_not_known_are_not_free() -> None:
    """A model without a price has no cost; one that has some adds up what is known."""
    free, priced = ModelTally(model="m", answered=1), ModelTally(model="m", answered=2, cost=0.5)
    assert free.plus(free).cost is None
    assert free.plus(priced).cost == 0.5
    assert priced.without(free) == ModelTally(model="m", answered=1, cost=0.5)
