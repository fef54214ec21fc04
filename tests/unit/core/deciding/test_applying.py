"""A review as persons decided it: their words in their places, and sums that follow their verdicts."""

from typing import Any, Final

import pytest

from app.core.deciding.applying import apply_ruling, may_be_delivered
from app.core.deciding.folding import fold_decisions
from schemas.decision import CommentEdit, Decision, DecisionKind, VerdictEdit
from schemas.review import CodeComment, Review, ReviewResult, ReviewStanding, ThreadState
from schemas.rubric import CountsFor, Release, Verdict
from tests.builders.decisions import a_comment, a_decision, a_thread, a_verdict, an_edit
from tests.builders.records import a_review


def a_graded_review(**overrides: Any) -> Review:
    """A review with two items and two comments, its overall score held below the sum."""
    result = ReviewResult(
        overall_score=40,
        code_quality_score=50,
        progress_summary="By the machine.",
        code_review_comments=(a_comment("c-1"), a_comment("c-2")),
        threads=(a_thread("old", state=ThreadState.STILL_OPEN), a_thread("c-1"), a_thread("c-2")),
        rubric=(a_verdict("works", counts_for=CountsFor.OVERALL), a_verdict("clean", counts_for=CountsFor.QUALITY)),
    )
    return a_review(review_result=result, score_change=10, **overrides)


def applied(*decisions: Decision, review: Review | None = None) -> Review:
    """The review with these decisions in it."""
    return apply_ruling(review or a_graded_review(), fold_decisions(decisions))


def verdict(item_id: str, verdict: Verdict, reason: str | None = None) -> Decision:
    """A person's verdict on one item."""
    return an_edit(1, verdicts=(VerdictEdit(item_id=item_id, verdict=verdict, reason=reason),))


def test_without_a_decision_nothing_changes() -> None:
    """Not even a note is there."""
    assert applied() == a_graded_review()


def test_the_sum_follows_a_persons_verdict_and_nothing_holds_it() -> None:
    """The item's score is the plain sum; the other score stays where the evidence held it."""
    review = applied(verdict("works", Verdict.MET, "I ran it"))
    result = review.review_result
    assert (result.overall_score, result.code_quality_score, review.score_change) == (100, 50, 70)
    assert (result.rubric[0].points, result.rubric[0].reason) == (10.0, "I ran it")
    assert review.decision is not None
    assert review.decision.verdicts == ("works",)


def test_a_reason_in_other_words_moves_no_score() -> None:
    """The item keeps its points and its place, the evidence holds the score; and so in a replay that judges alike."""
    item = a_verdict("works", points=8.3, counts_for=CountsFor.OVERALL, reason="9 of 11 pas.", path="main.py", line=2)
    made = a_graded_review()
    made = made.model_copy(update={"review_result": made.review_result.model_copy(update={"rubric": (item,)})})
    words = VerdictEdit(item_id="works", verdict=item.verdict, instead_of=item.verdict, reason="9 of 11 pass.")
    review = applied(an_edit(1, verdicts=(words,)), review=made)
    assert review.review_result.rubric == (item.model_copy(update={"reason": "9 of 11 pass."}),)
    assert (review.review_result.overall_score, review.score_change) == (40, 10)
    assert review.decision is not None
    assert (review.decision.verdicts, review.decision.unheld_scores) == (("works",), ())


@pytest.mark.parametrize("instead_of", [Verdict.NOT_MET, None])
def test_a_persons_verdict_stays_one_where_a_replay_judges_alike(instead_of: Verdict | None) -> None:
    """With the points of a person's verdict, held by nothing; so, too, where its record does not say what was there."""
    words = VerdictEdit(item_id="works", verdict=Verdict.PARTLY, instead_of=instead_of)
    review = applied(an_edit(1, verdicts=(words,)), review=a_graded_review(generation=1))
    assert review.review_result.overall_score == 50
    assert review.decision is not None
    assert review.decision.unheld_scores == (CountsFor.OVERALL,)


def test_a_reason_goes_along_with_the_verdict_that_it_is_about() -> None:
    """To a replay that judges otherwise: its words are about the verdict that the person let stand."""
    words = VerdictEdit(item_id="works", verdict=Verdict.MET, instead_of=Verdict.MET, reason="I ran it")
    review = applied(an_edit(1, verdicts=(words,)))
    assert (review.review_result.rubric[0].verdict, review.review_result.overall_score) == (Verdict.MET, 100)


