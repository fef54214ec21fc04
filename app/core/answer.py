"""A model's answer as text -> a review result, or what is wrong with it in words that the model can act on."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from app.core.limits import ReviewLimits
from schemas.codec import describe
from schemas.review import ReviewResult

_LIMITS: Final = ReviewLimits()
_CANDIDATES_MAX: Final = 50  # places where an object may start in an answer with prose around it
_THOUGHTS: Final = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_REQUIRED: Final = ("overall_score", "progress_summary", "code_quality_score")
_COMMENT_FIELDS: Final = ("path", "line", "severity", "message", "suggestion")
_SCORES: Final = ("overall_score", "code_quality_score")


class InvalidAnswer(ValueError):
    """The answer is no review; the message says why and is fit for the prompt that asks for repair."""


def parse_answer(text: str, limits: ReviewLimits = _LIMITS) -> ReviewResult:
    """The review in `text`: one JSON object, code fences, thoughts and prose around it allowed.

    `InvalidAnswer` where there is none, or where a field is missing, of a wrong type or out of range: scores are
    whole numbers from 0 to 100, lists may be absent, surplus fields are ignored.
    """
    if len(text) > limits.answer_chars_max:
        raise InvalidAnswer(f"the answer is longer than {limits.answer_chars_max} characters")
    document = _find_object(_THOUGHTS.sub("", text, count=1))
    missing = [name for name in _REQUIRED if name not in document]
    if missing:
        raise InvalidAnswer(f"missing: {', '.join(missing)}")
    _check_types(document)
    try:
        return ReviewResult.model_validate(_cleaned(document))
    except ValidationError as exc:
        raise InvalidAnswer(describe(exc)) from exc


def _find_object(text: str) -> dict[str, Any]:
    """The first object with a review's fields, else the first object at all."""
    first: dict[str, Any] | None = None
    for document in _objects(text):
        if any(name in document for name in _REQUIRED):
            return document
        first = document if first is None else first
    if first is not None:
        return first
    cut = text.count("{") > text.count("}")
    raise InvalidAnswer("the JSON object is cut off" if cut else "there is no JSON object in the answer")


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    position = 0
    for _ in range(_CANDIDATES_MAX):
        position = text.find("{", position)
        if position < 0:
            return
        try:
            document, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):  # too deep, or a number too long, is no review either
            position += 1
            continue
        if isinstance(document, dict):
            yield document
        position = end


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_types(document: dict[str, Any]) -> None:
    """What pydantic would convert silently and must not: a score `"85"` or `true` is no number."""
    for name in _SCORES:
        score = document[name]
        if isinstance(score, bool) or not isinstance(score, int | float) or score % 1 != 0:
            raise InvalidAnswer(f"{name}: a whole number from 0 to 100 is expected")
    for name in ("code_review_comments", "recommendations"):
        if document.get(name) is not None and not isinstance(document[name], list):
            raise InvalidAnswer(f"{name}: a list is expected")
    for index, comment in enumerate(document.get("code_review_comments") or ()):
        line = comment.get("line") if isinstance(comment, dict) else None
        if line is not None and (isinstance(line, bool) or not isinstance(line, int)):
            raise InvalidAnswer(f"code_review_comments.{index}.line: a whole number or null is expected")


def _cleaned(document: dict[str, Any]) -> dict[str, Any]:
    """Strings without control characters and lone surrogates, which no receiver could store."""
    comments = [
        {key: _clean(comment[key]) for key in _COMMENT_FIELDS if comment.get(key) is not None}
        if isinstance(comment, dict)
        else comment
        for comment in document.get("code_review_comments") or ()
    ]
    return {
        "overall_score": document["overall_score"],
        "code_quality_score": document["code_quality_score"],
        "progress_summary": _clean(document["progress_summary"]),
        "code_review_comments": comments,
        "recommendations": [_clean(item) for item in document.get("recommendations") or ()],
    }


def _clean(value: Any) -> Any:
    return _CONTROL.sub("", value).strip() if isinstance(value, str) else value
