"""An object that a model sent -> an opinion, with what had to be mended.

Mended is what has one meaning only. What might mean two things is refused by name, and the model is asked again:
`"string"` is the schema and no summary. A comment that is no comment is left out. Scores that a model gives unasked
are not read: they are sums, made elsewhere.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from app.core.ports import Opinion
from schemas.review import CodeComment

REQUIRED: Final = ("progress_summary",)
_UNASKED: Final = ("overall_score", "code_quality_score")
_LISTS: Final = ("code_review_comments", "recommendations")
_SEVERITIES: Final = ("praise", "info", "minor", "major", "critical")
_SUMMARY_CHARS_MAX: Final = 8_000
_RECOMMENDATION_CHARS_MAX: Final = 2_000
_SUGGESTION_CHARS_MAX: Final = 4_000
_LINE_MAX: Final = 10_000_000  # beyond every file that is read

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE: Final = re.compile(r"\D{0,12}?(\d{1,8})(?:\.0+)?(?:\s*(?:-|–|—|:|,|to|до)\s*\D{0,6}(\d{1,8}))?", re.IGNORECASE)
_PLACEHOLDERS: Final = frozenset(
    {"string", "str", "text", "...", "…", "progress_summary", "null", "none", "n/a", "todo", "integer"}
)
_SEVERITY_WORDS: Final[Mapping[str, str]] = {
    "blocker": "critical", "fatal": "critical", "critical": "critical", "критично": "critical",
    "критическая": "critical", "критическое": "critical", "high": "major", "error": "major", "serious": "major",
    "важно": "major", "ошибка": "major", "warning": "minor", "medium": "minor", "moderate": "minor", "low": "minor",
    "note": "info", "hint": "info", "information": "info", "suggestion": "info", "совет": "info", "good": "praise",
    "positive": "praise", "похвала": "praise",
}  # fmt: skip
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "file": "path", "filename": "path", "filepath": "path", "lineno": "line", "linenumber": "line",
    "comment": "message", "text": "message", "body": "message",
}  # fmt: skip
_PLAIN: Final = {re.sub("_", "", name): name for name in (*REQUIRED, *_LISTS, *_UNASKED)}
_COMMENT_NAMES: Final = {name: name for name in ("path", "line", "severity", "message", "suggestion")}
_PLAIN_COMMENT: Final = {**_COMMENT_NAMES, **_OTHER_NAMES}
_BULLET: Final = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")


class InvalidAnswer(ValueError):
    """The answer is no review; the message says why and is fit for the prompt that asks for repair."""


class Mendings(Counter[str]):
    """How often each kind of slip was mended, or something was left out."""


def is_review(document: Mapping[str, Any]) -> bool:
    """Whether the object has everything that a review needs, of whatever type."""
    return set(REQUIRED) <= {_canonical(name, _PLAIN) for name in document}


def is_part_of_review(document: Mapping[str, Any]) -> bool:
    """Whether the object has any of a review's own fields."""
    return any(_canonical(name, _PLAIN) in {*REQUIRED, *_UNASKED} for name in document)


def read_fields(document: Mapping[str, Any], mendings: Mendings) -> Opinion:
    """The opinion that the object means. `InvalidAnswer` where a field is absent or may mean several things."""
    fields = _renamed(document, _PLAIN, mendings)
    absent = [name for name in REQUIRED if name not in fields]
    if absent:
        raise InvalidAnswer(f"missing: {', '.join(absent)}")
    return Opinion(
        summary=_summary(fields["progress_summary"], mendings),
        comments=_comments(fields.get("code_review_comments"), mendings),
        recommendations=_recommendations(fields.get("recommendations"), mendings),
    )


def _renamed(document: Mapping[str, Any], known: Mapping[str, str], mendings: Mendings) -> dict[str, Any]:
    """The known fields under their own names, whatever case or hyphens the model chose; the exact name wins."""
    fields: dict[str, Any] = {}
    for name, value in document.items():
        own = _canonical(name, known)
        if own is None or (own != name and own in document):
            continue
        if own != name:
            mendings["names"] += 1
        fields.setdefault(own, value)
    return fields


def _canonical(name: str, known: Mapping[str, str]) -> str | None:
    return known.get(re.sub(r"[\W_]", "", name[:64]).lower())


def _summary(value: object, mendings: Mendings) -> str:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        mendings["lists"] += 1
        value = "\n".join(value)
    if not isinstance(value, str):
        raise InvalidAnswer("progress_summary: a text is expected")
    summary = _clean(value)
    if not summary or summary.casefold().strip("<>") in _PLACEHOLDERS:
        raise InvalidAnswer("progress_summary: a text in whole sentences is expected")
    return _cut(summary, _SUMMARY_CHARS_MAX, mendings)


