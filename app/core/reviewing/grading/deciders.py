"""The items that code decides: how far each is met, by what was measured."""

from collections.abc import Sequence
from typing import Final

from app.core.evidence.measured import measure
from app.core.rubric import Rubric, RubricItem, said_in
from app.core.words import Words
from schemas.comparison import Comparison
from schemas.review import Thread
from schemas.rubric import DecidedBy, RubricVerdict, Verdict

_MET_FROM: Final = 0.85
_PARTLY_FROM: Final = 0.35


def decide(
    rubric: Rubric, comparison: Comparison, threads: Sequence[Thread], words: Words
) -> tuple[RubricVerdict, ...]:
    """The verdicts on all items of `rubric` but those that are left to a reader; `threads` are the earlier comments."""
    return tuple(_decided(item, comparison, words) for item in rubric.items if item.decided_by is not DecidedBy.MODEL)


def _decided(item: RubricItem, comparison: Comparison, words: Words) -> RubricVerdict:
    evidence = comparison.evidence
    measured = measure(evidence.facts, comparison.complexity, comparison.tests, comparison.sources)
    quality = item.decided_by in {DecidedBy.COMPLEXITY, DecidedBy.LINTER}
    share = (measured.quality if quality else measured.overall) / 100
    return RubricVerdict(
        item_id=item.id,
        title=said_in(item.title, words.language),
        verdict=_named(share),
        points=round(share * item.points, 2),
        points_max=item.points,
        counts_for=item.counts_for,
        decided_by=item.decided_by,
        hidden=item.hidden,
    )


def _named(share: float) -> Verdict:
    if share >= _MET_FROM:
        return Verdict.MET
    return Verdict.PARTLY if share >= _PARTLY_FROM else Verdict.NOT_MET
