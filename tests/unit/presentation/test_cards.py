import io
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from app.core.diff.records.kinds import REFACTORINGS
from app.presentation.cards import review_card
from app.presentation.changes import change_lines
from app.presentation.words import card_words
from schemas.changes import Change, Complexity, ComplexityDelta, Place
from schemas.comparison import Baseline
from schemas.review import CodeComment, Integrity, Review, ReviewResult
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict, Verdict
from schemas.submission import Language
from schemas.tests import Outcome, TestCase, TestProgress, TestReport
from tests.builders.records import a_review


def shown(review: Review, language: Language = "en", *, width: int = 100, terminal: bool = False) -> str:
    """The card as text."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=terminal, color_system="standard" if terminal else None).print(
        review_card(review, language)
    )
    return out.getvalue()


def a_result(**overrides: Any) -> ReviewResult:
    fields: dict[str, Any] = {"overall_score": 74, "progress_summary": "Better.", "code_quality_score": 65}
    return ReviewResult.model_validate(fields | overrides)


def a_change(kind: str, old: str | None = None, new: str | None = None, path: str = "a.py", **detail: Any) -> Change:
    return Change(
        kind=kind,
        before=Place(path=path, symbol=old, line=3) if old else None,
        after=Place(path=path, symbol=new, line=7) if new else None,
        detail=detail,
    )


@pytest.mark.parametrize(("change", "expected"), [(12, "74 (+12)"), (-8, "74 (-8)"), (0, "74 (+0)")])
def test_score_stands_beside_its_change(change: int, expected: str) -> None:
    """The score is followed by its signed change."""
    assert expected in shown(a_review(review_result=a_result(), score_change=change))


def test_a_first_submission_is_called_one() -> None:
    """Without a predecessor the card says so and shows no change of the score."""
    text = shown(a_review(previous_submission_id=None, baseline=Baseline.NONE, review_result=a_result()))
    assert "first attempt" in text
    assert "74 (" not in text


def test_what_became_of_earlier_comments_is_shown() -> None:
    """Open comments and those that this attempt answered are listed with their state; older ones are history."""
    fields = {"path": "a.py", "line": 4, "since_submission_id": "sub-0"}
    threads = [
        {"state": "still_open", "message": "Name it."},
        {"state": "regressed", "message": "Close it."},
        {"state": "fixed", "message": "Check it.", "closed_submission_id": "sub-1"},
        {"state": "fixed", "message": "Long ago.", "closed_submission_id": "sub-0"},
        {"state": "new", "message": "Test it."},
    ]
    result = a_result(threads=[{**fields, **one, "comment_id": str(n)} for n, one in enumerate(threads)])
    text = shown(a_review(review_result=result))
    for told in ("a.py:4 [still open] Name it.", "a.py:4 [is back] Close it.", "a.py:4 [fixed] Check it."):
        assert told in text
    assert "Long ago." not in text
    assert "Test it." not in text
    assert "Прошлые замечания" in shown(a_review(review_result=result), "ru")
    assert "Earlier comments" not in shown(a_review(review_result=a_result()))


def test_a_forgotten_predecessor_is_told() -> None:
    """Where the predecessor is no longer kept the card says that nothing was compared."""
    assert "nothing was compared" in shown(a_review(baseline=Baseline.UNAVAILABLE))


def test_changes_are_told_in_words() -> None:
    """A refactoring is named in words, with what became what and where."""
    text = shown(a_review(changes=(a_change("extract_method", "load", "parse"),)))
    assert "function extracted: load → parse  a.py:7" in text


def test_a_renamed_parameter_names_both_names_and_its_function() -> None:
    """A renamed parameter shows the old name, the new one and the function."""
    change = a_change("rename_parameter", "put", "put", before="ts", after="event_time")
    assert "parameter renamed: ts → event_time · put" in shown(a_review(changes=(change,)))


def test_a_moved_function_names_both_files() -> None:
    """What kept its name and changed its file shows both files."""
    moved = Change(
        kind="move_method",
        before=Place(path="old.py", symbol="f", line=1),
        after=Place(path="new.py", symbol="f", line=2),
    )
    assert "moved: f · old.py → new.py" in shown(a_review(changes=(moved,)))


def test_equal_kinds_share_a_line() -> None:
    """Many changes of one kind are counted in one line that names the first few."""
    changes = tuple(a_change("add_function", new=f"f{n}") for n in range(6))
    assert "function added (6): f0, f1, f2, f3 and more: 2" in shown(a_review(changes=changes))


def test_tests_are_counted_apart_from_functions() -> None:
    """A new function in a test file whose name starts with `test` is told as a test."""
    changes = (
        a_change("add_function", new="test_load", path="tests/test_a.py"),
        a_change("add_function", new="tester"),
    )
    text = shown(a_review(changes=changes))
    assert "test added: test_load" in text
    assert "function added: tester" in text


def test_an_unknown_kind_is_still_told() -> None:
    """A kind without a phrase is shown as it is."""
    assert "split loop: f" in shown(a_review(changes=(a_change("split_loop", "f", "f"),)))


def test_refactorings_come_first() -> None:
    """Refactorings are told before other changes."""
    changes = [a_change("add_import", new="x", target="os"), a_change("extract_method", "a", "b")]
    assert [line.phrase for line in change_lines(changes, card_words("en"))] == ["function extracted", "import added"]


@pytest.mark.parametrize("kind", sorted(REFACTORINGS))
def test_every_refactoring_has_a_phrase(kind: str) -> None:
    """No refactoring that the comparison knows is left without words in either language."""
    assert kind in card_words("ru").kinds
    assert kind in card_words("en").kinds


def test_complexity_shows_before_and_after() -> None:
    """A function's cyclomatic complexity is shown before and after, with both ranks."""
    delta = ComplexityDelta(
        path="a.py", symbol="f", metric="cyclomatic", before=14, after=5, delta=-9, rank_before="C", rank_after="A"
    )
    text = shown(a_review(complexity=Complexity(average_cyclomatic_before=6.25, average_cyclomatic=3, deltas=(delta,))))
    assert "f: 14 → 5 (C → A)  a.py" in text
    assert "average cyclomatic: 6.2 → 3" in text


