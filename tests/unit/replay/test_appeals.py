"""Replays of one submission among all others."""

import pytest

from app.replay.appeals import _only
from schemas.replay import Selection


@pytest.mark.parametrize(
    ("selection", "submission"),
    [
        (Selection(students=("s",), assignments=("a",), submissions=("x",)), ("s", "a", "x")),
        (Selection(students=("s",), assignments=("a",), submissions=("x", "y")), None),
        (Selection(submissions=("x",)), None),
        (Selection(), None),
    ],
)
def test_a_replay_of_one_submission_is_told_apart(
    selection: Selection, submission: tuple[str, str, str] | None
) -> None:
    """One that means more than this submission is an operator's."""
    assert _only(selection) == submission
