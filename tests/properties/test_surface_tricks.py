"""What only seems to be more moves no score: honest-looking tricks, and texts that address the grader."""

from functools import cache

import pytest

from tests.benchmarks.surface_tricks import FLAG, POINTS_MAX, Move, Outcome, Pair, outcome_of, samples
from tests.builders.small_works import small_work
from tests.builders.surface_tricks import TRICKS
from tests.builders.twins import HandedIn, payloads, twin_of

SUBMISSIONS = 20
ADDING = frozenset({"dead functions", "invented references", "padding"})
"""Tricks that add code which is of no use."""


@cache
def pairs() -> tuple[Pair, ...]:
    """The demo's attempts with their logs, and generated ones without."""
    found = [pair for pair in samples() if pair.new.logs]
    works = [small_work(number) for number in range(SUBMISSIONS - len(found))]
    return (*found, *(Pair(f"work {n}", work.old, HandedIn(work.new)) for n, work in enumerate(works)))


@cache
def honest_outcome(number: int) -> Outcome:
    """What an attempt gets as it is."""
    return outcome_of(pairs()[number].old, pairs()[number].new)


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_moves_a_score(trick: str) -> None:
    """Over twenty submissions each trick moves neither score by more than two points, and dead code is flagged."""
    assert len(pairs()) == SUBMISSIONS
    for number, pair in enumerate(pairs()):
        files = TRICKS[trick](pair.new.files, number)
        assert files != pair.new.files
        move = Move(pair.name, honest_outcome(number), outcome_of(pair.old, HandedIn(files, pair.new.logs)))
        assert move.size <= POINTS_MAX, f"{pair.name}: {move.overall:+d} {move.quality:+d}"
        assert (FLAG in move.other.flags) is (trick in ADDING), pair.name
        assert FLAG not in move.one.flags


def test_no_text_that_addresses_the_grader_moves_a_score() -> None:
    """Over more than sixty twins neither score moves by more than two points, wherever the text stands."""
    assert len(payloads()) >= 60
    for number, payload in enumerate(payloads()):
        chosen = number % len(pairs())
        pair = pairs()[chosen]
        twin = twin_of(pair.new, payload)
        move = Move(pair.name, honest_outcome(chosen), outcome_of(pair.old, twin))
        assert move.size <= POINTS_MAX, f"{payload.tone}, {payload.place}: {move.overall:+d} {move.quality:+d}"
