"""A form beside the review that it was made from: edits name what was changed, and nothing else."""

import pytest

from app.core.deciding.applying import apply_ruling
from app.core.deciding.editing import InvalidForm, editable_comments, read_edits
from app.core.deciding.folding import fold_decisions
from schemas.review import Review
from schemas.rubric import Verdict
from tests.builders.decisions import a_comment, a_doubtful_review, an_edit

REVIEW = a_doubtful_review()


def form_of(review: Review) -> dict[str, str]:
    """The form as a browser sends it where nobody changed anything."""
    result = review.review_result
    form = {"summary": result.progress_summary.replace("\n", "\r\n")}
    for verdict in result.rubric:
        form |= {f"verdict:{verdict.item_id}": verdict.verdict, f"reason:{verdict.item_id}": verdict.reason or ""}
    for said in editable_comments(result):
        comment = said.comment
        form |= {f"message:{comment.comment_id}": comment.message, f"severity:{comment.comment_id}": comment.severity}
        if not said.is_earlier:
            form[f"suggestion:{comment.comment_id}"] = comment.suggestion or ""
    return form


def test_an_unchanged_form_is_no_edit() -> None:
    """Also where lines end as browsers end them, and of a review that has edits already."""
    lines = "One line.\nAnother."
    result = REVIEW.review_result.model_copy(update={"progress_summary": lines})
    many = REVIEW.model_copy(update={"review_result": result})
    edited = apply_ruling(REVIEW, fold_decisions([an_edit(1)]))
    for review in (REVIEW, many, edited):
        assert read_edits(review, review, form_of(review), "mine").is_empty


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"summary": "Mine."}, "summary"),
        ({"summary": " "}, None),
        ({"message:c-1": "Mine."}, "c-1"),
        ({"message:c-1": ""}, None),
        ({"suggestion:c-2": ""}, "c-2"),
        ({"severity:old": "info"}, "old"),
        ({"withdraw:old": "1"}, "old"),
        ({"verdict:works": "met"}, "works"),
        ({"reason:works": "I ran it."}, "works"),
        ({"verdict:nothing": "met"}, None),
        ({"added_message": "Mine.", "added_path": "main.py"}, "mine"),
    ],
)
def test_what_is_changed_is_named(change: dict[str, str], changed: str | None) -> None:
    """And nothing else; a field that is emptied takes no words away."""
    edits = read_edits(REVIEW, REVIEW, form_of(REVIEW) | change, "mine")
    named = ["summary"] if edits.summary is not None else []
    named += [edit.comment_id for edit in edits.comments] + [edit.item_id for edit in edits.verdicts]
    assert named == ([changed] if changed else [])


def test_an_edit_is_what_the_form_said() -> None:
    """With the comment's own place."""
    change = {"message:c-2": "Say it so.\r\n", "severity:c-2": "info", "verdict:readable": "partly"}
    edits = read_edits(REVIEW, REVIEW, form_of(REVIEW) | change, "mine")
    (comment,) = [edit.comment for edit in edits.comments]
    assert (comment.path, comment.line, comment.message, comment.severity) == ("util.py", 7, "Say it so.", "info")
    assert comment.suggestion == "Give it a name."
    assert [(edit.verdict, edit.reason) for edit in edits.verdicts] == [(Verdict.PARTLY, "Nobody could tell.")]


def test_a_field_that_stayed_keeps_what_cannot_be_seen_in_it() -> None:
    """Beside one that was changed; a tab that was shown comes back as a tab."""
    comment = a_comment("c-1", message="Say \u200bit", suggestion="if x:\n\treturn 1")
    result = REVIEW.review_result.model_copy(update={"code_review_comments": (comment,), "threads": ()})
    review = REVIEW.model_copy(update={"review_result": result})
    shown = {"message:c-1": "Say \N{REPLACEMENT CHARACTER}it", "suggestion:c-1": "if x:\r\n\treturn 2"}
    (edit,) = read_edits(review, review, form_of(review) | shown, "mine").comments
    assert (edit.comment.message, edit.comment.suggestion) == (comment.message, "if x:\n\treturn 2")


def test_a_verdict_says_what_the_reviewer_had_said() -> None:
    """Also where it is judged for the second time, and where it is taken back."""
    judged = apply_ruling(REVIEW, fold_decisions([an_edit(1, verdicts=({"item_id": "works", "verdict": "met"},))]))
    for verdict in (Verdict.NOT_MET, Verdict.PARTLY):
        (edit,) = read_edits(judged, REVIEW, form_of(judged) | {"verdict:works": verdict.value}, "mine").verdicts
        assert (edit.verdict, edit.instead_of) == (verdict, Verdict.PARTLY)
    (edit,) = read_edits(judged, REVIEW, form_of(judged) | {"reason:works": "I ran it."}, "mine").verdicts
    assert (edit.verdict, edit.instead_of) == (Verdict.MET, Verdict.PARTLY)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict:works": "superb"},
        {"severity:c-1": "fatal"},
        {"message:c-1": "x" * 4_001},
        {"summary": "x" * 8_001},
        {"reason:works": "x" * 2_001},
        {"added_message": "x"},
        {"added_message": "x", "added_path": "p" * 513},
        {"added_message": "x", "added_path": "a.py", "added_line": "one"},
    ],
)
def test_what_no_edit_can_hold_is_refused(change: dict[str, str]) -> None:
    """Before it becomes a record."""
    with pytest.raises(InvalidForm):
        read_edits(REVIEW, REVIEW, form_of(REVIEW) | change, "mine")
