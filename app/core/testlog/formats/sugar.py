"""pytest-sugar's output, put into the order and the words of pytest's own, which is read then."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.testlog.formats.pytest_blocks import block_name
from app.core.testlog.formats.pytest_lines import rule_title

_START = re.compile(r"Test session starts \(platform: [^\n]{1,300}\)$", re.MULTILINE)
_RESULTS = re.compile(r"Results \((\d[\d.]{0,12})s(?: \([^)\n]{1,40}\))?\):$", re.MULTILINE)
_SIGN = re.compile(rf"^(?:{_START.pattern}|{_RESULTS.pattern}\n {{1,12}}\d{{1,9}} [a-z])", re.MULTILINE)
_COUNT = re.compile(r" {1,12}(\d{1,9}) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|rerun)$")
_LISTED = re.compile(r" {1,16}- (\S{1,400}?):\d{1,7} (\S[^\n]{0,400})$")
_BLOCK = re.compile(r"―{3,} (\S[^\n―]{0,600}) ―{3,}$")
# The bar has a blank or full blocks behind the percentage; ✓ ⨯ and the others stand behind the file or the test.
_PROGRESS = re.compile(r" ?(?:(\S[^\n]{0,600}?) )?([✓⨯✗xXsSEePFR.ₓ…]{0,1000}) {0,200}(\d{1,3})% ?[█▏▎▍▌▋▊▉ ]{0,40}$")
_SYMBOLS = {
    "✓": "PASSED",
    "⨯": "FAILED",
    "✗": "FAILED",
    "s": "SKIPPED",
    "x": "XFAIL",
    "X": "XPASS",
    "E": "ERROR",
    "R": "RERUN",
}
_ERRORS = ("ERROR at setup of ", "ERROR at teardown of ", "ERROR collecting ")


def looks_like_sugar(text: str) -> bool:
    """Whether pytest-sugar wrote (a part of) the text: its first line, or its counts one below the other."""
    return _SIGN.search(text) is not None


def as_pytest(lines: Sequence[str]) -> list[str]:
    """The lines as pytest writes them itself: progress, then the failures' reports, then the summary and the counts.

    pytest-sugar shows each failure among the progress as it comes, and an error in its summary as a failure.
    """
    written: list[str] = []
    run = _Run()
    for line in lines:
        if _START.match(line):
            written.extend(run.lines())
            run = _Run(started=True)
        elif not run.take(line):
            written.extend(run.lines())
            run = _Run()
            run.take(line)
    return [*written, *run.lines()]


@dataclass(slots=True)
class _Run:
    started: bool = False
    in_block: bool = False
    in_summary: bool = False
    took: str | None = None
    progress: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    errors: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    """Failed tests beneath their count, where errors are not."""
    summary: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)

    def take(self, line: str) -> bool:
        """Take a line; False where the run is over and the line stands after it."""
        if self.took is not None:
            return self._take_count(line)
        block, results = _BLOCK.match(line), _RESULTS.match(line)
        if results:
            self.took = results[1]
        elif self.in_summary or rule_title(line) is not None or line.startswith("!!!"):
            self.in_summary, self.in_block = True, False
            self.summary.append(line)
        elif block:
            self.in_block = True
            self.blocks.append(f"____ {block[1]} ____")
            kind = next((kind for kind in _ERRORS if block[1].startswith(kind)), None)
            self.errors.update({block[1][len(kind) :]} if kind else ())
        elif (step := _PROGRESS.match(line)) is not None:
            self.in_block = False
            self._take_step(step)
        else:
            (self.blocks if self.in_block else self.progress).append(line)
        return True

    def _take_step(self, step: re.Match[str]) -> None:
        path, found, name = (step[1] or "").partition("::")
        word = _SYMBOLS.get(step[2][-1:])
        if found and word:
            self.progress.append(f"{path}::{_as_id(name)} {word} [{step[3]:>3}%]")

    def _take_count(self, line: str) -> bool:
        count, listed = _COUNT.match(line), _LISTED.match(line)
        if count:
            self.counts.append(f"{count[1]} {count[2]}")
        elif listed:
            test_id = f"{listed[1]}::{_as_id(listed[2])}"
            self.listed.add(test_id)
            if not any(text.startswith(f"FAILED {test_id}") for text in self.summary[-200:]):
                self.summary.append(f"FAILED {test_id}")
        return bool(count or listed or line.startswith("         - ") or (not line and not self.counts))

    def lines(self) -> list[str]:
        """The run as pytest writes it."""
        whole = self.took is not None
        if not self.started and not whole and not self.blocks:
            return [*self.progress, *self.summary]
        written = ["=== test session starts ==="] if self.started else []
        written.extend(self.progress)
        if self.blocks:
            written.extend(["=== FAILURES ===", *self.blocks])
        if self.summary:
            if self.summary[0].startswith("FAILED "):
                written.append("=== short test summary info ===")
            written.extend(map(self._with_error, self.summary))
        if whole:
            collecting = sum(block.startswith("____ ERROR collecting ") for block in self.blocks)
            if collecting:  # which it does not count
                self.counts.append(f"{collecting} errors")
            written.append(f"=== {', '.join(self.counts) or 'no tests ran'} in {self.took}s ===")
        return written

    def _with_error(self, line: str) -> str:
        named = line.removeprefix("FAILED ")
        test_id = named.split(" - ", 1)[0]
        lists_all = bool(self.listed) and f"{len(self.listed)} failed" in self.counts
        is_error = block_name(test_id) in self.errors or (
            lists_all and not any(named == one or named.startswith(f"{one} - ") for one in self.listed)
        )
        return f"ERROR {named}" if line.startswith("FAILED ") and is_error else line


def _as_id(name: str) -> str:
    """`TestOrder.test_cancel[a.b]` with pytest's own separator."""
    head, bracket, parameters = name.partition("[")
    return head.replace(".", "::") + bracket + parameters