def test_simple_new_functions_are_left_out_of_complexity() -> None:
    """Of new functions only those beyond rank A are told; a changed one is told however simple it is."""

    def delta(symbol: str, before: float | None, after: float) -> ComplexityDelta:
        return ComplexityDelta(path="a.py", symbol=symbol, metric="cyclomatic", before=before, after=after)

    deltas = (delta("simple", None, 5), delta("branchy", None, 6), delta("changed", 1, 2), delta("same", 3, 3))
    text = shown(a_review(complexity=Complexity(deltas=deltas)))
    assert "branchy: 6" in text
    assert "changed: 1 → 2" in text
    assert "simple" not in text
    assert "same" not in text


def test_tests_show_both_attempts() -> None:
    """Passed and failed tests stand beside the previous attempt's, and what now passes is named."""
    tests = TestProgress(
        current=TestReport(totals={Outcome.PASSED: 9, Outcome.FAILED: 1}),
        previous_totals={Outcome.PASSED: 4, Outcome.ERROR: 2},
        newly_passing=("tests/test_a.py::test_x",),
        still_failing=("tests/test_a.py::test_y",),
    )
    text = shown(a_review(tests=tests))
    assert "passed 9, failed 1 (before: 4 / 2)" in text
    assert "now pass: tests/test_a.py::test_x" in text
    assert "still fail: tests/test_a.py::test_y" in text


def test_comments_name_file_line_and_cell() -> None:
    """Each comment starts with its file and line, and a notebook's cell where there is one."""
    comments = (
        CodeComment(path="a.py", line=17, severity="major", message="Close the file.", suggestion="Use `with`."),
        CodeComment(path="n.ipynb", line=4, cell=2, message="Name this."),
    )
    text = shown(a_review(review_result=a_result(code_review_comments=comments)))
    assert "a.py:17 [major] Close the file." in text
    assert "suggestion: Use `with`." in text
    assert "n.ipynb:4 (cell 2) [minor] Name this." in text


def test_signs_of_steering_are_shown() -> None:
    """A flag about the integrity of the review is told in words."""
    flagged = a_review(integrity=Integrity(source_digest="0" * 64, flags=("instruction_in_source",)))
    assert "the work holds instructions to its reviewer" in shown(flagged)


