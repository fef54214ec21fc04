"""What a review's page shows, in words."""

import re
from dataclasses import replace
from typing import Any

import pytest

from app.core.deciding.applying import apply_ruling
from app.core.deciding.folding import fold_decisions
from app.core.ports import score_of
from app.presentation.pages.environment import PageFrame
from app.presentation.pages.student import ReviewView, language_of_text, review_view, student_page
from schemas.changes import Change, ChangeKind, Complexity, ComplexityDelta, Coverage, Place
from schemas.comparison import Baseline
from schemas.decision import CommentEdit
from schemas.review import (
    CodeComment,
    DecisionNote,
    Integrity,
    ReplayNote,
    Review,
    ReviewResult,
    ReviewStanding,
    Thread,
    ThreadState,
)
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.decisions import a_comment, a_doubtful_review, an_edit
from tests.builders.records import NOON, a_diff, a_review
from tests.builders.sample_reviews import sample_reviews

FRAME = PageFrame("en", "/reviews/x", {"exp": "1", "sig": "s"})


def an_item(verdict: Verdict, **fields: Any) -> RubricVerdict:
    defaults: dict[str, Any] = {
        "item_id": "i",
        "title": "It works",
        "points": 7.5,
        "points_max": 10,
        "counts_for": CountsFor.OVERALL,
        "decided_by": DecidedBy.TESTS,
    }
    return RubricVerdict(**(defaults | {"verdict": verdict} | fields))


def a_thread(state: ThreadState, **fields: Any) -> Thread:
    defaults: dict[str, Any] = {
        "comment_id": state.value,
        "path": "main.py",
        "line": 2,
        "message": f"It is {state.value}.",
        "since_submission_id": "sub-0",
        "severity": "major",
    }
    return Thread(**(defaults | {"state": state} | fields))


def a_result(**fields: Any) -> ReviewResult:
    return ReviewResult(**({"overall_score": 70, "progress_summary": "Better.", "code_quality_score": 65} | fields))


def view_of(**fields: Any) -> ReviewView:
    return review_view(a_review(**fields), [], "en")


def page_of(review: Review, view: str = "", only: int | None = None) -> str:
    return student_page(review, [score_of(review)], FRAME, view, only)


def test_a_person_s_part_is_told() -> None:
    """That a teacher read the review, or changed it; nothing where nobody did."""
    note = DecisionNote(revision=1, standing=ReviewStanding.APPROVED, decided_by="desk", decided_at=NOON)
    pages = [
        page_of(a_review(decision=decision)) for decision in (None, note, note.model_copy(update={"comments": ("c1",)}))
    ]
    assert ["A teacher read this review." in page for page in pages] == [False, True, False]
    assert ["changed it" in page for page in pages] == [False, False, True]


def test_a_person_s_words_are_marked() -> None:
    """The summary, each item and each comment, in the list and in the code; what was held is told as it was."""
    made = a_doubtful_review()
    verdicts = [{"item_id": "works", "verdict": "met", "reason": "I ran it."}]
    comments = [CommentEdit(comment=a_comment(name, line=2, message="Mine.")) for name in ("c-1", "old")]
    edits = [an_edit(1), an_edit(2, comments=comments, verdicts=verdicts)]
    marked = re.compile("a teacher&#39;s")
    assert marked.search(page_of(made)) is None
    view = review_view(apply_ruling(made, fold_decisions(edits)), [], "en")
    assert [(one.is_persons, one.message) for one in (*view.comments, *view.earlier)] == [
        (True, "Mine."),
        (False, "about c-2"),
        (True, "Mine."),
    ]
    assert [item.is_persons for item in view.items] == [True, False]
    page = page_of(view.review)
    assert len(marked.findall(page)) == 1 + 1 + 2 * 2, (
        "the summary, an item, two comments in their lists and in the code"
    )
    before = "As the reviewer wrote it, before a teacher judged:"
    assert page.index(before) < page.index("The score was held at 40")
    assert before not in page_of(apply_ruling(made, fold_decisions(edits[:1])))


def test_the_score_tells_its_change() -> None:
    """Up, down, not at all, or nothing to compare with."""
    told = [(view_of(score_change=change).change, view_of(score_change=change).tone) for change in (5, -5, 0, None)]
    assert told == [("+5", "good"), ("−5", "bad"), ("±0", ""), ("", "")]
    assert view_of().against == "compared with sub-0"
    assert view_of(previous_submission_id=None, baseline=Baseline.NONE).against == "first attempt"
    assert "no longer kept" in view_of(baseline=Baseline.UNAVAILABLE).against


