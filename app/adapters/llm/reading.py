"""The bytes of an answer with status 200 -> a completion, or what it is instead.

Endpoints that call themselves compatible answer in many forms: content as a list of parts, as the arguments of a tool
call or among the thoughts, event streams that nobody asked for, comments before the JSON that keep a connection
alive, errors in the clothes of a success. What can be read is read; the rest gets a name.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PureWindowsPath
from typing import Any, Final, Literal

from app.adapters.llm.content import Content, UnreadableAnswer, json_of, read_content, text_of
from app.adapters.llm.events import read_events
from app.core.costs import TokenCounts
from app.core.reviewing.answer.single_values import cleaned
from app.core.reviewing.answer.text import AnswerParts

__all__ = ["Completion", "ErrorInSuccess", "UnreadableAnswer", "read_completion"]

Ending = Literal["whole", "cut", "refused", "failed"]

_WRAPPERS: Final = ("data", "result", "response", "completion")
_COUNT_MAX: Final = 10**9
_NAME_CHARS_MAX: Final = 200
_PATH_CHARS_MAX: Final = 4_096
_WHOLE: Final = frozenset(
    {"", "stop", "stopsequence", "endturn", "eos", "eostoken", "endofturn", "toolcalls", "tooluse", "functioncall"}
    | {"finish", "finished", "complete", "completed", "done", "normal"}
)
_CUT: Final = ("length", "maxtoken", "tokenlimit", "maxoutputtoken", "maxcompletiontoken", "contextwindow")
_REFUSED: Final = (
    "filter", "safety", "blacklist", "blocklist", "prohibited", "sensitive", "recitation", "spii", "moderat",
    "guardrail", "violat", "refus", "censor", "risk", "harm", "policy", "inspection", "unsafe", "flagged", "blocked",
)  # fmt: skip


@dataclass(eq=False)
class ErrorInSuccess(Exception):
    """Status 200 and an error in the body; `status` is what the body says, 0 where it says none."""

    status: int
    code: str = ""
    param: str | None = None
    message: str = ""
    retry_after_s: float | None = None
    moderated: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """A completion as far as it could be read, and the `body` that it was read from.

    Counts are 0 where the endpoint tells none that can be; those of the prompt hold the cached ones.
    """

    parts: AnswerParts
    finish_reason: str = ""
    refusal: bool = False
    model: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int = 0
    body: bytes = field(default=b"", repr=False, compare=False)

    @property
    def tokens(self) -> TokenCounts:
        """The counts, as prices want them."""
        return TokenCounts(self.prompt_tokens, self.completion_tokens, self.cached_prompt_tokens)

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing at all."""
        return not (self.parts.text.strip() or self.parts.reasoning.strip() or any(self.parts.arguments))

    @property
    def ending(self) -> Ending:
        """How it ended, by the reason's name; reasons that nobody knows are failures."""
        name = "".join(c for c in self.finish_reason.casefold() if c.isalnum())
        if name in _WHOLE:
            return "whole"
        if any(part in name for part in _REFUSED):
            return "refused"
        return "cut" if any(part in name for part in _CUT) else "failed"


def read_completion(body: bytes) -> Completion:
    """The completion in `body`. `UnreadableAnswer` or `ErrorInSuccess` where there is none."""
    try:
        return _read(body)
    except (ValueError, ArithmeticError, RecursionError) as exc:
        # A body may hold anything: what nobody thought of is the endpoint's fault and no bug of ours.
        raise UnreadableAnswer(f"a body that cannot be read ({type(exc).__name__})") from exc


def _read(body: bytes) -> Completion:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UnreadableAnswer("text that is not UTF-8") from exc
    document = _document(text)
    choice = _choice(document)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        message = choice.get("delta")
    if not isinstance(message, Mapping):
        if not isinstance(choice.get("text"), str):
            raise UnreadableAnswer("a choice without a message")
        message = {"content": choice["text"]}
    return replace(_completion(document, choice, message), body=body)


def _document(text: str) -> Mapping[str, Any]:
    """The one object that the body is, or that its events add up to."""
    lines = text.split("\n")
    begin = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith(":")), None)
    if begin is None:
        raise UnreadableAnswer("an empty body")
    bare = "\n".join(lines[begin:])
    document = json_of(bare)
    if document is None:
        document = read_events(lines[begin:])
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, Mapping):
        raise UnreadableAnswer(_likeness(bare))
    for name in _WRAPPERS:
        inner = document.get(name)
        if "choices" not in document and isinstance(inner, Mapping) and "choices" in inner:
            document = inner
    return document


