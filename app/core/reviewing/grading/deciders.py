"""The items that code decides: how far each is met, by what was measured, and a sentence that says why."""

from collections.abc import Sequence
from typing import Final

from app.core.evidence.measured import complexity_share, diff_share, has_linted, index_of, linter_share, tests_share
from app.core.reviewing.grading import reasons
from app.core.rubric import Rubric, RubricItem, said_in
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import Review, Thread
from schemas.rubric import DecidedBy, RubricVerdict, Verdict

_MET_FROM: Final = 0.85
_PARTLY_FROM: Final = 0.35

_Decided = tuple[float | None, str]
"""How far an item is met, 0 to 1, None where code cannot tell; and why, a sentence."""


def decide(
    rubric: Rubric,
    comparison: Comparison,
    threads: Sequence[Thread],
    words: Words,
    *,
    earlier: Sequence[Thread],
    previous: Review | None,
) -> tuple[RubricVerdict, ...]:
    """The verdicts on all items of `rubric` but those that are left to a reader.

    `threads` are the comments of the attempts before, followed to this one; `earlier` are the same as the last review
    left them. Code that did not change since the `previous` review is as clean as it was.
    """
    decisions = {
        DecidedBy.TESTS: _by_tests(comparison, words),
        DecidedBy.DIFF: _by_diff(comparison, threads, earlier, words),
        DecidedBy.COMPLEXITY: _by_complexity(comparison, words),
        DecidedBy.LINTER: _by_linter(comparison, words),
    }
    verdicts = [_decided(item, decisions[item.decided_by], words) for item in rubric.items if item.is_left_to_code]
    if previous is None or previous.rubric_version != rubric.version or has_linted(comparison.sources):
        return tuple(verdicts)
    before = {verdict.item_id: verdict for verdict in previous.review_result.rubric}
    return tuple(_as_before(verdict, before.get(verdict.item_id), words) for verdict in verdicts)


def _by_tests(comparison: Comparison, words: Words) -> _Decided:
    facts, tests = comparison.evidence.facts, comparison.tests
    share = tests_share(facts, tests.current)
    return share, reasons.of_tests(facts, tests.current, share, words)


def _by_diff(comparison: Comparison, threads: Sequence[Thread], earlier: Sequence[Thread], words: Words) -> _Decided:
    facts = comparison.evidence.facts
    before = {thread.comment_id: thread.state for thread in earlier}
    return diff_share(facts, threads, before), reasons.of_diff(facts, threads, before, words)


def _by_complexity(comparison: Comparison, words: Words) -> _Decided:
    facts, complexity = comparison.evidence.facts, comparison.complexity
    return complexity_share(facts, complexity), reasons.of_complexity(facts, complexity, words)


def _by_linter(comparison: Comparison, words: Words) -> _Decided:
    facts, complexity = comparison.evidence.facts, comparison.complexity
    if not has_linted(comparison.sources):
        return None, words.grading["no_python" if index_of(complexity) is None else "python_unchanged"]({})
    reason = reasons.of_linter(facts, comparison.evidence.findings, words)
    return linter_share(facts, complexity, comparison.sources), reason


def _as_before(verdict: RubricVerdict, before: RubricVerdict | None, words: Words) -> RubricVerdict:
    """What the linter's item was worth the time before, where nothing was linted this time."""
    if before is None or verdict.decided_by is not DecidedBy.LINTER or not before.points_max:
        return verdict
    return before.model_copy(update={"title": verdict.title, "reason": words.grading["python_as_before"]({})})


def _decided(item: RubricItem, decision: _Decided, words: Words) -> RubricVerdict:
    share, reason = decision
    return RubricVerdict(
        item_id=item.id,
        title=said_in(item.title, words.language),
        verdict=_named(share),
        points=round((share or 0.0) * item.points, 2),
        points_max=item.points if share is not None else 0.0,
        weight=item.points if share is None else None,
        counts_for=item.counts_for,
        decided_by=item.decided_by,
        hidden=item.hidden,
        reason=reason,
    )


def _named(share: float | None) -> Verdict:
    if share is None:
        return Verdict.CANNOT_TELL
    if share >= _MET_FROM:
        return Verdict.MET
    return Verdict.PARTLY if share >= _PARTLY_FROM else Verdict.NOT_MET
