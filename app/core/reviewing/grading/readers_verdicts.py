"""A reader's verdicts on the items that are left to it: taken where what it quotes stands where it says."""

from typing import Final

from app.core.ports import Draft, ItemOpinion
from app.core.reviewing.anchors import Anchors
from app.core.rubric import Rubric, RubricItem, said_in
from app.core.words import Words
from schemas.rubric import RubricVerdict, Verdict

_SHARE: Final = {Verdict.MET: 1.0, Verdict.PARTLY: 0.5, Verdict.NOT_MET: 0.0}


def check_verdicts(rubric: Rubric, draft: Draft, anchors: Anchors, words: Words) -> tuple[RubricVerdict, ...]:
    """The verdicts of a reader on all items that are left to one, in the rubric's order.

    One whose quote does not stand there, that speaks of code which was not shown, or that is absent, counts as
    `CANNOT_TELL`.
    """
    given = {opinion.item_id: opinion for opinion in draft.opinion.items}
    return tuple(_checked(item, given.get(item.id), anchors, words) for item in rubric.left_to_a_reader)


def _checked(item: RubricItem, opinion: ItemOpinion | None, anchors: Anchors, words: Words) -> RubricVerdict:
    verdict = opinion.verdict if opinion is not None else Verdict.CANNOT_TELL
    if opinion is not None and verdict is not Verdict.CANNOT_TELL and not anchors.stands(opinion.place):
        verdict = Verdict.CANNOT_TELL
    told = verdict is not Verdict.CANNOT_TELL
    return RubricVerdict(
        item_id=item.id,
        title=said_in(item.title, words.language),
        verdict=verdict,
        points=_SHARE[verdict] * item.points if told else 0.0,
        points_max=item.points if told else 0.0,
        counts_for=item.counts_for,
        decided_by=item.decided_by,
        hidden=item.hidden,
        reason=opinion.reason if opinion is not None else None,
        path=opinion.place.path if opinion is not None and told else None,
        line=opinion.place.line if opinion is not None and told else None,
        quote=opinion.place.quote if opinion is not None and told else None,
    )