def _choice(document: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = document.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    error = document.get("error")
    if not error and isinstance(choice, Mapping):
        error = choice.get("error")
    if error:
        raise _error(error, document)
    if not isinstance(choice, Mapping):
        if status := _status(document):
            raise _error(document, document, status)
        raise UnreadableAnswer("JSON without a choice")
    return choice


def _completion(document: Mapping[str, Any], choice: Mapping[str, Any], message: Mapping[str, Any]) -> Completion:
    content = read_content(message.get("content"))
    thoughts = [text_of(message.get(name)) for name in ("reasoning_content", "reasoning", "thinking")]
    if not content.text and isinstance(message.get("parsed"), Mapping):
        content = Content(text=json.dumps(message["parsed"], ensure_ascii=False))
    usage = document.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    reason = choice.get("finish_reason") or choice.get("stop_reason")
    return Completion(
        parts=AnswerParts(
            text=content.text,
            arguments=tuple(_arguments(message)),
            reasoning=next((thought for thought in thoughts if thought), content.reasoning),
        ),
        finish_reason=reason[:_NAME_CHARS_MAX] if isinstance(reason, str) else "",
        refusal=content.refusal or bool(text_of(message.get("refusal"))),
        model=_model_name(document.get("model")),
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_prompt_tokens=_cached(usage),
    )


def _model_name(value: object) -> str | None:
    """The model as the endpoint names it; of a file's path on its machine the name alone, for students read it."""
    name = cleaned(text_of(value)[:_PATH_CHARS_MAX])
    path = PureWindowsPath(name)  # it takes both kinds of slashes
    if path.is_absolute() or name.startswith("/"):
        name = path.name
    return name[:_NAME_CHARS_MAX] or None


def _cached(usage: Mapping[str, Any]) -> int:
    """Tokens of the prompt that the endpoint had read before, as OpenAI tells them, or else as DeepSeek does."""
    details = usage.get("prompt_tokens_details")
    told = details.get("cached_tokens") if isinstance(details, Mapping) else usage.get("prompt_cache_hit_tokens")
    return min(_count(told), _count(usage.get("prompt_tokens")))


def _arguments(message: Mapping[str, Any]) -> Iterator[str]:
    """The arguments of calls of tools, the old single one among them."""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, Mapping)] if isinstance(calls, list) else []
    for function in (*functions, message.get("function_call")):
        arguments = function.get("arguments") if isinstance(function, Mapping) else None
        if isinstance(arguments, Mapping):
            yield json.dumps(arguments, ensure_ascii=False)
        elif isinstance(arguments, str) and arguments.strip():
            yield arguments


def _error(error: object, document: Mapping[str, Any], status: int = 0) -> ErrorInSuccess:
    if not isinstance(error, Mapping):
        return ErrorInSuccess(_status(document), message=text_of(error))
    metadata = error.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    code = next((error[name] for name in ("code", "type", "status") if isinstance(error.get(name), str)), "")
    asked = next(
        (m.get("retry_after") for m in (error, metadata) if isinstance(m.get("retry_after"), int | float)), None
    )
    return ErrorInSuccess(
        status or _status(error) or _status(document),
        code="" if code.isdigit() else code,
        param=error.get("param") if isinstance(error.get("param"), str) else None,
        message=text_of(error.get("message")),
        retry_after_s=float(asked) if asked is not None and 0 <= asked < _COUNT_MAX else None,
        moderated=bool(metadata.get("reasons") or metadata.get("flagged_input")),
    )


def _status(error: Mapping[str, Any]) -> int:
    """An HTTP status among the fields of an error, 0 where there is none."""
    for name in ("code", "status", "status_code", "statusCode", "error_code"):
        value = error.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
    return 0


def _likeness(text: str) -> str:
    head = text.lstrip()[:200].casefold()
    if head.startswith("<"):
        return "a page of HTML or XML"
    if head.startswith(("data:", "event:")):
        return "an event stream without a completion"
    return "JSON of another form" if head.startswith(("{", "[", '"', "null")) else "text that is no JSON"


def _count(value: object) -> int:
    """Tokens that an endpoint tells: whole, not negative, within reason."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and math.isnan(value):  # a whole number may be larger than any float
        return 0
    return int(min(max(value, 0), _COUNT_MAX))
