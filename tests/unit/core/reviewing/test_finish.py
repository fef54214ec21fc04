"""Answers are parsed strictly, comments anchored, scores held; whatever is changed is said."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.catalogue import words_in
from app.core.history.identity import review_id
from app.core.limits import ReviewLimits
from app.core.ports import Draft, ItemOpinion, Opinion, QuotedPlace
from app.core.reviewing.finish import InvalidAnswer, finish, parse_answer
from app.core.rubric import Rubric
from schemas.changes import Coverage, FileChange
from schemas.comparison import ChangedFile, Comparison, Evidence, Fact, ScoreBounds
from schemas.review import CodeComment, Review, Usage
from schemas.rubric import HintLevel, Verdict
from tests.builders.graded import own_rubric
from tests.builders.questions import a_question, the_default_rubric
from tests.builders.records import NOON, a_comparison, a_review

ANSWER: dict[str, Any] = {"progress_summary": "Better."}


def test_plain_answer_is_parsed() -> None:
    """One JSON object is an opinion; absent lists are empty."""
    assert parse_answer(json.dumps(ANSWER)) == Opinion("Better.")


def test_scores_that_nobody_asked_for_are_not_read() -> None:
    """A model may give numbers, even absurd ones: they go nowhere, and spoil nothing."""
    numbers = {"overall_score": 100, "code_quality_score": "eleven"}
    assert parse_answer(json.dumps(ANSWER | numbers)) == Opinion("Better.")


@pytest.mark.parametrize(
    "text",
    [
        "```json\n{}\n```",
        "Here is my review:\n{}\nI hope it helps {{really}}.",
        '<think>maybe {{"overall_score": 1}}</think>\n{}',
        '{{"note": "not this one"}}\n{}',
        "{{ not json }} {}",
    ],
    ids=["fence", "prose", "thoughts", "another object", "broken object"],
)
def test_answer_is_found_in_what_surrounds_it(text: str) -> None:
    """Code fences, prose, thoughts and other objects around the review do no harm."""
    assert parse_answer(text.format(json.dumps(ANSWER))).summary == "Better."


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"progress_summary": ""}, "progress_summary"),
        ({"progress_summary": " \n"}, "progress_summary"),
        ({"progress_summary": 5}, "progress_summary"),
        ({"code_review_comments": 5}, "code_review_comments"),
        ({"recommendations": {"a": 1}}, "recommendations"),
    ],
)
def test_wrong_field_is_refused_by_name(change: dict[str, Any], named: str) -> None:
    """A field out of range, of the wrong type or absent is an invalid answer that names the field."""
    with pytest.raises(InvalidAnswer, match=named):
        parse_answer(json.dumps(ANSWER | change))


@pytest.mark.parametrize("absent", sorted(ANSWER))
def test_missing_field_is_refused_by_name(absent: str) -> None:
    """The summary is required."""
    with pytest.raises(InvalidAnswer, match=f"missing: {absent}"):
        parse_answer(json.dumps({key: value for key, value in ANSWER.items() if key != absent}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON object"),
        ("I refuse.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        (json.dumps(ANSWER)[:20], "cut off"),
        ('{"a":' * 50_000, "longer than"),
        ('{"a":' * 30_000, "levels"),
        ('{"progress_summary": NaN}', "a value is expected"),
        ('{"progress_summary": ' + "9" * 5000 + "}", "a value is expected"),
    ],
    ids=["empty", "prose", "list", "cut", "long", "deep", "nan", "huge"],
)
def test_what_is_no_review_is_refused(text: str, said: str) -> None:
    """Prose, halves, bombs and numbers that are none are invalid answers and nothing worse."""
    with pytest.raises(InvalidAnswer, match=said):
        parse_answer(text)


def test_unstorable_characters_are_removed() -> None:
    """Lone surrogates and control characters, which no receiver could store, do not pass."""
    opinion = parse_answer('{"progress_summary": "a\\ud800\\u0000b\\nc"}')
    assert opinion.summary == "ab\nc"


SOURCES = (
    ChangedFile(path="src/app/main.py", text="a = 1\nb = 2\nc = 3\n"),
    ChangedFile(path="src/app/util.py", text="x = 1"),
    ChangedFile(path="tests/util.py", text="y = 1\n"),
)


LINES = {"main.py": ("a = 1", "b = 2", "c = 3"), "util.py": ("x = 1",)}


def comment(path: str, line: int | None = None, message: str = "Why?", **more: Any) -> CodeComment:
    """A comment that quotes its line, where there is one."""
    lines = next((lines for name, lines in LINES.items() if path.casefold().endswith(name)), ())
    quote = lines[line - 1] if line is not None and line <= len(lines) else None
    return CodeComment(**{"path": path, "line": line, "message": message, "quote": quote, **more})


def a_draft(*comments: CodeComment, **overrides: Any) -> Draft:
    return Draft(
        Opinion("Better.", comments, **overrides),
        model="m",
        prompt_version="p/1",
        usage=Usage(calls=2, prompt_tokens=10, completion_tokens=5),
        shown_files=3,
        shown_chars=40,
        notes=("the log was cut",),
    )


def finished(draft: Draft, previous: Review | None = None, rubric: Rubric | None = None, **overrides: Any) -> Review:
    comparison = a_comparison(**({"sources": SOURCES} | overrides))
    return finish(
        a_question(comparison, previous, rubric=rubric),
        draft,
        review_id=id_of(comparison),
        timestamp=NOON,
        latency_ms=7,
        words=words_in(comparison.language),
    )


def id_of(comparison: Comparison) -> Any:
    return review_id(comparison.student_id, comparison.assignment_id, comparison.submission_id, comparison.generation)


def places(review: Review) -> list[tuple[str, int | None, int | None]]:
    return [(c.path, c.line, c.end_line) for c in review.review_result.code_review_comments]


def test_review_carries_the_comparison_and_the_draft() -> None:
    """Nothing of the comparison or the draft is lost on the way."""
    review = finished(a_draft(), coverage=Coverage(files_read=9, notes=("big.bin was skipped",)), generation=3)
    assert (review.new_submission_id, review.previous_submission_id, review.generation) == ("sub-1", "sub-0", 3)
    assert (review.model, review.prompt_version, review.usage.calls, review.latency_ms) == ("m", "p/1", 2, 7)
    assert (review.coverage.files_read, review.coverage.shown_files, review.coverage.shown_chars) == (9, 3, 40)
    assert review.coverage.notes == ("big.bin was skipped", "the log was cut")
    assert review.integrity.source_digest == "0" * 64


@pytest.mark.parametrize(("line", "cell"), [(None, None), (1, None), (2, 1), (3, 1), (5, 2)])
def test_comment_on_a_notebook_names_the_cell(line: int | None, cell: int | None) -> None:
    """The number by which a student finds the line; neither a model's own word counts nor a .py file's marks."""
    text = "# --- notebook ---\n# --- cell 1 ---\na = 1\n# --- cell 2 ---\nb = 2\n"
    sources = (ChangedFile(path="eda.ipynb", text=text), ChangedFile(path="eda.py", text=text))
    quote = text.split("\n")[line - 1] if line is not None else None
    said = [comment(path, line, cell=9, quote=quote) for path in ("eda.ipynb", "eda.py")]
    review = finished(a_draft(*said), sources=sources)
    assert [c.cell for c in review.review_result.code_review_comments] == [cell, None]


def test_comment_on_an_existing_line_stays() -> None:
    """A comment on a line that exists is left as it is, and nothing is said about it."""
    review = finished(a_draft(comment("src/app/main.py", 3)))
    assert places(review) == [("src/app/main.py", 3, None)]
    assert review.integrity.adjustments == ()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("main.py", "src/app/main.py"),
        ("app/main.py", "src/app/main.py"),
        ("homework/src/app/main.py", "src/app/main.py"),
        ("b/src/app/main.py", "src/app/main.py"),
        ("SRC/App/Main.py", "src/app/main.py"),
        ("src\\app\\main.py", "src/app/main.py"),
        ("./src/app/main.py", "src/app/main.py"),
        ("`src/app/main.py:2`", "src/app/main.py"),
        ("app/util.py", "src/app/util.py"),
    ],
)
def test_near_miss_is_moved_to_the_only_file_it_can_mean(given: str, found: str) -> None:
    """A path whose end fits one file, and only one, is that file."""
    assert [path for path, _, _ in places(finished(a_draft(comment(given, 1))))] == [found]


@pytest.mark.parametrize("given", ["util.py", "other.py", "ain.py", "", "/etc/passwd", "src/app", "main.py/x"])
def test_path_that_fits_no_or_several_files_is_dropped(given: str) -> None:
    """A comment on a file that does not exist, or on either of two, is dropped, and that is said."""
    review = finished(a_draft(comment(given, 1, quote=None)))
    assert places(review) == []
    assert len(review.integrity.adjustments) == 1


@pytest.mark.parametrize(
    ("line", "end_line", "kept"),
    [
        (3, None, (3, None)),
        (4, None, (None, None)),
        (10**9, None, (None, None)),
        (1, 3, (1, 3)),
        (2, 9, (2, 3)),
        (3, 1, (3, None)),
        (None, 2, (None, None)),
    ],
)
def test_lines_are_held_to_the_file(
    line: int | None, end_line: int | None, kept: tuple[int | None, int | None]
) -> None:
    """A line beyond the end makes the comment one on the file; a range is cut to the file."""
    review = finished(a_draft(comment("src/app/main.py", line, end_line=end_line)))
    assert places(review) == [("src/app/main.py", *kept)]


def test_last_line_without_a_line_end_exists() -> None:
    """A file whose text does not end in a line feed still has its last line, and no line after it."""
    review = finished(a_draft(comment("src/app/util.py", 1), comment("src/app/util.py", 2, "Second", category="other")))
    assert [line for _, line, _ in places(review)] == [1, None]


def test_line_of_a_file_without_text_is_dropped() -> None:
    """A removed or unchanged file is known by name alone: its comments have no line."""
    files = (FileChange(path="old.py", status="removed"),)
    review = finished(a_draft(comment("old.py", 4)), files=files)
    assert places(review) == [("old.py", None, None)]
    assert "old.py:4" in review.integrity.adjustments[0]


def test_repeated_comments_are_merged() -> None:
    """The same words at the same place are one comment, with the graver severity and the suggestion kept."""
    review = finished(
        a_draft(
            comment("src/app/main.py", 1, "Why  this?", severity="minor"),
            comment("main.py", 1, "why this?", severity="major", suggestion="Drop it."),
            comment("src/app/main.py", 2, "Why this?", category="other"),
        ),
        rubric=own_rubric(hints=HintLevel.SOLVE),
    )
    first, second = review.review_result.code_review_comments
    assert (first.severity, first.suggestion, second.line) == ("major", "Drop it.", 2)
    assert any("merged: 1" in sentence for sentence in review.integrity.adjustments)


def test_surplus_comments_and_recommendations_are_dropped() -> None:
    """A model in a loop does not flood the review; the rubric says how many comments there may be."""
    quote = "def main():"
    comments = (comment("main.py", 1, f"no {n}", category=f"c{n}", quote=quote) for n in range(5))
    draft = a_draft(*comments, recommendations=("a", "b", "c"))
    comparison = a_comparison()
    rubric = the_default_rubric().model_copy(update={"comments_max": 2})
    review = finish(
        a_question(comparison, rubric=rubric),
        draft,
        review_id=id_of(comparison),
        timestamp=NOON,
        latency_ms=0,
        words=words_in(comparison.language),
        limits=ReviewLimits(recommendations_max=1),
    )
    assert len(review.review_result.code_review_comments) == 2
    assert review.review_result.recommendations == ("a",)
    assert {sentence.rsplit(" ", 1)[1] for sentence in review.integrity.adjustments} == {"3", "2"}


def test_scores_are_held_to_the_evidence_and_that_is_said() -> None:
    """A sum outside of its bounds is moved to the nearest one, with the bound's reason."""
    bounds = ScoreBounds(overall_max=20, quality_min=100, why=("failing tests: 2 of 5",))
    syntax = Fact(code="syntax_error", weight=-1.0, data={"files_python": 1})
    review = finished(a_draft(), evidence=Evidence(facts=(syntax,), bounds=bounds, flags=("tests_removed",)))
    assert (review.review_result.overall_score, review.review_result.code_quality_score) == (20, 100)
    assert "failing tests: 2 of 5" in review.integrity.adjustments
    assert (review.integrity.score_bounds_overall, review.integrity.score_bounds_quality) == ((0, 20), (100, 100))
    assert review.integrity.flags == ("tests_removed",)


