"""One run of pytest while its lines are read: the section they stand in, and what was found so far."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from sys import maxsize

from app.core.limits import LogLimits
from app.core.testlog.casebook import FAILING, CaseBook, Failure, Found, settle
from app.core.testlog.cleaning import seconds
from app.core.testlog.formats.pytest_blocks import BlockIndex, FailureBlock, block_name, block_title, read_block
from app.core.testlog.formats.pytest_lines import (
    FINAL,
    OUTCOME_WORDS,
    Rules,
    Summary,
    bare_outcome,
    dots,
    ended,
    named_outcome,
    summary_entry,
    waiting_id,
)
from app.core.testlog.formats.traces import failure_at, read_traceback
from schemas.tests import Outcome

SUMMARIES = frozenset({"short test summary info", "rerun test summary info"})
BLOCKS = ("ERRORS", "FAILURES", "XFAILURES", "PASSES", "XPASSES")
"""Sections with a report for each test, in pytest's order; what a test printed stands in its report."""
_FAILED_BLOCKS = frozenset({"FAILURES", "ERRORS"})
INTERNAL = "INTERNALERROR>"
_CONFTEST = "ImportError while loading conftest '"
_CONFTEST_LINES_MAX = 100  # of the traceback
_COLLECTED = re.compile(
    r"(?:collecting \.\.\. )?collected (\d{1,9}) items?(?: / [^\n]{0,80}?(\d{1,9}) selected)?\b"
    r"|\d{1,4} workers? \[(\d{1,9}) items?\]"
)
_BROKE_OFF = frozenset({"stopped_early", "interrupted", "collection_error", "internal_error"})
_INTERNAL_ID = "pytest INTERNALERROR"