def test_model_and_recommendations_are_shown() -> None:
    """The card names what to do next and who wrote the review."""
    text = shown(a_review(review_result=a_result(recommendations=("Write a README.",)), model="some-model"))
    assert "Write a README." in text
    assert "some-model" in text


def test_russian_card_is_russian() -> None:
    """The card's own words are in the asked language."""
    text = shown(a_review(changes=(a_change("extract_method", "load", "parse"),)), "ru")
    assert "выделена функция: load → parse" in text
    assert "качество кода" in text


@pytest.mark.parametrize("width", [20, 33, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """However narrow the terminal, no line runs over and no text is cut off."""
    word = "x" * 70
    review = a_review(
        review_result=a_result(
            progress_summary=word, code_review_comments=(CodeComment(path=f"{word}.py", line=1, message="m"),)
        ),
        changes=(a_change("rename_method", "a" * 40, "b" * 40),),
    )
    lines = shown(review, "ru", width=width).splitlines()
    assert max(cell_len(line) for line in lines) <= width
    assert sum(line.count("x") for line in lines) == 140


def test_no_colours_where_there_is_no_terminal() -> None:
    """Piped output holds no escape sequence, a terminal's does."""
    assert "\x1b" not in shown(a_review(score_change=5))
    assert "\x1b" in shown(a_review(score_change=5), terminal=True)


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b2J", "\u202e", "\u2066", "\x00", "\x07", "\u2028"])
def test_hostile_characters_do_not_reach_the_terminal(hostile: str) -> None:
    """Control characters and direction overrides in a student's or model's text are replaced."""
    text = f"safe{hostile}text"
    review = a_review(
        review_result=a_result(
            progress_summary=text,
            recommendations=(text,),
            code_review_comments=(CodeComment(path=text, line=1, message=text, suggestion=text),),
        ),
        changes=(a_change("rename_method", text, text, path=text), a_change(text, "f", "f")),
        tests=TestProgress(current=TestReport(), newly_failing=(text,)),
        model=text,
    )
    assert hostile[0] not in shown(review)


def test_markup_in_foreign_text_is_plain_text() -> None:
    """Square brackets in a student's text are shown, not read as markup."""
    assert "[bold red]x[/bold red]" in shown(
        a_review(review_result=a_result(progress_summary="[bold red]x[/bold red]"))
    )


@pytest.mark.parametrize(("language", "said"), [("ru", "прошло 3, не прошло 0, пропущено 1"), ("en", "skipped 1")])
def test_skipped_tests_are_counted(language: Language, said: str) -> None:
    """A skipped test stands beside the passed and the failed ones."""
    report = TestReport(totals={Outcome.PASSED: 3, Outcome.SKIPPED: 1}, confidence=1.0)
    assert said in shown(a_review(review_result=a_result(), tests=TestProgress(current=report)), language)


def test_counts_of_names_add_up() -> None:
    """An import that came into several files is one name: shown and unshown names make the number told."""
    changes = [a_change("add_import", new=f"x{n % 6}", target=f"lib{n % 6}") for n in range(9)]
    (line,) = change_lines(changes, card_words("ru"))
    assert (line.phrase, line.subjects) == ("добавлен импорт (6)", "lib0, lib1, lib2, lib3 и ещё 2")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            a_change(
                "modify_decorator", "health", "health", name="app.get", before='app.get("/a")', after='app.get("/b")'
            ),
            'health: app.get("/a") → app.get("/b")',
        ),
        (a_change("change_annotation", "A.x", "A.x", name="x", before="float", after="int"), "A.x: float → int"),
        (a_change("change_annotation", "f", "f", name="x", before=None, after="int"), "f(x): — → int"),
        (
            a_change("modify_import", name="load", target="json.load", target_before="pickle.load"),
            "pickle.load → json.load",
        ),
        (a_change("move_folder", files=7), "· файлов: 7"),
    ],
)
def test_changes_of_values_show_both(change: Change, said: str) -> None:
    """A route, a type and an import are shown as they were and as they are; a folder with the number of its files."""
    (line,) = change_lines([change], card_words("ru"))
    assert said in line.subjects