def test_every_item_is_in_the_review_with_the_rubric_that_asked_for_it() -> None:
    """In the rubric's order, whoever decided it, and with a version that a person can read."""
    rubric = own_rubric()
    place = QuotedPlace("src/app/main.py", 2, "b = 2")
    review = finished(a_draft(items=(ItemOpinion("fits", Verdict.PARTLY, "Half of it.", place),)), rubric=rubric)
    told = review.review_result.rubric
    assert [one.item_id for one in told] == [item.id for item in rubric.items]
    by_id = {one.item_id: one for one in told}
    assert (by_id["fits"].points, by_id["fits"].path, by_id["fits"].line) == (15, "src/app/main.py", 2)
    assert by_id["secret"].verdict is Verdict.CANNOT_TELL
    assert review.rubric_version == rubric.version
    assert rubric.version.startswith("hw-1/")


def test_what_was_mended_to_read_the_answer_is_said_first() -> None:
    """A draft's own adjustments stand in the review, before those of anchoring and bounds."""
    draft = replace(a_draft(comment("nowhere.py", 1)), adjustments=("slips mended",))
    assert finished(draft).integrity.adjustments[0] == "slips mended"
    assert len(finished(draft).integrity.adjustments) == 2


def test_score_within_bounds_is_left_alone() -> None:
    """Where the sum lies within the evidence, nothing is adjusted."""
    review = finished(a_draft(), evidence=Evidence(bounds=ScoreBounds(overall_max=80, why=("w",))))
    assert 0 < review.review_result.overall_score < 80
    assert review.integrity.adjustments == ()


