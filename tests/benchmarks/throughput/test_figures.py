"""The benchmark's arithmetic: what counts as steady, lost, doubled, ideal."""

import math

import pytest

from tests.benchmarks.throughput import figures
from tests.benchmarks.throughput.record import Call, Delivery, Record


def served(count: int, slots: int, call_s: float, *, delay_s: float = 0.0) -> Record:
    """A peer that keeps all slots filled with equal calls, and delivers each review `delay_s` after its answer."""
    calls = [Call(f"s{n}", n // slots * call_s, (n // slots + 1) * call_s, 400) for n in range(count)]
    deliveries = [Delivery(call.submission_id, (call.answered_at or 0.0) + delay_s, "body") for call in calls]
    return Record(tuple(calls), tuple(deliveries))


def test_full_slots_are_the_ideal() -> None:
    """Where as many calls run as may, the efficiency is 1 and the throughput what they allow."""
    steady = figures.steady(served(80, 8, 2.0, delay_s=0.1), "same_work", 0.0, 2.0)
    assert steady.efficiency(8) == pytest.approx(1.0)
    assert steady.per_s == pytest.approx(4.0, rel=0.1)


def test_half_filled_slots_are_half_of_the_ideal() -> None:
    """The efficiency is a share of what may be in flight, not of what was."""
    assert figures.steady(served(80, 8, 2.0), "bare", 0.0, 2.0).efficiency(16) == pytest.approx(0.5)


def test_a_late_start_is_no_excuse() -> None:
    """What a peer does before its first call counts as time without calls."""
    calls = served(80, 8, 2.0).calls
    late = Record(tuple(Call(c.submission_id, c.started_at + 10, (c.answered_at or 0) + 10, 1) for c in calls), ())
    assert figures.steady(late, "bare", 0.0, 2.0).efficiency(8) == pytest.approx(18 / 25)


def test_a_short_run_is_taken_whole() -> None:
    """One round of calls has no steady time: its figures are those of all of it."""
    steady = figures.steady(served(8, 8, 2.0, delay_s=2.0), "same_work", 0.0, 2.0)
    assert (steady.per_s, steady.efficiency(8)) == (2.0, 0.5)


def test_nothing_done_is_no_error() -> None:
    """A peer that did nothing has figures: none."""
    assert figures.steady(Record((), ()), "same_work", 0.0, 2.0) == figures.Steady(0.0, 0.0)


def test_losses_need_both_receivers() -> None:
    """A review that only one of MongoDB and the API has is lost; two bodies of one submission are doubled."""
    record = Record(
        (Call("a", 0, 1, 1), Call("a", 2, 3, 1), Call("b", 0, 1, 1), Call("c", 0, None, 1)),
        (Delivery("a", 1, "x"), Delivery("a", 3, "y"), Delivery("b", 1, "x"), Delivery("b", 2, "x")),
    )
    lost = figures.losses(["a", "b", "c"], record, frozenset({"a", "c"}))
    assert lost == figures.Losses(lost=2, doubled=1, calls_again=0)


def test_answers_beyond_one_each_were_bought_again() -> None:
    """Calls that nobody was answered do not count."""
    record = Record((Call("a", 0, None, 1), Call("a", 0, 1, 1), Call("a", 1, 2, 1)), (Delivery("a", 2, "x"),))
    assert figures.losses(["a"], record, frozenset({"a"})).calls_again == 1


def test_publication_that_follows_at_once() -> None:
    """The most that waits are the answers that come at the same time."""
    assert figures.follow(served(40, 8, 2.0, delay_s=0.5), 0.0) == figures.Follow(2.5, 8, 0.5)


def test_publication_that_waits_for_the_end_is_seen() -> None:
    """Where nothing is published before all is reviewed, all of it waits."""
    calls = served(16, 8, 2.0).calls
    follow = figures.follow(Record(calls, tuple(Delivery(c.submission_id, 10.0, "x") for c in calls)), 0.0)
    assert (follow.first_s, follow.waiting_max, follow.pause_s) == (10.0, 16, 8.0)


def test_nothing_published_has_no_first_review() -> None:
    """It would be published after endless time."""
    assert figures.follow(Record((), ()), 0.0).first_s == math.inf


def test_what_is_beside_the_call() -> None:
    """From sending to publication, without the model's time."""
    record = served(2, 1, 3.0, delay_s=0.25)
    assert figures.beside_the_call(record, {"s0": 0.0, "s1": 2.5}) == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.99, 4.0), (0.0, 1.0)])
def test_quantiles_are_values_that_were_seen(share: float, value: float) -> None:
    """None is made up between two of them."""
    assert figures.quantile([1.0, 2.0, 3.0, 4.0], share) == value


@pytest.mark.parametrize(
    ("students", "slots", "seconds"),
    [([0, 1, 2, 3], 2, 4.0), ([0, 0, 0, 0], 4, 8.0), ([0, 0, 1, 1], 4, 4.0), ([0, 1, 2, 3], 8, 2.0)],
)
def test_the_ideal_keeps_one_students_order(students: list[int], slots: int, seconds: float) -> None:
    """Calls of one student follow each other; those of others fill the slots."""
    assert figures.ideal_s(students, [0.0] * 4, [2.0] * 4, slots) == seconds


def test_the_ideal_waits_for_arrivals() -> None:
    """Nothing is reviewed before it is there."""
    assert figures.ideal_s([0, 1], [0.0, 9.0], [2.0, 2.0], 4) == 11.0


def a_run(memory: float, *, descriptors: float = 0.0, waiting: float = 0.0) -> list[figures.Quarter]:
    """A run at whose end memory, descriptors and what waits have grown by so much, evenly."""
    parts = [n / 99 for n in range(100)]
    return figures.quarters([(400 + memory * x, 90 + descriptors * x, 20 + waiting * x) for x in parts])


def test_a_steady_run_grows_by_nothing() -> None:
    """Some memory is the tables' own, until RocksDB writes it to its files."""
    assert [quarter.memory_mib for quarter in a_run(0.0)] == [400.0] * 4
    assert figures.growth(a_run(10.0), 960) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (a_run(40.0), "memory: 415 to 435 MiB; the tables explain 7 MiB"),
        (a_run(0.0, descriptors=40), "descriptors: 105 to 125"),
        (a_run(0.0, waiting=40), "waiting submissions: 35 to 55"),
        ([], "the run was too short to tell"),
    ],
)
def test_what_grows_is_named(found: list[figures.Quarter], told: str) -> None:
    """From the second quarter to the last one."""
    assert figures.growth(found, 960) == [told]


def test_an_hour_finds_a_small_leak() -> None:
    """The tables' memory is full long before its end: 5 KiB a submission are too many then."""
    assert figures.growth(a_run(5 * 28_800 / 1024), 28_800) != []
    assert figures.growth(a_run(60.0), 28_800) == []