@dataclass(slots=True)
class Run:
    """One run while it is read: the section that the lines stand in, and what was found so far."""

    limits: LogLimits
    rules: Rules
    is_headed: bool = False
    """Whether the run began with pytest's header; quiet runs have none."""
    end: int | None = None  # the line of the header behind this run, once it was looked for
    section: str = "progress"
    captured: bool = False
    root: str | None = None
    waiting: str | None = None
    percent: int | None = None
    selected: int = 0
    title: str | None = None
    body: list[str] = field(default_factory=list)
    blocks: list[FailureBlock] = field(default_factory=list)
    summary_lines: list[str] = field(default_factory=list)
    durations: list[tuple[str, float]] = field(default_factory=list)
    internal: list[str] = field(default_factory=list)
    files: Counter[str] = field(default_factory=Counter)
    letters: Counter[Outcome] = field(default_factory=Counter)
    marks: list[str] = field(default_factory=list)
    book: CaseBook = field(init=False)

    def __post_init__(self) -> None:
        self.book = CaseBook(self.limits)

    def ends_at(self, number: int, summary: Summary, *, is_ruled: bool) -> bool:
        """Whether a final line here is the run's own and not something that a test printed.

        A run with a header ends in a rule: the one that counts what the progress showed, else its last one.
        """
        if not self.is_headed:
            return not self.captured or self.rules.last_before(FINAL, maxsize) == number
        if not is_ruled:
            return False
        return (not self.captured and self._is_shown(ended(summary.totals))) or self._is_last(FINAL, number)

    def _is_shown(self, totals: Counter[Outcome]) -> bool:
        """Whether the progress showed these outcomes, and of all tests that were selected."""
        shown = ended(self.letters + self.book.counts())
        return bool(shown) and shown == totals and totals.total() >= self.selected

    def _is_last(self, title: str, number: int) -> bool:
        """Whether this is the run's last heading `title`.

        The next header ends the run; one that a test may have printed, only behind a final line of what was shown.
        """
        if self.end is None or not self.captured:
            starts = self.rules.starts_after(number)
            self.end = next((start for start in starts if not self.captured or self._is_shown_before(start)), maxsize)
        return self.rules.last_before(title, self.end) == number

    def _is_shown_before(self, start: int) -> bool:
        final = self.rules.last_before(FINAL, start)
        return final is not None and self._is_shown(self.rules.finals[final])

    def read(self, number: int, line: str, title: str | None) -> None:
        """Take one line of the run."""
        if line.startswith(INTERNAL):
            self.internal.append(line[len(INTERNAL) + 1 :])
        elif title is not None and self._opens(number, title):
            self._close_block()
            self.captured = False
            self.section = title
        elif title is not None and title.startswith("xdist: ") and not self.captured:
            self.marks.append("stopped_early")
        elif line.startswith("!!!"):
            self._read_stop(line.strip("! "))
        elif self.section in BLOCKS:
            self._read_block_line(line)
        elif self.section in SUMMARIES:
            self.summary_lines.append(line)
        elif self.section.startswith("slowest"):
            self._read_duration(line)
        elif self.section == "progress":
            self._read_progress(line)

    def _opens(self, number: int, title: str) -> bool:
        if not self.captured:
            return True
        follows = title in BLOCKS and self.section in BLOCKS and BLOCKS.index(self.section) < BLOCKS.index(title)
        return (follows or title in SUMMARIES or title == "warnings summary") and self._is_last(title, number)

    def _read_stop(self, text: str) -> None:
        if "during collection" in text:
            self.marks.append("collection_error")
        elif "stopping after" in text:  # xdist names its exception before it
            self.marks.append("stopped_early")
        elif "Interrupt" in text or "outcomes.Exit" in text:
            self.marks.append("interrupted")

    def _read_block_line(self, line: str) -> None:
        title = block_title(line)
        if title is not None:
            self._close_block()
            self.title, self.captured = title, self.section not in _FAILED_BLOCKS
        elif line.startswith("---") and (" Captured " in line or " live log" in line):
            self.captured = True
        elif not self.captured and self.title is not None:
            self.body.append(line)

    def _close_block(self) -> None:
        if self.title is not None and self.section in _FAILED_BLOCKS:
            self.blocks.append(read_block(self.title, self.body, self.root))
        self.title, self.body = None, []

    def _read_duration(self, line: str) -> None:
        parts = line.split(maxsplit=2)
        if len(parts) == 3 and parts[1] == "call" and parts[0].endswith("s"):
            duration_s = seconds(parts[0][:-1])
            if duration_s is not None:
                self.durations.append((parts[2], duration_s))

    def _read_progress(self, line: str) -> None:
        named = named_outcome(line)
        if named is not None:
            self._add(*named)
            self.waiting = None
            return
        letters = dots(line)
        if letters is not None:
            self.letters.update(letters[1])
            if letters[0]:
                self.files[letters[0]] += ended(letters[1]).total()
            self.percent = letters[2] if letters[2] is not None else self.percent
            return
        word = bare_outcome(line) if self.waiting else None
        if word is not None and self.waiting is not None:
            self._add(self.waiting, word)
            self.waiting = None
        elif (collected := _COLLECTED.match(line)) is not None:
            self.selected = int(collected[2] or collected[1] or collected[3])
        elif line.startswith("rootdir: "):
            self.root = line[len("rootdir: ") :].split(", ", maxsplit=1)[0].rstrip("/")
        else:
            self.waiting = waiting_id(line) or self.waiting

    def _add(self, test_id: str, word: str) -> None:
        self.book.add(test_id, OUTCOME_WORDS[word], path=test_id.partition("::")[0])

    def found(self, summary: Summary | None = None) -> Found:
        """What the run told, now that its last line was read (`summary`) or the log ended without one."""
        self._close_block()
        messages = self._read_summary_lines()
        self._place_blocks(summary)
        for test_id, (outcome, message) in messages.items():
            self.book.add(test_id, outcome, Failure(message=message))
        for test_id, duration_s in self.durations:
            self.book.time(test_id, duration_s)
        stated = Counter(summary.totals) if summary else None
        if self.internal:
            self._add_internal_error(stated)
        found = self._settled(stated)
        if stated is not None and not found.totals:
            self.marks.append("no_tests")
        ended = summary.totals.total() - summary.totals[Outcome.RERUN] if summary else 0
        if not _BROKE_OFF.intersection(self.marks) and 0 < ended < self.selected:
            self.marks.append("stopped_early")
        took_s = summary.duration_s if summary else None
        parts = {f"{self.root or ''}/{file}": count for file, count in sorted(self.files.items())}
        marks, planned = tuple(dict.fromkeys(self.marks)), self.selected or None
        return replace(found, duration_s=took_s, marks=marks, parts=parts, planned=planned)

    def _settled(self, stated: Counter[Outcome] | None) -> Found:
        if stated is not None:
            return settle("pytest", self.book, stated)
        if self.letters and self.percent == 100:
            return settle("pytest", self.book, self.letters, counted=True)
        self.marks.append("truncated")
        found = settle("pytest", self.book, None)
        if self.letters.total() > self.book.counts().total():
            return replace(found, totals={outcome: count for outcome, count in self.letters.items() if count})
        return found

    def _read_summary_lines(self) -> dict[str, tuple[Outcome, str]]:
        """Add the tests that the short summary names; returns their messages, shorter than the reports' own."""
        names = {block.name for block in self.blocks}
        messages: dict[str, tuple[Outcome, str]] = {}
        reruns: Counter[str] = Counter()
        for line in self.summary_lines:
            entry = summary_entry(line, lambda test_id: test_id in self.book or block_name(test_id) in names)
            if entry is None:
                continue
            word, test_id, message = entry
            if word == "RERUN":
                reruns[test_id] += 1
                continue
            self._add(test_id, word)
            if message:
                messages[test_id] = (OUTCOME_WORDS[word], message)
        for test_id, count in reruns.items():
            self.book.rerun_at_least(test_id, count)
        return messages

    def _place_blocks(self, summary: Summary | None) -> None:
        index = BlockIndex(self.book.ids(FAILING))
        named = self.book.counts()
        failing = sum(named[outcome] for outcome in FAILING)
        stated = sum(summary.totals[outcome] for outcome in FAILING) if summary else failing + len(self.blocks)
        for block in self.blocks:
            outcome = Outcome.ERROR if block.error else Outcome.FAILED
            if block.collecting:
                self.marks.append("collection_error")
                test_id: str | None = block.name
            else:
                test_id = index.take(block)
            if test_id is None and failing < stated:  # else all are named, and this one was only printed by a test
                test_id = block.built_id(self.files)
            if test_id is not None:
                failing += test_id not in self.book
                self.book.add(test_id, outcome, block.failure, path=test_id.partition("::")[0])

    def _add_internal_error(self, stated: Counter[Outcome] | None) -> None:
        message, frames = read_traceback(self.internal)
        self.book.add(_INTERNAL_ID, Outcome.ERROR, failure_at(message, frames, self.root))
        self.marks.append("internal_error")
        if stated is not None:
            stated[Outcome.ERROR] += 1


def conftest_errors(lines: Sequence[str], limits: LogLimits) -> list[Found]:
    """A run that ended before its header, for a `conftest.py` could not be imported: one error under the file's name.

    Empty where pytest does not say so. A traceback follows its line, with paths relative to the root.
    """
    start = next((number for number, line in enumerate(lines) if line.startswith(_CONFTEST)), None)
    if start is None:
        return []
    given = lines[start].removeprefix(_CONFTEST).rstrip(".").removesuffix("'")
    body = list(takewhile(str.strip, lines[start + 1 : start + 1 + _CONFTEST_LINES_MAX]))
    block = read_block(f"ERROR collecting {given}", body, None)
    path = next((path for path in block.paths if f"/{given}".endswith(f"/{path}")), given)
    book = CaseBook(limits)
    book.add(path, Outcome.ERROR, block.failure, path=path)
    found = settle("pytest", book, Counter({Outcome.ERROR: 1}))
    return [replace(found, marks=("collection_error",))]
