"""`go test`: its text, with or without `-v`."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.limits import LogLimits
from app.core.testlog.casebook import (
    AGREEING,
    FAILING,
    FAILURES_UNNAMED,
    NO_DETAILS,
    UNFINISHED,
    CaseBook,
    Failure,
    Found,
)
from app.core.testlog.cleaning import Log, seconds
from app.core.testlog.formats.traces import Frame, failure_at
from schemas.tests import Outcome

_TEXT_SIGNS = re.compile(
    r"""^(?:===\ RUN\ \ \ \S|---\ (?:PASS|FAIL|SKIP):\ \S[^\n]*\ \(\d[\d.]*s\)$)
    |^(?:ok\ \ |FAIL)\t\S+\t(?:\d[\d.]*s|\(cached\))
    |^FAIL\t\S+\ \[(?:build|setup)\ failed\]$""",
    re.MULTILINE | re.VERBOSE,
)
# What a test printed without ending its line stands before its result.
_RESULT = re.compile(r"--- (PASS|FAIL|SKIP): (\S{1,600}) \((\d[\d.]*)s\)$")
_LEFT_OUT = re.compile(r"\[\.\.\. \d+ (?:characters|bytes|lines) left out \.\.\.\]$")
_PACKAGE = re.compile(
    r"(ok  |FAIL|\?   )\t(\S{1,600})(?:\t(\d[\d.]*s|\(cached\)|\[no test files\])| (\[\w+ failed\]))?"
    r"(?:[^\n]{0,200} (\[no tests to run\])$)?"
)
_BENCHMARK = re.compile(r"Benchmark\S{0,600}[ \t]+\d+[ \t]+[\d.]+ ns/op\b")
NOTHING_RAN = "[no tests to run]"
"""The verdict on a package in which no test was chosen; one of benchmarks alone has none either."""
_RUNNING = re.compile(r"=== (?:RUN|CONT|NAME) +(\S.{0,600})$")
_PLACE = re.compile(r"(?:.{0,600}?) {4}([\w./-]{1,300}\.go):(\d{1,7}): ?(.*)$")
_PANIC_PLACE = re.compile(r"\t(\S{1,500}\.go):(\d{1,7})(?: \+0x[0-9a-f]+)?$")
_STILL_RUNNING = re.compile(r"\t\t(\S.{0,600}) \(\d[^()]{0,20}\)$")
_BUILD_PLACE = re.compile(r"(\S{1,300}\.go):(\d{1,7})(?::\d{1,7})?: (.*)$")
_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED}
_OUTPUT_LINES_MAX = 200


def looks_like_go(text: str) -> bool:
    """Whether `go test` wrote the text: its results or its line per package."""
    return _TEXT_SIGNS.search(text) is not None


def read_go(log: Log, limits: LogLimits) -> list[Found]:
    """Every run in the log. Without `-v` it names no passing test: such a package counts as one passed case.

    A package that comes a second time begins another run.
    """
    runs: list[Found] = []
    ends = _true_ends(log.lines)
    run = GoRun(CaseBook(limits))
    for number, line in enumerate(log.lines):
        package = _PACKAGE.match(line) if number not in ends.printed else None
        if package and package[2] in run.parts and len(runs) < limits.runs_max - 1:
            results, run.results = run.results, []
            output, run.output = run.output, {}
            runs.append(run.found())
            run = GoRun(CaseBook(limits), results, output, verbose=run.verbose, panic=run.panic, build=run.build)
        run.read(line, package=package, result=ends.results.get(number))
    run.end_package(None, None)
    return [*runs, run.found()]


@dataclass(frozen=True, slots=True)
class _Ends:
    """Which lines tell results, and which look like a package's end and were only printed by a test."""

    results: dict[int, re.Match[str]]
    printed: set[int]


def _true_ends(lines: Sequence[str]) -> _Ends:
    """Tell what go wrote from what tests printed, by what was running.

    With `-v` each test is announced: a result counts where its test is running, and a package cannot have ended where
    a test goes on afterwards. What stands before the first announcement, or after a part that is missing, is believed.
    """
    results: dict[int, re.Match[str]] = {}
    printed: set[int] = set()
    running: dict[str, int] = {}
    packages: list[int] = []  # lines since the start of the test that runs longest
    announced = False
    for number, line in enumerate(lines):
        start = _RUNNING.match(line)
        if start:
            announced = True
            if line.startswith("=== RUN"):
                running[start[1].rstrip()] = number
            continue
        if _LEFT_OUT.match(line):
            announced, running = False, {}
        result = _RESULT.search(line)
        if result and (not announced or result[2] in running):
            results[number] = result
            started = running.pop(result[2], number)
            while packages and packages[-1] > started:
                printed.add(packages.pop())
        elif _PACKAGE.match(line):
            packages.append(number)
    return _Ends(results, printed)