def _comments(value: object, mendings: Mendings) -> tuple[CodeComment, ...]:
    comments = (_comment(item, mendings) for item in _items("code_review_comments", value, mendings))
    return tuple(comment for comment in comments if comment is not None)


def _items(name: str, value: object, mendings: Mendings) -> list[object]:
    """The list that is meant, without its empty items."""
    if value is None:
        return []
    if isinstance(value, Mapping) and name == "code_review_comments" and _canonical_any(value, "message"):
        mendings["lists"] += 1
        value = [value]
    elif isinstance(value, str):
        mendings["lists"] += 1
        lines = [_BULLET.sub("", line, count=1) for line in value.splitlines()]
        value = lines if len(lines) > 1 and all(_BULLET.match(line) for line in value.splitlines() if line) else [value]
    if not isinstance(value, list):
        raise InvalidAnswer(f"{name}: a list is expected")
    items = [item for item in value if item is not None and not (isinstance(item, str) and not item.strip())]
    if len(items) < len(value):
        mendings["empty items"] += len(value) - len(items)
    return items


def _canonical_any(value: Mapping[str, Any], wanted: str) -> bool:
    return any(_canonical(name, _PLAIN_COMMENT) == wanted for name in value)


def _comment(value: object, mendings: Mendings) -> CodeComment | None:
    """One comment, or None where it is none; how many are not is counted."""
    if not isinstance(value, Mapping):
        mendings["comments dropped"] += 1
        return None
    fields = _renamed(value, _PLAIN_COMMENT, mendings)
    path, message = _text(fields.get("path")), _text(fields.get("message"))
    if not path or not message or message.casefold().strip("<>") in _PLACEHOLDERS or path == "string":
        mendings["comments dropped"] += 1
        return None
    line, end_line = _lines(fields.get("line"), mendings)
    try:
        return CodeComment(
            path=path,
            line=line,
            end_line=end_line,
            severity=_severity(fields.get("severity"), mendings),
            message=message,
            suggestion=_suggestion(fields.get("suggestion"), mendings),
        )
    except ValidationError:
        mendings["comments dropped"] += 1
        return None


def _lines(value: object, mendings: Mendings) -> tuple[int | None, int | None]:
    """First and last line. A line that does not exist makes the comment one on the whole file."""
    if value is None:
        return None, None
    last: int | None = None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        first = value
    else:
        mendings["lines"] += 1
        first = 0
        if isinstance(value, float) and value.is_integer():
            first = int(value)
        elif isinstance(value, str) and (match := _LINE.fullmatch(value.strip()[:64])):
            first, last = int(match[1]), int(match[2]) if match[2] else None
        elif isinstance(value, list) and 1 <= len(value) <= 2 and all(type(item) is int for item in value):
            first, last = value[0], value[-1] if len(value) == 2 else None
    if not 1 <= first <= _LINE_MAX:
        return None, None
    return first, last if last is not None and first < last <= _LINE_MAX else None


def _severity(value: object, mendings: Mendings) -> Any:
    if value is None:
        return "minor"
    if isinstance(value, str) and value in _SEVERITIES:
        return value
    mendings["severities"] += 1
    word = value.strip().casefold() if isinstance(value, str) else ""
    return word if word in _SEVERITIES else _SEVERITY_WORDS.get(word, "minor")


def _suggestion(value: object, mendings: Mendings) -> str | None:
    if value is None:
        return None
    text = _text(value)
    if (not text and value != "") or len(text) > _SUGGESTION_CHARS_MAX:
        mendings["suggestions dropped"] += 1
        return None
    return text or None


def _recommendations(value: object, mendings: Mendings) -> tuple[str, ...]:
    told: list[str] = []
    for item in _items("recommendations", value, mendings):
        text = _text(next(iter(item.values()), None) if isinstance(item, Mapping) and len(item) == 1 else item)
        if not text or len(text) > _RECOMMENDATION_CHARS_MAX or text.casefold().strip("<>") in _PLACEHOLDERS:
            mendings["recommendations dropped"] += 1
            continue
        told.append(text)
    return tuple(told)


def _text(value: object) -> str:
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Without control characters and lone surrogates, which no receiver could store."""
    return _CONTROL.sub("", text).strip()


def _cut(text: str, chars_max: int, mendings: Mendings) -> str:
    if len(text) <= chars_max:
        return text
    mendings["texts cut"] += 1
    return text[: chars_max - 1].rstrip() + "…"