def test_the_change_is_the_one_that_the_picture_shows() -> None:
    """Where a person changed the earlier score since; an attempt that is not among them is believed to the record."""
    review = a_review(score_change=10)
    before = replace(score_of(review), submission_id="sub-0", offset=0, overall=85)
    older = replace(before, submission_id="sub-00", overall=1)
    remade = replace(before, generation=1, overall=75)
    told = [review_view(review, published, "en") for published in ((before, older), (before, remade), (older,), ())]
    assert [view.change for view in told] == ["−15", "−5", "+10", "+10"]
    assert told[0].tone == "bad"


def test_items_tell_points_and_reasons() -> None:
    """One on which nobody can tell has no points."""
    rubric = (
        an_item(Verdict.PARTLY, reason="3 of 4 tests pass.", path="main.py", line=2),
        an_item(Verdict.CANNOT_TELL, points=0, points_max=0),
    )
    first, second = view_of(review_result=a_result(rubric=rubric)).items
    assert (first.verdict, first.points, first.reason, first.position) == (
        "partly", "7.5 of 10", "3 of 4 tests pass.", "main.py:2",
    )  # fmt: skip
    assert (second.verdict, second.points) == ("cannot tell", "—")


def test_hidden_items_are_a_teachers() -> None:
    """A student's page says how many there are, and no word of them; a teacher's shows them."""
    rubric = (an_item(Verdict.MET), an_item(Verdict.NOT_MET, title="Not copied", reason="Copied.", hidden=True))
    review = a_review(review_result=a_result(rubric=rubric))
    page = page_of(review)
    assert "Not copied" not in page
    assert "Copied." not in page
    assert "Hidden items: 1" in page
    shown = review_view(review, [], "en", for_teacher=True)
    assert [(item.title, item.is_hidden) for item in shown.items] == [("It works", False), ("Not copied", True)]
    assert shown.hidden_items == 0


def test_what_a_verdict_rests_on_is_a_teachers() -> None:
    """A student reads the verdict and its reason; the place in the code is enough."""
    review = a_review(review_result=a_result(rubric=(an_item(Verdict.NOT_MET, quote="total = 0"),)))
    quotes = [review_view(review, [], "en", for_teacher=told).items[0].quote for told in (False, True)]
    assert quotes == [None, "total = 0"]


def test_earlier_comments_stand_by_their_state() -> None:
    """What is back first, then what is open, then what is fixed; new ones are no earlier ones."""
    closed = {"closed_submission_id": "sub-1"}
    threads = (
        a_thread(ThreadState.OBSOLETE, **closed),
        a_thread(ThreadState.FIXED, **closed),
        a_thread(ThreadState.NEW),
        a_thread(ThreadState.MOVED),
        a_thread(ThreadState.STILL_OPEN, attempts=3),
        a_thread(ThreadState.REGRESSED),
        a_thread(ThreadState.FIXED, closed_submission_id="sub-0"),
    )
    view = view_of(review_result=a_result(threads=threads))
    assert [(one.state, one.tone) for one in view.earlier] == [
        ("is back", "bad"),
        ("still open", "bad"),
        ("moved, still open", "bad"),
        ("fixed", "good"),
        ("its code is gone", "muted"),
    ]
    page = page_of(view.review)
    assert "attempts that it has been open in: 3" in page
    assert page.index("It is regressed.") < page.index("It is fixed.")


def test_comments_stand_in_the_code() -> None:
    """The list links there; one on a file that the diff has not stands whole in the list."""
    comments = (
        CodeComment(path="main.py", line=2, message="Why 1?", suggestion="Name it."),
        CodeComment(path="other.py", line=9, end_line=11, message="Long.", suggestion="Split it."),
    )
    view = view_of(review_result=a_result(code_review_comments=comments))
    assert view.placed == {"comment-1"}
    assert [one.position for one in view.comments] == ["main.py:2", "other.py:9–11"]
    page = page_of(view.review)
    assert '<a href="#comment-1">' in page
    assert page.count('id="comment-1"') == 1
    assert "#comment-2" not in page
    assert "Split it." in page


def test_a_long_comment_is_whole_in_the_code_alone() -> None:
    """The list that leads there has its beginning; where nothing leads anywhere it has all."""
    long = "long " * 200
    comments = tuple(CodeComment(path=path, line=2, message=long) for path in ("main.py", "other.py"))
    page = page_of(a_review(review_result=a_result(code_review_comments=comments)))
    assert page.count(long) == 2
    assert page.count("long …") == 1


def test_symbols_tell_what_changed_and_what_it_did() -> None:
    """Each symbol once, with all that happened to it and its complexity."""
    place = Place(path="main.py", symbol="main", line=1)
    view = view_of(
        changes=(
            Change(kind=ChangeKind.MODIFY_FUNCTION, before=place, after=place),
            Change(kind=ChangeKind.ADD_PARAMETER, after=place, detail={"name": "x"}),
        ),
        complexity=Complexity(
            deltas=(
                ComplexityDelta(
                    path="main.py", symbol="main", metric="cyclomatic",
                    before=7, after=3, rank_before="B", rank_after="A",
                ),
                ComplexityDelta(path="main.py", symbol="new", metric="cyclomatic", after=2, rank_after="A"),
            )
        ),
    )  # fmt: skip
    assert [(one.symbol, one.phrases, one.complexity, one.tone) for one in view.symbols] == [
        ("main", ("function changed", "parameter added: x"), "7 → 3 (B → A)", "good"),
        ("new", (), "2 (A)", ""),
    ]


