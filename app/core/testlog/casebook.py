"""What a format's reader found in a log, and the book in which it gathers one record per test."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.limits import LogLimits
from app.core.testlog.cleaning import one_line, paragraph, shortened_id
from schemas.tests import Outcome, TestCase

FAILING = frozenset({Outcome.FAILED, Outcome.ERROR})

_SEVERITY = {
    Outcome.RERUN: 0,
    Outcome.PASSED: 1,
    Outcome.XPASSED: 2,
    Outcome.SKIPPED: 3,
    Outcome.XFAILED: 4,
    Outcome.ERROR: 5,
    Outcome.FAILED: 6,
}

# Confidences, from best to worst; `TestReport.confidence` is read by people and by the evidence.
AGREEING = 1.0
COUNTED = 0.9  # no summary line, but the runner's progress reached its end
FAILURES_UNNAMED = 0.8
CUT = 0.8  # at most, where the middle of the log is missing
UNFINISHED = 0.6  # no summary line: the totals are what was seen until the log ended
CONTRADICTORY = 0.5
NOT_TESTS = 0.3  # a traceback or a crash, no test runner's own output


@dataclass(frozen=True, slots=True)
class Failure:
    """Why and where a test failed; frames are already written out, the last one is where it was raised."""

    message: str | None = None
    path: str | None = None
    line: int | None = None
    frames: tuple[str, ...] = ()


NO_DETAILS = Failure()


@dataclass(frozen=True, slots=True)
class Found:
    """One run of one test tool. `totals` are the tool's own where it states them, else what was counted.

    `parts` are the files or packages that ran, as far as the log tells, each with its number of tests, 0 where that is
    not known: runs of the same parts are of the same tests.
    `planned` is how many tests were to run, where the tool says so.
    """

    format: str
    cases: tuple[TestCase, ...]
    totals: Mapping[Outcome, int]
    confidence: float
    duration_s: float | None = None
    coverage_percent: float | None = None
    marks: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    planned: int | None = None


@dataclass(slots=True)
class _Entry:
    outcome: Outcome
    failure: Failure = NO_DETAILS
    path: str | None = None
    duration_s: float | None = None
    reruns: int = 0
    seen: set[Outcome] = field(default_factory=set)


class CaseBook:
    """Gathers one record per test id: the worst outcome and the fullest details that a run's log tells."""

    def __init__(self, limits: LogLimits) -> None:
        self._limits = limits
        self._entries: dict[str, _Entry] = {}

    def add(
        self,
        test_id: str,
        outcome: Outcome,
        failure: Failure = NO_DETAILS,
        *,
        path: str | None = None,
        duration_s: float | None = None,
    ) -> str:
        """Note that `test_id` ended in `outcome`; returns the id as kept, bounded."""
        kept_id = shortened_id(test_id, self._limits.name_chars_max)
        entry = self._entries.get(kept_id)
        if entry is None:
            entry = self._entries[kept_id] = _Entry(outcome)
        if outcome is Outcome.RERUN:
            entry.reruns += 1
        else:
            entry.seen.add(outcome)
        if _SEVERITY[outcome] > _SEVERITY[entry.outcome]:
            entry.outcome = outcome
        entry.failure = _fuller(entry.failure, failure)
        entry.path = entry.path or path
        if duration_s is not None:
            entry.duration_s = duration_s
        return kept_id

    def time(self, test_id: str, duration_s: float) -> None:
        """Note how long a known test took."""
        entry = self._entries.get(shortened_id(test_id, self._limits.name_chars_max))
        if entry is not None:
            entry.duration_s = duration_s

    def rerun_at_least(self, test_id: str, reruns: int) -> None:
        """Note that a test was run again `reruns` times, told a second time in a summary."""
        entry = self._entries.get(shortened_id(test_id, self._limits.name_chars_max))
        if entry is not None:
            entry.reruns = max(entry.reruns, reruns)

    def __contains__(self, test_id: str) -> bool:
        return test_id in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def ids(self, outcomes: frozenset[Outcome]) -> list[str]:
        """Ids of the tests that ended so, in the log's order."""
        return [test_id for test_id, entry in self._entries.items() if entry.outcome in outcomes]

    def counts(self) -> Counter[Outcome]:
        """Outcomes as a runner counts them: a test that passed and then failed to tear down counts twice."""
        counts: Counter[Outcome] = Counter()
        for entry in self._entries.values():
            counts.update(entry.seen)
            if entry.reruns:
                counts[Outcome.RERUN] += entry.reruns
        return counts

    def cases(self) -> tuple[TestCase, ...]:
        """One bounded record per test, in the log's order. A test of which only reruns were seen counts as failed."""
        return tuple(self._case(test_id, entry) for test_id, entry in self._entries.items())

    def _case(self, test_id: str, entry: _Entry) -> TestCase:
        limits, failure = self._limits, entry.failure
        path = failure.path or entry.path
        return TestCase(
            id=test_id,
            outcome=Outcome.FAILED if entry.outcome is Outcome.RERUN else entry.outcome,
            message=paragraph(failure.message, limits.message_chars_max) if failure.message else None,
            path=one_line(path, limits.name_chars_max) if path else None,
            line=failure.line,
            duration_s=entry.duration_s,
            frames=tuple(one_line(frame, limits.name_chars_max) for frame in failure.frames[-limits.frames_max :]),
            reruns=entry.reruns,
        )


def settle(tool: str, book: CaseBook, stated: Mapping[Outcome, int] | None, *, counted: bool = False) -> Found:
    """Totals and confidence from the named tests and from what the tool stated (None: its summary was not seen).

    `counted` marks totals that were counted from a progress display which reached its end.
    """
    named = book.counts()
    cases = book.cases()
    if stated is None:
        return Found(tool, cases, _positive(named), UNFINISHED)
    if any(named[outcome] > stated.get(outcome, 0) for outcome in named if outcome is not Outcome.RERUN):
        confidence = CONTRADICTORY
    elif any(named[outcome] < stated.get(outcome, 0) for outcome in FAILING):
        confidence = FAILURES_UNNAMED
    else:
        confidence = COUNTED if counted else AGREEING
    return Found(tool, cases, _positive(stated), confidence)


def marked(found: Found, *marks: str) -> Found:
    """`found` with more marks."""
    return replace(found, marks=tuple(dict.fromkeys((*found.marks, *marks))))


def _positive(totals: Mapping[Outcome, int]) -> dict[Outcome, int]:
    return {outcome: totals[outcome] for outcome in Outcome if totals.get(outcome, 0) > 0}


def _fuller(known: Failure, told: Failure) -> Failure:
    if told is NO_DETAILS:
        return known
    if known is NO_DETAILS:
        return told
    return Failure(
        known.message or told.message,
        known.path or told.path,
        known.line if known.line is not None else told.line,
        known.frames or told.frames,
    )
