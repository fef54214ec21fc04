"""What goes wrong between us and the model's endpoint -> our terms, by type, status and code, never by message.

A 4xx about a request may be about the account, the key's region, the model's name or the prompt: no status tells.
So it leaves as `RequestRefused`, and whoever asked finds out with a tiny request of their own.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import httpx2
import openai

from app.adapters.http.errors import TRY_AGAIN, retry_after_s
from app.adapters.http.no_answer import NoAnswer, why_no_answer
from app.adapters.llm.reading import ErrorInSuccess
from schemas.errors import Dependency, Reason, Rejected, Unavailable

_QUOTA_CODES: Final = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_error", "billing_not_active", "arrearage"}
    | {"insufficient_balance", "insufficient_credits", "insufficient_funds", "quota_exceeded", "payment_required"}
)
_OPERATORS_CODES: Final = frozenset({"invalid_api_key", "model_not_found", "account_deactivated"})
"""Codes about the configuration that some endpoints send with 400."""
_CONTENT_CODES: Final = ("content_filter", "content_policy", "datainspection", "data_inspection", "responsibleai")
"""Parts of codes by which an endpoint says that it will not read this text."""
_LENGTH_CODES: Final = frozenset(
    {"context_length_exceeded", "string_above_max_length", "request_too_large", "exceed_context_size_error"}
)

_SUSPECT: Final = frozenset({400, 413, 422, 451})
_FORMAT: Final = frozenset({400, 422})

NOT_FROM_COMPLETIONS: Final[tuple[type[Exception], ...]] = (
    openai.InvalidWebhookSignatureError,
    openai.WebSocketConnectionClosedError,
    openai.WebSocketQueueFullError,
)
"""The SDK's errors about webhooks and realtime connections, which are not used here."""

TRANSLATED: Final[tuple[type[Exception], ...]] = (
    openai.OpenAIError,
    httpx2.HTTPError,
    json.JSONDecodeError,
    UnicodeDecodeError,
    ErrorInSuccess,
)
"""What a completion may raise: the SDK's errors, and what breaks while a body is read."""


class RequestRefused(Exception):
    """The endpoint refuses this request; whether the prompt or an operator is to blame, its status does not tell.

    `param` is the field that it named. `may_be_form`: a weaker dialect may be taken where this one is refused.
    """

    def __init__(self, said: str, *, param: str | None = None, may_be_form: bool = False) -> None:
        super().__init__(said)
        self.said = said
        self.param = param
        self.may_be_form = may_be_form


def translate(error: Exception, now: datetime | None = None) -> Unavailable | Rejected | RequestRefused:
    """The error in our terms; `error` is one of `TRANSLATED`. Details name type, status and code, nothing quoted."""
    if isinstance(error, ErrorInSuccess):
        return _translate_error_in_success(error)
    if isinstance(error, openai.APIStatusError):
        asked_s = _asked(error, now or datetime.now(UTC))
        codes = (error.code, error.type, _inner_code(error.body))
        return _translate_status(error.status_code, codes, error.param, asked_s)
    for kind, verdict in _BY_TYPE:
        if isinstance(error, kind):
            return verdict()
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
        direct = error.__cause__ if isinstance(error, openai.APIConnectionError) else None
        return Unavailable(Dependency.LLM, no_connection(direct if isinstance(direct, Exception) else error).said)
    # The rest is an endpoint that speaks another protocol, or credentials that cannot be had: operators' matters.
    return Unavailable(Dependency.LLM, f"no usable answer: {type(error).__name__}")


_BY_TYPE: Final[tuple[tuple[tuple[type[Exception], ...], Callable[[], Unavailable | Rejected]], ...]] = (
    (
        (openai.ContentFilterFinishReasonError,),
        lambda: Rejected(Reason.MODEL_REFUSED, "the endpoint's content filter refused the submission"),
    ),
    (
        (openai.LengthFinishReasonError,),
        lambda: Rejected(Reason.MODEL_INVALID, "the answer reached its token limit"),
    ),
    (
        (openai.APITimeoutError, httpx2.TimeoutException),
        lambda: Unavailable(Dependency.LLM, "no answer in time"),
    ),
)


def no_connection(error: Exception) -> NoAnswer:
    """Why the SDK has no answer."""
    return why_no_answer(error, httpx2.ProxyError)


def _translate_error_in_success(error: ErrorInSuccess) -> Unavailable | Rejected | RequestRefused:
    if error.moderated:
        return Rejected(
            Reason.MODEL_REFUSED, "HTTP 200 with an error: the endpoint's moderation refused the submission"
        )
    verdict = _translate_status(error.status or 500, (error.code,), error.param, error.retry_after_s)
    if isinstance(verdict, RequestRefused):
        verdict.said = f"HTTP 200 with an error: {verdict.said}"
    elif isinstance(verdict, Unavailable):
        said = verdict.detail if error.status else f"one without a status{f', {_safe(error.code)}' * bool(error.code)}"
        return Unavailable(
            Dependency.LLM,
            f"HTTP 200 with an error: {said}",
            retry_after_s=verdict.retry_after_s,
            quota_exhausted=verdict.quota_exhausted,
        )
    return verdict


def _translate_status(
    status: int, codes: tuple[object, ...], param: object, asked_s: float | None
) -> Unavailable | Rejected | RequestRefused:
    named = [code for code in codes if isinstance(code, str) and code]
    known = {code.casefold() for code in named}
    said = f"HTTP {status}" + (f" {_safe(named[0])}" if named else "")
    if status == 402 or known & _QUOTA_CODES:
        return Unavailable(Dependency.LLM, f"{said}: the quota is used up", retry_after_s=asked_s, quota_exhausted=True)
    if status in TRY_AGAIN or status >= 500:
        return Unavailable(Dependency.LLM, said, retry_after_s=asked_s)
    if status in _SUSPECT and not known & _OPERATORS_CODES:
        if any(part in code for code in known for part in _CONTENT_CODES):
            return Rejected(Reason.MODEL_REFUSED, f"{said}: the endpoint's content filter refused the submission")
        field = param if isinstance(param, str) and param else None
        form = status in _FORMAT and not known & _LENGTH_CODES
        form = form and (field is None or field.startswith(("response_format", "max_")))
        return RequestRefused(said, param=field if form else None, may_be_form=form)
    if 300 <= status < 400:
        detail = f"{said}: redirects are not followed; an operator has to set LLM_BASE_URL to the address that is meant"
        return Unavailable(Dependency.LLM, detail)
    # 401, 403, 404 and other client errors blame the configuration, which every event meets alike; to
    # dead-letter a whole course because a key expired would be wrong, so they are an outage that an operator ends.
    # An endpoint that answers 403 to one submission's content fails for it alone; the intake finds that poison.
    return Unavailable(Dependency.LLM, f"{said}: key, model or address are not accepted; an operator has to act")


def _inner_code(body: object) -> object:
    """The finer code that Azure puts within its error."""
    inner = body.get("innererror") if isinstance(body, Mapping) else None
    return inner.get("code") if isinstance(inner, Mapping) else None


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
