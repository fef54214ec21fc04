"""Threads that code could not decide, by a reader's word where its quote stands."""

from collections.abc import Sequence

from app.core.ports import ThreadOpinion
from app.core.reviewing.anchors import Anchors
from schemas.review import Thread


def settle(threads: Sequence[Thread], opinions: Sequence[ThreadOpinion], anchors: Anchors) -> tuple[Thread, ...]:
    """`threads` with a reader's states for those that nobody has decided; all others stay as they are."""
    said = {opinion.comment_id: opinion for opinion in opinions}
    settled = []
    for thread in threads:
        opinion = said.get(thread.comment_id)
        if thread.decided_by is None and opinion is not None and anchors.stands(opinion.place):
            settled.append(thread.model_copy(update={"state": opinion.state, "decided_by": "model"}))
        else:
            settled.append(thread)
    return tuple(settled)
