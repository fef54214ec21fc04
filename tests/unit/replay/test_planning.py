"""What a replay would mean and cost, by a forecaster that tells, and the log that a comparator has read."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.catalogue import load_catalogue
from app.core.costs import Price, Prices
from app.core.history.identity import review_id
from app.core.ports import Forecast, Question
from app.presentation.replay_plan import plan_lines
from app.replay.choosing import Chosen
from app.replay.planning import PLANNED_GENERATION, Planning, PlanRequest
from app.stream.resilience.guards import OriginalReviews
from schemas.base import LIVE
from schemas.origin import Origin
from schemas.replay import ReplayPlan, Selection
from schemas.review import ReviewResult, Usage
from tests.builders.decisions import a_note, a_thread
from tests.builders.questions import the_default_rubric
from tests.builders.records import a_review
from tests.fakes.rubrics import FakeRubrics
from tests.fakes.store import MemoryReviews
from tests.unit.replay.test_rebuilding import Bench, code

MODEL = "some-model"
PRICES = Prices("EUR", {MODEL: Price(Decimal(2), Decimal(8), Decimal(2))})


class TellingForecaster:
    """`Forecaster` to whom the answers on the submissions `kept` are there, unless they are wanted fresh."""

    def __init__(self, kept: Collection[str] = ()) -> None:
        self.asked: list[Question] = []
        self._kept = kept

    async def forecast(self, question: Question) -> Forecast:
        """A call of a thousand tokens, or none."""
        self.asked.append(question)
        is_kept = question.comparison.submission_id in self._kept and not question.is_fresh
        return Forecast() if is_kept else Forecast(calls=1, prompt_tokens=1_000)


class Desk:
    """A student's attempts in the log, of which all are chosen."""

    def __init__(self, forecaster: TellingForecaster, bench: Bench, model: str | None = MODEL) -> None:
        self.reviews = MemoryReviews()
        self._bench = bench
        self._planning = Planning(
            bench.rebuilder(),
            forecaster,
            self.reviews,
            OriginalReviews(self.reviews),
            FakeRubrics(the_default_rubric()),
            load_catalogue("en"),
            PRICES,
            model,
        )

    def chosen(self) -> list[Chosen]:
        """All, each with its live review where it has one."""
        known = self.reviews.reviews
        return [
            Chosen(step, one if (one := live_id(step.head.submission_id)) in known else None)
            for step in self._bench.steps().values()
        ]

    async def plan(self, chosen: Sequence[Chosen] | None = None, **fields: Any) -> ReplayPlan:
        """The plan of what is chosen."""
        request = PlanRequest(**{"selection": Selection(), **fields})
        return await self._planning.plan(self.chosen() if chosen is None else chosen, request)


def live_id(submission_id: str) -> UUID:
    return review_id("student-1", "hw-1", submission_id, LIVE)


async def attempts(count: int) -> Bench:
    bench = Bench()
    for number in range(count):
        await bench.take(number, files=code(number))
    return bench


async def test_what_is_kept_costs_nothing() -> None:
    """Calls, tokens and the price are those of the others; the answers' length is that of the earlier reviews."""
    desk = Desk(TellingForecaster(kept=["sub-0", "sub-2"]), await attempts(4))
    usage = Usage(calls=2, completion_tokens=500)
    await desk.reviews.store(a_review(new_submission_id="sub-3", usage=usage))
    plan = await desk.plan(rate_per_s=2.0)
    assert (plan.submissions, plan.students, plan.assignments) == (4, 1, ("hw-1",))
    assert (plan.offsets, plan.looked_at) == ({0: (0, 3)}, 4)
    assert plan.baselines == {"previous": 3, "none": 1}
    assert (plan.from_tape, plan.calls, plan.prompt_tokens, plan.completion_tokens) == (2, 2, 2_000, 500)
    assert (plan.cost, plan.currency, plan.seconds) == (0.008, "EUR", 2.0)


async def test_whoever_wants_fresh_answers_buys_them_all() -> None:
    """The tape is not asked."""
    forecaster = TellingForecaster(kept=["sub-0", "sub-1"])
    plan = await Desk(forecaster, await attempts(2)).plan(is_fresh=True)
    assert (plan.from_tape, plan.calls) == (0, 2)
    assert all(question.is_fresh for question in forecaster.asked)
    assert {question.comparison.generation for question in forecaster.asked} == {PLANNED_GENERATION}


