"""Logs in, one bounded report out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from app.core.limits import LogLimits
from app.core.testlog.casebook import CONTRADICTORY, CUT, FAILING, NOT_TESTS, UNFINISHED, Found, marked
from app.core.testlog.cleaning import Log, one_line, readings
from app.core.testlog.detect import read_runs
from app.core.testlog.marks import read_coverage, read_exit_code, read_marks
from app.core.testlog.merge import formats_of, merge_runs
from schemas.tests import Outcome, TestCase, TestReport

_CASE_CHARS = 32  # what a record weighs beside its texts
_NAMES_SHARE = 75  # percent of the report's length that names may take from messages


def read_logs(logs: Iterable[tuple[str, str]], limits: LogLimits) -> TestReport | None:
    """Read (name, text) logs into one report; None where there are no logs.

    Formats are told by content. Runs of different tests add up, runs of the same tests count once. A log in no known
    format is never interpreted: its end is kept as an excerpt, under the mark `unknown_log` if other logs were read,
    and with confidence 0 and no formats if none was.

    Marks are: `truncated`, `interrupted`, `stopped_early`, `bailed_out`, `no_tests`, `collection_error`,
    `build_failed`, `internal_error`, `usage_error`, `timeout`, `out_of_memory`, `killed`, `crashed`,
    `uncaught_exception`, `passes_uncounted`, `counts_only`, `broken_xml`, `xml_entities_refused`, `totals_disagree`,
    `runs_disagree`, `empty_log`, `unknown_log`, `logs_left_out`, `cases_left_out`, `messages_left_out`.
    """
    given = list(islice(logs, limits.logs_max + 1))
    if not given:
        return None
    marks: list[str] = ["logs_left_out"] if len(given) > limits.logs_max else []
    runs: list[Found] = []
    unread: list[Log] = []
    unknown = False
    coverage_percent, exit_code = None, None
    for log, found in _understood(given[: limits.logs_max], limits):
        runs.extend(merge_runs(list(map(_told_apart, found)), one_log=True))
        if not log.text.strip():
            marks.append("empty_log")
        elif not any(run.format != "traceback" for run in found):
            unread.append(log)
            unknown = unknown or not found
        marks.extend(read_marks(log))
        coverage = read_coverage(log)
        coverage_percent = coverage if coverage is not None else coverage_percent
        code = read_exit_code(log)
        exit_code = code if code is not None else exit_code
    runs = merge_runs(runs)
    if unknown and runs:
        marks.append("unknown_log")
    cases, left_out = _bounded([case for run in runs for case in run.cases], limits)
    shown = tuple(dict.fromkeys([*(mark for run in runs for mark in run.marks), *marks, *left_out]))
    confidence = min((run.confidence for run in runs), default=0.0)
    durations = [run.duration_s for run in runs if run.duration_s is not None]
    return TestReport(
        formats=formats_of(runs),
        totals=_sum(runs),
        planned=_planned(runs),
        cases=cases,
        duration_s=round(sum(durations), 6) if durations else None,
        coverage_percent=coverage_percent,
        exit_code=exit_code,
        marks=shown,
        confidence=min(confidence, CUT) if "truncated" in shown else confidence,
        excerpt=_excerpt(unread, limits),
    )


def _understood(logs: Sequence[tuple[str, str]], limits: LogLimits) -> list[tuple[Log, list[Found]]]:
    """The logs and their runs, within a common budget: short logs whole, long ones share what is left."""
    by_size = sorted(range(len(logs)), key=lambda number: len(logs[number][1]))
    left = limits.log_chars_max
    understood: dict[int, tuple[Log, list[Found]]] = {}
    for place, number in enumerate(by_size):
        name, text = logs[number]
        share = left // (len(by_size) - place)
        left -= min(len(text), share)
        understood[number] = _best(*readings(name, text, share, limits), limits)
    return [understood[number] for number in range(len(logs))]


def _best(likely: Sequence[Log], guesses: Iterator[Log], limits: LogLimits) -> tuple[Log, list[Found]]:
    """The likely reading of which most is understood; a guess only where that holds no whole run and the guess does.

    What is misread is worse than what is unknown: a guess must make a test tool's output of the text.
    """
    read = [(log, read_runs(log, limits)) for log in likely]
    best = max(read, key=lambda reading: _understanding(reading[1]))
    if best[0].text.strip() and _understanding(best[1])[0] <= UNFINISHED:
        for log in guesses:
            runs = read_runs(log, limits)
            if _understanding(runs) > max(_understanding(best[1]), (NOT_TESTS, 0)):
                best = log, runs
            if _understanding(best[1])[0] > UNFINISHED:
                break
    return best


def _told_apart(run: Found) -> Found:
    """`run` with a mark where its cases are not those that it counts, though it is whole."""
    disagrees = run.confidence == CONTRADICTORY and "truncated" not in run.marks
    return marked(run, "totals_disagree") if disagrees else run


def _understanding(runs: Sequence[Found]) -> tuple[float, int]:
    return min((run.confidence for run in runs), default=0.0), sum(len(run.cases) for run in runs)


def _sum(runs: Sequence[Found]) -> dict[Outcome, int]:
    totals: Counter[Outcome] = Counter()
    for run in runs:
        totals.update(run.totals)
    return {outcome: totals[outcome] for outcome in Outcome if totals[outcome]}


def _planned(runs: Sequence[Found]) -> int | None:
    planned = [run.planned for run in runs if run.planned is not None]
    return sum(planned) if planned and len(planned) == len(runs) else None


def _bounded(cases: Sequence[TestCase], limits: LogLimits) -> tuple[tuple[TestCase, ...], list[str]]:
    """Failing cases first, then reruns, then the rest in the logs' order, within the report's bounds; and marks."""
    ranked = sorted(cases, key=lambda case: (case.outcome not in FAILING, case.reruns == 0))
    kept: dict[str, TestCase] = {}
    marks: list[str] = []
    names_left = limits.report_chars_max * _NAMES_SHARE // 100
    for case in ranked:
        weight = len(case.id) + len(case.path or "") + _CASE_CHARS
        if len(kept) >= limits.cases_max or weight > names_left:
            marks.append("cases_left_out")
            break
        if case.id not in kept:  # an id of two runs that are not one: the first, failing one stands
            kept[case.id] = case
            names_left -= weight
    details_left = limits.report_chars_max - limits.report_chars_max * _NAMES_SHARE // 100 + names_left
    for case in kept.values():
        weight = len(case.message or "") + sum(map(len, case.frames))
        if weight > details_left:
            kept[case.id] = case.model_copy(update={"message": None, "frames": ()})
            marks.append("messages_left_out")
        else:
            details_left -= weight
    return tuple(kept.values()), list(dict.fromkeys(marks))


def _excerpt(unread: Sequence[Log], limits: LogLimits) -> str | None:
    """The ends of the logs that no test tool wrote, equal shares of the excerpt's length, each under its name."""
    if not unread:
        return None
    share = limits.excerpt_chars_max // len(unread)
    if len(unread) == 1:
        return _tail(unread[0].text, share)
    named = (f"[{one_line(log.name, 40)}]\n" for log in unread)
    parts = [title + _tail(log.text, share - len(title) - 1) for title, log in zip(named, unread, strict=True)]
    return "\n".join(parts)[: limits.excerpt_chars_max]


def _tail(text: str, chars_max: int) -> str:
    text = text.strip("\n")
    return text if len(text) <= chars_max else text[len(text) - max(chars_max, 0) :]
