"""What holds the sums: a reader's slack, the evidence's caps and floors, and the predecessor's review."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.evidence.measured import is_same_python, is_trusted
from app.core.ports import Question
from app.core.reviewing.grading.deciders import decide
from app.core.reviewing.grading.standing import is_declined, is_provably_better
from app.core.reviewing.grading.sums import Scores, add_up, by_code, share
from app.core.rubric import Rubric, RubricItem, Slack
from app.core.words import Words
from schemas.comparison import Comparison, FactCode, ScoreBounds
from schemas.review import Review
from schemas.rubric import CountsFor, DecidedBy, RubricVerdict

_NOBODY_KNOWS: Final = Scores(50, 50)
_SURFACE: Final = frozenset({FactCode.ONLY_FORMATTING, FactCode.ONLY_COMMENTS, FactCode.ONLY_SURFACE})
"""Facts by which the code does what it did: a line of comment buys no step back free."""
_NO_REASON: Final = 0.05
"""By so much of an item the index or the findings' density fall by themselves where code grows."""


def _item(decided_by: DecidedBy, points: float, counts_for: CountsFor) -> RubricItem:
    name = decided_by.value
    return RubricItem(
        id=name, title=name, description=name, points=points, counts_for=counts_for, decided_by=decided_by
    )


_YARDSTICK: Final = Rubric(
    items=(
        _item(DecidedBy.TESTS, 45, CountsFor.OVERALL),
        _item(DecidedBy.DIFF, 20, CountsFor.OVERALL),
        _item(DecidedBy.COMPLEXITY, 15, CountsFor.BOTH),
        _item(DecidedBy.LINTER, 20, CountsFor.BOTH),
    )
)
"""What code alone would give where a rubric leaves a whole score to a reader: slack needs something to stand around."""


@dataclass(frozen=True, slots=True)
class Graded:
    """The scores, the bounds that they had to keep to, and what they were held by, a sentence each."""

    scores: Scores
    bounds: ScoreBounds
    adjustments: tuple[str, ...]


def hold(question: Question, verdicts: Sequence[RubricVerdict], words: Words) -> Graded:
    """The scores of `verdicts`.

    A reader's verdicts move a score by the rubric's slack at most from what code alone gives, then the evidence's
    bounds hold it. Who broke nothing keeps the progress that the predecessor's review found; who passes more tests and
    lost nothing gets no lower overall score than that review gave. Caps are stronger than either.
    """
    told: list[str] = []
    code_gives = _by_code_alone(question, verdicts, words)
    given = add_up(verdicts, code_gives)
    near = _near(given, code_gives, question.rubric.slack)
    told += _undecided(verdicts, given, words)
    told += _slack_told(given, near, code_gives, question.rubric.slack, words)
    bounds, narrowed = _narrowed(question, words)
    told += narrowed
    held = _within(near, bounds)
    if held.overall != near.overall:
        told.append(words.adjustments["overall"]({"given": near.overall, "held": held.overall}))
    if held.quality != near.quality:
        told.append(words.adjustments["quality"]({"given": near.quality, "held": held.quality}))
    if held != near:
        told += bounds.why
    scores, kept = _no_worse(question, verdicts, held, bounds, words)
    return Graded(scores, bounds, (*told, *kept))


def _by_code_alone(question: Question, verdicts: Sequence[RubricVerdict], words: Words) -> Scores:
    alone = by_code(verdicts)
    if share(alone, CountsFor.OVERALL) is not None and share(alone, CountsFor.QUALITY) is not None:
        return add_up(alone, _NOBODY_KNOWS)
    yardstick = decide(_YARDSTICK, question.comparison, (), words, earlier=(), previous=None)
    return add_up(alone, add_up(yardstick, _NOBODY_KNOWS))


def _near(given: Scores, code_gives: Scores, slack: Slack) -> Scores:
    return Scores(
        _clamp(given.overall, code_gives.overall - slack.down, code_gives.overall + slack.up),
        _clamp(given.quality, code_gives.quality - slack.down, code_gives.quality + slack.up),
    )


def _within(scores: Scores, bounds: ScoreBounds) -> Scores:
    return Scores(
        _clamp(scores.overall, bounds.overall_min, bounds.overall_max),
        _clamp(scores.quality, bounds.quality_min, bounds.quality_max),
    )


