"""An object that a model sent -> an opinion, with what had to be mended.

Mended is what has one meaning only. What might mean two things is refused by name, and the model is asked again:
`"string"` is the schema and no summary. A comment that is no comment is left out, and so is a verdict that is none.
An answer without verdicts or states is taken as it is: they count as not told, and no second answer is bought for them.
Scores that a model gives unasked are not read: they are sums, made elsewhere.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from app.core.ports import Opinion
from app.core.reviewing.answer.single_values import (
    InvalidAnswer,
    Mendings,
    canonical,
    cleaned,
    cut_text,
    lines_of,
    plain_text,
    quote_of,
    renamed,
    word_of,
)
from app.core.reviewing.answer.verdicts import read_verdicts
from schemas.review import CodeComment, ProblemKind

REQUIRED: Final = ("progress_summary",)
_UNASKED: Final = ("overall_score", "code_quality_score")
_LISTS: Final = ("verdicts", "rubric", "threads", "code_review_comments", "recommendations")
_SEVERITIES: Final = ("praise", "info", "minor", "major", "critical")
_SUMMARY_CHARS_MAX: Final = 8_000
_RECOMMENDATION_CHARS_MAX: Final = 2_000
_SUGGESTION_CHARS_MAX: Final = 4_000

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
_KIND_WORDS: Final[Mapping[str, ProblemKind]] = {
    **{kind.value.replace("_", " "): kind for kind in ProblemKind},
    "bug": ProblemKind.CORRECTNESS, "logic": ProblemKind.CORRECTNESS, "functionality": ProblemKind.CORRECTNESS,
    "корректность": ProblemKind.CORRECTNESS, "errors": ProblemKind.ERROR_HANDLING,
    "robustness": ProblemKind.ERROR_HANDLING,
    "errorhandling": ProblemKind.ERROR_HANDLING, "обработка ошибок": ProblemKind.ERROR_HANDLING,
    "style": ProblemKind.READABILITY, "formatting": ProblemKind.READABILITY, "читаемость": ProblemKind.READABILITY,
    "names": ProblemKind.NAMING, "именование": ProblemKind.NAMING, "имена": ProblemKind.NAMING,
    "design": ProblemKind.STRUCTURE, "architecture": ProblemKind.STRUCTURE, "complexity": ProblemKind.STRUCTURE,
    "maintainability": ProblemKind.STRUCTURE, "структура": ProblemKind.STRUCTURE,
    "duplicate": ProblemKind.DUPLICATION, "дублирование": ProblemKind.DUPLICATION,
    "efficiency": ProblemKind.PERFORMANCE, "производительность": ProblemKind.PERFORMANCE,
    "tests": ProblemKind.TESTING, "test": ProblemKind.TESTING, "тесты": ProblemKind.TESTING,
    "безопасность": ProblemKind.SECURITY, "данные": ProblemKind.DATA, "docs": ProblemKind.DOCUMENTATION,
    "документация": ProblemKind.DOCUMENTATION, "прочее": ProblemKind.OTHER, "другое": ProblemKind.OTHER,
}  # fmt: skip
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "file": "path", "filename": "path", "filepath": "path", "lineno": "line", "linenumber": "line",
    "comment": "message", "text": "message", "body": "message", "code": "quote", "snippet": "quote", "kind": "category",
}  # fmt: skip
_PLAIN: Final = {re.sub("_", "", name): name for name in (*REQUIRED, *_LISTS, *_UNASKED)}
_COMMENT_NAMES: Final = ("path", "line", "quote", "severity", "category", "message", "suggestion")
_PLAIN_COMMENT: Final = {**{name: name for name in _COMMENT_NAMES}, **_OTHER_NAMES}
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


def is_review(document: Mapping[str, Any]) -> bool:
    """Whether the object has everything that a review needs, of whatever type."""
    return set(REQUIRED) <= {canonical(name, _PLAIN) for name in document}


def is_part_of_review(document: Mapping[str, Any]) -> bool:
    """Whether the object has any of a review's own fields."""
    return any(canonical(name, _PLAIN) in {*REQUIRED, *_UNASKED} for name in document)


