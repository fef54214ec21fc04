"""unittest's text output, and nose's, nose2's and Django's, which is nearly the same."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from app.core.limits import LogLimits
from app.core.testlog.casebook import CONTRADICTORY, FAILURES_UNNAMED, CaseBook, Failure, Found, settle
from app.core.testlog.cleaning import Log, seconds, whole_number
from app.core.testlog.formats.traces import failure_at, read_traceback
from schemas.tests import Outcome

_SIGNS = re.compile(
    r"""^Ran\ \d+\ tests?\ in\ \d[\d.]*s$
    |^={70}\n(?:FAIL|ERROR|UNEXPECTED\ SUCCESS):\ \w
    |^\w+\ \([\w.]+\)(?:\ \.\.\.\ (?:ok|FAIL|ERROR|skipped|expected\ failure|unexpected\ success)\b|$)""",
    re.MULTILINE | re.VERBOSE,
)
_RAN = re.compile(r"Ran (\d{1,9}) tests? in (\d[\d.]*)s$")
_NAME = re.compile(r"\s*(\w{1,300}) \(([\w.<>]{1,600})\)((?: \[[^\n]*\])?(?: \([^\n]*\))?)$")
_DOTTED = re.compile(r"(?:Doctest: )?[\w-]+(?:\.[\w-]+)+(?:\([^\n]*\))?$")
_COUNT = re.compile(r"(failures|errors|skipped|SKIP|expected failures|unexpected successes)=(\d{1,9})")
_RESULTS = {
    "ok": Outcome.PASSED,
    "FAIL": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "SKIP": Outcome.SKIPPED,
    "expected failure": Outcome.XFAILED,
    "unexpected success": Outcome.XPASSED,
}
_TITLES = {"FAIL": Outcome.FAILED, "ERROR": Outcome.ERROR, "UNEXPECTED SUCCESS": Outcome.XPASSED}
_FIXTURES = ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule")
_LOADER = "unittest.loader._FailedTest."
_CAPTURED = {"Stdout:", "Stderr:", "-------------------- >> begin captured stdout << ---------------------"}


def looks_like_unittest(text: str) -> bool:
    """Whether unittest (or nose, or Django) wrote the text: its count line, its failure headings, its verbose lines."""
    return _SIGNS.search(text) is not None


def read_unittest(log: Log, limits: LogLimits) -> list[Found]:
    """Every run in the log; a run ends with `Ran n tests in …` and the verdict after it."""
    runs: list[Found] = []
    run = _Run(limits)
    for line in log.lines:
        if len(runs) >= limits.runs_max:
            break
        if run.ran is not None and line.startswith(("OK", "FAILED (", "NO TESTS RAN")):
            runs.append(run.found(line))
            run = _Run(limits)
            continue
        if run.ran is not None and line:  # no verdict: the log goes on with something else
            runs.append(run.found(""))
            run = _Run(limits)
        run.read(line)
    if len(runs) < limits.runs_max and (run.ran is not None or len(run.book)):
        runs.append(run.found(""))
    return runs


@dataclass(slots=True)
class _Run:
    """One run while it is read."""

    limits: LogLimits
    ran: int | None = None
    duration_s: float | None = None
    waiting: str | None = None
    after_rule: bool = False
    block: tuple[str, Outcome] | None = None
    body: list[str] | None = None
    methods: set[str] = field(default_factory=set)
    marks: list[str] = field(default_factory=list)
    book: CaseBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = CaseBook(self.limits)

    def read(self, line: str) -> None:
        """Take one line of the run."""
        ran = _RAN.match(line)
        if ran:
            self._close_block()
            self.ran, self.duration_s = int(ran[1]), seconds(ran[2])
        elif len(line) == 70 and not line.strip("="):
            self._close_block()
            self.after_rule = True
            return
        elif len(line) == 70 and not line.strip("-"):
            if self.block is not None and self.body is None:
                self.body = []
            else:
                self._close_block()
        elif self.after_rule:
            self._open_block(line)
        elif self.body is not None:
            self.body.append(line)
        elif self.block is None:
            self._read_result(line)
        self.after_rule = False

    def _open_block(self, line: str) -> None:
        word, _, name = line.partition(": ")
        # nose calls a test that has a docstring by its first line, and by nothing else.
        test_id = _test_id(name) or name.strip()
        if word in _TITLES and test_id:
            self.block = (test_id, _TITLES[word])

    def _close_block(self) -> None:
        if self.block is not None:
            test_id, outcome = self.block
            self._add(test_id, outcome, _failure(self.body or []))
        self.block, self.body = None, None

    def _read_result(self, line: str) -> None:
        head, found, result = line.rpartition(" ... ")
        if found:
            test_id = _test_id(head)
            outcome = _outcome(result)
            if test_id is None and outcome is not None:  # the first line of the docstring, after the name's own line
                test_id = self.waiting
            if test_id is not None and outcome is not None:
                self._add(test_id, outcome)
            self.waiting = test_id if outcome is None else None
        elif line.endswith(" ..."):
            self.waiting = _test_id(line[:-4])
        elif self.waiting is not None and _outcome(line) is not None:
            self._add(self.waiting, _RESULTS[_word(line)])
            self.waiting = None
        else:
            self.waiting = _test_id(line) or self.waiting

    def _add(self, test_id: str, outcome: Outcome, failure: Failure | None = None) -> None:
        if test_id.startswith(_LOADER):
            test_id = test_id[len(_LOADER) :]
            self.marks.append("collection_error")
        self.book.add(test_id, outcome, *([failure] if failure else []))
        method = re.split(r" [\[(]", test_id, maxsplit=1)[0]
        if outcome in {Outcome.FAILED, Outcome.ERROR} and not method.endswith(_FIXTURES):
            self.methods.add(method)

    def found(self, verdict: str) -> Found:
        """What the run told; `verdict` is its last line, empty where the log ended before."""
        self._close_block()
        marks = self.marks
        if self.ran is None:
            found = settle("unittest", self.book, None)
            return replace(found, marks=tuple(dict.fromkeys([*marks, "truncated"])))
        counts = {word: whole_number(number) or 0 for word, number in _COUNT.findall(verdict)}
        stated = Counter(
            {
                Outcome.FAILED: counts.get("failures", 0),
                Outcome.ERROR: counts.get("errors", 0),
                Outcome.SKIPPED: counts.get("skipped", counts.get("SKIP", 0)),
                Outcome.XFAILED: counts.get("expected failures", 0),
                Outcome.XPASSED: counts.get("unexpected successes", 0),
            }
        )
        named = self.book.counts()
        failing = stated[Outcome.FAILED] + stated[Outcome.ERROR]
        if named[Outcome.FAILED] + named[Outcome.ERROR] == failing:
            failing = len(self.methods)  # subtests fail singly, their test counts once; class fixtures are no tests
        others = stated[Outcome.SKIPPED] + stated[Outcome.XFAILED] + stated[Outcome.XPASSED]
        stated[Outcome.PASSED] = max(0, self.ran - failing - others)
        found = settle("unittest", self.book, stated)
        if not verdict:
            marks.append("truncated")
            found = replace(found, confidence=CONTRADICTORY)
        if self.ran == 0:
            marks.append("no_tests")
        if found.confidence == CONTRADICTORY and verdict and named[Outcome.PASSED] > stated[Outcome.PASSED]:
            found = replace(found, confidence=FAILURES_UNNAMED)
        return replace(found, duration_s=self.duration_s, marks=tuple(dict.fromkeys(marks)))


def _test_id(text: str) -> str | None:
    """`test_x (module.Class.test_x) [subtest]` and nose's `module.Class.test_x` as a dotted id; or None."""
    found = _NAME.match(text)
    if found:
        name, place, sub = found[1], found[2], found[3]
        dotted = place if place.endswith(f".{name}") else f"{place}.{name}"
        return dotted + sub
    return text if _DOTTED.match(text) else None


def _word(result: str) -> str:
    for word in _RESULTS:
        if result == word or result.startswith((f"{word} ", f"{word}:")):
            return word
    return ""


def _outcome(result: str) -> Outcome | None:
    return _RESULTS.get(_word(result))


def _failure(body: list[str]) -> Failure:
    lines = body
    for number, line in enumerate(body):
        if line in _CAPTURED:
            lines = body[:number]
            break
    while lines and not lines[-1].strip("-"):  # pynose's last rule is a short one
        lines = lines[:-1]
    message, frames = read_traceback(lines)
    return failure_at(message, frames)
