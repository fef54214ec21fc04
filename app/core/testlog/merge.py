"""Several runs, from one log or many, as one report."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app.core.testlog.casebook import CONTRADICTORY, FAILING, Found
from app.core.testlog.naming import key_of
from app.core.testlog.repeats import failed_in, may_be_in, size_of, with_repeated
from schemas.tests import Outcome, TestCase

_FORMATS = ("pytest", "unittest", "doctest", "junit", "go", "go_json", "jest", "jest_json", "mocha", "tap")

_Count = tuple[str, tuple[tuple[Outcome, int], ...], bool]
"""A run's format, its totals, and whether it names tests."""


def merge_runs(runs: Sequence[Found], *, one_log: bool = False) -> list[Found]:
    """Runs that tell of different tests, each once.

    Two runs are one where they share a test (a tool's text and its XML report, or a second run after a failed
    one) or where they are in two formats, one names nothing, and both count the same. Of a test told twice the
    later outcome stands, and if it passes where it failed before, or the reverse, the mark `runs_disagree` says so.

    A tool's second run of the same files or packages is one of the same tests too, though it names none; and so is,
    within one log, a second run of equally many tests with another outcome: it stands, and the mark says so. A run of
    some of the files stands for these; one that names nothing, after one that failed, for as many tests as it has.
    """
    merged: list[_Known] = []
    again = _Again(one_log=one_log)
    owner: dict[str, _Known] = {}
    by_count: dict[_Count, _Known] = {}
    for run in runs:
        keys = _by_key(run.cases)
        shared = next((owner[key] for key in keys if key in owner), None)
        repeated = again.of(run, shared)
        partly = again.partly(run, shared) if repeated is None else None
        known = repeated or partly or shared or _counted_the_same(run, by_count)
        if known is None:
            known = _Known(run, keys)
            merged.append(known)
        elif repeated is not None:
            known.stand(run, keys)
        elif partly is not None:
            known.stand_partly(run, keys)
        else:
            known.fold(run, keys)
        for key in keys:
            owner.setdefault(key, known)
        by_count.setdefault(_count(run, named=bool(run.cases)), known)
        again.note(run, known)
    return [known.run for known in merged]


def _by_key(cases: Sequence[TestCase]) -> dict[str, TestCase]:
    """Cases by key; a key that two tests of one run share tells neither, and their ids stand instead."""
    by_key: dict[str, TestCase] = {}
    keyed = sorted(((key_of(case.id), case) for case in cases), key=lambda pair: pair[0])
    for key, group in groupby(keyed, key=lambda pair: pair[0]):
        same = [case for _, case in group]
        by_key.update({key: same[0]} if len(same) == 1 else {case.id: case for case in same})
    order = {case.id: number for number, case in enumerate(cases)}
    return dict(sorted(by_key.items(), key=lambda item: order[item[1].id]))


def _count(run: Found, *, named: bool) -> _Count:
    return run.format, tuple(sorted(_without_reruns(run).items())), named


def _counted_the_same(run: Found, by_count: dict[_Count, "_Known"]) -> "_Known | None":
    """A run in another format with equal totals, where at least one of the two names no test."""
    _, totals, _ = _count(run, named=False)
    if not totals:
        return None
    for tool in _FORMATS:
        for named in (False,) if run.cases else (False, True):
            known = by_count.get((tool, totals, named))
            if tool != run.format and known is not None:
                return known
    return None


class _Again:
    """Finds the run that another one repeats without naming all of its tests."""

    def __init__(self, *, one_log: bool) -> None:
        self._one_log = one_log
        self._by_part: dict[tuple[str, str], _Known] = {}
        self._by_size: dict[tuple[str, int], _Known] = {}
        self._latest: dict[str, _Known] = {}

    def note(self, run: Found, known: "_Known") -> None:
        """Remember a run."""
        self._by_part.update({(run.format, part): known for part in run.parts})
        self._by_size[run.format, size_of(run)] = known
        self._latest[run.format] = known

    def partly(self, run: Found, shared: "_Known | None") -> "_Known | None":
        """The known run of which `run` repeats some tests, by the parts of both, or by what failed before."""
        size = size_of(run)
        if not size or (len(run.cases) >= size and "passes_uncounted" not in run.marks):
            return None
        by_part = next((self._by_part[key] for part in run.parts if (key := (run.format, part)) in self._by_part), None)
        if by_part is not None or run.cases or not self._one_log or shared is not None:
            return by_part
        known = self._latest.get(run.format)
        if known is None or known.run.format != run.format:
            return None
        failing = [case.id for case in known.run.cases if case.outcome in FAILING]
        is_apart = bool(known.run.parts and run.parts) or (
            bool(failing) and not any(may_be_in(run.parts, test_id) for test_id in failing)
        )
        return known if failed_in(known.run) and not is_apart else None

    def of(self, run: Found, shared: "_Known | None") -> "_Known | None":
        """The known run that `run` repeats; `shared` is one that names a test of it, by which it may be told too."""
        size = size_of(run)
        if not size or (len(run.cases) >= size and "passes_uncounted" not in run.marks):
            return None
        known = shared or next(
            (self._by_part[key] for part in run.parts if (key := (run.format, part)) in self._by_part), None
        )
        if known is None and self._one_log:
            candidate = self._by_size.get((run.format, size))
            apart = candidate is not None and run.parts and candidate.run.parts
            known = None if apart else candidate
            if known is not None and _without_reruns(known.run) == _without_reruns(run):
                return None
        if known is None or known.run.format != run.format:
            return None
        whole = known.run.parts.keys() <= run.parts.keys() if known.run.parts else size_of(known.run) == size
        return known if whole and (shared is None or _without_reruns(known.run) != _without_reruns(run)) else None


