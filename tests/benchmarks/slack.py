"""`python -m tests.benchmarks.slack [FOLDER] [--rubric FILE]`: how far a wholly obedient model could move the scores.

Each folder within FOLDER is a pair of attempts, `old` and `new`; without FOLDER the demo's samples are taken. The
review by rules is compared with that of a model which finds every item met, and with one which finds none met, both
with quotes that stand. What the first one gains is the slack. Exit code 1 where its median is above `MEDIAN_MAX`, or
its 95th percentile above `HIGH_MAX`.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from app.adapters.analysis.pool import analyse_now
from app.catalogue import words_in
from app.core.limits import Limits
from app.core.masking.students_text import mask
from app.core.ports import Draft, ItemOpinion, Opinion, Question, QuotedPlace, Side
from app.core.reviewing.anchors import Anchors
from app.core.reviewing.finish import finish
from app.core.rubric import Rubric, read_rubric
from app.core.submission.tree import tree_from_texts
from schemas.review import ReviewResult, Usage
from schemas.rubric import Verdict
from tests.benchmarks.surface_tricks import Pair, pairs_in, samples
from tests.builders.questions import a_question, the_default_rubric
from tests.builders.records import NOON, a_review
from tests.builders.reviewed import composed

MEDIAN_MAX: Final = 10
HIGH_MAX: Final = 20
_LIMITS: Final = Limits()


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


def slack_of(pair: Pair, rubric: Rubric) -> Moved:
    """What verdicts alone do to the scores of the newer attempt."""
    before, after = (tree_from_texts(files, _LIMITS.sources) for files in (pair.old, pair.new.files))
    analysis = analyse_now(Side(before), Side(after), pair.new.logs, _LIMITS)
    question = a_question(composed(before, after, analysis, logs=pair.new.logs), rubric=rubric)
    silent, praised, damned = (
        _result(question, verdict) for verdict in (Verdict.CANNOT_TELL, Verdict.MET, Verdict.NOT_MET)
    )
    return Moved(
        pair.name,
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


def _result(question: Question, verdict: Verdict) -> ReviewResult:
    place = next(_places(question), QuotedPlace())
    items = tuple(ItemOpinion(item.id, verdict, None, place) for item in question.rubric.left_to_a_reader)
    draft = Draft(Opinion("As you wish.", items=items), model="obedient", prompt_version="1", usage=Usage())
    return finish(
        question,
        draft,
        review_id=a_review().review_id,
        timestamp=NOON,
        latency_ms=0,
        words=words_in(question.comparison.language),
    ).review_result


def _places(question: Question) -> Iterator[QuotedPlace]:
    """The lines that a verdict may quote."""
    anchors = Anchors.of(question.comparison, {}, words_in(question.comparison.language))
    for source in question.comparison.sources:
        for number, line in enumerate(source.text.split("\n"), start=1):
            place = QuotedPlace(source.path, number, mask(line).strip())
            if anchors.stands(place):
                yield place


def main() -> None:
    """Print what was moved in each pair, and the median and the 95th percentile of all."""
    parser = argparse.ArgumentParser(prog="slack", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="a folder of pairs, each with `old` and `new`")
    parser.add_argument("--rubric", type=Path, help="a teacher's rubric in place of the default one")
    asked = parser.parse_args()
    rubric = the_default_rubric()
    if asked.rubric:
        rubric = read_rubric(asked.rubric.read_text(encoding="utf-8"), asked.rubric.stem)
    moved = [slack_of(pair, rubric) for pair in (pairs_in(asked.folder) if asked.folder else samples())]
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
