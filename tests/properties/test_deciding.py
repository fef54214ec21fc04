"""Deciding holds for any decisions: applied twice, read twice, in parts, on any review of the submission."""

import html

from hypothesis import given
from hypothesis import strategies as st

from app.core.deciding.applying import apply_ruling
from app.core.deciding.editing import read_edits
from app.core.deciding.folding import fold_decisions
from app.presentation.pages.environment import field
from schemas.codec import decode, encode
from schemas.decision import CommentEdit, Decision, DecisionKind, Edits, VerdictEdit
from schemas.review import Review, ReviewResult
from schemas.rubric import CountsFor, Verdict
from tests.builders.decisions import a_comment, a_decision, a_thread, a_verdict
from tests.builders.records import a_review

COMMENTS = ("c-1", "c-2", "mine")
CATEGORIES = ("naming", "readability", "complexity")
ITEMS = ("works", "clean", "gone")

edits = st.builds(
    Edits,
    summary=st.none() | st.text(min_size=1, max_size=20),
    comments=st.lists(
        st.builds(
            CommentEdit,
            comment=st.builds(
                a_comment,
                st.sampled_from(COMMENTS),
                message=st.text(min_size=1, max_size=20),
                severity=st.sampled_from(["praise", "minor", "critical"]),
                category=st.sampled_from(CATEGORIES),
                quote=st.sampled_from([None, "x = 1"]),
            ),
            is_withdrawn=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda edit: edit.comment_id,
    ).map(tuple),
    verdicts=st.lists(
        st.builds(
            VerdictEdit,
            item_id=st.sampled_from(ITEMS),
            verdict=st.sampled_from(Verdict),
            instead_of=st.none() | st.sampled_from(Verdict),
        ),
        max_size=3,
        unique_by=lambda edit: edit.item_id,
    ).map(tuple),
).filter(lambda one: not one.is_empty)


@st.composite
def decision_lists(draw: st.DrawFn) -> list[Decision]:
    """Decisions on two generations of one submission, in an order."""
    decisions = []
    for number in range(draw(st.integers(0, 6))):
        generation = draw(st.integers(0, 1))
        if draw(st.booleans()):
            decisions.append(a_decision(number, generation=generation, edits=draw(edits)))
        else:
            kind = draw(st.sampled_from([DecisionKind.APPROVE, DecisionKind.REJECT]))
            decisions.append(a_decision(number, generation=generation, kind=kind))
    return decisions


@st.composite
def graded_reviews(draw: st.DrawFn) -> Review:
    """A review with some of the comments and items."""
    comments = draw(st.lists(st.sampled_from([*COMMENTS[:2], "c-3"]), unique=True))
    rubric = tuple(
        a_verdict(
            item,
            verdict=draw(st.sampled_from(Verdict)),
            points=draw(st.integers(0, 10)),
            counts_for=draw(st.sampled_from(CountsFor)),
            weight=draw(st.none() | st.just(10.0)),
        )
        for item in draw(st.lists(st.sampled_from(ITEMS[:2]), unique=True))
    )
    result = ReviewResult(
        overall_score=draw(st.integers(0, 100)),
        code_quality_score=draw(st.integers(0, 100)),
        progress_summary="By the machine.",
        code_review_comments=tuple(
            a_comment(name, category=draw(st.sampled_from(CATEGORIES)), quote="x = 1") for name in comments
        ),
        threads=tuple(map(a_thread, comments)),
        rubric=rubric,
    )
    generation = draw(st.integers(0, 1))
    return a_review(generation=generation, review_result=result, score_change=draw(st.none() | st.integers(-100, 100)))


@given(graded_reviews(), decision_lists())
def test_applied_twice_is_applied_once(review: Review, decisions: list[Decision]) -> None:
    """A body that has the decisions in it stays as it is."""
    ruling = fold_decisions(decisions)
    once = apply_ruling(review, ruling)
    assert apply_ruling(once, ruling) == once
    assert decode(Review, encode(once)) == once, "it travels"


@given(graded_reviews(), decision_lists(), st.data())
def test_repetitions_change_nothing(review: Review, decisions: list[Decision], data: st.DataObject) -> None:
    """Decisions that come again, anywhere later in the log, are the ones that are known."""
    again = list(decisions)
    for decision in decisions:
        if data.draw(st.booleans()):
            first = again.index(decision)
            again.insert(data.draw(st.integers(first + 1, len(again))), decision)
    assert apply_ruling(review, fold_decisions(again)) == apply_ruling(review, fold_decisions(decisions))


@given(graded_reviews(), decision_lists())
def test_no_edit_is_lost_in_any_review_of_the_submission(review: Review, decisions: list[Decision]) -> None:
    """The last word on each part is what the review says, whichever generation it is."""
    decided = apply_ruling(review, fold_decisions(decisions))
    result = decided.review_result
    said = {one.comment_id: one.message for one in result.code_review_comments}
    wanted: dict[str, CommentEdit] = {}
    verdicts: dict[str, Verdict] = {}
    summary = None
    for decision in decisions:
        wanted |= {edit.comment_id: edit for edit in decision.edits.comments}
        verdicts |= {edit.item_id: edit.verdict for edit in decision.edits.verdicts}
        summary = decision.edits.summary or summary
    for name, edit in wanted.items():
        assert said.get(name) == (None if edit.is_withdrawn else edit.comment.message)
    given_verdicts = {one.item_id: one.verdict for one in result.rubric}
    for item, verdict in verdicts.items():
        assert given_verdicts.get(item, verdict) is verdict
        assert item in given_verdicts or (decided.decision is not None and item in decided.decision.unplaced)
    assert result.progress_summary == (summary or "By the machine.")


def as_a_browser_sends(text: str | None) -> str:
    """A field's text, read out of the page and sent back with a form's line ends."""
    shown = html.unescape(str(field(text or ""))).removeprefix("\n")
    return shown.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


HOSTILE = st.text(
    st.sampled_from('ab \t\r\n\v\x85\x00\u200b\u202e\ufeff\u2028<&`"') | st.characters(), min_size=1, max_size=20
)


@given(HOSTILE, HOSTILE, st.none() | HOSTILE | st.just(""), st.none() | HOSTILE, st.sampled_from(Verdict))
def test_a_form_that_comes_back_unchanged_is_no_edit(
    summary: str, message: str, suggestion: str | None, reason: str | None, verdict: Verdict
) -> None:
    """Whatever a model wrote: what nobody can see in a field is no change either."""
    result = ReviewResult(
        overall_score=40,
        code_quality_score=50,
        progress_summary=summary,
        code_review_comments=(a_comment("c-1", message=message, suggestion=suggestion),),
        rubric=(a_verdict("works", verdict=verdict, reason=reason),),
    )
    review = a_review(review_result=result)
    form = {
        "summary": as_a_browser_sends(summary),
        "message:c-1": as_a_browser_sends(message),
        "suggestion:c-1": as_a_browser_sends(suggestion),
        "severity:c-1": "minor",
        "verdict:works": verdict.value,
        "reason:works": as_a_browser_sends(reason),
    }
    assert read_edits(review, review, form, "mine").is_empty


@given(decision_lists())
def test_each_decision_is_one_more_revision(decisions: list[Decision]) -> None:
    """So one key of the API never has two bodies."""
    assert [fold_decisions(decisions[:end]).revision for end in range(len(decisions) + 1)] == list(
        range(len(decisions) + 1)
    )
