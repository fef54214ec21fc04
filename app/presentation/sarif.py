"""A review as a SARIF 2.1.0 log: editors and code hosts show its comments at the lines that they are about.

Whatever comes from a student or a model is plain text: nothing in a message becomes a link or a placeholder.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import quote

from app.core.history.identity import review_id
from schemas.base import LIVE
from schemas.comparison import Baseline
from schemas.review import CodeComment, Review, Severity, Thread, ThreadState

SARIF_VERSION: Final = "2.1.0"
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "SRCROOT"
_FINGERPRINT: Final = "reviewstream/v1"
_OTHER: Final = "other"

_LEVELS: Final[Mapping[Severity, str]] = {
    "critical": "error",
    "major": "error",
    "minor": "warning",
    "info": "note",
    "praise": "none",
}
_BASELINE_STATES: Final = {
    ThreadState.NEW: "new",
    ThreadState.REGRESSED: "new",
    ThreadState.STILL_OPEN: "unchanged",
    ThreadState.MOVED: "updated",
    ThreadState.FIXED: "absent",
    ThreadState.OBSOLETE: "absent",
}
"""What became of a comment, beside the review before. One that was fixed and is back was not in that one."""

_LINTER_RULE: Final = re.compile(r"[A-Z]{1,4}[0-9]{1,5}")
_NOT_IN_IDS: Final = re.compile(r"[^A-Za-z0-9._-]")
_LINK_SIGN: Final = "]("  # SARIF's embedded links are Markdown's
_PLACEHOLDER: Final = re.compile(r"\{([0-9]{1,9})\}")

Document = dict[str, Any]
Said = CodeComment | Thread


def sarif_log(review: Review, version: str) -> Document:
    """The log of `review`, by reviewstream of `version`: one run, in the order of comments, then of earlier threads.

    A comment's fingerprint is its `comment_id`, the same in every review that speaks of it, and no line number. Lines
    of notebooks are given as properties alone: they count in the notebook's Python text, not in its file.
    """
    said = [*_said(review)]
    rules = list(dict.fromkeys(_rule_id(one) for one, _ in said))
    return {
        "$schema": _SCHEMA,
        "version": SARIF_VERSION,
        "runs": [
            {
                "tool": {"driver": _driver(rules, version)},
                "automationDetails": {
                    "id": f"{review.assignment_id}/{review.student_id}/{review.new_submission_id}",
                    "guid": str(review.review_id),
                },
                **_baseline(review),
                "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the submission's source."}}},
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "endTimeUtc": review.timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    }
                ],
                "results": [
                    _result(one, state, rules) | ({} if _is_first(review) else _state(state)) for one, state in said
                ],
                "properties": {
                    "overall_score": review.review_result.overall_score,
                    "code_quality_score": review.review_result.code_quality_score,
                    "progress_summary": review.review_result.progress_summary,
                },
            }
        ],
    }


def _said(review: Review) -> Iterator[tuple[Said, ThreadState]]:
    """This review's comments, and the threads that are not among them."""
    result = review.review_result
    yield from ((comment, ThreadState.NEW) for comment in result.code_review_comments)
    here = {comment.comment_id for comment in result.code_review_comments}
    yield from ((thread, thread.state) for thread in result.threads if thread.comment_id not in here)


def _is_first(review: Review) -> bool:
    """Whether there is nothing that a comment could be new beside."""
    is_uncompared = review.baseline in {Baseline.NONE, Baseline.UNAVAILABLE}
    return is_uncompared and all(thread.state is ThreadState.NEW for thread in review.review_result.threads)


def _baseline(review: Review) -> Document:
    previous = review.previous_submission_id
    if previous is None:
        return {}
    return {"baselineGuid": str(review_id(review.student_id, review.assignment_id, previous, LIVE))}


def _state(state: ThreadState) -> Document:
    return {"baselineState": _BASELINE_STATES[state]}


def _driver(rules: Sequence[str], version: str) -> Document:
    return {
        "name": "reviewstream",
        "version": version,
        "rules": [{"id": rule, "shortDescription": {"text": _describe(rule)}} for rule in rules],
    }


def _describe(rule: str) -> str:
    group, _, name = rule.partition("/")
    if group == "lint":
        return f"The linter's rule {name}."
    return (
        f"What a reviewer says about {name.replace('_', ' ')}." if name != _OTHER else "What a reviewer says besides."
    )


def _result(said: Said, state: ThreadState, rules: Sequence[str]) -> Document:
    rule = _rule_id(said)
    result: Document = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": _LEVELS[said.severity],
        "message": {"text": _plain_message(said)},
        "locations": [_location(said)],
        "partialFingerprints": {_FINGERPRINT: said.comment_id or _fingerprint(said)},
        "properties": _properties(said, state),
    }
    if said.severity == "praise":
        result["kind"] = "informational"
    return result


def _rule_id(said: Said) -> str:
    """`lint/F401`, or `review/naming`."""
    category = _NOT_IN_IDS.sub("-", said.category or _OTHER)
    return f"lint/{category}" if _LINTER_RULE.fullmatch(category) else f"review/{category}"


def _plain_message(said: Said) -> str:
    """The message and what it suggests, links and placeholders of SARIF escaped."""
    suggestion = said.suggestion if isinstance(said, CodeComment) else None
    text = f"{said.message}\n\n{suggestion}" if suggestion else said.message
    if _LINK_SIGN in text:
        text = text.replace("[", "\\[")
    return _PLACEHOLDER.sub(r"{{\1}}", text)


def _location(said: Said) -> Document:
    physical: Document = {"artifactLocation": {"uri": quote(said.path, errors="replace"), "uriBaseId": _ROOT}}
    if said.line is not None and not _is_notebook(said.path):
        end_line = said.end_line if isinstance(said, CodeComment) else None
        region: Document = {"startLine": said.line, "endLine": max(said.line, end_line or said.line)}
        if said.quote:
            region["snippet"] = {"text": said.quote}
        physical["region"] = region
    location: Document = {"physicalLocation": physical}
    if said.symbol:
        location["logicalLocations"] = [{"fullyQualifiedName": said.symbol}]
    return location


def _properties(said: Said, state: ThreadState) -> Document:
    properties: Document = {"severity": said.severity, "state": state.value}
    if isinstance(said, Thread):
        properties |= {"since_submission_id": said.since_submission_id, "attempts": said.attempts}
    if _is_notebook(said.path):
        places = {"line": said.line, "cell": said.cell if isinstance(said, CodeComment) else None}
        properties |= {name: place for name, place in places.items() if place is not None}
    return properties


def _is_notebook(path: str) -> bool:
    return PurePosixPath(path).suffix == ".ipynb"


def _fingerprint(said: Said) -> str:
    """Of a comment without an id, as records of before have them: what it says of which code, wherever that stands."""
    parts = (said.path, said.category or "", said.symbol or "", said.quote or "", said.message)
    return sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "replace")).hexdigest()
