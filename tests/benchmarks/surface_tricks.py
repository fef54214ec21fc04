"""`python -m tests.benchmarks.surface_tricks [FOLDER]`: how far tricks move a score, and which honest work is flagged.

Each folder within FOLDER is a pair of attempts, `old` and `new`; without FOLDER the demo's samples are taken. Each
trick is played on the newer attempt, and the scores of the review by rules are compared with those of the honest one.
Exit code 1 where a score moves by more than `POINTS_MAX`, or more than `SHARE_MAX` of honest attempts are flagged.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import fmean, pstdev, quantiles
from typing import Final

from app.adapters.analysis.tasks import analyse_now
from app.core.limits import Limits
from app.core.ports import Side
from app.core.submission.tree import tree_from_texts
from schemas.comparison import Comparison
from schemas.errors import Rejected
from schemas.review import Review
from tests.builders.reviewed import composed, finished
from tests.builders.surface_tricks import TRICKS
from tests.builders.twins import HandedIn, payloads, twin_of

POINTS_MAX: Final = 2
SHARE_MAX: Final = 0.01
SAMPLES: Final = Path(__file__).parents[2] / "app" / "embedded" / "samples"
_SUFFIXES: Final = (".py", ".ipynb", ".md", ".txt", ".toml", ".cfg", ".yaml", ".yml", ".ini", ".json")
_LIMITS: Final = Limits()
_WORKERS: Final = 2
_NAMED_MAX: Final = 8  # pairs named below each trick
FLAG: Final = "unused_code"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two attempts of one student, the newer one with its test logs."""

    name: str
    old: Mapping[str, str]
    new: HandedIn


@dataclass(frozen=True, slots=True)
class Outcome:
    """Both scores, and the flags."""

    overall: int
    quality: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What a trick did to one pair."""

    pair: str
    one: Outcome
    other: Outcome

    @property
    def overall(self) -> int:
        """Points by which the overall score moved."""
        return self.other.overall - self.one.overall

    @property
    def quality(self) -> int:
        """Points by which the quality score moved."""
        return self.other.quality - self.one.quality

    @property
    def size(self) -> int:
        """The larger of both moves, whatever its sign."""
        return max(abs(self.overall), abs(self.quality))


Found = Mapping[str, Mapping[str, tuple[Outcome, Outcome]]]
"""Pair -> trick -> what the honest attempt gets, and what the tricked one does."""


def compared(old: Mapping[str, str], new: HandedIn) -> Comparison:
    """`new` beside `old`, analysed as in the worker."""
    before, after = (tree_from_texts(files, _LIMITS.sources) for files in (old, new.files))
    analysis = analyse_now(Side(before), Side(after), new.logs, _LIMITS)
    return composed(before, after, analysis, logs=new.logs)


def outcome(review: Review) -> Outcome:
    """What a review gives."""
    result = review.review_result
    return Outcome(result.overall_score, result.code_quality_score, tuple(map(str, review.integrity.flags)))


def outcome_of(old: Mapping[str, str], new: HandedIn) -> Outcome:
    """What the review by rules gives to `new` beside `old`."""
    return outcome(finished(compared(old, new)))


def moves_of(pair: Pair, number: int = 0) -> dict[str, tuple[Outcome, Outcome]]:
    """Of each trick that changes anything: what the honest attempt gets, and what the tricked one does."""
    honest = outcome_of(pair.old, pair.new)
    found = {"honest": (honest, honest)}
    for name, trick in TRICKS.items():
        files = trick(pair.new.files, number)
        if files != pair.new.files:
            found[name] = honest, outcome_of(pair.old, HandedIn(files, pair.new.logs))
    return found


def twins_of(pair: Pair) -> dict[str, tuple[Outcome, Outcome]]:
    """The same of each text that addresses the grader."""
    honest = outcome_of(pair.old, pair.new)
    found = {}
    for number, payload in enumerate(payloads()):
        twin = twin_of(pair.new, payload)
        if twin != pair.new:
            found[f"{number} {payload.tone}, {payload.place}"] = honest, outcome_of(pair.old, twin)
    return found


def samples() -> Iterator[Pair]:
    """The demo's attempts, each beside the one before it."""
    for homework in sorted(SAMPLES.glob("*/*")):
        attempts = sorted(path for path in homework.glob("attempt-*") if path.is_dir())
        for one, other in pairwise(attempts):
            log = other.with_name(f"{other.name}.pytest.log")
            logs = ((log.name, log.read_text(encoding="utf-8")),) if log.exists() else ()
            name = f"{homework.parent.name}/{homework.name}/{other.name}"
            yield Pair(name, _texts(one), HandedIn(_texts(other), logs))
            if logs:
                yield Pair(f"{name} without a log", _texts(one), HandedIn(_texts(other)))


