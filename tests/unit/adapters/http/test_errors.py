"""What an HTTP answer means for the event."""

from datetime import UTC, datetime

import httpx
import pytest

from app.adapters.http.errors import HttpEndpoint, error_for_exception, error_for_status, retry_after_s
from schemas.errors import Dependency, Reason, Rejected, Unavailable

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
API = HttpEndpoint(Dependency.REVIEW_API, Reason.API_REFUSED)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 501, 502, 503, 504, 520, 599])
def test_passing_statuses_are_unavailable(status: int) -> None:
    """Timeouts, conflicts, throttling and every server error are waited out, as long as the server asks."""
    error = error_for_status(status, {"retry-after": "7"}, API, NOW)
    assert isinstance(error, Unavailable)
    assert (error.dependency, error.retry_after_s) == (Dependency.REVIEW_API, 7.0)
    assert str(status) in error.detail


@pytest.mark.parametrize("status", [400, 413, 422])
def test_answers_that_blame_the_event_are_rejected(status: int) -> None:
    """What cannot be read, is too large or is not valid refuses the event under the endpoint's reason."""
    error = error_for_status(status, {}, API, NOW)
    assert isinstance(error, Rejected)
    assert error.reason is Reason.API_REFUSED
    assert str(status) in error.detail


@pytest.mark.parametrize("status", sorted({*range(400, 500), 511} - {400, 413, 422, 408, 409, 425, 429}))
def test_every_other_client_error_is_an_operators_outage(status: int) -> None:
    """Address, credentials, account, method and headers are the same for each event: none of them is refused."""
    error = error_for_status(status, {"retry-after": "7"}, API, NOW)
    assert isinstance(error, Unavailable)
    assert "operator" in error.detail
    assert error.retry_after_s == 7.0


@pytest.mark.parametrize("status", [404, 410])
def test_redeployed_address_is_waited_for(status: int) -> None:
    """Nothing at the address is what a platform answers while it is deployed anew, and the detail says so."""
    error = error_for_status(status, {}, API, NOW)
    assert isinstance(error, Unavailable)
    assert "redeployed" in error.detail


def test_endpoint_decides_which_answers_are_final() -> None:
    """Where the address is none of the operator's, as at a host that a submission names, 403 is a refusal."""
    host = HttpEndpoint(Dependency.SUBMISSION_HOST, Reason.ARCHIVE_FORBIDDEN, refusals=frozenset({403}))
    error = error_for_status(403, {}, host, NOW)
    assert isinstance(error, Rejected)
    assert error.reason is Reason.ARCHIVE_FORBIDDEN


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirects_are_an_operators_outage(status: int) -> None:
    """A redirect is not followed: the configured address is wrong."""
    error = error_for_status(status, {"location": "https://elsewhere.example/?key=secret"}, API, NOW)
    assert isinstance(error, Unavailable)
    assert "redirects are not followed" in error.detail
    assert "secret" not in error.detail


@pytest.mark.parametrize("status", [0, 100, 199, 600, 999])
def test_statuses_outside_of_http_are_unavailable(status: int) -> None:
    """An answer that is no HTTP blames whatever stands in between, never the event."""
    assert isinstance(error_for_status(status, {}, API, NOW), Unavailable)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_success_is_no_error(status: int) -> None:
    """Asking for the error of a success is a programmer's error."""
    with pytest.raises(ValueError, match="is no error"):
        error_for_status(status, {}, API, NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("Monday, 02-Mar-26 12:00:30 GMT", 30.0),
        ("Mon Mar  2 12:00:30 2026", 30.0),
        ("86400", 3600.0),
        ("9" * 5_000, 3600.0),
        ("Mon, 02 Mar 2099 12:00:00 GMT", 3600.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("1e9", None),
        ("٣", None),
        ("Mon, 02 Mar 99999 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: float | None) -> None:
    """Seconds and dates are understood, nonsense is ignored, and nobody is believed for longer than an hour."""
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_absent_retry_after_is_none() -> None:
    """Without the header nothing was asked for."""
    assert retry_after_s({}, NOW) is None


def test_date_is_judged_by_the_servers_own_clock() -> None:
    """A server whose clock is a day behind is understood by its `Date` header."""
    headers = {"retry-after": "Sun, 01 Mar 2026 12:00:30 GMT", "date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    assert retry_after_s(headers, NOW) == 30.0


def test_headers_of_httpx_are_understood_in_any_case() -> None:
    """The headers of httpx serve as they are."""
    assert retry_after_s(httpx.Headers({"Retry-After": "3"}), NOW) == 3.0


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("https://key@host"), httpx.ReadTimeout("https://key@host"), TimeoutError(), OSError("key")],
    ids=lambda e: type(e).__name__,
)
def test_silence_is_unavailable_and_quotes_nothing(error: Exception) -> None:
    """A request without an answer names the error's class and not its message, which may hold the key."""
    ours = error_for_exception(error, API, NOW)  # type: ignore[arg-type]
    assert isinstance(ours, Unavailable)
    assert type(error).__name__ in ours.detail
    assert "key" not in ours.detail


@pytest.mark.parametrize(
    "error", [httpx.InvalidURL("x"), httpx.UnsupportedProtocol("x")], ids=lambda e: type(e).__name__
)
def test_unusable_address_is_an_operators_outage(error: Exception) -> None:
    """An address that cannot be used tells the operator."""
    ours = error_for_exception(error, API, NOW)  # type: ignore[arg-type]
    assert isinstance(ours, Unavailable)
    assert "operator" in ours.detail


def test_status_error_is_translated_by_its_status() -> None:
    """Where `raise_for_status` was used, the status decides all the same."""
    response = httpx.Response(422, request=httpx.Request("POST", "http://api.example"))
    error = httpx.HTTPStatusError("x", request=response.request, response=response)
    assert isinstance(error_for_exception(error, API, NOW), Rejected)
