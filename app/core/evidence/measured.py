"""Scores from the evidence alone: the same facts give the same scores.

Quality starts from radon's maintainability index and loses points for what makes code hard to trust; the overall
score mixes whether the code works, its quality and progress. The weights are judgement, the figures are not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.changes import Complexity
from schemas.comparison import ChangedFile, Fact, FactCode
from schemas.tests import TestProgress, TestReport

TRUSTED: Final = 0.6
"""Confidence of a test report from which it bounds scores; below it the log was guessed at."""

_QUALITY_UNKNOWN: Final = 80.0  # no Python was measured: neither good nor bad
_LEAST_BY_FILES: Final = 60.0
_LEAST_BY_STATEMENTS: Final = 63.5
"""The quality at an index of 0. The mean by statements is the lower one: large files weigh more in it."""
_LINES_PER_STATEMENT: Final = 1.5  # blank lines left out, the median of students' files
_RANK_PENALTY: Final = {"C": 3, "D": 6, "E": 9, "F": 12}
_WORKS_UNKNOWN: Final = 40.0  # of 100, where no log tells: what is not shown is not taken to work
_LINES_LEAST: Final = 40  # findings are counted by length, but a handful of lines is no measure
_PROGRESS_NONE: Final = 50.0
_PROGRESS_STEP: Final = 45.0  # points for a fact of weight 1
_FOUND_MOST: Final = 0.7  # weight of all refactorings together: many small ones are no great progress
_PROGRESS_CODES: Final = frozenset(
    {
        *(
            FactCode.TESTS_NEWLY_PASSING,
            FactCode.TESTS_NEWLY_FAILING,
            FactCode.TESTS_ADDED,
            FactCode.TESTS_REMOVED,
            FactCode.TESTS_WRITTEN,
        ),
        *(
            FactCode.ASSERTS_REMOVED,
            FactCode.TESTS_SKIPPED_ADDED,
            FactCode.COMPLEXITY_REDUCED,
            FactCode.COMPLEXITY_RAISED,
            FactCode.WORK_DELETED,
        ),
        *(
            FactCode.NO_CHANGE,
            FactCode.ONLY_FORMATTING,
            FactCode.ONLY_COMMENTS,
            FactCode.ONLY_SURFACE,
            FactCode.FINDINGS_FIXED,
            FactCode.SYNTAX_MENDED,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Both scores, 0 to 100, before any bound."""

    overall: int
    quality: int


def measure(
    facts: Sequence[Fact], complexity: Complexity, tests: TestProgress, sources: Sequence[ChangedFile]
) -> Measured:
    """The scores that `facts` give; `sources` are the changed files, whose length says how dense the findings are."""
    quality = _quality(facts, _ground(complexity), _lines(complexity, sources))
    return Measured(_held(_overall(facts, quality, tests.current)), _held(quality))


def _ground(complexity: Complexity) -> float:
    """What quality starts from: the maintainability index, where it is known of the code that is used alone."""
    index, least = complexity.scored_maintainability, _LEAST_BY_STATEMENTS
    if index is None:
        index, least = complexity.average_maintainability, _LEAST_BY_FILES
    return _QUALITY_UNKNOWN if index is None else least + 0.25 * max(0.0, min(100.0, index))


def _lines(complexity: Complexity, sources: Sequence[ChangedFile]) -> float:
    """How long the changed files are; by their statements where these were counted, so that no padding counts."""
    if complexity.scored_statements is not None:
        return _LINES_PER_STATEMENT * complexity.scored_statements
    return sum(sum(1 for line in source.text.split("\n") if line.strip()) for source in sources)


