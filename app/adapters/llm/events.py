"""An event stream that nobody asked for -> the one completion that it adds up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.adapters.llm.content import UnreadableAnswer, json_of, read_content, text_of


@dataclass(slots=True)
class _Stream:
    """Events as they add up to a completion."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    arguments: dict[int, str] = field(default_factory=dict)
    refusal: str = ""
    finish_reason: str | None = None
    last: dict[str, Any] = field(default_factory=dict)
    whole: Mapping[str, Any] | None = None
    """A choice that came with its message whole."""

    def add(self, event: Mapping[str, Any]) -> None:
        self.last |= {name: event[name] for name in ("model", "usage", "error") if event.get(name)}
        choices = event.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, Mapping):
            return
        if isinstance(choice.get("finish_reason"), str):
            self.finish_reason = choice["finish_reason"]
        if isinstance(choice.get("message"), Mapping):
            self.whole = choice["message"]
        delta = choice.get("delta")
        if isinstance(delta, Mapping):
            self._add_delta(delta)

    def _add_delta(self, delta: Mapping[str, Any]) -> None:
        content = read_content(delta.get("content"))
        self.content.append(content.text)
        self.reasoning.append(text_of(delta.get("reasoning_content")) or text_of(delta.get("reasoning")))
        self.refusal += text_of(delta.get("refusal"))
        calls = delta.get("tool_calls")
        for place, call in enumerate(calls if isinstance(calls, list) else ()):
            function = call.get("function") if isinstance(call, Mapping) else None
            if isinstance(function, Mapping):
                index = call.get("index") if isinstance(call.get("index"), int) else place
                self.arguments[index] = self.arguments.get(index, "") + text_of(function.get("arguments"))

    def document(self) -> dict[str, Any]:
        calls = [{"function": {"arguments": text}} for _, text in sorted(self.arguments.items())]
        message = self.whole or {
            "content": "".join(self.content),
            "reasoning_content": "".join(self.reasoning),
            "refusal": self.refusal,
            "tool_calls": calls,
        }
        return {**self.last, "choices": [{"message": message, "finish_reason": self.finish_reason}]}


def read_events(lines: Iterable[str]) -> Mapping[str, Any] | None:
    """A stream of events, or of JSON lines, as the one completion that it is; None where it is neither."""
    stream = _Stream()
    ended = seen = False
    for line in lines:
        bare = line.strip()
        if not bare or bare.startswith((":", "event:", "id:", "retry:")):
            continue
        data = bare.removeprefix("data:").strip()
        if data == "[DONE]":
            ended = True
            continue
        event = json_of(data)
        if not isinstance(event, Mapping):
            if not seen:
                return None
            raise UnreadableAnswer("an event stream that breaks off")
        seen = True
        stream.add(event)
    if not seen:
        return None
    if not ended and stream.finish_reason is None and "error" not in stream.last and stream.whole is None:
        raise UnreadableAnswer("an event stream that breaks off")
    return stream.document()
