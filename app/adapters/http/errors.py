"""What an HTTP answer, or the lack of one, means for the event: refused for good, or to be tried again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpx

from app.adapters.http.no_answer import why_no_answer
from app.core.limits import DeliveryLimits
from schemas.errors import Dependency, Reason, Rejected, Unavailable

TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Client errors that pass. 409 by the IETF's draft on `Idempotency-Key`: a request with this key is still being
worked on. A key that came back with another body is 422 there, a refusal."""

REFUSALS: Final = frozenset({400, 413, 422})
"""The answers that blame what was sent: it cannot be read, is too large, is not valid. Every other client error
speaks of the address, the credentials, the account, the method or the headers, which are the same for each event: to
refuse events for it would dead-letter a whole course because a token expired or the platform was redeployed."""

NOTHING_THERE: Final = frozenset({404, 410})
_LOGIN: Final = frozenset({401, 403, 407, 511})

_LIMITS: Final = DeliveryLimits()
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")  # RFC 9110 has whole ones; decimals are seen in the wild
_HEADER_CHARS_MAX: Final = 64  # a `Retry-After` that means anything is shorter


@dataclass(frozen=True, slots=True)
class HttpEndpoint:
    """Whom a request went to: the dependency to wait for, and the reason under which it refuses events.

    `refusals` are the answers that are final. Where only one event gets another one, again and again, the intake
    finds out that it alone fails and makes it a dead letter `poison`.
    """

    dependency: Dependency
    refusal: Reason
    refusals: frozenset[int] = field(default=REFUSALS)


def error_for_status(
    status: int, headers: Mapping[str, str], endpoint: HttpEndpoint, now: datetime
) -> Rejected | Unavailable:
    """Translate an answer that is not 2xx. `headers` are looked up in lower case; `now` is aware.

    Only the endpoint's `refusals` are `Rejected`. Everything else is `Unavailable` with the server's `Retry-After`:
    what passes by itself, and what an operator has to correct, which the detail then says. Redirects are of the
    second kind, for they are never followed. A status outside of HTTP's range is `Unavailable`.
    """
    if 200 <= status < 300:
        raise ValueError(f"HTTP {status} is no error")
    said = f"HTTP {_named(status)}"
    if status in endpoint.refusals:
        cure = ": raise the limit of the server, or of the proxy before it" if status == 413 else ""
        return Rejected(endpoint.refusal, said + cure)
    why = _why(status)
    detail = f"{said}: {why}" if why else said
    asked_s = retry_after_s(headers, now)
    return Unavailable(endpoint.dependency, detail, retry_after_s=asked_s)


def _why(status: int) -> str | None:
    """What an answer that holds an event back means, for whoever reads the log; None where its name says it."""
    if status in _LOGIN:
        return "the configured address or its credentials are not accepted; an operator has to correct them"
    if status in NOTHING_THERE:
        return "nothing is at the configured address: it is being redeployed, or an operator has to correct it"
    if 300 <= status < 400:
        return "redirects are not followed; an operator has to configure the address that is meant"
    if status == 409:
        return "a request with this idempotency key is still being worked on, or holds another body"
    if 400 <= status < 500 and status not in TRY_AGAIN:
        return "no event is to blame for this; an operator has to look at the address and the server"
    return None


PROGRAMMERS_ERRORS: Final[tuple[type[Exception], ...]] = (httpx.StreamError, httpx.CookieConflict)
"""httpx's errors about its own misuse: left alone, so that the intake treats them as the bugs they are."""


def error_for_exception(
    error: httpx.HTTPError | httpx.InvalidURL | TimeoutError | OSError, endpoint: HttpEndpoint, now: datetime
) -> Rejected | Unavailable:
    """Translate a request without an answer: always `Unavailable`, for the event is not to blame.

    The detail is never the error's message, which may quote the address with what is secret in it.
    """
    if isinstance(error, httpx.HTTPStatusError):
        return error_for_status(error.response.status_code, error.response.headers, endpoint, now)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        detail = f"{type(error).__name__}: the configured address is not usable; an operator has to correct it"
        return Unavailable(endpoint.dependency, detail)
    return Unavailable(endpoint.dependency, no_answer(error))


def no_answer(error: BaseException) -> str:
    """Why httpx has no answer: what is wrong with TLS, that it was the proxy, or the error's class."""
    return why_no_answer(error, httpx.ProxyError).said


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for (RFC 9110, section 10.2.3), or None where it is absent or unreadable.

    A date is judged by the answer's own `Date` where it has one, so that a server whose clock is wrong is still
    understood; otherwise by `now`. A time in the past is 0; more than `retry_after_s_max` counts as that.
    """
    text = headers.get("retry-after", "").strip()[:_HEADER_CHARS_MAX]
    if _SECONDS.fullmatch(text):
        return min(float(text), _LIMITS.retry_after_s_max)
    until = _http_date(text)
    if until is None:
        return None
    asked_s = (until - (_http_date(headers.get("date", "")[:_HEADER_CHARS_MAX]) or now)).total_seconds()
    return min(max(asked_s, 0.0), _LIMITS.retry_after_s_max)


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
