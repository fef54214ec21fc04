"""Old reviews against new ones, submission by submission.

A submission of which one of the two is missing is told as such, and never counts as unchanged.
"""

import random
from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import fmean, pstdev
from typing import Final

from app.core.replaying.timeline import Head
from schemas.replay import ItemMove, PairedReviews, ReplayDiff, ScoreMoves
from schemas.review import Review, ReviewResult, ThreadState
from schemas.rubric import Verdict

RESAMPLES: Final = 2_000
"""Of the bootstrap: the interval's ends move by less than a tenth of a point with another seed."""
_SEED: Final = 20260302
_TAIL: Final = 0.025
_RESAMPLED_MAX: Final = 500
"""Submissions up to which means are drawn, a second's work. Beyond, the normal distribution gives the same interval."""
_Z: Final = 1.959964


def pair(head: Head, old: Review | None, new: Review | None, *, is_overtaken: bool = False) -> PairedReviews:
    """One submission's two reviews, side by side. `is_overtaken`: the old one did not count yet when it was chosen."""
    before, after = _result(old), _result(new)
    return PairedReviews(
        student_id=head.student_id,
        assignment_id=head.assignment_id,
        submission_id=head.submission_id,
        old_review_id=old.review_id if old else None,
        new_review_id=new.review_id if new else None,
        overall_before=before.overall_score if before else None,
        overall_after=after.overall_score if after else None,
        quality_before=before.code_quality_score if before else None,
        quality_after=after.code_quality_score if after else None,
        items=_item_moves(old, new),
        comments_gone=len(_comment_ids(old) - _comment_ids(new)),
        comments_new=len(_comment_ids(new) - _comment_ids(old)),
        cost_before=old.usage.cost if old else None,
        cost_after=new.usage.cost if new else None,
        calls_after=new.usage.calls if new else 0,
        is_overtaken=is_overtaken,
    )


def compare_reviews(replay_id: str, pairs: Sequence[PairedReviews]) -> ReplayDiff:
    """All pairs: those that lost most first, then those that are missing, then the rest."""
    whole = [one for one in pairs if not one.is_missing]
    moved = Counter(
        (move.item_id, move.before, move.after) for one in whole for move in one.items if move.before != move.after
    )
    return ReplayDiff(
        replay_id=replay_id,
        pairs=tuple(sorted(pairs, key=_regressions_first)),
        missing=len(pairs) - len(whole),
        overtaken=sum(one.is_overtaken for one in pairs),
        overall=_moves([(one.overall_before or 0, one.overall_after or 0) for one in whole]),
        quality=_moves([(one.quality_before or 0, one.quality_after or 0) for one in whole]),
        items=tuple(
            ItemMove(item_id=item_id, before=before, after=after, count=count)
            for (item_id, before, after), count in moved.most_common()
        ),
    )


def obstacle(diff: ReplayDiff, band: float) -> str | None:
    """Why a replay must not be promoted without force, in words; None where nothing is in the way.

    `band`: points by which the mean may have moved, up or down, for the whole interval.
    """
    if diff.missing:
        return f"{diff.missing} of {len(diff.pairs)} submissions miss their old or their new review"
    if diff.overtaken:
        return f"{diff.overtaken} of {len(diff.pairs)} submissions have another review since they were chosen"
    if diff.overall is None:
        return "there is nothing to compare"
    low, high = diff.overall.interval
    if low < -band or high > band:
        mean = diff.overall.mean
        return f"the mean score moves by {mean:+.1f}, 95% interval {low:+.1f} to {high:+.1f}, which leaves {band:g}"
    return None


def _moves(scores: Sequence[tuple[int, int]]) -> ScoreMoves | None:
    if not scores:
        return None
    changes = [after - before for before, after in scores]
    return ScoreMoves(
        mean=sum(changes) / len(changes),
        interval=_bootstrap(changes),
        down=sum(change < 0 for change in changes),
        up=sum(change > 0 for change in changes),
    )


def _bootstrap(changes: Sequence[int]) -> tuple[float, float]:
    """The 95% percentile interval of the mean; the same changes give the same interval."""
    count = len(changes)
    if count > _RESAMPLED_MAX:
        reach = _Z * pstdev(changes) / sqrt(count)
        return fmean(changes) - reach, fmean(changes) + reach
    dice = random.Random(_SEED)  # noqa: S311 -- resampling, no secret
    means = sorted(sum(dice.choices(changes, k=count)) / count for _ in range(RESAMPLES))
    cut = int(RESAMPLES * _TAIL)
    return means[cut], means[-1 - cut]


def _regressions_first(one: PairedReviews) -> tuple[int, int, str, str]:
    if one.is_missing:
        return 1, 0, one.student_id, one.submission_id
    change = (one.overall_after or 0) - (one.overall_before or 0)
    return (0 if change < 0 else 2), change, one.student_id, one.submission_id


def _item_moves(old: Review | None, new: Review | None) -> tuple[ItemMove, ...]:
    before, after = _verdicts(old), _verdicts(new)
    return tuple(
        ItemMove(item_id=item_id, before=before.get(item_id), after=after.get(item_id))
        for item_id in dict.fromkeys((*before, *after))
    )


def _verdicts(review: Review | None) -> dict[str, Verdict]:
    return {one.item_id: one.verdict for one in review.review_result.rubric} if review else {}


def _comment_ids(review: Review | None) -> set[str]:
    if review is None:
        return set()
    closed = {ThreadState.FIXED, ThreadState.OBSOLETE}
    return {thread.comment_id for thread in review.review_result.threads if thread.state not in closed}


def _result(review: Review | None) -> ReviewResult | None:
    return review.review_result if review else None
