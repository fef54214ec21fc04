"""How far an obedient model moves the scores of the demo's samples, measured as the benchmark does it."""

import pytest

from tests.benchmarks.slack import HIGH_MAX, MEDIAN_MAX, Moved, high_of, is_within, slack_of
from tests.benchmarks.surface_tricks import samples
from tests.builders.questions import the_default_rubric


def test_an_obedient_model_gains_little_on_the_samples() -> None:
    """Nothing of the overall score, and of quality no more than the bars."""
    moved = slack_of(samples(), the_default_rubric())
    assert is_within(moved)
    assert {(one.overall_gained, one.overall_lost) for one in moved} == {(0, 0)}
    assert any(one.quality_gained > 0 for one in moved)
    assert all(one.quality_lost >= 0 for one in moved)


def a_move(gained: int) -> Moved:
    return Moved("p", 50, 50, gained, 0, 0, 0)


@pytest.mark.parametrize(
    ("gained", "expected"),
    [
        ([MEDIAN_MAX], True),
        ([MEDIAN_MAX + 1], False),
        ([0] * 19 + [HIGH_MAX + 1], True),
        ([0] * 9 + [HIGH_MAX + 1], False),
        ([], False),
    ],
    ids=["at the median's bar", "above it", "one of twenty", "one of ten", "nothing measured"],
)
def test_bars_are_those_of_the_median_and_the_95th_percentile(gained: list[int], expected: bool) -> None:
    """One of twenty may lie beyond, one of ten may not; where nothing was measured nothing is shown."""
    assert is_within([a_move(points) for points in gained]) is expected


def test_percentile_is_a_figure_that_was_measured() -> None:
    """The least one that 95 of 100 do not exceed."""
    assert high_of(range(1, 101)) == 95
    assert high_of([7]) == 7
