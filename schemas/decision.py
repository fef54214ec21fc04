"""A person's decision on a review: what the desk writes and the editor acts on."""

from enum import StrEnum
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.base import LIVE, SCHEMA_VERSION, Identifier, Moment, Schema, SchemaVersion
from schemas.review import REASON_CHARS_MAX, CodeComment
from schemas.rubric import Verdict

EDITED_COMMENTS_MAX: Final = 60
"""Of one decision: a review says seven, forty at most, and its threads are a hundred that few will all change."""
EDITED_VERDICTS_MAX: Final = 50
"""As many items as a rubric may have."""
NAME_CHARS_MAX: Final = 64
"""Of a token, which is who decided."""


class DecisionKind(StrEnum):
    """What a person did. Public: the values stand in records.

    `APPROVE`: the review may go to its student. `EDIT`: parts of it are to say something else; that releases nothing.
    `REJECT`: the review is to reach nobody.
    """

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


class CommentEdit(Schema):
    """What a person made of one comment: how it is to stand from now on, or that it is withdrawn.

    `comment` is whole, with its place: a review that was made again and does not say it gets it all the same. One
    with a `comment_id` that the review does not have is a comment of the person's own.
    """

    comment: CodeComment
    is_withdrawn: bool = False

    @model_validator(mode="after")
    def _demand_an_id(self) -> Self:
        if not self.comment.comment_id:
            raise ValueError("comment: needs a comment_id")
        return self

    @property
    def comment_id(self) -> str:
        """The comment's id."""
        return str(self.comment.comment_id)


class VerdictEdit(Schema):
    """A person's verdict on an item of the rubric, and why.

    `instead_of` is what the reviewer had said. Where that is the same verdict, only the reason is the person's: the
    item keeps its points, and the evidence holds its scores as before.
    """

    item_id: Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARS_MAX)]
    verdict: Verdict
    instead_of: Verdict | None = None
    reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None


class Edits(Schema):
    """What is to say something else; each comment and each item once. What is not named stays as it is."""

    summary: Annotated[str, Field(min_length=1, max_length=8000)] | None = None
    comments: Annotated[tuple[CommentEdit, ...], Field(max_length=EDITED_COMMENTS_MAX)] = ()
    verdicts: Annotated[tuple[VerdictEdit, ...], Field(max_length=EDITED_VERDICTS_MAX)] = ()

    @model_validator(mode="after")
    def _name_each_once(self) -> Self:
        comments = [edit.comment_id for edit in self.comments]
        items = [edit.item_id for edit in self.verdicts]
        for name, ids in (("comments", comments), ("verdicts", items)):
            if len(set(ids)) < len(ids):
                raise ValueError(f"{name}: names one twice")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self.summary is None and not self.comments and not self.verdicts


class Decision(Schema):
    """One decision on one submission. The record's key is `student_id` in UTF-8, so that a student's keep their order.

    `review_id` and `generation` are of the review that the person looked at. `decided_by` is the name of the token
    that was used. An approval and a rejection are about that review alone; edits are about the submission: whatever
    review of it comes later has them too. `edits` belong to `edit`, and a rejection wants its reason.
    """

    schema_version: SchemaVersion = SCHEMA_VERSION
    decision_id: UUID
    student_id: Identifier
    assignment_id: Identifier
    submission_id: Identifier
    review_id: UUID
    generation: Annotated[int, Field(ge=0)] = LIVE
    kind: DecisionKind
    edits: Edits = Edits()
    reason: Annotated[str, Field(max_length=REASON_CHARS_MAX)] | None = None
    decided_by: Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARS_MAX)]
    decided_at: Moment

    @model_validator(mode="after")
    def _fit_kind(self) -> Self:
        if self.edits.is_empty == (self.kind is DecisionKind.EDIT):
            raise ValueError("edits: an edit has some, and nothing else has any")
        if self.kind is DecisionKind.REJECT and not (self.reason or "").strip():
            raise ValueError("reason: a rejection says why")
        return self
