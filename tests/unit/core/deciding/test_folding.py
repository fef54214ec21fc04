"""Decisions of one submission taken together: the last word on each part holds."""

from app.core.deciding.folding import excess_in, fold_decisions
from app.core.history.identity import review_id
from app.core.limits import DecidingLimits
from schemas.decision import CommentEdit, DecisionKind, VerdictEdit
from schemas.review import ReviewStanding
from schemas.rubric import Verdict
from tests.builders.decisions import a_comment, a_decision, an_edit

LIVE_ID = review_id("student-1", "hw-1", "sub-1", 0)
NEXT_ID = review_id("student-1", "hw-1", "sub-1", 1)


def test_nothing_decided_is_revision_nought() -> None:
    """And everything is undecided."""
    ruling = fold_decisions([])
    assert (ruling.revision, ruling.last) == (0, None)
    assert ruling.standing_of(LIVE_ID) is ReviewStanding.UNDECIDED


def test_the_later_edit_of_a_part_holds() -> None:
    """Summary, comment and item each for itself: what a later edit does not name stays."""
    first = an_edit(
        1,
        summary="first",
        comments=(CommentEdit(comment=a_comment("c-1", message="one")), CommentEdit(comment=a_comment("c-2"))),
        verdicts=(VerdictEdit(item_id="works", verdict=Verdict.MET),),
    )
    second = an_edit(
        2,
        comments=(CommentEdit(comment=a_comment("c-1"), is_withdrawn=True),),
        verdicts=(VerdictEdit(item_id="works", verdict=Verdict.NOT_MET), VerdictEdit(item_id="b", verdict=Verdict.MET)),
    )
    ruling = fold_decisions([first, second])
    assert (ruling.revision, ruling.summary, ruling.last) == (2, "first", second)
    assert {name: edit.is_withdrawn for name, edit in ruling.comments.items()} == {"c-1": True, "c-2": False}
    assert {name: edit.verdict.value for name, edit in ruling.verdicts.items()} == {"works": "not_met", "b": "met"}


def test_an_approval_is_of_one_generation_alone() -> None:
    """A review that was made again waits for its own."""
    ruling = fold_decisions([a_decision(1)])
    assert ruling.standing_of(LIVE_ID) is ReviewStanding.APPROVED
    assert ruling.standing_of(NEXT_ID) is ReviewStanding.UNDECIDED


def test_a_rejection_after_an_approval_holds_and_the_other_way_round() -> None:
    """The last word counts; an edit in between says nothing of it."""
    reject = a_decision(2, kind=DecisionKind.REJECT)
    assert fold_decisions([a_decision(1), reject, an_edit(3)]).standing_of(LIVE_ID) is ReviewStanding.REJECTED
    assert fold_decisions([reject, an_edit(3), a_decision(1)]).standing_of(LIVE_ID) is ReviewStanding.APPROVED


def test_a_decision_that_comes_twice_counts_once() -> None:
    """Under one id."""
    assert fold_decisions([an_edit(1), an_edit(2), an_edit(1)]) == fold_decisions([an_edit(1), an_edit(2)])


def test_what_is_too_much_is_told() -> None:
    """Of decisions, and of comments."""
    limits = DecidingLimits(decisions_max=2, comments_max=1)
    assert excess_in(fold_decisions([an_edit(1), an_edit(2)]), limits) is None
    assert excess_in(fold_decisions([an_edit(1), an_edit(2), an_edit(3)]), limits) == (
        "more than 2 decisions on one submission"
    )
    two = an_edit(1, comments=[CommentEdit(comment=a_comment(name)) for name in ("c-1", "c-2")])
    assert excess_in(fold_decisions([two]), limits) == "more than 1 comments of one submission changed or added"
