"""What a comparison costs: `python -m tests.benchmarks.diff_speed [--json]`.

Resubmissions of 25 files, 6 of them changed, made of real code. In one run, the subjects alternating, processor time
alone: the comparison with complexity deltas, against `ast.parse` of both sides of the changed files, and against
radon over both full trees. Then growth up to 2,000 files, and memory in a process of its own.
"""

import argparse
import ast
import json
import math
import statistics
import subprocess
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from radon.complexity import cc_visit
from radon.metrics import h_visit, mi_visit
from radon.raw import analyze

from app.core.comparing.analysis import analyse_sides
from app.core.complexity import measure_tree
from app.core.diff import compare_trees
from app.core.limits import DiffLimits
from app.core.ports import Side
from app.core.submission.sources import SourceTree
from schemas.changes import FileComplexity
from tests.benchmarks import diff_speed_trees as trees

_LIMITS = DiffLimits()
_GROWTH = (125, 250, 500, 1_000, 2_000)
_GROWTH_LINES = 100  # of a file, about: 2,000 files make 200,000 lines

Pair = tuple[SourceTree, SourceTree]
Figures = tuple[FileComplexity, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """Medians over the rounds, as multiples of `ast.parse` of both sides of the changed files.

    `known`: the whole comparison, the previous side's figures being known from its own analysis. `first`: they are
    not, so that both trees are measured. `compared`: without figures. `radon`: all of radon on both full trees.
    """

    parse_ms: float
    compared: float
    known: float
    first: float
    radon: float


def main() -> None:
    """Run all, or one process's part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--resubmissions", type=int, default=8)
    parser.add_argument("--files", type=int, default=max(_GROWTH), help="the largest tree of the growth")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # about the packages' own code
    if options.memory:
        _use_memory()
        return
    result = {
        "python": sys.version.split()[0],
        "library_files": asdict(_costs(options.resubmissions, options.rounds, small=False)),
        "homework_files": asdict(_costs(options.resubmissions, options.rounds, small=True)),
        "growth": _growth([size for size in _GROWTH if size <= options.files]),
        "memory_mib": {part: _memory(part) for part in ("interpreter", "imports", "analysis")},
    }
    text = json.dumps(result, indent=2) if options.json else "\n".join(_told(result))
    sys.stdout.write(text + "\n")


def _costs(resubmissions: int, rounds: int, *, small: bool) -> Costs:
    files = trees.package_files()
    pairs = [trees.resubmission(files, seed, small=small) for seed in range(resubmissions)]
    known = [measure_tree(before, (), (), _LIMITS) for before, _ in pairs]
    changed = [_changed_texts(pair) for pair in pairs]
    subjects: dict[str, Callable[[], object]] = {
        "parse": lambda: _each(ast.parse(text) for texts in changed for text in texts),
        "compared": lambda: _each(compare_trees(before, after, _LIMITS) for before, after in pairs),
        "known": lambda: _each(_analyse(pair, figures) for pair, figures in zip(pairs, known, strict=True)),
        "first": lambda: _each(_analyse(pair, ()) for pair in pairs),
    }
    times: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            times[name].append(_timed(subject))
    parse = statistics.median(times["parse"])
    one = pairs[0]  # radon's raw counts take seconds for one tree
    radon = _timed(lambda: _radon(one)) / statistics.median(
        _timed(lambda: _each(ast.parse(text) for text in changed[0])) for _ in range(rounds)
    )
    ratios = {name: statistics.median(times[name]) / parse for name in ("compared", "known", "first")}
    return Costs(parse_ms=round(1000 * parse / len(pairs), 2), radon=round(radon, 1), **_rounded(ratios))


def _each(results: Iterable[object]) -> None:
    """Make all results and keep none: trees that stay cost memory, and the collector's time."""
    deque(results, maxlen=0)


def _rounded(ratios: dict[str, float]) -> dict[str, float]:
    return {name: round(ratio, 2) for name, ratio in ratios.items()}


def _analyse(pair: Pair, known: Figures) -> object:
    return analyse_sides(Side(pair[0], known), Side(pair[1]), _LIMITS)


def _changed_texts(pair: Pair) -> list[str]:
    """Both sides of the changed files."""
    before, after = (tree.files for tree in pair)
    changed = [path for path in before.keys() | after.keys() if before.get(path) != after.get(path)]
    return [side[path].text for path in changed for side in (before, after) if path in side]


def _radon(pair: Pair) -> None:
    """All that radon has to say about both full trees."""
    for tree in pair:
        for file in tree.files.values():
            cc_visit(file.text)
            mi_visit(file.text, multi=True)
            h_visit(file.text)
            analyze(file.text)


def _timed(subject: Callable[[], object]) -> float:
    start = time.process_time()
    subject()
    return time.process_time() - start


def _growth(sizes: list[int]) -> dict[str, object]:
    """Seconds by number of files, every file changed and some moved, and the exponent of the growth."""
    times: list[tuple[int, int, float]] = []
    whole = trees.large_pair(max(sizes), _GROWTH_LINES)
    for size in sizes:
        pair = trees.part_of(whole, size)
        lines = sum(file.text.count("\n") for file in pair[1].files.values())
        times.append((size, lines, min(_timed(partial(_analyse, pair, ())) for _ in range(3))))
    points = [(math.log(lines), math.log(seconds)) for _, lines, seconds in times]
    rows = [{"files": files, "lines": lines, "seconds": round(seconds, 3)} for files, lines, seconds in times]
    return {"trees": rows, "exponent": round(_slope(points), 3), "exponent_of_n_log_n": round(_n_log_n(times), 3)}


def _n_log_n(times: list[tuple[int, int, float]]) -> float:
    return _slope([(math.log(lines), math.log(lines * math.log(lines))) for _, lines, _ in times])


def _slope(points: list[tuple[float, float]]) -> float:
    return statistics.linear_regression(*zip(*points, strict=True)).slope if len(points) > 1 else math.nan


def _memory(part: str) -> float:
    """Peak resident memory of a fresh process, in MiB: Python alone, with our imports, after comparisons."""
    show = "print(open('/proc/self/status').read())"
    run = {"interpreter": ["-c", show], "imports": ["-c", f"import {__spec__.name}; {show}"]}
    command = run.get(part, ["-m", str(__spec__.name), "--memory"])
    text = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True).stdout
    peak = next(line for line in text.splitlines() if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1024, 1)


