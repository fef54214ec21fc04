"""A model's answer -> a review result and what was mended, or what is wrong in words that the model can act on."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.core.limits import ReviewLimits
from app.core.ports import Opinion
from app.core.reviewing.answer.fields import REQUIRED, is_part_of_review, is_review, read_fields
from app.core.reviewing.answer.mending import FoundObject, Work, find_objects, place
from app.core.reviewing.answer.single_values import InvalidAnswer, Mendings
from app.core.reviewing.answer.text import AnswerParts, Marks, find_marks
from app.core.words import Words

__all__ = ["AnswerParts", "InvalidAnswer", "NoAnswerAfterThoughts", "ReadAnswer", "parse_answer", "read_answer", "tell"]

_LIMITS: Final = ReviewLimits()
_FIRST_NAME: Final = re.compile(r"[\"'\u201c]\w{1,64}[\"'\u201d]\s*:")
_NESTING_MAX: Final = 3  # wrappers around a review: an object, a list, a text that is JSON itself
_ARGUMENTS_MAX: Final = 4  # calls of tools that are looked at, the last ones: an answer is one
_FINAL_NAMES: Final = ("final", "final_review", "final_answer", "answer", "result", "review", "output", "response")


class NoAnswerAfterThoughts(InvalidAnswer):
    """The model thought aloud and did not come to an answer."""


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """A review, and what was mended to read it: kinds with how often, and the slips in its JSON."""

    opinion: Opinion
    mendings: Mapping[str, int]
    slips: tuple[str, ...] = ()


def parse_answer(text: str, limits: ReviewLimits = _LIMITS) -> Opinion:
    """The review in a text alone; see `read_answer`."""
    return read_answer(AnswerParts(text), limits).opinion


def read_answer(parts: AnswerParts, limits: ReviewLimits = _LIMITS) -> ReadAnswer:
    """The review in an answer: its text, else a tool call's arguments, else the end of thoughts that came apart.

    `InvalidAnswer` where there is none, or where a field is absent or may mean several things. Surplus fields are
    ignored. Of several whole reviews the last one counts.
    """
    if sum(map(len, (parts.text, parts.reasoning, *parts.arguments))) > limits.answer_chars_max:
        raise InvalidAnswer(f"the answer is longer than {limits.answer_chars_max} characters")
    problem: InvalidAnswer | None = None
    work = Work()
    for text in (parts.text, *parts.arguments[: -_ARGUMENTS_MAX - 1 : -1]):
        if not text.strip():
            continue
        try:
            return _read(text, work)
        except InvalidAnswer as exc:
            problem = problem or exc
    if problem is None and parts.reasoning.strip():
        return _read_reasoning(parts.reasoning, work)
    raise problem or InvalidAnswer("the answer is empty: there is no JSON object in the answer")


def tell(answer: ReadAnswer, words: Words) -> tuple[str, ...]:
    """What was mended, a sentence for each kind, for `integrity.adjustments`."""
    said = [words.mendings[kind]({"count": count}) for kind, count in answer.mendings.items()]
    if answer.slips:
        kinds = ", ".join(words.slips[slip] for slip in answer.slips)
        said.insert(0, words.mendings["json"]({"kinds": kinds}))
    return tuple(said)


def _read_reasoning(text: str, work: Work) -> ReadAnswer:
    """The answer of a model whose endpoint took it for thoughts: thoughts end in it, and say nothing after it."""
    answer = text.rstrip().removesuffix("```").rstrip()
    if answer.endswith("}"):
        return _read(answer, work)
    raise NoAnswerAfterThoughts("there are thoughts and no answer: there is no JSON object in the answer")


def _read(text: str, work: Work) -> ReadAnswer:
    mendings = Mendings()
    found = _find(text, mendings, work)
    if isinstance(found, InvalidAnswer):
        nested = _nested_text(text)
        if nested is None:
            raise found
        mendings["wrapper"] += 1
        found = FoundObject(nested, 0, len(text))
    document = found.document
    if not is_part_of_review(document):
        document = _unwrapped(document, mendings)
    opinion = read_fields(document, mendings)
    return ReadAnswer(opinion, dict(mendings), found.slips)


def _find(text: str, mendings: Mendings, work: Work) -> FoundObject | InvalidAnswer:
    """The last object after the thoughts that has to do with a review."""
    objects, broken = find_objects(text, work)
    near = [found for found in objects if _is_near(found.document)]
    marks = find_marks(text, [(found.start, found.end) for found in near])
    if marks.open_thought:
        return NoAnswerAfterThoughts("thoughts have no end: there is no JSON object in the answer")
    near = [found for found in near if found.start >= marks.begin]
    # Of a draft and a final review that cannot be read, the draft is not the answer.
    later = near[-1].end if near else marks.begin
    if broken is not None and broken.index >= later and (not near or _names_review(text[later:])):
        line, column = place(text, broken.index)
        return InvalidAnswer(f"the JSON cannot be read, line {line}, column {column}: {broken.problem}")
    if near:
        if any(found.document != near[-1].document for found in near):
            mendings["several"] += 1
        return near[-1]
    return _without_first_bracket(text[marks.begin :].strip(), work) or _nothing(text, marks, objects)


def _without_first_bracket(rest: str, work: Work) -> FoundObject | None:
    """The review of a model whose endpoint began the object for it, and does not send that back."""
    if _FIRST_NAME.match(rest) is None:
        return None
    objects, _ = find_objects("{" + rest, work)
    if not objects or not is_part_of_review(objects[0].document):
        return None
    return replace(objects[0], slips=("first bracket", *objects[0].slips))


def _nothing(text: str, marks: Marks, objects: Sequence[FoundObject]) -> InvalidAnswer:
    if marks.begin and not text[marks.begin :].strip():
        return NoAnswerAfterThoughts("there is no JSON object in the answer")
    if objects:
        return InvalidAnswer(f"missing: {', '.join(REQUIRED)}")
    return InvalidAnswer("there is no JSON object in the answer")


def _names_review(text: str) -> bool:
    return any(name in text for name in REQUIRED)


def _is_near(document: Mapping[str, Any]) -> bool:
    """Whether the object is a review, a part of one, or holds one."""
    return is_part_of_review(document) or bool(_held(document))


def _held(value: object, depth: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """The reviews within `value`, each with the name under which it, or what holds it, stands."""
    if depth > _NESTING_MAX:
        return []
    if isinstance(value, str):
        value = _json(value)
    if isinstance(value, list):
        return [(name, found) for item in value for name, found in _held(item, depth + 1)]
    if not isinstance(value, Mapping):
        return []
    if is_review(value):
        return [("", dict(value))]
    return [(name, found) for name, item in value.items() for _, found in _held(item, depth + 1)]


def _unwrapped(document: Mapping[str, Any], mendings: Mendings) -> dict[str, Any]:
    held = _held(document)
    if not held:
        raise InvalidAnswer(f"missing: {', '.join(REQUIRED)}")
    mendings["wrapper"] += 1
    reviews = [review for _, review in held]
    if all(review == reviews[0] for review in reviews):
        return reviews[0]
    named = [review for name, review in held if name.casefold() in _FINAL_NAMES]
    if len(named) != 1:
        raise InvalidAnswer("several reviews that differ were sent; send one")
    mendings["several"] += 1
    return named[0]


def _nested_text(text: str) -> dict[str, Any] | None:
    """The review in a text that is a JSON string itself."""
    bare = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    inner = _json(bare) if bare.startswith('"') else None
    held = _held(inner) if isinstance(inner, str) else []
    return held[0][1] if len(held) == 1 else None


def _json(text: str) -> object:
    if not text.lstrip().startswith(('"', "{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
