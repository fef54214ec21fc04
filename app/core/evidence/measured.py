"""How far an attempt meets what code can decide, from the evidence alone: the same facts give the same shares.

Each share runs from 0 to 1. Complexity and the linter's findings are about the code as it is, progress is about what
moved. The weights are judgement, the figures are not.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from app.core.evidence.broken_off import break_of
from schemas.changes import Complexity
from schemas.comparison import ChangedFile, Fact, FactCode
from schemas.review import Thread, ThreadState
from schemas.tests import TestReport

TRUSTED: Final = 0.6
"""Confidence of a test report from which it bounds scores; below it the log was guessed at."""

_BY_STATEMENTS: Final = (-20.0, 105.0)
_BY_FILES: Final = (-6.0, 119.0)
"""Where on the line of maintainability code is not simple at all, and wholly; the index itself runs from 0 to 100. The
mean by statements is the lower one: large files weigh more in it."""
_SIMPLE_LEAST: Final = 0.1  # tangled code is code still, and may be all that is known of an attempt's quality
_LINES_PER_STATEMENT: Final = 1.5  # blank lines left out, the median of students' files
_RANK_PENALTY: Final = {"C": 0.07, "D": 0.14, "E": 0.21, "F": 0.28}
_WORKS_UNKNOWN: Final = 0.40  # where no log tells: what is not shown is not taken to work
_PYTHON: Final = (".py", ".ipynb")
_LINES_LEAST: Final = 40  # findings are counted by length, but a handful of lines is no measure
_PROGRESS_NONE: Final = 0.50
_PROGRESS_STEP: Final = 0.60  # for a fact of weight 1
_FOUND_MOST: Final = 0.7  # weight of all refactorings together: many small ones are no great progress
_ANSWERED: Final = {"critical": 0.3, "major": 0.2, "minor": 0.1}  # weight of an earlier comment that was answered
_ANSWERED_MOST: Final = 0.4
_UNANSWERED: Final = {"critical": -0.1, "major": -0.05, "minor": -0.02}
_UNANSWERED_MOST: Final = -0.2
_BACK_AGAIN: Final = 3  # times the weight of one that stayed open
_MISTAKES: Final = frozenset({FactCode.CERTAIN_ERROR, FactCode.SYNTAX_ERROR})
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


def is_trusted(report: TestReport | None) -> bool:
    """Whether a test report proves anything."""
    return report is not None and report.confidence >= TRUSTED


def tests_share(facts: Sequence[Fact], report: TestReport | None) -> float:
    """The share of tests that pass; without a log that can be trusted, what speaks for the code and against it.

    A run that broke off shows no more than no log does: the rest is not known.
    """
    if report is None or not is_trusted(report):
        return _seems_to_work(facts)
    share = max(0.0, (report.total - report.failed) / report.total) if report.total else 0.0
    return min(share, _seems_to_work(facts)) if break_of(report) else share


def complexity_share(facts: Sequence[Fact], complexity: Complexity) -> float | None:
    """How simple the code is; None where no Python could be measured."""
    index = index_of(complexity)
    if index is None:
        return None
    least, most = _BY_FILES if complexity.scored_maintainability is None else _BY_STATEMENTS
    share = _held((index - least) / (most - least))
    share -= min(
        0.45, sum(_RANK_PENALTY.get(str(f.data.get("rank")), 0.0) for f in facts_of(facts, FactCode.COMPLEX_FUNCTION))
    )
    share -= min(0.15, 0.05 * len(facts_of(facts, FactCode.LARGE_FUNCTION)))
    return max(_SIMPLE_LEAST, share)


def index_of(complexity: Complexity) -> float | None:
    """The maintainability index, where it is known of the code that is used alone; None where there is no Python."""
    scored = complexity.scored_maintainability
    return complexity.average_maintainability if scored is None else scored


def linter_share(facts: Sequence[Fact], complexity: Complexity, sources: Sequence[ChangedFile]) -> float:
    """How clean the code is. Mistakes cost by number, hints by density: a large homework has more of them.

    `sources` are the changed files, whose length says how dense the findings are.
    """
    numbers = findings_by_kind(facts)
    hundreds = max(_lines(complexity, sources), _LINES_LEAST) / 100
    return _held(
        1.0
        - (min(0.55, 0.15 + 0.10 * numbers["certain"]) if numbers["certain"] else 0.0)
        - min(0.28, 0.07 * numbers["likely"])
        - min(0.18, 0.045 * numbers["risky"])
        - min(0.18, 0.055 * numbers["unused"] / hundreds)
        - min(0.18, 0.025 * numbers["hint"] / hundreds)
        - min(0.52, 0.26 * len(facts_of(facts, FactCode.SYNTAX_ERROR)))
        - (0.18 if facts_of(facts, FactCode.SECRET_IN_SOURCE) else 0.0)
    )


def findings_by_kind(facts: Sequence[Fact]) -> dict[str, int]:
    """Numbers of `certain`, `likely` and `risky` findings, of `unused` names, and of all others as `hint`."""
    numbers = dict.fromkeys(("certain", "likely", "risky", "unused", "hint"), 0)
    for fact in facts_of(facts, FactCode.FINDINGS):
        group = str(fact.data.get("group"))
        if group != "certain":  # one for each name: a name that is missing in ten lines is one mistake
            numbers[group if group in numbers else "hint"] += count_in(fact)
    numbers["certain"] = max((count_in(fact) for fact in facts_of(facts, FactCode.CERTAIN_ERROR)), default=0)
    return numbers


def diff_share(
    facts: Sequence[Fact], threads: Sequence[Thread], states_before: Mapping[str, ThreadState]
) -> float | None:
    """Progress: a half where nothing moved, up to 1 for much better, down to 0 for much worse; None at a first attempt.

    Of the earlier comments those count whose state code decided; one that was answered counts once. Old mistakes are no
    step back.
    """
    if not is_compared(facts):
        return None
    moved = found = 0.0
    for fact in facts:
        if fact.code in _PROGRESS_CODES or is_new_mistake(fact):
            moved += fact.weight
        elif fact.code == FactCode.REFACTORING:
            found += fact.weight
    moved += min(_FOUND_MOST, found) + _answers(threads, states_before)
    return _held(_PROGRESS_NONE + _PROGRESS_STEP * moved)


def is_new_mistake(fact: Fact) -> bool:
    """Whether code cannot run now for an error that was not there before, as far as anybody knows."""
    return fact.code in _MISTAKES and fact.data.get("is_new") is not False


def is_compared(facts: Sequence[Fact]) -> bool:
    """Whether there was a predecessor to compare with."""
    return not (facts_of(facts, FactCode.FIRST_SUBMISSION) or facts_of(facts, FactCode.BASELINE_UNAVAILABLE))


def has_linted(sources: Iterable[ChangedFile]) -> bool:
    """Whether there was anything to lint among the changed files; no others are."""
    return any(source.path.endswith(_PYTHON) for source in sources)


def is_same_python(complexity: Complexity, sources: Iterable[ChangedFile]) -> bool:
    """Whether there is Python, and none of it changed."""
    return index_of(complexity) is not None and not has_linted(sources)


def threads_in(
    state: ThreadState, threads: Sequence[Thread], states_before: Mapping[str, ThreadState]
) -> tuple[Thread, ...]:
    """Earlier comments that came into `state` by this attempt, as code decided; open ones are open again each time."""
    repeats = state is ThreadState.STILL_OPEN
    return tuple(
        thread
        for thread in threads
        if thread.state is state
        and thread.decided_by == "code"
        and (repeats or states_before.get(thread.comment_id) is not state)
    )


def facts_of(facts: Iterable[Fact], code: FactCode) -> list[Fact]:
    """The facts of one code."""
    return [fact for fact in facts if fact.code == code]


def count_in(fact: Fact, name: str = "count") -> int:
    """A whole figure of `fact`; 0 where it has none of that name."""
    value = fact.data.get(name)
    return value if isinstance(value, int) else 0


def _lines(complexity: Complexity, sources: Sequence[ChangedFile]) -> float:
    """How long the changed files are; by their statements where these were counted, so that no padding counts."""
    if complexity.scored_statements is not None:
        return _LINES_PER_STATEMENT * complexity.scored_statements
    return sum(sum(1 for line in source.text.split("\n") if line.strip()) for source in sources)


def _answers(threads: Sequence[Thread], states_before: Mapping[str, ThreadState]) -> float:
    fixed = threads_in(ThreadState.FIXED, threads, states_before)
    answered = sum(_ANSWERED.get(thread.severity, 0.0) for thread in fixed)
    left = sum(
        _UNANSWERED.get(thread.severity, 0.0) for thread in threads_in(ThreadState.STILL_OPEN, threads, states_before)
    )
    back = sum(
        _UNANSWERED.get(thread.severity, 0.0) for thread in threads_in(ThreadState.REGRESSED, threads, states_before)
    )
    return min(_ANSWERED_MOST, answered) + max(_UNANSWERED_MOST, left + _BACK_AGAIN * back)


def _seems_to_work(facts: Sequence[Fact]) -> float:
    """Without a log: what is certain to fail speaks against the code, tests that were written speak for it."""
    mistakes = findings_by_kind(facts)["certain"]
    share = _WORKS_UNKNOWN - (min(0.35, 0.20 + 0.05 * mistakes) if mistakes else 0.0)
    share -= 0.35 * bool(facts_of(facts, FactCode.SYNTAX_ERROR)) + 0.25 * bool(facts_of(facts, FactCode.WORK_DELETED))
    return max(0.0, share + 0.15 * bool(facts_of(facts, FactCode.TESTS_WRITTEN)))


def _held(share: float) -> float:
    return max(0.0, min(1.0, share))