def _use_memory() -> None:
    """Compare as a worker process does, and tell the peak."""
    files = trees.package_files(("faust", "aiokafka"))
    for seed in range(5):
        _analyse(trees.resubmission(files, seed), ())
    sys.stdout.write(Path("/proc/self/status").read_text(encoding="utf-8"))


def _told(result: dict[str, Any]) -> Iterator[str]:
    """The result in lines for people."""
    yield f"Python {result['python']}; multiples of ast.parse of both sides of the changed files"
    for name in ("library_files", "homework_files"):
        costs = result[name]
        yield f"\n{name.replace('_', ' ')}: ast.parse takes {costs['parse_ms']} ms for a resubmission"
        yield f"  comparison without figures                        {costs['compared']:8.2f}"
        yield f"  comparison with figures, the previous ones known  {costs['known']:8.2f}"
        yield f"  comparison with figures of both full trees        {costs['first']:8.2f}"
        yield f"  radon over both full trees                        {costs['radon']:8.1f}"
    growth, memory = result["growth"], result["memory_mib"]
    yield "\ngrowth, every file changed, nothing known"
    for row in growth["trees"]:
        yield f"  {row['files']:5} files {row['lines']:7} lines {row['seconds']:8.2f} s"
    yield f"  exponent {growth['exponent']}; of n log n {growth['exponent_of_n_log_n']}"
    yield "\npeak memory, MiB: " + ", ".join(f"{part} {size}" for part, size in memory.items())


if __name__ == "__main__":
    main()
