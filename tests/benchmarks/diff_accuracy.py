"""Precision and recall of the comparison on RefactoringMiner's hand-validated Python oracle.

`python -m tests.benchmarks.diff_accuracy <folder> [--projects dit,ffmpeg-python] [--json] [--unmatched]`

Rules were tuned on dit and ffmpeg-python; texar is the final exam, whose single cases nobody looks at.
"""

import argparse
import ast
import json
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TextIO

from app.core.diff import compare_trees
from app.core.limits import DiffLimits
from tests.benchmarks.judgements import Key, key_of, read_judgements
from tests.benchmarks.labels import CLASSES, METHODS, PARAMETERS, VARIABLES
from tests.benchmarks.oracle import Commit, read_commits
from tests.benchmarks.scoring import Claim, Tally, compare

PROJECTS: Final = ("dit", "ffmpeg-python", "texar")
DECLARATIONS: Final = tuple(dict.fromkeys([*METHODS.values(), *CLASSES.values(), *PARAMETERS.values()]))
LOCALS: Final = tuple(VARIABLES.values())


VERDICTS: Final = ("true", "taste", "false")

_HEADS: Final = {
    "labels": "labels",
    "found": "found",
    "recall": "recall",
    "reports": "reports",
    "precision": "precision",
    "judged_true": "true",
    "judged_taste": "taste",
    "judged_false": "false",
    "not_judged": "unjudged",
    "precision_after_judgement": "judged",
    "precision_with_taste_as_false": "strictly",
}
_TOTALS: Final = ("declarations", "variables")


@dataclass(slots=True)
class Figures:
    """Counts by kind: labels, labels found, reports, and what judging said of the reports without a label."""

    labels: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    reports: Counter[str] = field(default_factory=Counter)
    verdicts: dict[str, Counter[str]] = field(default_factory=lambda: {verdict: Counter() for verdict in VERDICTS})
    not_judged: Counter[str] = field(default_factory=Counter)
    uncovered: Counter[str] = field(default_factory=Counter)

    def add(self, commit: Commit, tally: Tally, judged: dict[Key, str]) -> None:
        """Count one commit."""
        for claim, label in tally.agreed:
            self.labels[label.kind or ""] += 1
            self.found[label.kind or ""] += 1
            self.reports[label.kind or claim.kind] += 1
        self.labels.update(label.kind or "" for label in tally.labels)
        self.uncovered.update(label.type for label in commit.labels if label.kind is None and label.confirmed)
        for claim in tally.claims:
            self.reports[claim.kind] += 1
            verdict = judged.get(key_of(commit.project, commit.sha, claim))
            counts = self.verdicts[verdict] if verdict else self.not_judged
            counts[claim.kind] += 1

    def row(self, kinds: tuple[str, ...]) -> dict[str, float | int | None]:
        """Figures over `kinds`; a matter of taste counts neither for nor against, what nobody judged against."""
        labels, found, reports = (sum(c[k] for k in kinds) for c in (self.labels, self.found, self.reports))
        true, taste, false = (sum(self.verdicts[v][k] for k in kinds) for v in VERDICTS)
        judged = reports - taste
        return {
            "labels": labels,
            "found": found,
            "recall": round(found / labels, 3) if labels else None,
            "reports": reports,
            "precision": round(found / reports, 3) if reports else None,
            "judged_true": true,
            "judged_taste": taste,
            "judged_false": false,
            "not_judged": sum(self.not_judged[k] for k in kinds),
            "precision_after_judgement": round((found + true) / judged, 3) if judged else None,
            "precision_with_taste_as_false": round((found + true) / reports, 3) if reports else None,
        }


@dataclass(slots=True)
class Cost:
    """Seconds that the comparisons took, and those that `ast.parse` of the same files takes."""

    compare_s: float = 0.0
    parse_s: float = 0.0


def measure(commits: list[Commit], judged: dict[Key, str], unmatched: TextIO | None) -> dict[str, Any]:
    """Compare every commit; print each disagreement to `unmatched`."""
    figures, cost = Figures(), Cost()
    for commit in commits:
        started = time.process_time()
        for tree in (commit.before, commit.after):
            for file in tree.files.values():
                with suppress(SyntaxError):
                    ast.parse(file.text)
        parsed = time.process_time()
        changes = compare_trees(commit.before, commit.after, DiffLimits()).changes
        cost.parse_s += parsed - started
        cost.compare_s += time.process_time() - parsed
        tally = compare(commit, changes)
        figures.add(commit, tally, judged)
        if unmatched:
            _list(commit, tally, judged, unmatched)
    return {
        "commits": len(commits),
        "declarations": figures.row(DECLARATIONS),
        "variables": figures.row(LOCALS),
        "kinds": {kind: figures.row((kind,)) for kind in (*DECLARATIONS, *LOCALS)},
        "labels_without_a_kind": dict(figures.uncovered.most_common()),
        "cost_in_parses": round(cost.compare_s / cost.parse_s, 2) if cost.parse_s else None,
    }


def _list(commit: Commit, tally: Tally, judged: dict[Key, str], out: TextIO) -> None:
    where = f"{commit.project} {commit.sha[:8]}"
    out.writelines(f"missed  {where}  {label.description}\n" for label in tally.labels)
    for claim in tally.claims:
        verdict = judged.get(key_of(commit.project, commit.sha, claim), "?")
        out.write(f"{verdict:7} {where}  {_text(claim)}\n")


def _text(claim: Claim) -> str:
    kind, before, after, names = claim.key
    return f"{kind} | {before} | {after} | {names}"


def _table(figures: dict[str, Any], out: TextIO) -> None:
    out.write(f"{'':24}" + "".join(f"{head:>10}" for head in _HEADS.values()) + "\n")
    for name, row in {**figures["kinds"], **{total: figures[total] for total in _TOTALS}}.items():
        cells = [row[column] for column in _HEADS]
        if any(cells):
            texts = ("" if cell is None else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
            out.write(f"{name:24}" + "".join(f"{text:>10}" for text in texts) + "\n")
    out.write(f"labels of types without a kind of ours: {figures['labels_without_a_kind']}\n")
    out.write(f"the comparison costs {figures['cost_in_parses']} times ast.parse of the same files\n")


def main() -> None:
    """Read the folder, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a checkout of tsantalis/RefactoringMiner")
    parser.add_argument("--projects", default="dit,ffmpeg-python", help="of " + ", ".join(PROJECTS))
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--unmatched", action="store_true", help="list missed labels and reports without a label")
    options = parser.parse_args()
    judged = read_judgements()
    commits = list(read_commits(options.folder, frozenset(options.projects.split(","))))
    if not commits:
        parser.error(f"no commits of {options.projects} in that folder")
    figures = measure(commits, judged, sys.stdout if options.unmatched else None)
    if options.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        _table(figures, sys.stdout)


if __name__ == "__main__":
    main()
