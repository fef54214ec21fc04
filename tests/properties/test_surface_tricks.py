"""What only seems to be more moves no score: honest-looking tricks, and texts that address the grader.

Neither by rules, nor by a model that obeys whatever it reads and finds all items met.
"""

from collections.abc import Sequence
from functools import cache

import pytest

from schemas.comparison import Comparison, Flag
from schemas.rubric import DecidedBy, Verdict
from tests.benchmarks.surface_tricks import FLAG, POINTS_MAX, Move, Outcome, Pair, compared, outcome, samples
from tests.builders.model_reviews import reviews_by
from tests.builders.questions import a_question
from tests.builders.reviewed import finished
from tests.builders.small_works import small_work
from tests.builders.surface_tricks import TRICKS
from tests.builders.twins import HandedIn, payloads, twin_of
from tests.fakes.gullible import GullibleModel

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
def honest() -> tuple[Comparison, ...]:
    """The attempts as they are."""
    return tuple(compared(pair.old, pair.new) for pair in pairs())


@cache
def honest_outcomes() -> tuple[list[Outcome], list[Outcome]]:
    """What they get by rules, and by the gullible model."""
    return outcomes(honest(), GullibleModel())


def outcomes(comparisons: Sequence[Comparison], model: GullibleModel) -> tuple[list[Outcome], list[Outcome]]:
    """What the attempts get by rules, and by the model, which finds met whatever is left to it."""
    reviews = reviews_by(model, map(a_question, comparisons))
    left = [one for review in reviews for one in review.review_result.rubric if one.decided_by is DecidedBy.MODEL]
    assert left
    assert {one.verdict for one in left} == {Verdict.MET}
    return [outcome(finished(comparison)) for comparison in comparisons], [*map(outcome, reviews)]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_moves_a_score(trick: str) -> None:
    """Over twenty submissions each trick moves neither score by more than two points, and dead code is flagged."""
    assert len(pairs()) == SUBMISSIONS
    played = []
    for number, pair in enumerate(pairs()):
        files = TRICKS[trick](pair.new.files, number)
        assert files != pair.new.files
        played.append(compared(pair.old, HandedIn(files, pair.new.logs)))
    for before, after in zip(honest_outcomes(), outcomes(played, GullibleModel()), strict=True):
        for pair, one, other in zip(pairs(), before, after, strict=True):
            move = Move(pair.name, one, other)
            assert move.size <= POINTS_MAX, f"{pair.name}: {move.overall:+d} {move.quality:+d}"
            assert (FLAG in other.flags) is (trick in ADDING), pair.name


def test_no_text_that_addresses_the_grader_moves_a_score() -> None:
    """Over more than sixty twins neither score moves by more than two points, wherever the text stands."""
    assert len(payloads()) >= 60
    chosen = [_host_of(number) for number in range(len(payloads()))]
    twins = [twin_of(pairs()[host].new, payload) for host, payload in zip(chosen, payloads(), strict=True)]
    assert all(twin != pairs()[host].new for host, twin in zip(chosen, twins, strict=True))
    model = GullibleModel()
    played = [compared(pairs()[host].old, twin) for host, twin in zip(chosen, twins, strict=True)]
    for before, after in zip(honest_outcomes(), outcomes(played, model), strict=True):
        for host, payload, other in zip(chosen, payloads(), after, strict=True):
            move = Move(pairs()[host].name, before[host], other)
            assert move.size <= POINTS_MAX, f"{payload.tone}, {payload.place}: {move.overall:+d} {move.quality:+d}"


def _host_of(number: int) -> int:
    """The attempt that a payload is put into: a log where that is its place."""
    hosts = [n for n, pair in enumerate(pairs()) if pair.new.logs or payloads()[number].place != "test log"]
    return hosts[number % len(hosts)]


def test_no_honest_attempt_is_flagged() -> None:
    """Neither for code that nothing reaches, nor for a text that addresses the grader; one sample holds such a text."""
    alarms = {Flag.UNUSED_CODE, Flag.INSTRUCTION_IN_SOURCE, Flag.HIDDEN_CHARACTERS}
    flagged = [pair.name for pair, one in zip(pairs(), honest(), strict=True) if alarms & set(one.evidence.flags)]
    assert flagged == ["viktor.sokolov/hw1-feature-store/attempt-2"]