def test_score_change_is_against_the_compared_submission() -> None:
    """The change is told against the review of the very predecessor, of the bounded score, and of no other."""
    before = a_review(new_submission_id="sub-0")
    bounded = Evidence(bounds=ScoreBounds(overall_min=75, overall_max=75))
    assert finished(a_draft(), before, evidence=bounded).score_change == 5
    assert finished(a_draft(), a_review(new_submission_id="sub-9")).score_change is None
    assert finished(a_draft(), None).score_change is None


def test_unchanged_resubmission_earns_no_more_than_before() -> None:
    """Handing in the same again does not raise the score, whatever it adds up to by now."""
    evidence = Evidence(facts=(Fact(code="no_change", weight=-0.6),), bounds=ScoreBounds(overall_min=72))
    review = finished(a_draft(), a_review(new_submission_id="sub-0"), evidence=evidence)
    assert review.review_result.overall_score == 70
    assert review.score_change == 0
    assert review.integrity.score_bounds_overall == (70, 70)


@pytest.mark.parametrize(("language", "word"), [("ru", "отброшено"), ("en", "dropped")])
def test_adjustments_are_in_the_review_s_language(language: str, word: str) -> None:
    """Teachers read what was changed in the language of the review."""
    review = finished(a_draft(comment("nowhere.py", 1)), language=language)
    assert word in review.integrity.adjustments[0]


def test_adjustment_quotes_a_foreign_path_safely() -> None:
    """A path that a model made up is cut and stripped of control characters before it is quoted."""
    review = finished(a_draft(comment("x\n\x1b[31m" + "y" * 500, 1)))
    (sentence,) = review.integrity.adjustments
    assert sentence.isprintable()
    assert len(sentence) < 160