def _undecided(verdicts: Sequence[RubricVerdict], given: Scores, words: Words) -> list[str]:
    told = []
    if share(verdicts, CountsFor.OVERALL) is None:
        told.append(words.adjustments["undecided_overall"]({"held": given.overall}))
    if share(verdicts, CountsFor.QUALITY) is None:
        told.append(words.adjustments["undecided_quality"]({"held": given.quality}))
    return told


def _slack_told(given: Scores, near: Scores, code_gives: Scores, slack: Slack, words: Words) -> list[str]:
    told = []
    if near.overall != given.overall:
        figures = {"given": given.overall, "held": near.overall, "measured": code_gives.overall}
        told.append(words.adjustments["slack_overall"]({**figures, "up": slack.up, "down": slack.down}))
    if near.quality != given.quality:
        figures = {"given": given.quality, "held": near.quality, "measured": code_gives.quality}
        told.append(words.adjustments["slack_quality"]({**figures, "up": slack.up, "down": slack.down}))
    return told


def _narrowed(question: Question, words: Words) -> tuple[ScoreBounds, list[str]]:
    """The evidence's bounds; the same code again cannot be worth more than it was the time before.

    What was found in it is not found again, for only changed files are linted. A test log may show more of its work:
    where nothing changed only one after none to trust, for a test that passes only now passes by chance.
    """
    comparison, previous = question.comparison, question.previous
    bounds = comparison.evidence.bounds
    unchanged = any(fact.code == FactCode.NO_CHANGE for fact in comparison.evidence.facts)
    same_code = is_same_python(comparison.complexity, comparison.sources) or any(
        fact.code in _SURFACE for fact in comparison.evidence.facts
    )
    if previous is None or not (unchanged or same_code):
        return bounds, []
    earned = previous.review_result
    shows_more = is_trusted(comparison.tests.current) and (
        not is_trusted(previous.tests.current) or (not unchanged and _passes_more(comparison))
    )
    overall = bounds.overall_max if shows_more else min(bounds.overall_max, earned.overall_score)
    quality = min(bounds.quality_max, earned.code_quality_score)
    if (overall, quality) == (bounds.overall_max, bounds.quality_max):
        return bounds, []
    narrowed = ScoreBounds(
        overall_min=min(bounds.overall_min, overall),
        overall_max=overall,
        quality_min=min(bounds.quality_min, quality),
        quality_max=quality,
        why=bounds.why,
    )
    return narrowed, [words.adjustments["unchanged"]({"overall": overall, "quality": quality})]


def _passes_more(comparison: Comparison) -> bool:
    return any(fact.code == FactCode.TESTS_NEWLY_PASSING for fact in comparison.evidence.facts)


def _no_worse(
    question: Question, verdicts: Sequence[RubricVerdict], held: Scores, bounds: ScoreBounds, words: Words
) -> tuple[Scores, list[str]]:
    """`held`, no lower without a reason than the predecessor's review would have it."""
    previous, comparison = question.previous, question.comparison
    if previous is None:
        return held, []
    told = []
    scores = held
    if previous.rubric_version == question.rubric.version and not is_declined(comparison):
        kept = _with_progress_kept(verdicts, previous)
        code_gives = _by_code_alone(question, kept, words)
        scores = _within(_near(add_up(kept, code_gives), code_gives, question.rubric.slack), bounds)
        if scores != held:
            told.append(words.adjustments["kept"]({"overall": scores.overall, "quality": scores.quality}))
    earned = min(previous.review_result.overall_score, bounds.overall_max)
    if scores.overall < earned and is_provably_better(comparison):
        scores = Scores(earned, scores.quality)
        told.append(words.adjustments["proved"]({"held": earned}))
    return scores, told


def _with_progress_kept(verdicts: Sequence[RubricVerdict], previous: Review) -> list[RubricVerdict]:
    """`verdicts` of code, none that judges one attempt alone lower than the time before.

    Progress and what spoke for untested code are about one attempt: that the next one adds less is no step back.
    """
    before = {verdict.item_id: verdict for verdict in previous.review_result.rubric}
    return [_kept(verdict, before.get(verdict.item_id)) for verdict in verdicts]


def _kept(verdict: RubricVerdict, before: RubricVerdict | None) -> RubricVerdict:
    if before is None or verdict.decided_by is DecidedBy.MODEL or before.points_max != verdict.points_max:
        return verdict
    of_one_attempt = verdict.decided_by in {DecidedBy.TESTS, DecidedBy.DIFF}
    lost = before.points - verdict.points
    if lost <= 0 or not (of_one_attempt or lost <= _NO_REASON * verdict.points_max):
        return verdict
    return verdict.model_copy(update={"points": before.points})


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))
