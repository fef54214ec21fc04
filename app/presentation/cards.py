"""A review as a card that a person can read on a terminal of any width, with or without colours.

Whatever comes from a student or a model is shown as plain text: no markup is read from it, and characters that
would steer the terminal or turn the direction of writing are replaced.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from app.core.evidence.broken_off import break_of
from app.core.evidence.facts.quality import work_deleted
from app.core.evidence.facts.testing import collection_errors, nothing_ran
from app.core.visible import made_visible
from app.presentation.changes import ChangeLine, change_lines
from app.presentation.words import CardWords, card_words
from schemas.changes import Change, Complexity, ComplexityDelta, DiffInfo
from schemas.comparison import Baseline
from schemas.review import CodeComment, Review, ThreadState
from schemas.rubric import RubricVerdict, Verdict
from schemas.submission import Language
from schemas.tests import Outcome, TestProgress

_DELTAS_SHOWN: Final = 5
_SIMPLE_MAX: Final = 5  # radon's rank A
_TESTS_SHOWN: Final = 4
_COMMENTS_SHOWN: Final = 12

_STYLES: Final = {"praise": "green", "info": "cyan", "minor": "yellow", "major": "red", "critical": "bold red"}

_VERDICT_STYLES: Final = {
    Verdict.MET: "green",
    Verdict.PARTLY: "yellow",
    Verdict.NOT_MET: "red",
    Verdict.CANNOT_TELL: "dim",
}

CardSection = tuple[str, Iterable[Text]]
"""A heading and its lines; a section without lines is left out."""


def review_card(review: Review, language: Language = "ru") -> RenderableType:
    """`review` as a panel: score and its change, summary, items, code, complexity, tests, comments, advice."""
    words = card_words(language)
    result = review.review_result
    sections: tuple[CardSection, ...] = (
        (words.warnings, _warnings(review, words)),
        (words.rubric, _rubric(result.rubric, words)),
        (_code_heading(review, words), _code(review.diff_info, review.changes, words)),
        (words.complexity, _complexity(review.complexity, words)),
        (words.tests, _tests(review.tests, words)),
        (words.comments, _comments(result.code_review_comments, words)),
        (words.threads, _threads(review, words)),
        (words.recommendations, (_plain(text) for text in result.recommendations)),
    )
    parts: list[RenderableType] = [_score(review, words), _plain(result.progress_summary)]
    for heading, lines in sections:
        bullets = Table.grid(padding=(0, 1))  # a grid, so that folded lines keep their indent
        for line in lines:
            bullets.add_row(" •", line)
        if bullets.row_count:
            parts += [Text(), Text(heading, style="bold"), bullets]
    title = _plain(f"{review.student_id} · {review.assignment_id}", style="bold")
    signature = _plain(f"{review.new_submission_id} · {review.model}", style="dim")
    return Panel(Group(*parts), title=title, subtitle=signature, title_align="left", subtitle_align="right")


def _score(review: Review, words: CardWords) -> Text:
    result = review.review_result
    text = Text(overflow="fold").append(f"{result.overall_score}", style="bold")
    if review.score_change is not None:
        style = "green" if review.score_change > 0 else "red" if review.score_change < 0 else ""
        text.append(f" ({review.score_change:+d})", style=style)
    text.append(f" · {words.quality} {result.code_quality_score}")
    if review.baseline is Baseline.UNAVAILABLE:
        text.append(f" · {words.unavailable}")
    elif review.previous_submission_id is None:
        text.append(f" · {words.first}")
    else:
        text.append(f" · {words.against} ").append_text(_plain(review.previous_submission_id))
    return text


def _warnings(review: Review, words: CardWords) -> Iterator[Text]:
    for flag in review.integrity.flags:
        yield _plain(words.flags.get(flag, flag), style="bold yellow")
    for adjustment in review.integrity.adjustments:
        yield _plain(adjustment, style="dim")


def _rubric(verdicts: tuple[RubricVerdict, ...], words: CardWords) -> Iterator[Text]:
    """Each item with its verdict, points and reason; of hidden ones how many there are, for students read cards."""
    names = {
        Verdict.MET: words.met,
        Verdict.PARTLY: words.partly,
        Verdict.NOT_MET: words.not_met,
        Verdict.CANNOT_TELL: words.cannot_tell,
    }
    for one in verdicts:
        if one.hidden:
            continue
        text = _plain(f"{one.title}: ").append(names[one.verdict], style=_VERDICT_STYLES[one.verdict])
        if one.verdict is not Verdict.CANNOT_TELL:
            text.append(f", {_number(one.points, words)} {words.out_of} {_number(one.points_max, words)}")
        if one.reason:
            text.append_text(_plain(f". {one.reason}", style="dim"))
        if one.path is not None:
            text.append_text(_plain(f"  {_position(one.path, one.line, None, words)}", style="dim"))
        yield text
    if hidden := sum(one.hidden for one in verdicts):
        yield _plain(f"{words.hidden} {hidden}", style="dim")


def _code_heading(review: Review, words: CardWords) -> str:
    return words.handed_in if review.previous_submission_id is None else words.code


def _code(diff: DiffInfo, changes: tuple[Change, ...], words: CardWords) -> Iterator[Text]:
    figures = f"{words.files}: {diff.total_files_changed}, +{diff.lines_added} -{diff.lines_removed}"
    yield _plain(figures)
    yield from (_change(line, words) for line in change_lines(changes, words))


def _change(line: ChangeLine, words: CardWords) -> Text:
    text = _plain(f"{line.phrase}: {line.subjects}" if line.subjects else line.phrase)
    if line.place is not None and line.place.path not in line.subjects:
        text.append_text(
            _plain(f"  {_position(line.place.path, line.place.line, line.place.cell, words)}", style="dim")
        )
    return text


def _complexity(complexity: Complexity, words: CardWords) -> Iterator[Text]:
    averages = (
        (words.average, complexity.average_cyclomatic_before, complexity.average_cyclomatic, -1),
        (words.maintainability, complexity.average_maintainability_before, complexity.average_maintainability, 1),
    )
    comparable = not complexity.errors and not work_deleted(complexity)
    for name, before, after, good in averages:
        if after is not None:
            text = _plain(f"{name}: ")
            yield text.append_text(_from_to(before, after, words, good=good if comparable else 0))
    shown = [d for d in complexity.deltas if _is_telling(d)]
    yield from (_delta(delta, words) for delta in shown[:_DELTAS_SHOWN])
    yield from _rest(len(shown) - _DELTAS_SHOWN, words)


def _is_telling(delta: ComplexityDelta) -> bool:
    """Whether a function's complexity changed, or came new and is not simple."""
    if delta.metric != "cyclomatic" or delta.symbol is None or delta.after is None:
        return False
    return delta.after != delta.before if delta.before is not None else delta.after > _SIMPLE_MAX