def test_a_score_that_a_person_judged_stays_so_when_all_is_applied_again() -> None:
    """Though the item then says what the person said: the evidence holds that score no more."""
    words = VerdictEdit(item_id="works", verdict=Verdict.MET, instead_of=Verdict.MET, reason="I ran it")
    once = applied(an_edit(1, verdicts=(words,)))
    assert once.decision is not None
    assert once.decision.unheld_scores == (CountsFor.OVERALL,)
    assert applied(an_edit(1, verdicts=(words,)), review=once) == once


def test_an_item_on_which_nobody_could_tell_gets_its_weight_back() -> None:
    """Its weight was the others' until a person could tell; and a person may find that nobody can."""
    rubric = (a_verdict("works"), a_verdict("read", verdict=Verdict.CANNOT_TELL, points=0, points_max=0, weight=30))
    result = a_graded_review().review_result.model_copy(update={"rubric": rubric})
    review = applied(verdict("read", Verdict.MET), review=a_review(review_result=result))
    assert review.review_result.rubric[1].points_max == 30
    assert review.review_result.overall_score == round(100 * 35 / 40)
    back = applied(verdict("works", Verdict.CANNOT_TELL), review=a_review(review_result=result))
    assert (back.review_result.rubric[0].points_max, back.review_result.rubric[0].weight) == (0, 10)
    assert back.review_result.overall_score == 40, "nothing is left to add up"


def test_a_comment_is_changed_where_it_stands_withdrawn_or_added() -> None:
    """Its thread with it."""
    review = applied(
        an_edit(
            1,
            comments=(
                CommentEdit(comment=a_comment("c-1", message="kinder", severity="info")),
                CommentEdit(comment=a_comment("c-2"), is_withdrawn=True),
                CommentEdit(comment=a_comment("mine", line=2, message="look here")),
                CommentEdit(comment=a_comment("old", message="said better")),
            ),
        )
    )
    comments = [(one.comment_id, one.message) for one in review.review_result.code_review_comments]
    assert comments == [("c-1", "kinder"), ("mine", "look here")]
    threads = {one.comment_id: (one.message, one.severity, one.state) for one in review.review_result.threads}
    assert threads == {
        "old": ("said better", "minor", ThreadState.STILL_OPEN),
        "c-1": ("kinder", "info", ThreadState.NEW),
        "mine": ("look here", "minor", ThreadState.NEW),
    }
    assert review.decision is not None
    assert (review.decision.comments, review.decision.withdrawn) == (("c-1", "mine", "old"), ("c-2",))


def test_an_edit_goes_along_to_a_review_that_does_not_have_its_place() -> None:
    """A later generation says other things: the person's comment stands in it all the same, the lost item is named."""
    edits = an_edit(
        1,
        summary="By me.",
        comments=(CommentEdit(comment=a_comment("c-1", message="kinder")),),
        verdicts=(VerdictEdit(item_id="gone", verdict=Verdict.MET),),
    )
    later = applied(edits, review=a_review(generation=1))
    assert [one.message for one in later.review_result.code_review_comments] == ["kinder"]
    assert later.review_result.progress_summary == "By me."
    assert later.decision is not None
    assert (later.decision.unplaced, later.decision.standing) == (("gone",), ReviewStanding.UNDECIDED)
    assert later.review_result.overall_score == 70


AT_LINE: Final[dict[str, Any]] = {"line": 3, "symbol": "load", "quote": "f = open(path)"}


def replayed(*comments: CodeComment) -> Review:
    """A later generation that says these."""
    threads = tuple(a_thread(one.comment_id or "", message=one.message, line=one.line) for one in comments)
    result = a_graded_review().review_result.model_copy(update={"code_review_comments": comments, "threads": threads})
    return a_review(generation=1, review_result=result)


@pytest.mark.parametrize("is_withdrawn", [True, False])
def test_an_edit_finds_its_comment_under_another_category(is_withdrawn: bool) -> None:
    """The model filed the same line otherwise, so that it has another id: it is not said beside the person's words."""
    mine = a_comment("c-1", category="correctness", message="Fine here.", **AT_LINE)
    edit = an_edit(1, comments=(CommentEdit(comment=mine, is_withdrawn=is_withdrawn),))
    other = a_comment("c-2", category="naming", line=1, quote="def load(path):")
    review = applied(edit, review=replayed(a_comment("c-9", category="error_handling", **AT_LINE), other))
    wanted = [] if is_withdrawn else [("c-1", "Fine here.")]
    result = review.review_result
    assert [(one.comment_id, one.message) for one in result.code_review_comments] == [*wanted, ("c-2", "about c-2")]
    assert [(one.comment_id, one.message) for one in result.threads] == [*wanted, ("c-2", "about c-2")]


