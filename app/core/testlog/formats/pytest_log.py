"""pytest's text output, verbose or quiet, of one process or of xdist's, whole or cut."""

import re
from collections.abc import Sequence

from app.core.limits import LogLimits
from app.core.testlog.casebook import Found
from app.core.testlog.cleaning import Log
from app.core.testlog.formats.pytest_lines import dots, named_outcome, rule_title, summary_line
from app.core.testlog.formats.pytest_run import BLOCKS, INTERNAL, SUMMARIES, Run

_SIGNS = re.compile(
    r"""^=+\ (?:test\ session\ starts|short\ test\ summary\ info|FAILURES|ERRORS|no\ tests\ ran\ in\ [^\n]*)\ =+$
    |^=*\ ?\d+\ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b[^\n]*\ in\ \d[\d.]*s\b
    |^[^\s:]+::[^\n]*\[\ *\d+%\]$
    |^\[gw\d+\]\ \[\ *\d+%\]\ [A-Z]+\ [^\n]*::
    |^(?:\S+\.\w{1,5}\ )?[.FEsxXRu]+\ +\[\ *\d+%\]$
    |^INTERNALERROR>\ """,
    re.MULTILINE | re.VERBOSE,
)
_START = "test session starts"


def looks_like_pytest(text: str) -> bool:
    """Whether pytest wrote (a part of) the text, by its own headings, counts or progress lines."""
    return _SIGNS.search(text) is not None


def read_pytest(log: Log, limits: LogLimits) -> tuple[list[Found], list[str]]:
    """Every run in the log, and the lines that stand before, between and after the runs, for other readers.

    What a test printed is shown within its failure's report: it belongs to the run and is not read as results.
    """
    runs: list[Found] = []
    outside: list[str] = []
    last_rules = _last_rules(log.lines)
    run: Run | None = None
    for number, line in enumerate(log.lines):
        title = rule_title(line)
        if len(runs) >= limits.runs_max:
            break
        if title == _START and (run is None or not run.captured):
            if run is not None:
                runs.append(run.found())
            run = Run(limits)
            continue
        if run is None:
            if not _begins(line, title):
                outside.append(line)
                continue
            run = Run(limits)
        summary = summary_line(title if title is not None else line)
        if summary is not None and run.ends_at(number, last_rules):
            runs.append(run.found(summary))
            run = None
            continue
        run.read(number, line, title, last_rules)
    if run is not None and len(runs) < limits.runs_max:
        runs.append(run.found())
    return runs, outside


def _begins(line: str, title: str | None) -> bool:
    """Whether a line outside any run can only be pytest's: without a header a quiet run starts like this."""
    if title is not None:
        return title in BLOCKS or title in SUMMARIES or summary_line(title) is not None
    return (line.startswith(INTERNAL) or dots(line) is not None or named_outcome(line) is not None) or summary_line(
        line
    ) is not None


def _last_rules(lines: Sequence[str]) -> dict[str, int]:
    """Where each heading stands last; `summary` is the last final line. Captured output may hold forged ones."""
    last: dict[str, int] = {}
    for number, line in enumerate(lines):
        title = rule_title(line)
        if title is not None:
            last[title] = number
        counts = title if title is not None else line
        if (title is not None or line[:1].isdigit()) and summary_line(counts) is not None:
            last["summary"] = number
    return last