def test_tests_tell_what_moved() -> None:
    """With why one fails, and what there was before."""
    report = TestReport(
        totals={Outcome.PASSED: 3, Outcome.FAILED: 1},
        cases=(TestCase(id="test_a", outcome=Outcome.FAILED, message="assert 1 == 2"),),
        confidence=0.5,
    )
    progress = TestProgress(
        current=report,
        previous_totals={Outcome.PASSED: 4},
        newly_failing=("test_a",),
        newly_passing=tuple(f"test_{number}" for number in range(40)),
    )
    tests = view_of(tests=progress).tests
    assert (tests.figures, tests.tone, tests.is_in_doubt) == ("passed 3, failed 1 (before: 4 / 0)", "bad", True)
    failing, passing = tests.moves
    assert (failing.heading, failing.tests[0].why) == ("no longer pass", "assert 1 == 2")
    assert (len(passing.tests), passing.more) == (30, 10)
    assert view_of().tests.figures == "no log was handed in"


def test_a_run_that_broke_off_is_no_good_one() -> None:
    """However many of the tests that ran pass."""
    report = TestReport(totals={Outcome.PASSED: 3}, marks=("interrupted",), confidence=1.0)
    tests = view_of(tests=TestProgress(current=report)).tests
    assert (tests.figures, tests.tone) == ("passed 3, failed 0, the run broke off", "bad")


def test_what_was_not_seen_is_said() -> None:
    """Files left out by reason, notes, and how much the model was shown."""
    coverage = Coverage(omitted={"data": 3}, omitted_files={"data": ("a.csv",)}, notes=("a note",), shown_files=2)
    page = page_of(a_review(coverage=coverage))
    for words in ("data files: 3", "a.csv", "a note", "Files with changes that the model was shown: 2"):
        assert words in page
    assert "No file was left out." not in page
    assert "No file was left out." in page_of(a_review())
    cut = a_diff(diff=f"{a_diff().diff}# diff cut at 200000 characters: 3 more lines in 1 files are not shown\n")
    assert "No file was left out." not in page_of(a_review(diff_info=cut))


def test_a_review_that_was_made_again_says_so() -> None:
    """And that it was asked for, with the reason."""
    appeal = ReplayNote(replay_id="replay-1", reason="the log was lost", is_appeal=True)
    page = page_of(a_review(generation=1, replay=appeal))
    assert "because it was asked for" in page
    assert "the log was lost" in page
    assert "This review was made again." in page_of(a_review(generation=1, replay=ReplayNote(replay_id="r")))
    assert "made again" not in page_of(a_review())


def test_what_it_cost_is_nobodys_here() -> None:
    """Neither tokens nor money are shown, but flags and changes of a draft are."""
    integrity = Integrity(source_digest="0" * 64, flags=("tests_removed",), adjustments=("one comment was dropped",))
    page = page_of(a_review(integrity=integrity))
    assert "tests were removed" in page
    assert "one comment was dropped" in page
    assert "token" not in page


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Better.", "en"),
        ("Стало лучше.", "ru"),
        ("Функция main.py", "ru"),
        ("42", "ru"),
        ("Тест `tests/test_store.py::test_point_in_time_join` теперь проходит.", "ru"),
        ("`load_config` closes the file «данные».", "en"),
    ],
)
def test_letters_tell_a_reviews_language(text: str, language: str) -> None:
    """More Russian ones than Latin ones, or as many, are Russian; names of code are neither."""
    assert language_of_text(text) == language


def test_one_file_is_a_page_of_its_own() -> None:
    """Its code, the way back, and nothing else of the review."""
    review = sample_reviews("en")[1]
    page = page_of(review, only=2)
    assert "store/ingest.py" in page
    assert "The whole review" in page
    assert review.review_result.progress_summary[:20] not in page
    assert page.count("<table") == 1


@pytest.mark.parametrize("view", ["", "split", "nonsense"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_pages_of_samples_are_made(language: Any, view: str) -> None:
    """Every attempt's, with no word missing, whichever way the lines stand."""
    reviews = sample_reviews(language)
    for review in reviews:
        html = student_page(
            review, [score_of(one) for one in reviews], PageFrame(language, "/reviews/x", {}), view, None
        )
        assert f'<html lang="{language}">' in html
        assert str(review.review_result.overall_score) in html
        assert ("diff split" in html) == (view == "split")
