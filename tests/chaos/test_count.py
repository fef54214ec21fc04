"""The count sees each kind of violation: a run that holds was really judged."""

import time
from dataclasses import replace

import pytest

from tests.chaos.count import Arrival, Drain, Seen, judge
from tests.chaos.fleet import Hit
from tests.chaos.model import Call
from tests.chaos.plan import Planned, Scenario, plan_disturbances, plan_submissions

SCENARIO = Scenario(submissions=3, kills=1, seed=1)
SENT = [Planned(0, "anna", 1), Planned(1, "anna", 2), Planned(2, "boris", 1)]
NOW = time.time()


def arrival(planned: Planned, **fields: object) -> Arrival:
    """The review of `planned` as it should arrive."""
    right = Arrival(f"id-{planned.submission_id}", planned.submission_id, planned.student, b"body", planned.previous_id)
    return replace(right, **fields)  # type: ignore[arg-type]


def all_well() -> Seen:
    """Everything arrived once everywhere, with one call each."""
    arrivals = [arrival(planned) for planned in SENT]
    calls = [Call(p.submission_id, "w0.1", NOW, NOW + 1, outcome="answered") for p in SENT]
    return Seen(topic=arrivals, api=list(arrivals), documents=list(arrivals), calls=calls)


def violated(seen: Seen) -> set[str]:
    """Names of what is violated."""
    return {name for name, ids in judge(SCENARIO, SENT, seen).violations.items() if ids}


def test_a_clean_run_holds() -> None:
    """One review each, in order, one call each: nothing is violated."""
    assert judge(SCENARIO, SENT, all_well()).holds


def test_repeated_deliveries_under_one_key_are_no_violation() -> None:
    """Delivery is at least once: the same body under the same key again changes nothing, also out of order."""
    seen = all_well()
    seen.topic.append(arrival(SENT[0]))
    seen.api.append(arrival(SENT[0]))
    assert violated(seen) == set()


@pytest.mark.parametrize("receiver", ["topic", "api", "documents"])
def test_a_review_that_is_missing_anywhere_is_lost(receiver: str) -> None:
    """Topic, API and database each must have every submission's review."""
    seen = all_well()
    getattr(seen, receiver).pop()
    assert violated(seen) == {"lost"}


def test_two_ids_for_one_submission_are_doubled() -> None:
    """Two documents, two keys or two ids in the topic: people see two reviews."""
    seen = all_well()
    seen.documents.append(arrival(SENT[0], key="another"))
    assert violated(seen) == {"doubled"}


def test_another_body_under_one_key_is_seen() -> None:
    """What the API accepted must be what the database holds."""
    seen = all_well()
    seen.api[0] = arrival(SENT[0], body=b"other")
    assert violated(seen) == {"two bodies"}


def test_a_later_review_that_comes_first_is_out_of_order() -> None:
    """A student's second review must not arrive before the first one."""
    seen = all_well()
    seen.api[0], seen.api[1] = seen.api[1], seen.api[0]
    assert violated(seen) == {"out of order"}


def test_a_wrong_predecessor_is_seen() -> None:
    """Each submission must have been compared with the student's previous one."""
    seen = all_well()
    seen.documents[1] = arrival(SENT[1], previous_id=None)
    assert "wrong predecessor" in violated(seen)


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("dead-lettered", Seen(dead_letters=["bug"])),
        ("lag", Seen(lag={"submissions[0]": 1})),
        ("two bodies", Seen(conflicts=["key"])),
        ("unpublished", Seen(unpublished=["anna.1"])),
        ("ended unasked", Seen(unasked_ends=["w0.1"])),
        ("stopped too slowly", Seen(slow_stops=["w0.1"])),
    ],
)
def test_whatever_was_collected_counts(name: str, seen: Seen) -> None:
    """Dead letters, lag, conflicts, reviews that were never marked published, workers that ended by themselves."""
    assert name in violated(seen)


def test_a_repeated_call_without_a_cause_is_beyond_what_is_allowed() -> None:
    """Nothing was disturbed, so nothing explains a second call."""
    seen = all_well()
    seen.calls.append(Call("anna.1", "w0.1", NOW, NOW + 1, outcome="answered"))
    assert violated(seen) == {"calls beyond"}


