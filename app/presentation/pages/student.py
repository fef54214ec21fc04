"""The page of a review, as its student sees it; a teacher's desk shows the same parts and more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from app.catalogue import words_in
from app.core.evidence.broken_off import break_of
from app.core.evidence.facts.testing import collection_errors, nothing_ran
from app.core.ports import AttemptScore
from app.presentation.pages.diff_view import DiffView, diff_view
from app.presentation.pages.environment import PageFrame, page
from app.presentation.pages.progress_chart import ProgressChart, progress_chart, shown_change
from app.presentation.pages.said import ShownComment, earlier_comments, new_comments
from app.presentation.pages.symbol_changes import SymbolChange, number, symbol_changes
from app.presentation.pages.words import StudentWords, student_words
from app.presentation.words import CardWords, card_words
from schemas.comparison import Baseline
from schemas.review import Review
from schemas.rubric import RubricVerdict, Verdict
from schemas.submission import Language
from schemas.tests import Outcome, TestProgress

_TESTS_SHOWN: Final = 30
_WHY_CHARS_MAX: Final = 600
_FILES_NAMED: Final = 10
_CONFIDENCE_MIN: Final = 0.9
"""Of a test report; below, its figures are said to be in doubt."""
_MARKED: Final = re.compile("`[^`]*`")
_TONES: Final = {Verdict.MET: "good", Verdict.PARTLY: "warn", Verdict.NOT_MET: "bad", Verdict.CANNOT_TELL: "muted"}


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of the rubric: its verdict in words, its points as `7 of 10`, and where the verdict stands.

    `is_persons`: a person judged it, or said why. `quote` is the line that the verdict rests on, for teachers.
    """

    title: str
    verdict: str
    tone: str
    points: str
    reason: str
    position: str
    is_persons: bool = False
    is_hidden: bool = False
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class TestRow:
    """A test that moved, and why it fails, where the log says so."""

    __test__ = False

    name: str
    why: str | None


@dataclass(frozen=True, slots=True)
class TestMove:
    """Tests that moved the same way; `more` is how many are not named."""

    __test__ = False

    heading: str
    tone: str
    tests: tuple[TestRow, ...]
    more: int


@dataclass(frozen=True, slots=True)
class TestsView:
    """What the logs say: a sentence of figures, then what moved."""

    __test__ = False

    figures: str
    tone: str
    moves: tuple[TestMove, ...]
    is_in_doubt: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Files that were not read for one reason."""

    reason: str
    count: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review in the words of one language, all that its page shows. Only teachers see hidden items."""

    review: Review
    card: CardWords
    words: StudentWords
    language: Language
    change: str
    tone: str
    against: str
    made_at: str
    items: tuple[ItemRow, ...]
    hidden_items: int
    flags: tuple[str, ...]
    earlier: tuple[ShownComment, ...]
    comments: tuple[ShownComment, ...]
    chart: ProgressChart | None
    averages: tuple[tuple[str, str], ...]
    symbols: tuple[SymbolChange, ...]
    more_symbols: int
    tests: TestsView
    left_out: tuple[LeftOut, ...]
    diff: DiffView[ShownComment]
    placed: frozenset[str]
    """Anchors of the comments that stand in the code, for links there."""
    for_teacher: bool

    @property
    def is_edited(self) -> bool:
        """Whether some of its words are a person's."""
        note = self.review.decision
        return note is not None and (note.is_summary_edited or bool(note.comments or note.withdrawn or note.verdicts))

    @property
    def is_all_seen(self) -> bool:
        """Whether nothing is known that the review left out."""
        return not (self.left_out or self.review.coverage.notes or self.diff.cut_lines)


def student_page(
    review: Review, published: Sequence[AttemptScore], frame: PageFrame, view: str, only: int | None, *, newer: str = ""
) -> str:
    """The HTML of a review's page; `view` is `split` for both sides beside each other, `only` one file of the diff.

    `newer` is the address of the review that took this one's place, empty where none did.
    """
    shown = review_view(review, published, frame.language, only=only)
    return page("student.html", frame, view=shown, is_split=view == "split", only=only, newer=newer)


def superseding(review: Review, published: Sequence[AttemptScore]) -> AttemptScore | None:
    """The newest of `published` that was made again of the same submission after `review`."""
    later = [
        one for one in published if one.submission_id == review.new_submission_id and one.generation > review.generation
    ]
    return max(later, key=lambda one: one.generation, default=None)


def review_view(
    review: Review,
    published: Sequence[AttemptScore],
    language: Language,
    *,
    only: int | None = None,
    for_teacher: bool = False,
) -> ReviewView:
    """What a page shows of `review`; `published` are scores of the same student and assignment, for the chart.

    `for_teacher` shows hidden items of the rubric, which no student may see, and what verdicts rest on.
    """
    card, words = card_words(language), student_words(language)
    earlier, comments = earlier_comments(review, card), new_comments(review, card)
    diff = diff_view(review.diff_info.diff, (said.place for said in (*comments, *earlier)), only)
    symbols, more_symbols = symbol_changes(review, card)
    verdicts = review.review_result.rubric
    persons = review.decision.verdicts if review.decision is not None else ()
    change = shown_change(review, published)
    return ReviewView(
        review=review,
        card=card,
        words=words,
        language=language_of_text(review.review_result.progress_summary),
        change=_signed(change),
        tone="" if not change else "good" if change > 0 else "bad",
        against=_against(review, card),
        made_at=review.timestamp.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        items=tuple(
            _item(one, card, is_persons=one.item_id in persons, for_teacher=for_teacher)
            for one in verdicts
            if for_teacher or not one.hidden
        ),
        hidden_items=0 if for_teacher else sum(one.hidden for one in verdicts),
        flags=tuple(card.flags.get(flag, flag) for flag in review.integrity.flags),
        earlier=earlier,
        comments=comments,
        chart=progress_chart(review, published),
        averages=tuple(_averages(review, card)),
        symbols=symbols,
        more_symbols=more_symbols,
        tests=_tests(review.tests, card, words),
        left_out=_left_out(review, language),
        diff=diff,
        placed=_placed(diff),
        for_teacher=for_teacher,
    )


