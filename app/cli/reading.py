"""How the commands show what was read, what was left out, and why."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.catalogue import words_in
from app.cli.output import print_line
from schemas.changes import Coverage
from schemas.submission import NamedLog
from schemas.tests import TestReport

if TYPE_CHECKING:
    from rich.console import Console


def print_coverage(console: "Console", coverage: Coverage, side: str) -> None:
    """What was read of one side, and for each reason how many files were not, the first of them by name."""
    print_line(console, f"{side}: {coverage.files_read} files read, {coverage.chars_read} characters")
    meanings = words_in("en").omissions  # commands speak English
    for reason, number in coverage.omitted.items():
        named = coverage.omitted_files.get(reason, ())
        more = f" and {number - len(named)} more" if number > len(named) else ""
        files = f": {', '.join(named)}{more}" if named else ""
        meaning = f" ({meanings[reason]})" if reason in meanings else ""
        print_line(console, f"  left out as {reason}{meaning}, {number}{files}")
    for note in coverage.notes:
        print_line(console, f"  note: {note}")


def print_report(console: "Console", report: TestReport, logs: Sequence[Mapping[str, Any]]) -> None:
    """A test report for people: totals, what each log was, tests, and the end of what nobody knows."""
    totals = ", ".join(f"{count} {outcome.value}" for outcome, count in report.totals.items()) or "no totals"
    print_line(
        console,
        f"{', '.join(report.formats) or 'unknown format'}: {totals} (confidence {report.confidence:.2f})",
    )
    told = {
        "marks": ", ".join(report.marks),
        "seconds": report.duration_s,
        "coverage": f"{report.coverage_percent:g}%" if report.coverage_percent is not None else None,
        "exit code": report.exit_code,
    }
    for name, value in told.items():
        if value not in {None, ""}:
            print_line(console, f"{name}: {value}")
    for log in logs:
        formats = ", ".join(log["formats"]) or "in no known format"
        print_line(console, f"read: {log['name']}, {log['chars']} characters, {formats}")
    for case in report.cases:
        message = f"  {case.message.splitlines()[0]}" if case.message else ""
        print_line(console, f"{case.outcome.value:8} {case.id}{message}")
    unnamed = sum(report.totals.values()) - len(report.cases) - sum(case.reruns for case in report.cases)
    if unnamed > 0:
        print_line(console, f"and {unnamed} tests that are counted and not named")
    if report.excerpt:
        print_line(console, "in no known format, shown to the model as it is and never interpreted; its end:")
        for line in report.excerpt.splitlines():
            print_line(console, f"  {line}")


def logs_document(logs: Sequence[NamedLog], formats: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Each log by name, with its length and what it was."""
    return [
        {"name": log.name, "chars": len(log.text), "formats": list(known)}
        for log, known in zip(logs, formats, strict=True)
    ]
