"""pytest's text output, verbose or quiet, of one process or of xdist's, whole or cut."""

import re

from app.core.limits import LogLimits
from app.core.testlog.casebook import Found
from app.core.testlog.cleaning import Log
from app.core.testlog.formats.pytest_lines import START, Rules, dots, named_outcome, rule_title, summary_line
from app.core.testlog.formats.pytest_run import BLOCKS, INTERNAL, SUMMARIES, Run, conftest_errors

_SIGNS = re.compile(
    r"""^=+\ (?:test\ session\ starts|short\ test\ summary\ info|FAILURES|ERRORS|no\ tests\ ran\ in\ [^\n]*)\ =+$
    |^=*\ ?\d+\ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b[^\n]*\ in\ \d[\d.]*s\b
    |^[^\s:]+::[^\n]*\[\ *\d+%\]$
    |^\[gw\d+\]\ \[\ *\d+%\]\ [A-Z]+\ [^\n]*::
    |^(?:\S+\.\w{1,5}\ )?[.FEsxXRu]+\ +\[\ *\d+%\]$
    |^INTERNALERROR>\ |^ImportError\ while\ loading\ conftest\ '""",
    re.MULTILINE | re.VERBOSE,
)


def looks_like_pytest(text: str) -> bool:
    """Whether pytest wrote (a part of) the text, by its own headings, counts or progress lines."""
    return _SIGNS.search(text) is not None


def read_pytest(log: Log, limits: LogLimits) -> tuple[list[Found], list[str]]:
    """Every run in the log, and the lines that stand before, between and after the runs, for other readers.

    What a test printed is shown within its own report: it belongs to the run and is not read as results.
    """
    rules = Rules.of(log.lines)
    runs = [] if rules.by_title else conftest_errors(log.lines, limits)
    outside: list[str] = []
    run: Run | None = None
    for number, line in enumerate(log.lines):
        title = rule_title(line)
        if len(runs) >= limits.runs_max:
            break
        if title == START and (run is None or not run.captured):
            if run is not None:
                runs.append(run.found())
            run = Run(limits, rules, is_headed=True)
            continue
        if run is None:
            if not _begins(line, title):
                outside.append(line)
                continue
            run = Run(limits, rules)
        summary = summary_line(title if title is not None else line)
        if summary is None:
            run.read(number, line, title)
        elif run.ends_at(number, summary, is_ruled=title is not None):
            runs.append(run.found(summary))
            run = None
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