def _quality(facts: Sequence[Fact], ground: float, lines: float) -> float:
    """Quality of the code as it is, with what this attempt did to it."""
    score = ground
    score -= min(
        20, sum(_RANK_PENALTY.get(str(f.data.get("rank")), 0) for f in _with(facts, FactCode.COMPLEX_FUNCTION))
    )
    score -= min(6, 2 * len(_with(facts, FactCode.LARGE_FUNCTION)))
    score -= _finding_penalties(facts, lines)
    score -= min(30, 15 * len(_with(facts, FactCode.SYNTAX_ERROR))) + min(
        10, 10 * len(_with(facts, FactCode.SECRET_IN_SOURCE))
    )
    score += min(6.0, 1.5 * sum(f.weight > 0 for f in _with(facts, FactCode.COMPLEXITY_REDUCED)))
    score += min(4, sum(f.weight > 0 for f in _with(facts, FactCode.REFACTORING)))
    score -= min(6, 2 * len(_with(facts, FactCode.COMPLEXITY_RAISED)))
    for fact in [fact for fact in _with(facts, FactCode.FINDINGS_FIXED) if fact.weight > 0]:
        errors = _count(fact, "errors")
        score += min(8.0, 3.0 * errors + 0.7 * (_count(fact) - errors))
    score += 3 * bool(_with(facts, FactCode.TESTS_WRITTEN))
    return score


def _finding_penalties(facts: Sequence[Fact], lines: float) -> float:
    """Mistakes cost by number, hints by density: a large homework has more of them and is no worse for it."""
    numbers: dict[str, int] = {}
    for fact in _with(facts, FactCode.FINDINGS):
        group = str(fact.data.get("group"))
        kind = group if group in {"certain", "likely", "risky", "unused"} else "hint"
        numbers[kind] = numbers.get(kind, 0) + _count(fact)
    mistakes = max((_count(fact) for fact in _with(facts, FactCode.CERTAIN_ERROR)), default=0)
    hundreds = max(lines, _LINES_LEAST) / 100
    return (
        (min(30.0, 8 + 6.0 * mistakes) if mistakes else 0.0)
        + min(16.0, 4.0 * numbers.get("likely", 0))
        + min(10.0, 2.5 * numbers.get("risky", 0))
        + min(10.0, 3.0 * numbers.get("unused", 0) / hundreds)
        + min(15.0, 2.0 * numbers.get("hint", 0) / hundreds)
    )


def _overall(facts: Sequence[Fact], quality: float, report: TestReport | None) -> float:
    """Whether it works, how it is written, how it moved; where no log tells, the second and third count for more."""
    if report is not None and report.confidence >= TRUSTED:
        share = (report.total - report.failed) / report.total if report.total else 0.0
        parts = [(0.55, 100 * max(0.0, share)), (0.25, quality)]
        progress = 0.2
    else:
        parts = [(0.35, _seems_to_work(facts)), (0.35, quality)]
        progress = 0.3
    if not any(fact.code in {FactCode.FIRST_SUBMISSION, FactCode.BASELINE_UNAVAILABLE} for fact in facts):
        parts.append((progress, _progress(facts)))
    return sum(weight * part for weight, part in parts) / sum(weight for weight, _ in parts)


def _seems_to_work(facts: Sequence[Fact]) -> float:
    """Without a log: what is certain to fail speaks against the code, tests that were written speak for it."""
    mistakes = max((_count(fact) for fact in _with(facts, FactCode.CERTAIN_ERROR)), default=0)
    score = _WORKS_UNKNOWN - (min(35.0, 20.0 + 5.0 * mistakes) if mistakes else 0.0)
    score -= 35.0 * bool(_with(facts, FactCode.SYNTAX_ERROR)) + 25.0 * bool(_with(facts, FactCode.WORK_DELETED))
    return max(0.0, score + 15.0 * bool(_with(facts, FactCode.TESTS_WRITTEN)))


def _progress(facts: Iterable[Fact]) -> float:
    """50 where nothing moved, up to 100 for much better, down to 0 for much worse. Old mistakes are no step back."""
    moved = found = 0.0
    for fact in facts:
        if fact.code in _PROGRESS_CODES or (
            fact.code == FactCode.CERTAIN_ERROR and fact.data.get("is_new") is not False
        ):
            moved += fact.weight
        elif fact.code == FactCode.REFACTORING:
            found += fact.weight
    return max(0.0, min(100.0, _PROGRESS_NONE + _PROGRESS_STEP * (moved + min(_FOUND_MOST, found))))


def _with(facts: Iterable[Fact], code: FactCode) -> list[Fact]:
    return [fact for fact in facts if fact.code == code]


def _count(fact: Fact, name: str = "count") -> int:
    value = fact.data.get(name)
    return value if isinstance(value, int) else 0


def _held(score: float) -> int:
    return max(0, min(100, round(score)))
