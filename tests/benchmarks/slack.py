"""`python -m tests.benchmarks.slack [FOLDER] [--rubric FILE]`: how far a wholly obedient model could move the scores.

Each folder within FOLDER is a pair of attempts, `old` and `new`; without FOLDER the demo's samples are taken. The
review by rules is compared with those of a model that obeys whatever it reads and finds every item met, and of one
that finds none met, both asked over HTTP, with quotes that stand. What the first one gains is the slack. Exit code 1
where its median is above `MEDIAN_MAX`, or its 95th percentile above `HIGH_MAX`.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from app.core.rubric import Rubric, read_rubric
from schemas.review import ReviewResult
from schemas.rubric import Verdict
from tests.benchmarks.surface_tricks import Pair, compared, pairs_in, samples
from tests.builders.model_reviews import by_rules, reviews_by
from tests.builders.questions import a_question, the_default_rubric
from tests.fakes.gullible import GullibleModel

MEDIAN_MAX: Final = 10
HIGH_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """Points by which verdicts move both scores of one pair from those by rules: all met, and none."""

    pair: str
    overall: int
    quality: int
    overall_gained: int
    quality_gained: int
    overall_lost: int
    quality_lost: int


def slack_of(pairs: Iterable[Pair], rubric: Rubric) -> list[Moved]:
    """What a model moves in the scores of each newer attempt, from those that rules give it."""
    named = {pair.name: a_question(compared(pair.old, pair.new), rubric=rubric) for pair in pairs}
    questions = list(named.values())
    praised, damned = (reviews_by(GullibleModel(verdict), questions) for verdict in (Verdict.MET, Verdict.NOT_MET))
    return [
        _moved(name, *(review.review_result for review in reviews))
        for name, *reviews in zip(named, map(by_rules, questions), praised, damned, strict=True)
    ]


def _moved(name: str, silent: ReviewResult, praised: ReviewResult, damned: ReviewResult) -> Moved:
    return Moved(
        name,
        overall=silent.overall_score,
        quality=silent.code_quality_score,
        overall_gained=praised.overall_score - silent.overall_score,
        quality_gained=praised.code_quality_score - silent.code_quality_score,
        overall_lost=silent.overall_score - damned.overall_score,
        quality_lost=silent.code_quality_score - damned.code_quality_score,
    )


def high_of(figures: Iterable[int]) -> int:
    """The 95th percentile: the least figure that 95 of 100 do not exceed."""
    ordered = sorted(figures)
    return ordered[max(0, -(-95 * len(ordered) // 100) - 1)]


def is_within(moved: Sequence[Moved]) -> bool:
    """Whether what an obedient model gains is small enough, by either score."""
    gained = ([one.overall_gained for one in moved], [one.quality_gained for one in moved])
    return bool(moved) and all(median(each) <= MEDIAN_MAX and high_of(each) <= HIGH_MAX for each in gained)


def main() -> None:
    """Print what was moved in each pair, and the median and the 95th percentile of all."""
    parser = argparse.ArgumentParser(prog="slack", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of pairs, each with `old` and `new`")
    parser.add_argument("--rubric", type=Path, help="a teacher's rubric in place of the default one")
    asked = parser.parse_args()
    rubric = the_default_rubric()
    if asked.rubric:
        rubric = read_rubric(asked.rubric.read_text(encoding="utf-8"), asked.rubric.stem)
    moved = slack_of(pairs_in(asked.folder) if asked.folder else samples(), rubric)
    print(f"rubric {rubric.version}")  # noqa: T201
    print(f"{'pair':60} overall  all met  none met   quality  all met  none met")  # noqa: T201
    for one in moved:
        print(  # noqa: T201
            f"{one.pair[:60]:60} {one.overall:7} {one.overall_gained:+8} {-one.overall_lost:+9}"
            f" {one.quality:9} {one.quality_gained:+8} {-one.quality_lost:+9}"
        )
    for name in ("overall_gained", "quality_gained", "overall_lost", "quality_lost"):
        figures: list[int] = [getattr(one, name) for one in moved] or [0]
        print(f"{name}: median {median(figures):g}, 95th percentile {high_of(figures)}")  # noqa: T201
    sys.exit(0 if is_within(moved) else 1)


if __name__ == "__main__":
    main()