def _delta(delta: ComplexityDelta, words: CardWords) -> Text:
    text = _plain(f"{delta.symbol or delta.path}: ").append_text(_from_to(delta.before, delta.after, words, good=-1))
    ranks = dict.fromkeys(rank for rank in (delta.rank_before, delta.rank_after) if rank is not None)
    if ranks:
        text.append(f" ({' → '.join(ranks)})")
    return text.append_text(_plain(f"  {delta.path}", style="dim"))


def _from_to(before: float | None, after: float | None, words: CardWords, *, good: int) -> Text:
    """`before → after`, coloured by whether it moved in the `good` direction: 1 up, -1 down, 0 neither is better."""
    if before is None or after is None or before == after:
        return Text(_number(after if after is not None else before, words))
    style = "" if not good else "green" if (after - before) * good > 0 else "red"
    return Text(f"{_number(before, words)} → {_number(after, words)}", style=style)


def _tests(tests: TestProgress, words: CardWords) -> Iterator[Text]:
    if tests.current is None:
        yield _plain(words.no_log, style="dim")
        return
    report = tests.current
    if errors := collection_errors(report):
        yield _plain(f"{words.not_collected} {errors}", style="red")
        return
    text = _plain(f"{words.passed} {report.passed}, ")
    text.append(f"{words.failed} {report.failed}", style="red" if report.failed else "green")
    if skipped := report.totals.get(Outcome.SKIPPED, 0):
        text.append(f", {words.skipped} {skipped}", style="yellow")
    if break_of(report):
        text.append(f", {words.broke_off}", style="red")
    if tests.previous_totals is not None and not nothing_ran(tests.previous_totals):
        totals = tests.previous_totals
        passed = totals.get(Outcome.PASSED, 0) + totals.get(Outcome.XPASSED, 0)
        failed = totals.get(Outcome.FAILED, 0) + totals.get(Outcome.ERROR, 0)
        text.append(f" ({words.before}: {passed} / {failed})")
    yield text
    lists = (
        (words.newly_passing, tests.newly_passing, "green"),
        (words.newly_failing, tests.newly_failing, "red"),
        (words.still_failing, tests.still_failing, "red"),
    )
    for name, ids, style in lists:
        if ids:
            yield _plain(f"{name}: {', '.join(ids[:_TESTS_SHOWN])}{_ellipsis(ids, words)}", style=style)