async def test_a_question_stands_on_the_live_review_of_the_attempt_before() -> None:
    """As the one that the replay will ask."""
    forecaster = TellingForecaster()
    desk = Desk(forecaster, await attempts(2))
    before = a_review(new_submission_id="sub-0", previous_submission_id=None)
    await desk.reviews.store(before)
    await desk.plan()
    assert [question.previous for question in forecaster.asked] == [None, before]


async def test_a_question_holds_what_was_said_before_and_nothing_of_a_persons() -> None:
    """Where the predecessor was refused, the comments of the attempt before it still stand."""
    forecaster = TellingForecaster()
    desk = Desk(forecaster, await attempts(3))
    result = ReviewResult(
        overall_score=50, code_quality_score=50, progress_summary="A", threads=(a_thread("said-before"),)
    )
    first = a_review(
        new_submission_id="sub-0",
        previous_submission_id=None,
        review_result=result,
        origin=Origin(topic="submissions", partition=0, offset=0),
    )
    await desk.reviews.store(first)
    await desk.reviews.revise(
        first.model_copy(
            update={"decision": a_note(), "review_result": result.model_copy(update={"threads": ()})},
        )
    )
    await desk.plan()
    assert [[one.comment_id for one in question.threads] for question in forecaster.asked] == [
        [],
        ["said-before"],
        ["said-before"],
    ]
    assert forecaster.asked[2].previous is None


async def test_of_many_a_part_is_looked_at_and_scaled_up() -> None:
    """Evenly from the first to the last."""
    forecaster = TellingForecaster()
    plan = await Desk(forecaster, await attempts(6)).plan(looked_at_max=3)
    assert [question.comparison.submission_id for question in forecaster.asked] == ["sub-0", "sub-2", "sub-4"]
    assert (plan.submissions, plan.looked_at, plan.calls, plan.prompt_tokens) == (6, 3, 6, 6_000)
    assert plan.baselines == {"previous": 4, "none": 2}


async def test_what_cannot_be_compared_again_is_told_by_reason() -> None:
    """Nobody is asked about it."""
    bench = await attempts(2)
    desk = Desk(TellingForecaster(), bench)
    chosen = desk.chosen()
    bench.log.records.clear()
    chosen[0] = replace(chosen[0], is_rejected=True)
    plan = await desk.plan(chosen)
    assert plan.rejected == 1
    assert (plan.unreadable, plan.baselines, plan.calls) == ({"no_sources": 2}, {}, 0)


async def test_rules_need_no_answers_at_all() -> None:
    """Nothing is called an answer that was kept, and nothing has a price."""

    class Rules(TellingForecaster):
        async def forecast(self, question: Question) -> Forecast:
            self.asked.append(question)
            return Forecast()

    plan = await Desk(Rules(), await attempts(2), model=None).plan()
    assert (plan.from_tape, plan.calls, plan.cost, plan.currency) == (0, 0, None, None)


async def test_the_plan_is_told_in_lines() -> None:
    """What is meant, whether all was looked at, and what it costs, or that nobody knows."""
    plan = await Desk(TellingForecaster(kept=["sub-0"]), await attempts(4)).plan(looked_at_max=2)
    lines = list(plan_lines(plan))
    assert lines[:3] == [
        "4 submissions of 1 students, of hw-1",
        "  partition 0: offsets 0 to 3",
        "looked at 2 of them, evenly; the figures below are scaled up",
    ]
    assert "answers kept from before: 2; calls of the model: 2" in lines
    assert any("cost: 0.0232 EUR" in line for line in lines)
    unpriced = plan.model_copy(update={"cost": None, "currency": None})
    assert any("cost: unknown, for the model has no price" in line for line in plan_lines(unpriced))
    assert not any("rejected" in line for line in lines)
    rejected = plan.model_copy(update={"rejected": 2})
    assert any(line.startswith("a teacher rejected the review of 2 of them") for line in plan_lines(rejected))
    free = plan.model_copy(update={"calls": 0, "unreadable": {"no_sources": 1}})
    assert not any("cost" in line for line in plan_lines(free))
    assert "cannot be compared again, no_sources: 1" in plan_lines(free)