@pytest.mark.parametrize(
    "cause",
    [
        {"hits": [Hit("w0.1", "kill", NOW + 1, 1)]},
        {"drains": [Drain("w0.1", NOW + 1, 1, 1)]},
        {"model_downs": [(NOW + 0.5, NOW + 5)]},
    ],
)
def test_a_call_that_a_disturbance_ended_may_be_repeated(cause: dict[str, list[object]]) -> None:
    """A kill or a drain of its worker, or an outage of the model, explains a call without an answer."""
    seen = replace(all_well(), **cause)  # type: ignore[arg-type]
    seen.calls.append(Call("anna.1", "w0.1", NOW, NOW + 1, outcome="abandoned"))
    assert violated(seen) == set()


@pytest.mark.parametrize(("drained_s", "allowed"), [(1, True), (-1, False), (3, False)])
def test_a_call_in_flight_at_a_rebalance_may_be_repeated(drained_s: float, allowed: bool) -> None:
    """Also where its answer still came; not where the answer came before, or the call began afterwards."""
    seen = all_well()
    seen.calls[2:] = [
        Call(SENT[2].submission_id, "w0.1", NOW, NOW + 2, outcome="answered"),
        Call(SENT[2].submission_id, "w1.1", NOW + 3, NOW + 4, outcome="answered"),
    ]
    seen.drains.append(Drain("w0.1", NOW + drained_s, 1, 1))
    assert violated(seen) == (set() if allowed else {"calls beyond"})


@pytest.mark.parametrize(
    ("worker", "killed_s", "allowed"),
    [("w0.1", 0.6, True), ("w0.1", -0.2, True), ("w0.1", 3, False), ("w1.1", 0, False)],
)
def test_an_answer_that_came_as_its_worker_died_may_be_bought_again(
    worker: str, killed_s: float, allowed: bool
) -> None:
    """Within a second of that worker's kill: one that came earlier was kept, and another worker's is no excuse."""
    seen = all_well()
    seen.calls[2:] = [
        Call(SENT[2].submission_id, "w0.1", NOW - 2, NOW, outcome="answered"),
        Call(SENT[2].submission_id, "w2.1", NOW + 9, NOW + 10, outcome="answered"),
    ]
    seen.hits.append(Hit(worker, "kill", NOW + killed_s, 0))
    assert violated(seen) == (set() if allowed else {"calls beyond"})


def test_a_call_that_ended_without_a_cause_is_not_explained() -> None:
    """Another worker's kill is no reason to give up a call."""
    seen = replace(all_well(), hits=[Hit("w9.1", "kill", NOW + 1, 1)])
    seen.calls.append(Call("anna.1", "w0.1", NOW, NOW + 1, outcome="abandoned"))
    assert judge(SCENARIO, SENT, seen).cost.unexplained == 1
    assert violated(seen) == {"calls beyond"}


def test_a_seed_gives_the_same_plan() -> None:
    """Submissions and disturbances are drawn from the seed alone; another seed gives another run."""
    scenario = Scenario(submissions=200, kills=8, seed=5)
    assert plan_submissions(scenario) == plan_submissions(scenario)
    assert plan_disturbances(scenario) == plan_disturbances(scenario)
    assert plan_disturbances(scenario) != plan_disturbances(replace(scenario, seed=6))


def test_a_plan_has_what_was_asked_for() -> None:
    """The number of submissions and kills, each student's in order and every kind of disturbance."""
    scenario = Scenario(submissions=500, kills=30, seed=2)
    planned = plan_submissions(scenario)
    kinds = [disturbance.kind for disturbance in plan_disturbances(scenario)]
    assert len(planned) == 500
    assert kinds.count("kill") == 30
    assert {"term", "add", "remove", "pause", "broker_stop", "broker_kill", "mongo_stop", "api_down", "llm_down"} <= {
        *kinds
    }
    newest: dict[str, int] = {}
    for submission in planned:
        assert submission.number == newest.get(submission.student, 0) + 1
        newest[submission.student] = submission.number
