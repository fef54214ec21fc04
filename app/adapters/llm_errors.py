"""What the OpenAI SDK raises -> `Unavailable` or `Rejected`, by exception type, status and code, never by message."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import openai

from app.adapters.http_errors import retry_after_s
from schemas.errors import Dependency, Reason, Rejected, Unavailable

_QUOTA_CODES: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_OPERATORS_CODES: Final = frozenset({"invalid_api_key", "model_not_found", "account_deactivated"})
"""Codes about the configuration that some endpoints send with 400."""

_TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
_CONTENT: Final = frozenset({400, 413, 422, 451})

NOT_FROM_COMPLETIONS: Final[tuple[type[Exception], ...]] = (
    openai.InvalidWebhookSignatureError,
    openai.WebSocketConnectionClosedError,
    openai.WebSocketQueueFullError,
)
"""The SDK's errors about webhooks and realtime connections, which are not used here."""

TRANSLATED: Final[tuple[type[Exception], ...]] = (openai.OpenAIError, json.JSONDecodeError, UnicodeDecodeError)
"""What a completion may raise. A 200 whose body is no JSON leaves the SDK as a plain decoding error."""


def translate(error: Exception, now: datetime | None = None) -> Unavailable | Rejected:
    """The error in our terms; `error` is one of `TRANSLATED`. Details name type, status and code, nothing quoted."""
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return Rejected(Reason.MODEL_REFUSED, "the endpoint's content filter refused the submission")
    if isinstance(error, openai.LengthFinishReasonError):
        return Rejected(Reason.MODEL_INVALID, "the answer reached its token limit")
    if isinstance(error, openai.APIStatusError):
        return _translate_status(error, now or datetime.now(UTC))
    if isinstance(error, openai.APITimeoutError):
        return Unavailable(Dependency.LLM, "no answer in time")
    if isinstance(error, openai.APIConnectionError):
        cause = f" ({type(error.__cause__).__name__})" if error.__cause__ else ""
        return Unavailable(Dependency.LLM, f"no connection{cause}")
    # The rest is an endpoint that speaks another protocol, or credentials that cannot be had: operators' matters.
    return Unavailable(Dependency.LLM, f"no usable answer: {type(error).__name__}")


def _translate_status(error: openai.APIStatusError, now: datetime) -> Unavailable | Rejected:
    status = error.status_code
    said = f"HTTP {status}" + (f" {_safe(error.code)}" if error.code else "")
    if status == 402 or error.code in _QUOTA_CODES or error.type in _QUOTA_CODES:
        return Unavailable(
            Dependency.LLM, f"{said}: the quota is used up", retry_after_s=_asked(error, now), quota_exhausted=True
        )
    if status in _TRY_AGAIN or status >= 500:
        return Unavailable(Dependency.LLM, said, retry_after_s=_asked(error, now))
    if status in _CONTENT and error.code not in _OPERATORS_CODES:
        return Rejected(Reason.MODEL_REFUSED, f"{said}: the endpoint refuses this request")
    # 401, 403, 404 and their like blame the key, the model's name or the address. No event is at fault: to
    # dead-letter a whole course because a key expired would be wrong, so they are an outage that an operator ends.
    # An endpoint that answers 403 to one submission's content fails for it alone; the intake finds that poison.
    return Unavailable(Dependency.LLM, f"{said}: key, model or address are not accepted; an operator has to act")


def _asked(error: openai.APIStatusError, now: datetime) -> float | None:
    headers: Mapping[str, str] = error.response.headers
    asked_s = retry_after_s(headers, now)
    if asked_s is not None:
        return asked_s
    return retry_after_s({"retry-after": _seconds(headers.get("retry-after-ms", ""))}, now)


def _seconds(milliseconds: str) -> str:
    """OpenAI's `retry-after-ms` as seconds; an empty text where it is no number."""
    digits = milliseconds.strip()[:12]
    return f"{int(digits) / 1000:.3f}" if digits.isascii() and digits.isdigit() else ""


def _safe(code: str) -> str:
    """An error code is an identifier; whatever else stands in its place is not repeated."""
    return code if code.isascii() and code.replace("_", "").replace("-", "").isalnum() and len(code) < 65 else "?"
