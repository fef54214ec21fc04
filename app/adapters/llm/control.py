"""The tiny request that tells a prompt's fault from an operator's: no student's text in it, one token of answer.

An empty account, a wrong key or a model that is not loaded refuse it as they refuse everything. Where it is answered,
the prompt before it was at fault. And what the endpoint says to it may be repeated, for it can quote nobody.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import openai

from app.adapters.llm.key import KeySource
from app.adapters.logging.logs import Cleaner
from app.config import Settings
from app.core.limits import LogLineLimits

WORDS_CHARS_MAX: Final = 160
_LIMITS: Final[tuple[Mapping[str, int], ...]] = ({"max_tokens": 1}, {"max_completion_tokens": 1}, {})
"""The limit's name as every endpoint knows it; as those call it that refuse the first; none, for models that must
think before they answer, and refuse so small a limit."""


def control_requests(model: str) -> tuple[dict[str, Any], ...]:
    """The forms to try one after the other while the endpoint answers 400 or 422."""
    messages = [{"role": "user", "content": "Answer OK."}]
    return tuple({"model": model, "messages": messages, **limit} for limit in _LIMITS)


def cleaner(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """What makes an endpoint's words fit for a log: one line, cut, without our secrets."""
    return Cleaner(secrets, LogLineLimits(value_chars_max=WORDS_CHARS_MAX)).clean


def cleaner_for(settings: Settings, key: KeySource) -> Callable[[str], str]:
    """A cleaner that knows every secret of ours, a key that was read since among them."""

    def clean(words: str) -> str:
        return cleaner((*settings.secrets(), *([key.known] if key.known else [])))(words)

    return clean


def server_words(error: Exception, clean: Callable[[str], str]) -> str:
    """What the endpoint said, after a colon; nothing where it said nothing."""
    body: object = error.body if isinstance(error, openai.APIError) else getattr(error, "message", None)
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        body = inner.get("message") if isinstance(inner, Mapping) else inner
    elif isinstance(body, list) and body and isinstance(body[0], Mapping):
        inner = body[0].get("error")
        body = inner.get("message") if isinstance(inner, Mapping) else inner
    words = " ".join(body.split()) if isinstance(body, str) else ""
    return f": {clean(words)}" if words else ""
