"""A submission's decisions -> what they say together: the later of two that contradict each other holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core.limits import DecidingLimits
from schemas.decision import CommentEdit, Decision, DecisionKind, VerdictEdit
from schemas.review import ReviewStanding

_LIMITS: Final = DecidingLimits()
_STANDINGS: Final = {
    DecisionKind.APPROVE: ReviewStanding.APPROVED,
    DecisionKind.REJECT: ReviewStanding.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """All decisions on one submission together. `revision` is how many there are.

    Edits are the submission's: comments by id and verdicts by item, as they were said last. `releases` are the last
    approval or rejection of each review. `last` is the last decision of all, None where there is none.
    """

    revision: int = 0
    summary: str | None = None
    comments: Mapping[str, CommentEdit] = field(default_factory=dict)
    verdicts: Mapping[str, VerdictEdit] = field(default_factory=dict)
    releases: Mapping[UUID, Decision] = field(default_factory=dict)
    last: Decision | None = None

    def standing_of(self, review_id: UUID) -> ReviewStanding:
        """What was said of this review as a whole."""
        release = self.releases.get(review_id)
        return ReviewStanding.UNDECIDED if release is None else _STANDINGS[release.kind]


def fold_decisions(decisions: Iterable[Decision]) -> Ruling:
    """What `decisions` on one submission, in the order of their log, say together. One that comes twice counts once."""
    seen: set[UUID] = set()
    summary, last = None, None
    comments: dict[str, CommentEdit] = {}
    verdicts: dict[str, VerdictEdit] = {}
    releases: dict[UUID, Decision] = {}
    for decision in decisions:
        if decision.decision_id in seen:
            continue
        seen.add(decision.decision_id)
        last = decision
        if decision.kind is not DecisionKind.EDIT:
            releases[decision.review_id] = decision
            continue
        edits = decision.edits
        summary = summary if edits.summary is None else edits.summary
        comments |= {edit.comment_id: edit for edit in edits.comments}
        verdicts |= {edit.item_id: edit for edit in edits.verdicts}
    return Ruling(len(seen), summary, comments, verdicts, releases, last)


def excess_in(ruling: Ruling, limits: DecidingLimits = _LIMITS) -> str | None:
    """What of a ruling is more than one submission may have, in words; None where nothing is."""
    if ruling.revision > limits.decisions_max:
        return f"more than {limits.decisions_max} decisions on one submission"
    if len(ruling.comments) > limits.comments_max:
        return f"more than {limits.comments_max} comments of one submission changed or added"
    return None