@pytest.mark.parametrize(
    "said",
    [
        (a_comment("c-9", category="naming", **AT_LINE | {"line": 4}),),
        (a_comment("c-9", category="naming", **AT_LINE | {"quote": "g = open(path)"}),),
        (a_comment("c-9", category="complexity", **AT_LINE),),
        (a_comment("c-8", category="naming", **AT_LINE), a_comment("c-9", category="security", **AT_LINE)),
        (a_comment("c-1", category="correctness", **AT_LINE), a_comment("c-9", category="naming", **AT_LINE)),
    ],
    ids=["another line", "other code", "found by code", "either of two", "beside the very comment"],
)
def test_what_may_be_another_defect_stays(said: tuple[CodeComment, ...]) -> None:
    """A withdrawal takes one comment away, and none that only stands near."""
    gone = CommentEdit(comment=a_comment("c-1", category="correctness", **AT_LINE), is_withdrawn=True)
    review = applied(an_edit(1, comments=(gone,)), review=replayed(*said))
    left = [one.comment_id for one in review.review_result.code_review_comments]
    assert left == [one.comment_id for one in said if one.comment_id != "c-1"]


def test_a_withdrawal_takes_one_comment_however_often_it_is_applied() -> None:
    """What else stands on the line is not taken for the withdrawn one once that is gone."""
    gone = CommentEdit(comment=a_comment("c-1", category="correctness", **AT_LINE), is_withdrawn=True)
    beside = a_comment("c-9", category="naming", **AT_LINE)
    once = applied(an_edit(1, comments=(gone,)), review=replayed(gone.comment, beside))
    assert once.review_result.code_review_comments == (beside,)
    assert applied(an_edit(1, comments=(gone,)), review=once) == once


def test_a_comment_with_an_edit_of_its_own_is_not_taken_for_another() -> None:
    """The person wrote something about it, so it is not the one that the person withdrew."""
    gone = CommentEdit(comment=a_comment("c-1", category="correctness", **AT_LINE), is_withdrawn=True)
    own = a_comment("c-9", category="naming", **AT_LINE)
    edits = (gone, CommentEdit(comment=own.model_copy(update={"message": "kinder"})))
    review = applied(an_edit(1, comments=edits), review=replayed(own))
    assert [(one.comment_id, one.message) for one in review.review_result.code_review_comments] == [("c-9", "kinder")]


@pytest.mark.parametrize(
    ("release", "kinds", "may"),
    [
        (Release.AT_ONCE, (), True),
        (Release.AFTER_APPROVAL, (), False),
        (Release.AFTER_APPROVAL, (DecisionKind.EDIT,), False),
        (Release.AFTER_APPROVAL, (DecisionKind.EDIT, DecisionKind.APPROVE), True),
        (Release.AFTER_APPROVAL, (DecisionKind.APPROVE, DecisionKind.EDIT), True),
        (Release.AT_ONCE, (DecisionKind.EDIT,), True),
        (Release.AT_ONCE, (DecisionKind.REJECT,), False),
        (Release.AT_ONCE, (DecisionKind.REJECT, DecisionKind.APPROVE), True),
        (Release.AFTER_APPROVAL, (DecisionKind.APPROVE, DecisionKind.REJECT), False),
    ],
)
def test_who_may_see_it_follows_the_rubric_and_the_last_word(
    release: Release, kinds: tuple[DecisionKind, ...], may: bool
) -> None:
    """An edit alone lets nothing out."""
    made = [
        an_edit(number) if kind is DecisionKind.EDIT else a_decision(number, kind=kind)
        for number, kind in enumerate(kinds)
    ]
    assert may_be_delivered(applied(*made, review=a_graded_review(release=release))) is may


def test_the_note_tells_the_last_decision_and_the_reason_of_the_standing() -> None:
    """They may be two decisions, of two persons."""
    reject = a_decision(1, kind=DecisionKind.REJECT, reason="copied")
    edit = an_edit(2).model_copy(update={"decided_by": "colleague"})
    note = applied(reject, edit).decision
    assert note is not None
    assert (note.revision, note.standing, note.reason, note.decided_by) == (
        2,
        ReviewStanding.REJECTED,
        "copied",
        "colleague",
    )
