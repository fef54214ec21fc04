"""What a teacher looks at first: undecided before decided, signs of trouble before doubts, then the oldest."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.deciding.ranking import DeskRow, Doubt, parts_of_review, rank_rows
from schemas.review import Integrity, ReviewStanding
from schemas.rubric import Release
from tests.builders.decisions import a_doubtful_review, a_note
from tests.builders.records import NOON, a_review


def a_row(number: int = 0, **fields: Any) -> DeskRow:
    """The row of a review of a submission of its own."""
    fields = {"new_submission_id": f"sub-{number}", "timestamp": NOON + timedelta(minutes=number), **fields}
    return parts_of_review(a_review(**fields), None).row()


def test_a_review_without_doubt_has_none() -> None:
    """Its scores are what its verdicts add up to."""
    assert a_row().doubts == ()
    assert not a_row().waits


def test_each_doubt_is_named_the_gravest_first() -> None:
    """Flags, a score that is held, items that nobody could tell, a log that proves little."""
    row = parts_of_review(a_doubtful_review(release=Release.AFTER_APPROVAL), NOON).row()
    assert row.doubts == (Doubt.FLAGGED, Doubt.HELD_SCORE, Doubt.CANNOT_TELL, Doubt.WEAK_TESTS)
    assert (row.summed.overall, row.summed.quality, row.cannot_tell) == (50, 50, 1)
    assert (row.flags, row.test_confidence, row.waits) == (("instruction_in_source",), 0.4, True)


def test_the_gravest_doubt_comes_first_and_what_was_decided_last() -> None:
    """Of equal ones the one that a student waits for, then the oldest; of decided ones the newest."""
    flagged = a_row(5, integrity=Integrity(source_digest="", flags=("tests_removed",)))
    waiting = a_row(4, release=Release.AFTER_APPROVAL)
    old, new = a_row(1), a_row(3)
    decided = [a_row(number, decision=a_note()) for number in (6, 7)]
    assert rank_rows([*decided, new, old, waiting, flagged]) == [flagged, waiting, old, new, *reversed(decided)]


def test_one_grave_doubt_outweighs_all_lesser_ones() -> None:
    """A flag is more than a held score, a gap and a weak log together."""
    flagged = a_row(9, integrity=Integrity(source_digest="", flags=("hidden_characters",)))
    lesser = parts_of_review(a_doubtful_review(integrity=Integrity(source_digest="")), None).row()
    assert Doubt.FLAGGED not in lesser.doubts
    assert rank_rows([lesser, flagged])[0] == flagged


def test_only_the_newest_generation_is_listed() -> None:
    """The others are on its page."""
    rows = [a_row(1, generation=generation) for generation in (0, 2, 1)]
    assert rank_rows(rows) == [rows[1]]


@given(st.permutations([a_row(number, generation=number % 3) for number in range(6)] + [a_row(7, decision=a_note())]))
def test_the_order_does_not_depend_on_how_they_came(rows: list[DeskRow]) -> None:
    """Two looks at the same reviews list them alike."""
    assert rank_rows(rows) == rank_rows(list(reversed(rows)))
    assert rank_rows(rows)[-1].standing is ReviewStanding.APPROVED
