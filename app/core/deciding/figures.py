"""What the reviews of one assignment show together: how scores are spread, what is missed, what stays open."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.review import ReviewResult
from schemas.rubric import Verdict

SCORE_BINS: Final = 10
"""Tenths of a score; 100 belongs to the last."""
_LISTED_MAX: Final = 12
_MISSED: Final = frozenset({Verdict.PARTLY, Verdict.NOT_MET})


@dataclass(frozen=True, slots=True)
class MissedItem:
    """An item of the rubric: how often it was missed, whole or in part, of how often it was judged."""

    item_id: str
    title: str
    missed: int
    judged: int


@dataclass(frozen=True, slots=True)
class OpenComment:
    """A kind of comment, and of how many submissions it is open."""

    category: str
    submissions: int


@dataclass(frozen=True, slots=True)
class AssignmentFigures:
    """Figures over `reviews` reviews. `overall` and `quality` count reviews in each tenth of a score."""

    reviews: int
    overall: tuple[int, ...]
    quality: tuple[int, ...]
    median: int | None
    missed: tuple[MissedItem, ...]
    open_comments: tuple[OpenComment, ...]


def add_up_assignment(results: Sequence[ReviewResult]) -> AssignmentFigures:
    """The figures of one assignment, from the newest review of each submission."""
    scores = sorted(result.overall_score for result in results)
    return AssignmentFigures(
        reviews=len(results),
        overall=_bins(scores),
        quality=_bins(result.code_quality_score for result in results),
        median=scores[len(scores) // 2] if scores else None,
        missed=_missed(results),
        open_comments=_open(results),
    )


def _bins(scores: Iterable[int]) -> tuple[int, ...]:
    counts = Counter(min(score * SCORE_BINS // 100, SCORE_BINS - 1) for score in scores)
    return tuple(counts[number] for number in range(SCORE_BINS))


def _missed(results: Sequence[ReviewResult]) -> tuple[MissedItem, ...]:
    titles: dict[str, str] = {}
    missed: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for result in results:
        for verdict in result.rubric:
            titles.setdefault(verdict.item_id, verdict.title)
            judged[verdict.item_id] += verdict.verdict is not Verdict.CANNOT_TELL
            missed[verdict.item_id] += verdict.verdict in _MISSED
    found = [MissedItem(item, titles[item], missed[item], judged[item]) for item in titles if judged[item]]
    found.sort(key=lambda item: (-item.missed / item.judged, -item.missed, item.item_id))
    return tuple(found[:_LISTED_MAX])


def _open(results: Sequence[ReviewResult]) -> tuple[OpenComment, ...]:
    counts: Counter[str] = Counter()
    for result in results:
        counts.update({thread.category or "other" for thread in result.threads if thread.is_open})
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return tuple(OpenComment(category, count) for category, count in ranked[:_LISTED_MAX])