@dataclass(slots=True)
class GoRun:
    """Results wait for their package's line, which follows them and gives them their full names."""

    book: CaseBook
    results: list[tuple[str, Outcome, float | None]] = field(default_factory=list)
    output: dict[str, list[str]] = field(default_factory=dict)
    current: str | None = None
    panic: list[str] | None = None
    build: list[str] = field(default_factory=list)
    durations: list[float] = field(default_factory=list)
    verbose: bool = False
    parts: set[str] = field(default_factory=set)
    unfinished: bool = False
    benchmarked: bool = False
    marks: list[str] = field(default_factory=list)

    def read(self, line: str, *, package: re.Match[str] | None, result: re.Match[str] | None) -> None:
        """Take one line of output, which is a package's end or a test's where these say so."""
        if result:
            self.read_output(line[: result.start()].rstrip())
            self.results.append((result[2], _OUTCOMES[result[1]], seconds(result[3])))
            self.verbose = self.verbose or result[1] == "PASS"
            self.current = result[2]
            return
        if package:
            verdict = package[5] or package[3] or package[4]
            self.end_package(package[2], verdict, failed=package[1] == "FAIL")
            return
        running = _RUNNING.match(line)
        if running:
            self.current, self.verbose = running[1].rstrip(), True
        else:
            self.read_output(line)

    def read_output(self, line: str) -> None:
        """Take a line that a test, a panic or the compiler wrote."""
        self.benchmarked = self.benchmarked or _BENCHMARK.match(line) is not None
        if line.startswith("panic: "):
            self.panic = [line]
        elif line.startswith("# "):
            self.build = []
        elif self.panic is not None:
            if len(self.panic) < _OUTPUT_LINES_MAX:
                self.panic.append(line)
        elif _BUILD_PLACE.match(line):
            self.build.append(line)
        elif self.current is not None:
            shown = self.output.setdefault(self.current, [])
            if len(shown) < _OUTPUT_LINES_MAX:
                shown.append(line)

    def end_package(self, package: str | None, verdict: str | None, *, failed: bool = False) -> None:
        """The package's own line: its tests get its name, or it becomes a case itself where none is named."""
        prefix = f"{package}." if package else ""
        self.unfinished = self.unfinished or (package is None and bool(self.results))
        failing = [name for name, outcome, _ in self.results if outcome is Outcome.FAILED]
        for name, outcome, duration_s in self.results:
            panicked = outcome is Outcome.FAILED and self.panic is not None and name == failing[-1]
            failure = NO_DETAILS if outcome is Outcome.PASSED else self._failure(name)
            if panicked and self.panic:
                failure = _panic_failure(self.panic)
            self.book.add(prefix + name, outcome, failure, duration_s=duration_s)
        if package is not None and verdict != "[no test files]":
            self.parts.add(package)
            duration_s = seconds(verdict[:-1]) if verdict and verdict.endswith("s") else None
            self.durations.extend([duration_s] if duration_s is not None else [])
            if verdict and verdict.endswith("failed]"):
                self.marks.append("build_failed")
                self.book.add(package, Outcome.ERROR, _build_failure(self.build))
            elif failed and not failing:
                failure = _panic_failure(self.panic) if self.panic else NO_DETAILS
                for name in _still_running(self.panic or []):
                    failing.append(name)
                    self.book.add(prefix + name, Outcome.FAILED, failure)
                if not failing:
                    self.book.add(package, Outcome.ERROR, failure)
            elif not failed and not self.results and verdict != NOTHING_RAN and not self.benchmarked:
                self.book.add(package, Outcome.PASSED, duration_s=duration_s)
        self.results, self.output, self.current, self.panic, self.build = [], {}, None, None, []
        self.benchmarked = False

    def _failure(self, name: str) -> Failure:
        message: list[str] = []
        frames: list[Frame] = []
        for line in self.output.pop(name, []):  # once: a hostile log ends one test thousands of times
            place = _PLACE.match(line)
            if place:
                frames.append(Frame(place[1], int(place[2])))
                message.append(place[3])
            elif message and line.startswith("     "):
                message.append(line.strip())
        return failure_at("\n".join(message), frames)

    def found(self) -> Found:
        """Totals are counted, for go states none; without `-v` passing tests are not among them."""
        counts: Counter[Outcome] = self.book.counts()
        confidence = AGREEING
        if self.unfinished or not self.parts:
            confidence = UNFINISHED
            self.marks.append("truncated")
        elif not self.verbose and counts[Outcome.FAILED] + counts[Outcome.PASSED]:
            confidence = FAILURES_UNNAMED
            self.marks.append("passes_uncounted")
        elif not any(counts[outcome] for outcome in (*FAILING, Outcome.PASSED, Outcome.SKIPPED)):
            self.marks.append("no_tests")
        totals = {outcome: counts[outcome] for outcome in Outcome if counts[outcome]}
        duration_s = round(sum(self.durations), 3) if self.durations else None
        marks, parts = tuple(dict.fromkeys(self.marks)), dict.fromkeys(sorted(self.parts), 0)
        return Found("go", self.book.cases(), totals, confidence, duration_s, marks=marks, parts=parts)


def _still_running(panic: list[str]) -> list[str]:
    """The tests that a timeout interrupted, which have no result of their own."""
    found = (_STILL_RUNNING.match(line) for line in panic if panic[1:2] == ["\trunning tests:"])
    return [match[1] for match in found if match]


def _panic_failure(lines: list[str]) -> Failure:
    frames = []
    for line in lines:
        place = _PANIC_PLACE.match(line)
        if place and "/go/src/" not in place[1] and place[1] != "_testmain.go":
            frames.append(Frame(place[1], int(place[2])))
    return failure_at(lines[0], frames[::-1])


def _build_failure(lines: list[str]) -> Failure:
    frames = []
    for line in lines:
        place = _BUILD_PLACE.match(line)
        if place:
            frames.append(Frame(place[1].removeprefix("./"), int(place[2])))
    return failure_at("\n".join(lines[:20]), frames[:1])
