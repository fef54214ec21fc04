"""`python -m tests.benchmarks.hindsight FOLDER`: whether students change next what a review's comments were about.

FOLDER holds student/assignment/attempt, each attempt a folder; a test log lies beside it (`attempt-1.pytest.log`,
`attempt-1.junit.xml`). Attempts follow each other by the numbers in their names. All are reviewed by rules, as in the
worker, and of each comment is asked whether its symbol (a function, a class, or what a file does outside of all) was
changed in the next attempt. Beside it stands how many of all symbols of the same files were changed: a comment that
says nothing would do as well. Intervals are Wilson's for 95%; comments of one student are not independent, so that real
intervals are wider.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args

from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.core.reviewing.threads.both_versions import BothVersions, SymbolAt
from app.core.reviewing.threads.code_lines import read_code
from schemas.comparison import Comparison
from schemas.errors import Rejected
from schemas.review import CodeComment, Severity
from tests.builders.attempts import Homework

_BYTES_MAX: Final = 512 * 1024
_FILES_MAX: Final = 2_000
_LOGS: Final = (".log", ".xml", ".txt")
_Z: Final = 1.959964  # of a normal distribution, for 95%


@dataclass(slots=True)
class Share:
    """How many of how many were changed in the next attempt."""

    changed: int = 0
    total: int = 0

    def add(self, *, is_changed: bool) -> None:
        """Count one."""
        self.total += 1
        self.changed += is_changed

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.changed / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval for 95%."""
        if not self.total:
            return None
        share, count = self.changed / self.total, self.total
        middle = share + _Z**2 / (2 * count)
        spread = _Z * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
        whole = 1 + _Z**2 / count
        return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {"changed": self.changed, "total": self.total, "share": self.value, "interval": self.interval}


@dataclass(slots=True)
class Figures:
    """Over all pairs of attempts: symbols at large, and those that comments were about, by severity."""

    pairs: int = 0
    base: Share = field(default_factory=Share)
    comments: Share = field(default_factory=Share)
    by_severity: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in get_args(Severity)})

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        severities = {name: share.as_json() for name, share in self.by_severity.items()}
        return {
            "pairs": self.pairs,
            "base": self.base.as_json(),
            "comments": self.comments.as_json(),
            "by_severity": severities,
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Review the folder's attempts and print the shares."""
    parser = argparse.ArgumentParser(
        prog="hindsight", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="student/assignment/attempt")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args(arguments)
    homeworks = list(find_homeworks(options.folder))
    if not homeworks:
        parser.error(f"no homework of two attempts in {options.folder}")
    console = Console(stderr=True)
    figures = Figures()
    for attempts in track(homeworks, "Reviewing homework", console=console, transient=True):
        measure(attempts, figures)
    if options.json:
        sys.stdout.write(json.dumps(figures.as_json(), indent=1) + "\n")
    else:
        Console(file=sys.stdout).print(_table(figures))


def find_homeworks(folder: Path) -> Iterator[list[Path]]:
    """The attempts of each homework of two attempts or more, in their order."""
    for assignment in sorted(folder.glob("*/*")):
        attempts = sorted((path for path in assignment.glob("*") if path.is_dir()), key=_in_turn)
        if len(attempts) > 1:
            yield attempts


def measure(attempts: Sequence[Path], figures: Figures) -> None:
    """Review one homework's attempts one after the other, and count what was changed after each review.

    An attempt that the door would refuse is left out.
    """
    homework = Homework()
    before: Comparison | None = None
    said: tuple[CodeComment, ...] = ()
    for attempt in attempts:
        try:
            review = homework.hand_in(dict(_texts(attempt)), _log(attempt))
        except Rejected:
            continue
        comparison = homework.comparisons[-1]
        if before is not None:
            _count(before, said, BothVersions.of(comparison), figures)
        before, said = comparison, review.review_result.code_review_comments


def _count(before: Comparison, said: Sequence[CodeComment], versions: BothVersions, figures: Figures) -> None:
    """Symbols of the files that comments could stand on, and those that they stood on."""
    figures.pairs += 1
    for source in before.sources:
        code = read_code(source.path, source.text)
        names = dict.fromkeys([symbol.name for symbol in code.symbols])
        spoken = [*names, *([None] if code.within(None) else [])]
        for name in spoken:
            figures.base.add(is_changed=_is_changed(SymbolAt(source.path, name), versions))
    for comment in said:
        is_changed = _is_changed(SymbolAt(comment.path, comment.symbol), versions)
        figures.by_severity[comment.severity].add(is_changed=is_changed)
        if comment.severity != "praise":
            figures.comments.add(is_changed=is_changed)


def _is_changed(symbol: SymbolAt, versions: BothVersions) -> bool:
    """Whether a symbol says something else in the next attempt, or is gone; a move or a new name is no change."""
    if not versions.is_touched(symbol.path):
        return False
    now = versions.symbol_now(symbol)
    return now is None or versions.is_unchanged(symbol, now) is not True


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    for path in islice(files, _FILES_MAX):
        if path.stat().st_size <= _BYTES_MAX:
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def _log(attempt: Path) -> str | None:
    """The test log that lies beside an attempt, if any; of several the first by name."""
    beside = sorted(path for path in attempt.parent.glob(f"{attempt.name}.*") if path.suffix in _LOGS)
    return beside[0].read_text(encoding="utf-8", errors="replace") if beside else None


def _in_turn(path: Path) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", path.name)]


def _table(figures: Figures) -> Table:
    table = Table(title=f"What the next of {figures.pairs} pairs of attempts changed")
    for heading in ("", "changed", "of", "share", "95% interval"):
        table.add_column(heading, justify="right" if heading else "left")
    rows = {"all symbols": figures.base, "commented on": figures.comments} | figures.by_severity
    for name, share in rows.items():
        interval, value = share.interval, share.value
        shown = (
            ("", "") if interval is None or value is None else (f"{value:.0%}", f"{interval[0]:.0%}–{interval[1]:.0%}")
        )
        table.add_row(name, str(share.changed), str(share.total), *shown)
    return table


if __name__ == "__main__":
    main()