def pairs_in(folder: Path) -> Iterator[Pair]:
    """The pairs of a folder, each in a folder of its own."""
    for path in sorted(folder.iterdir()):
        if (path / "old").is_dir() and (path / "new").is_dir():
            yield Pair(path.name, _texts(path / "old"), HandedIn(_texts(path / "new")))


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in _SUFFIXES
    }


def main() -> None:
    """Print the table of moves and the flags."""
    parser = argparse.ArgumentParser(prog="surface_tricks", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of pairs, each with `old` and `new`")
    parser.add_argument("--twins", action="store_true", help="texts that address the grader, in place of the tricks")
    parser.add_argument("--honest", action="store_true", help="honest attempts alone: their scores and flags")
    asked = parser.parse_args()
    pairs = list(pairs_in(asked.folder) if asked.folder else samples())
    measured = partial(_measured, twins=asked.twins, honest=asked.honest)
    with ProcessPoolExecutor(_WORKERS) as pool:
        found = {pair.name: moves for pair, moves in zip(pairs, pool.map(measured, pairs), strict=True) if moves}
    sys.exit(0 if _told(found, twins=asked.twins) else 1)


def _measured(pair: Pair, *, twins: bool, honest: bool) -> dict[str, tuple[Outcome, Outcome]]:
    try:
        if honest:
            one = outcome_of(pair.old, pair.new)
            return {"honest": (one, one)}
        return twins_of(pair) if twins else moves_of(pair)
    except Rejected as exc:
        print(f"{pair.name}: {exc}")  # noqa: T201
        return {}


def _told(found: Found, *, twins: bool) -> bool:
    """Print what was found; whether all of it is within the bounds."""
    by_trick: dict[str, list[Move]] = {}
    for pair, moves in found.items():
        for trick, (one, other) in moves.items():
            by_trick.setdefault(trick, []).append(Move(pair, one, other))
    print(f"{'trick':44} {'n':>4}  overall: mean, least, most   quality            beyond  flagged")  # noqa: T201
    for trick, played in by_trick.items():
        _tell_trick(trick, played)
    worst = max((move.size for played in by_trick.values() for move in played), default=0)
    honest = {pair: next(iter(moves.values()))[0] for pair, moves in found.items()}
    for name in ("overall", "quality"):
        figures: list[int] = sorted(getattr(one, name) for one in honest.values())
        parts = [round(part) for part in quantiles(figures, n=4)] if len(figures) > 1 else figures
        print(f"{name}: {figures[0]} to {figures[-1]}, quartiles {parts}, deviation {pstdev(figures):.1f}")  # noqa: T201
    flagged = [pair for pair, one in honest.items() if FLAG in one.flags]
    share = len(flagged) / max(1, len(found))
    print(f"{len(flagged)} of {len(found)} honest attempts are flagged: {share:.2%} {flagged}")  # noqa: T201
    return bool(found) and worst <= POINTS_MAX and (twins or share <= SHARE_MAX)


def _tell_trick(trick: str, played: list[Move]) -> None:
    """One line of the table, and below it the pairs whose scores moved most."""
    columns = [[move.overall for move in played], [move.quality for move in played]]
    beyond = [move for move in played if move.size > POINTS_MAX]
    figures = "  ".join(f"{fmean(column):+6.2f} {min(column):+4d} {max(column):+4d}" for column in columns)
    flagged = sum(FLAG in move.other.flags for move in played)
    print(f"{trick:44} {len(played):4d}  {figures:>44} {len(beyond):7d} {flagged:8d}")  # noqa: T201
    for move in sorted(beyond, key=lambda move: -move.size)[:_NAMED_MAX]:
        print(f"      {move.pair}: {move.overall:+d} {move.quality:+d}")  # noqa: T201


if __name__ == "__main__":
    main()