def read_fields(document: Mapping[str, Any], mendings: Mendings) -> Opinion:
    """The opinion that the object means. `InvalidAnswer` where a field is absent or may mean several things."""
    fields = renamed(document, _PLAIN, mendings)
    absent = [name for name in REQUIRED if name not in fields]
    if absent:
        raise InvalidAnswer(f"missing: {', '.join(absent)}")
    summary = _summary(fields["progress_summary"], mendings)
    comments = _comments(fields.get("code_review_comments"), mendings)
    recommendations = _recommendations(fields.get("recommendations"), mendings)
    items, threads = read_verdicts(
        fields.get("verdicts"), mendings, rubric=fields.get("rubric"), threads=fields.get("threads")
    )
    return Opinion(summary, comments, recommendations, items, threads)


def _summary(value: object, mendings: Mendings) -> str:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        mendings["lists"] += 1
        value = "\n".join(value)
    if not isinstance(value, str):
        raise InvalidAnswer("progress_summary: a text is expected")
    summary = cleaned(value)
    if not summary or summary.casefold().strip("<>") in _PLACEHOLDERS:
        raise InvalidAnswer("progress_summary: a text in whole sentences is expected")
    return cut_text(summary, _SUMMARY_CHARS_MAX, mendings)


def _comments(value: object, mendings: Mendings) -> tuple[CodeComment, ...]:
    comments = (_comment(item, mendings) for item in _items("code_review_comments", value, mendings))
    return tuple(comment for comment in comments if comment is not None)


def _items(name: str, value: object, mendings: Mendings) -> list[object]:
    """The list that is meant, without its empty items."""
    if value is None:
        return []
    if isinstance(value, Mapping) and name == "code_review_comments" and _has_name(value, "message"):
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


def _has_name(value: Mapping[str, Any], wanted: str) -> bool:
    return any(canonical(name, _PLAIN_COMMENT) == wanted for name in value)


def _comment(value: object, mendings: Mendings) -> CodeComment | None:
    """One comment, or None where it is none; how many are not is counted."""
    if not isinstance(value, Mapping):
        mendings["comments dropped"] += 1
        return None
    fields = renamed(value, _PLAIN_COMMENT, mendings)
    path, message = plain_text(fields.get("path")), plain_text(fields.get("message"))
    if not path or not message or message.casefold().strip("<>") in _PLACEHOLDERS or path == "string":
        mendings["comments dropped"] += 1
        return None
    line, end_line = lines_of(fields.get("line"), mendings)
    try:
        return CodeComment(
            path=path,
            line=line,
            end_line=end_line,
            severity=_severity(fields.get("severity"), mendings),
            category=_category(fields.get("category"), mendings),
            quote=quote_of(fields.get("quote"), line, mendings),
            message=message,
            suggestion=_suggestion(fields.get("suggestion"), mendings),
        )
    except ValidationError:
        mendings["comments dropped"] += 1
        return None


def _severity(value: object, mendings: Mendings) -> Any:
    if value is None:
        return "minor"
    if isinstance(value, str) and value in _SEVERITIES:
        return value
    mendings["severities"] += 1
    word = value.strip().casefold() if isinstance(value, str) else ""
    return word if word in _SEVERITIES else _SEVERITY_WORDS.get(word, "minor")


def _category(value: object, mendings: Mendings) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    kind = word_of(value, _KIND_WORDS, "categories", mendings, lambda text: text in set(ProblemKind))
    if kind is None:
        mendings["categories"] += 1
    return kind or ProblemKind.OTHER


def _suggestion(value: object, mendings: Mendings) -> str | None:
    if value is None:
        return None
    text = plain_text(value)
    if (not text and value != "") or len(text) > _SUGGESTION_CHARS_MAX:
        mendings["suggestions dropped"] += 1
        return None
    return text or None


def _recommendations(value: object, mendings: Mendings) -> tuple[str, ...]:
    told: list[str] = []
    for item in _items("recommendations", value, mendings):
        text = plain_text(next(iter(item.values()), None) if isinstance(item, Mapping) and len(item) == 1 else item)
        if not text or len(text) > _RECOMMENDATION_CHARS_MAX or text.casefold().strip("<>") in _PLACEHOLDERS:
            mendings["recommendations dropped"] += 1
            continue
        told.append(text)
    return tuple(told)