@pytest.mark.parametrize(("language", "said"), [("ru", "61,5 → 70"), ("en", "61.5 → 70")])
def test_figures_follow_the_language(language: Language, said: str) -> None:
    """A Russian card has decimal commas, an English one decimal points."""
    figures = Complexity(average_maintainability_before=61.5, average_maintainability=70)
    assert said in shown(a_review(review_result=a_result(), complexity=figures), language)


def test_tests_that_were_not_collected_are_told() -> None:
    """Errors at collection are no failed tests."""
    cases = (TestCase(id="test_a.py", outcome=Outcome.ERROR),)
    report = TestReport(totals={Outcome.ERROR: 1}, cases=cases, marks=("collection_error",), confidence=1.0)
    text = shown(a_review(review_result=a_result(), tests=TestProgress(current=report)), "ru")
    assert "не собраны, ошибок: 1" in text
    assert "не прошло" not in text


@pytest.mark.parametrize(("language", "said"), [("ru", "прогон оборвался"), ("en", "the run broke off")])
def test_a_run_that_broke_off_is_told(language: Language, said: str) -> None:
    """Beside the figures of what ran."""
    report = TestReport(totals={Outcome.PASSED: 3}, marks=("interrupted",), confidence=1.0)
    assert said in shown(a_review(review_result=a_result(), tests=TestProgress(current=report)), language)


def test_errors_alone_are_no_earlier_result() -> None:
    """Where nothing ran at the previous attempt, there are no earlier numbers to show."""
    tests = TestProgress(
        current=TestReport(totals={Outcome.PASSED: 9}, confidence=1.0), previous_totals={Outcome.ERROR: 1}
    )
    assert "before" not in shown(a_review(review_result=a_result(), tests=tests))


@pytest.mark.parametrize("part", [{"errors": {"a.py": "line 1"}}, {"functions_before": 4, "functions_removed": 3}])
def test_averages_of_different_things_are_not_praised(part: dict[str, Any]) -> None:
    """A better average is green, unless a file was not measured or most of the work is gone."""
    averages: dict[str, Any] = {"average_maintainability_before": 60, "average_maintainability": 80}
    green = "\x1b[32m60 → 80"
    whole, partial = (a_review(review_result=a_result(), complexity=Complexity(**averages, **p)) for p in ({}, part))
    assert green in shown(whole, terminal=True)
    assert green not in shown(partial, terminal=True)


def an_item(verdict: Verdict, **overrides: Any) -> RubricVerdict:
    fields: dict[str, Any] = {
        "item_id": "works",
        "title": "It works",
        "points": 33.75,
        "points_max": 45,
        "counts_for": CountsFor.OVERALL,
        "decided_by": DecidedBy.TESTS,
        "reason": "9 of 12 tests pass.",
    }
    return RubricVerdict.model_validate({**fields, "verdict": verdict} | overrides)


def test_items_are_shown_with_verdict_points_and_reason() -> None:
    """A verdict of a reader names its place; where nobody can tell there are no points to show."""
    doubt = an_item(Verdict.CANNOT_TELL, title="Readable", points=0, points_max=0, reason="Not shown.")
    read = an_item(Verdict.NOT_MET, title="Tidy", points=0, points_max=7, reason=None, path="a.py", line=3)
    text = shown(a_review(review_result=a_result(rubric=(an_item(Verdict.PARTLY), read, doubt))))
    assert "It works: partly, 33.8 of 45. 9 of 12 tests pass." in text
    assert "Tidy: not met, 0 of 7  a.py:3" in text
    assert "Readable: cannot tell. Not shown." in text


def test_hidden_items_are_only_counted() -> None:
    """Students read cards: what a teacher hid from them is not told, only that there is something."""
    secret = an_item(Verdict.NOT_MET, title="Copied", hidden=True, reason="From a site.")
    text = shown(a_review(review_result=a_result(rubric=(an_item(Verdict.MET), secret))))
    assert "Copied" not in text
    assert "From a site" not in text
    assert "hidden items: 1" in text


def test_russian_points_have_a_comma() -> None:
    """As every other figure of a card in Russian."""
    text = shown(a_review(review_result=a_result(rubric=(an_item(Verdict.PARTLY),))), "ru")
    assert "частично, 33,8 из 45" in text
