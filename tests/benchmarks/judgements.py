"""What reading the code said about our reports that no label confirms.

A label exists where RefactoringMiner reported the change and a person confirmed it; a true change that it missed has
none. So each unmatched report on the projects that we tune on was judged by hand: `true`, `false`, or `taste` where
two careful readers could differ.
"""

import csv
from pathlib import Path
from typing import Final

from tests.benchmarks.scoring import Claim

TABLE: Final = Path(__file__).with_name("judgements.csv")

Key = tuple[str, str, str, str, str, str]


def read_judgements(table: Path = TABLE) -> dict[Key, str]:
    """(project, commit, kind, before, after, names) -> verdict."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        (row["project"], row["commit"], row["kind"], row["before"], row["after"], row["names"]): row["verdict"]
        for row in rows
    }
    strange = set(found.values()) - {"true", "false", "taste"}
    if strange or len(found) < len(rows):
        raise SystemExit(f"{table.name}: unknown verdicts {sorted(strange)}, or a change judged twice")
    return found


def key_of(project: str, sha: str, claim: Claim) -> Key:
    """Where the judgement of a claim stands."""
    return (project, sha[:8], *claim.key)
