"""What a form says, beside the review that it was made from -> the edits, which name nothing that stayed as it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import ValidationError

from app.core.limits import SourceLimits
from app.core.visible import in_field
from schemas.codec import describe
from schemas.decision import CommentEdit, Edits, VerdictEdit
from schemas.review import CodeComment, Review, ReviewResult, Severity, Thread
from schemas.rubric import RubricVerdict, Verdict

_LIMITS: Final = SourceLimits()
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
Form = Mapping[str, str]
"""Fields of a form by name: `summary`; `message`, `suggestion`, `severity` and `withdraw` with a colon and a comment's
id; `verdict` and `reason` with one and an item's; `added_path`, `added_line`, `added_message`, `added_suggestion`,
`added_severity` of a comment of one's own."""


class InvalidForm(ValueError):
    """A form that holds something that no edit can: its message is for a programmer, not for a person."""


@dataclass(frozen=True, slots=True)
class SaidComment:
    """A comment that can be edited: a new one, or an earlier one that is open. `is_earlier` has no suggestion."""

    comment: CodeComment
    is_earlier: bool = False


def editable_comments(result: ReviewResult) -> list[SaidComment]:
    """All comments that stand in a review for its student to do something about."""
    said = [SaidComment(comment) for comment in result.code_review_comments if comment.comment_id]
    known = {one.comment.comment_id for one in said}
    earlier = [thread for thread in result.threads if thread.is_open and thread.comment_id not in known]
    return [*said, *(SaidComment(_as_comment(thread), is_earlier=True) for thread in earlier)]


def read_edits(review: Review, made: Review, form: Form, added_id: str) -> Edits:
    """The edits that `form` asks for on `review` as it is read now, and `made` by the reviewer.

    `added_id` is the id of a comment that is added. Raises `InvalidForm`. An empty field of words is no edit: a comment
    without words is withdrawn by its own box.
    """
    result = review.review_result
    summary = _words(form, "summary", result.progress_summary)
    judged_before = {one.item_id: one.verdict for one in made.review_result.rubric}
    comments = [edit for said in editable_comments(result) if (edit := _comment_edit(said.comment, form)) is not None]
    try:
        judged = [_verdict_edit(verdict, judged_before.get(verdict.item_id), form) for verdict in result.rubric]
        return Edits(
            summary=summary if summary and summary != result.progress_summary else None,
            comments=(*comments, *_added(form, added_id)),
            verdicts=tuple(edit for edit in judged if edit is not None),
        )
    except ValidationError as exc:
        raise InvalidForm(describe(exc)) from exc


def _comment_edit(comment: CodeComment, form: Form) -> CommentEdit | None:
    name = comment.comment_id
    if form.get(f"withdraw:{name}"):
        return CommentEdit(comment=comment, is_withdrawn=True)
    message = _words(form, f"message:{name}", comment.message)
    if not _plain(message):
        return None
    changed = _checked(
        comment,
        message=message,
        suggestion=_words(form, f"suggestion:{name}", comment.suggestion) or None,
        severity=form.get(f"severity:{name}", comment.severity),
    )
    same = comment.model_copy(update={"suggestion": comment.suggestion or None})
    return None if changed == same else CommentEdit(comment=changed)


def _added(form: Form, added_id: str) -> list[CommentEdit]:
    message = _words(form, "added_message")
    if not message:
        return []
    line = form.get("added_line", "").strip()
    fields: dict[str, Any] = {
        "comment_id": added_id,
        "path": form.get("added_path", "").strip(),
        "line": line or None,
        "message": message,
        "suggestion": _words(form, "added_suggestion") or None,
        "severity": form.get("added_severity", "minor"),
    }
    if not 0 < len(fields["path"]) <= _LIMITS.path_chars_max:
        raise InvalidForm("added_path: names no file")
    try:
        return [CommentEdit(comment=CodeComment.model_validate(fields))]
    except ValidationError as exc:
        raise InvalidForm(describe(exc)) from exc


def _checked(comment: CodeComment, **fields: object) -> CodeComment:
    try:
        return CodeComment.model_validate({**comment.model_dump(), **fields})
    except ValidationError as exc:
        raise InvalidForm(describe(exc)) from exc


def _verdict_edit(verdict: RubricVerdict, before: Verdict | None, form: Form) -> VerdictEdit | None:
    name = verdict.item_id
    said = form.get(f"verdict:{name}")
    reason = _words(form, f"reason:{name}", verdict.reason)
    if said is None or (said == verdict.verdict and reason == (verdict.reason or "")):
        return None
    fields = {"item_id": name, "verdict": said, "instead_of": before, "reason": reason or None}
    return VerdictEdit.model_validate(fields)


def _words(form: Form, name: str, shown: str | None = None) -> str:
    """What a field says; the very text that it showed, which is not all visible in it, where nobody changed it."""
    said = _plain(form.get(name, ""))
    return shown if shown is not None and said == _plain(in_field(shown)) else said


def _plain(text: str) -> str:
    """As a form gives it back: browsers end lines their own way, and blanks around words mean nothing."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _as_comment(thread: Thread) -> CodeComment:
    fields = {"comment_id", "path", "line", "severity", "category", "symbol", "quote", "test_id", "message"}
    return CodeComment(**thread.model_dump(include=fields))