def _comments(comments: tuple[CodeComment, ...], words: CardWords) -> Iterator[Text]:
    for comment in comments[:_COMMENTS_SHOWN]:
        text = _plain(_position(comment.path, comment.line, comment.cell, words), style="bold")
        text.append(f" [{words.severities.get(comment.severity, comment.severity)}] ", style=_STYLES[comment.severity])
        text.append_text(_plain(comment.message))
        if comment.suggestion:
            text.append_text(_plain(f"\n{words.suggestion}: {comment.suggestion}", style="dim"))
        yield text
    yield from _rest(len(comments) - _COMMENTS_SHOWN, words)


def _threads(review: Review, words: CardWords) -> Iterator[Text]:
    """What became of the comments that were open before this attempt, the open ones first."""
    names = {
        ThreadState.FIXED: words.fixed,
        ThreadState.STILL_OPEN: words.still_open,
        ThreadState.MOVED: words.moved,
        ThreadState.REGRESSED: words.regressed,
        ThreadState.OBSOLETE: words.obsolete,
    }
    told = [
        thread
        for thread in review.review_result.threads
        if thread.state in names and thread.closed_submission_id in {None, review.new_submission_id}
    ]
    for thread in told[:_COMMENTS_SHOWN]:
        style = _STYLES[thread.severity] if thread.is_open else "green" if thread.state is ThreadState.FIXED else "dim"
        text = _plain(_position(thread.path, thread.line, None, words), style="bold" if thread.is_open else "dim")
        text.append(f" [{names[thread.state]}] ", style=style)
        yield text.append_text(_plain(thread.message, style="" if thread.is_open else "dim"))
    yield from _rest(len(told) - _COMMENTS_SHOWN, words)


def _position(path: str, line: int | None, cell: int | None, words: CardWords) -> str:
    """`path:line`, which editors and terminals make a link of; a notebook's cell is named after it."""
    position = path if line is None else f"{path}:{line}"
    return position if cell is None else f"{position} ({words.cell} {cell})"


def _rest(count: int, words: CardWords) -> Iterator[Text]:
    if count > 0:
        yield _plain(f"{words.more} {count}", style="dim")


def _ellipsis(ids: tuple[str, ...], words: CardWords) -> str:
    return f" {words.more} {len(ids) - _TESTS_SHOWN}" if len(ids) > _TESTS_SHOWN else ""


def _number(value: float | None, words: CardWords) -> str:
    return "—" if value is None else f"{value:.1f}".removesuffix(".0").replace(".", words.point)


def _plain(text: str, style: str = "") -> Text:
    """Foreign text as it may stand on a terminal; long words are folded, not cut."""
    return Text(overflow="fold").append(made_visible(text), style=style or None)
