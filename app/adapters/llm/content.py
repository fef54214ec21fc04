"""A message's content, in the forms that endpoints send it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class UnreadableAnswer(Exception):
    """Status 200 and no completion; the message says what it looks like, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, its thoughts taken apart from its text."""

    text: str = ""
    reasoning: str = ""
    refusal: bool = False


def read_content(content: object) -> Content:
    """A message's content: a text, a list of parts, or the answer's object itself."""
    if content is None or isinstance(content, str):
        return Content(content or "")
    if isinstance(content, Mapping):
        kind = content.get("type")
        content = [content] if isinstance(kind, str) and "text" in content else json.dumps(content, ensure_ascii=False)
        if isinstance(content, str):
            return Content(content)
    if not isinstance(content, list):
        raise UnreadableAnswer("content that is neither a text nor a list of parts")
    texts: list[str] = []
    thoughts: list[str] = []
    refusal = False
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping):
            kind = str(part.get("type", "text"))
            if kind == "refusal":
                refusal = True
            elif "think" in kind or "reason" in kind:
                thoughts.append(_part_text(part))
            else:
                texts.append(_part_text(part))
    return Content("".join(texts), "".join(thoughts), refusal)


def _part_text(part: Mapping[str, Any]) -> str:
    for name in ("text", "content", "value", "thinking"):
        value = part.get(name)
        if isinstance(value, Mapping):
            value = value.get("value")
        if isinstance(value, list):
            value = "".join(text_of(item.get("text")) if isinstance(item, Mapping) else text_of(item) for item in value)
        if isinstance(value, str):
            return value
    return ""


def json_of(text: str) -> Any:
    """What the text is as JSON, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def text_of(value: object) -> str:
    """The value where it is a text, else nothing."""
    return value if isinstance(value, str) else ""
