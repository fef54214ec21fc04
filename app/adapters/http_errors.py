"""What an HTTP answer, or the lack of one, means for the event: refused for good, or to be tried again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from app.core.limits import DeliveryLimits
from schemas.errors import Dependency, Reason, Rejected, Unavailable

_TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Client errors that pass. 409 by the IETF's draft on `Idempotency-Key`: a request with this key is still being
worked on. A key that came back with another body is 422 there, a refusal like every other client error."""

_OPERATORS: Final = frozenset({401, 403, 405, 407})
"""Client errors about the address or the credentials that an operator configured, not about the event."""

_LIMITS: Final = DeliveryLimits()
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")  # RFC 9110 has whole ones; decimals are seen in the wild
_HEADER_CHARS_MAX: Final = 64  # a `Retry-After` that means anything is shorter


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """Whom a request went to: the dependency to wait for, and the reason under which it refuses events.

    `operators_statuses` are answers that blame the configuration. To refuse an event for them would
    dead-letter a whole course because a token expired, so they count as an outage that an operator ends.
    """

    dependency: Dependency
    refusal: Reason
    operators_statuses: frozenset[int] = field(default=_OPERATORS)
    retry_after_s_max: float = _LIMITS.retry_after_s_max


def error_for_status(
    status: int, headers: Mapping[str, str], endpoint: HttpEndpoint, now: datetime
) -> Rejected | Unavailable:
    """Translate an answer that is not 2xx. `headers` are looked up in lower case; `now` is aware.

    408, 409, 425, 429 and every 5xx are `Unavailable` with the server's `Retry-After`. 401, 403, 405, 407 and
    redirects, which are never followed, are `Unavailable` with a detail for the operator: address or credentials
    are wrong. Every other 4xx is `Rejected`. A status outside of HTTP's range is `Unavailable`.
    """
    if 200 <= status < 300:
        raise ValueError(f"HTTP {status} is no error")
    asked_s = retry_after_s(headers, now, endpoint.retry_after_s_max)
    said = f"HTTP {_named(status)}"
    if status in endpoint.operators_statuses:
        detail = f"{said}: the configured address or its credentials are not accepted; an operator has to correct them"
        return Unavailable(endpoint.dependency, detail)
    if 300 <= status < 400:
        detail = f"{said}: redirects are not followed; an operator has to configure the address that is meant"
        return Unavailable(endpoint.dependency, detail)
    if status == 409:
        detail = f"{said}: a request with this idempotency key is still being worked on, or holds another body"
        return Unavailable(endpoint.dependency, detail, retry_after_s=asked_s)
    if status in _TRY_AGAIN or not 400 <= status < 500:
        return Unavailable(endpoint.dependency, said, retry_after_s=asked_s)
    return Rejected(endpoint.refusal, said)


PROGRAMMERS_ERRORS: Final[tuple[type[Exception], ...]] = (httpx.StreamError, httpx.CookieConflict)
"""httpx's errors about its own misuse: left alone, so that the intake treats them as the bugs they are."""


def error_for_exception(
    error: httpx.HTTPError | httpx.InvalidURL | TimeoutError | OSError, endpoint: HttpEndpoint, now: datetime
) -> Rejected | Unavailable:
    """Translate a request without an answer: always `Unavailable`, for the event is not to blame.

    The detail names the error's class alone: messages may quote the address with what is secret in it.
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error_for_status(error.response.status_code, error.response.headers, endpoint, now)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        detail = f"{type(error).__name__}: the configured address is not usable; an operator has to correct it"
        return Unavailable(endpoint.dependency, detail)
    return Unavailable(endpoint.dependency, f"no answer: {type(error).__name__}")


def retry_after_s(
    headers: Mapping[str, str], now: datetime, longest_s: float = _LIMITS.retry_after_s_max
) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, section 10.2.3), or None where it is absent or unreadable.

    A date is judged by the answer's own `Date` where it has one, so that a server whose clock is wrong is still
    understood; otherwise by `now`. A time in the past is 0; more than `longest_s` counts as that.
    """
    text = headers.get("retry-after", "").strip()[:_HEADER_CHARS_MAX]
    if _SECONDS.fullmatch(text):
        return min(float(text), longest_s)
    until = _http_date(text)
    if until is None:
        return None
    asked_s = (until - (_http_date(headers.get("date", "")[:_HEADER_CHARS_MAX]) or now)).total_seconds()
    return min(max(asked_s, 0.0), longest_s)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # "-0000" and a missing zone parse as naive; HTTP dates are always UTC.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