def _signed(change: int | None) -> str:
    if change is None:
        return ""
    return f"{change:+d}".replace("-", "−") if change else "±0"


def language_of_text(text: str) -> Language:
    """The language that a review was written in, which its record does not say: its letters outside of marked names."""
    said = _MARKED.sub("", text)
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in said)
    latin = sum(character.isascii() and character.isalpha() for character in said)
    return "ru" if cyrillic >= latin else "en"


def _against(review: Review, card: CardWords) -> str:
    if review.baseline is Baseline.UNAVAILABLE:
        return card.unavailable
    previous = review.previous_submission_id
    return card.first if previous is None else f"{card.against} {previous}"


def _item(one: RubricVerdict, card: CardWords, *, is_persons: bool, for_teacher: bool) -> ItemRow:
    names = {
        Verdict.MET: card.met,
        Verdict.PARTLY: card.partly,
        Verdict.NOT_MET: card.not_met,
        Verdict.CANNOT_TELL: card.cannot_tell,
    }
    is_told = one.verdict is not Verdict.CANNOT_TELL
    points = f"{number(one.points, card)} {card.out_of} {number(one.points_max, card)}" if is_told else "—"
    position = "" if one.path is None else one.path if one.line is None else f"{one.path}:{one.line}"
    return ItemRow(
        title=one.title,
        verdict=names[one.verdict],
        tone=_TONES[one.verdict],
        points=points,
        reason=one.reason or "",
        position=position,
        is_persons=is_persons,
        is_hidden=one.hidden,
        quote=one.quote if for_teacher else None,
    )


def _averages(review: Review, card: CardWords) -> list[tuple[str, str]]:
    complexity = review.complexity
    figures = (
        (card.average, complexity.average_cyclomatic_before, complexity.average_cyclomatic),
        (card.maintainability, complexity.average_maintainability_before, complexity.average_maintainability),
    )
    return [
        (
            name,
            f"{number(before, card)} → {number(after, card)}" if before not in {None, after} else number(after, card),
        )
        for name, before, after in figures
        if after is not None
    ]


def _tests(tests: TestProgress, card: CardWords, words: StudentWords) -> TestsView:
    report = tests.current
    if report is None:
        return TestsView(card.no_log, "muted", (), is_in_doubt=False)
    is_in_doubt = report.confidence < _CONFIDENCE_MIN
    if errors := collection_errors(report):
        return TestsView(f"{card.not_collected} {errors}", "bad", _moves(tests, card, words), is_in_doubt)
    figures = [f"{card.passed} {report.passed}", f"{card.failed} {report.failed}"]
    if skipped := report.totals.get(Outcome.SKIPPED, 0):
        figures.append(f"{card.skipped} {skipped}")
    if report.coverage_percent is not None:
        figures.append(f"{words.test_coverage} {number(report.coverage_percent, card)}%")
    is_broken = break_of(report) is not None
    figures += [card.broke_off] if is_broken else []
    text = ", ".join(figures)
    if (totals := tests.previous_totals) is not None and not nothing_ran(totals):
        passed = totals.get(Outcome.PASSED, 0) + totals.get(Outcome.XPASSED, 0)
        failed = totals.get(Outcome.FAILED, 0) + totals.get(Outcome.ERROR, 0)
        text += f" ({card.before}: {passed} / {failed})"
    return TestsView(text, "bad" if report.failed or is_broken else "good", _moves(tests, card, words), is_in_doubt)


def _moves(tests: TestProgress, card: CardWords, words: StudentWords) -> tuple[TestMove, ...]:
    cases = tests.current.cases if tests.current else ()
    messages = {case.id: case.message[:_WHY_CHARS_MAX] for case in cases if case.message}
    lists = (
        (card.newly_failing, "bad", tests.newly_failing),
        (card.still_failing, "bad", tests.still_failing),
        (card.newly_passing, "good", tests.newly_passing),
        (words.flaky, "warn", tests.flaky),
        (words.added_tests, "muted", tests.added),
        (words.removed_tests, "warn", tests.removed),
    )
    return tuple(
        TestMove(
            heading,
            tone,
            tuple(TestRow(name, messages.get(name) if tone == "bad" else None) for name in names[:_TESTS_SHOWN]),
            max(len(names) - _TESTS_SHOWN, 0),
        )
        for heading, tone, names in lists
        if names
    )


def _left_out(review: Review, language: Language) -> tuple[LeftOut, ...]:
    names, coverage = words_in(language).omissions, review.coverage
    return tuple(
        LeftOut(names.get(reason, reason), count, coverage.omitted_files.get(reason, ())[:_FILES_NAMED])
        for reason, count in coverage.omitted.items()
    )


def _placed(diff: DiffView[ShownComment]) -> frozenset[str]:
    said = (one for file in diff.files for row in file.rows for one in row.said)
    return frozenset(one.anchor for one in (*said, *(one for file in diff.files for one in file.said)))