def _without_reruns(run: Found) -> dict[Outcome, int]:
    return {outcome: count for outcome, count in run.totals.items() if outcome is not Outcome.RERUN}


@dataclass(slots=True)
class _Known:
    run: Found
    cases: dict[str, TestCase]

    def stand(self, later: Found, later_cases: dict[str, TestCase]) -> None:
        """Take a run of the same tests in place of this one, and say so where they ended differently."""
        if _without_reruns(self.run) == _without_reruns(later):
            later_cases = {**later_cases, **self.cases}
            self.run = replace(later, cases=tuple(later_cases.values()), marks=_both(self.run, later))
        else:
            marks = tuple(dict.fromkeys([*_both(self.run, later), "runs_disagree"]))
            self.run = replace(later, confidence=min(later.confidence, CONTRADICTORY), marks=marks)
        self.cases = later_cases

    def stand_partly(self, later: Found, later_cases: dict[str, TestCase]) -> None:
        """Take a run of some of these tests in place of what they were."""
        self.run = with_repeated(self.run, later)
        told = {case.id for case in self.run.cases}
        self.cases = {key: case for key, case in {**self.cases, **later_cases}.items() if case.id in told}

    def fold(self, later: Found, later_cases: dict[str, TestCase]) -> None:
        """Take a run that tells of the same tests."""
        base, base_cases = self.run, self.cases
        if sum(_without_reruns(later).values()) > sum(_without_reruns(base).values()):
            totals, named = Counter(later.totals), later_cases
        else:
            totals, named = Counter(base.totals), base_cases
        complete = len(named) >= sum(count for outcome, count in totals.items() if outcome is not Outcome.RERUN)
        cases = dict(base_cases)
        disagree = False
        for key, case in later_cases.items():
            before = cases.get(key)
            cases[key] = case if before is None else _joined(before, case)
            disagree = disagree or (before is not None and (before.outcome in FAILING) != (case.outcome in FAILING))
        for key, case in cases.items():
            told = named.get(key)
            if told is not None and told.outcome is not case.outcome:
                totals[told.outcome] -= 1
                totals[case.outcome] += 1
            elif told is None and complete:
                totals[case.outcome] += 1
        durations = [run.duration_s for run in (base, later) if run.duration_s is not None]
        self.cases = cases
        self.run = Found(
            base.format if base.format == later.format else f"{base.format}+{later.format}",
            tuple(cases.values()),
            {outcome: totals[outcome] for outcome in Outcome if totals[outcome] > 0},
            CONTRADICTORY if disagree else max(base.confidence, later.confidence),
            max(durations) if durations else None,
            marks=tuple(dict.fromkeys([*_both(base, later), *(["runs_disagree"] if disagree else [])])),
            parts={**base.parts, **later.parts},
        )


def _both(base: Found, later: Found) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*base.marks, *later.marks]))


def _joined(before: TestCase, after: TestCase) -> TestCase:
    """The later outcome with the fullest details that belong to it, under the first id."""
    if (before.outcome in FAILING) != (after.outcome in FAILING):
        return after.model_copy(update={"id": before.id})
    return after.model_copy(
        update={
            "id": before.id,
            "message": max(before.message or "", after.message or "", key=len) or None,
            "path": before.path or after.path,
            "line": before.line if before.line is not None else after.line,
            "duration_s": after.duration_s if after.duration_s is not None else before.duration_s,
            "frames": before.frames or after.frames,
            "reruns": max(before.reruns, after.reruns),
        }
    )


def formats_of(runs: Sequence[Found]) -> tuple[str, ...]:
    """The formats of all runs, each once, in the order in which they were read."""
    return tuple(dict.fromkeys(name for run in runs for name in run.format.split("+")))
