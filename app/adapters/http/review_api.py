"""The platform's review API over HTTP."""

from typing import Final

import httpx
import structlog
from pydantic import SecretStr

from app.adapters.http.errors import HttpEndpoint, error_for_exception, error_for_status
from app.adapters.http.post import post
from app.adapters.machine.clock import SystemClock
from app.backoff import Backoff
from app.core.ports import Clock
from schemas.codec import encode
from schemas.errors import Dependency, Reason, StartRefused, Unavailable
from schemas.review import Review

REVIEW_API: Final = HttpEndpoint(Dependency.REVIEW_API, Reason.API_REFUSED)

_log = structlog.get_logger(__name__)


class HttpReviewApi:
    """Port `ReviewApi`: POSTs the review's JSON, byte for byte as it stands in the `reviews` topic.

    2xx is acceptance, whatever the body, unless that is a web page: a login page or a captive portal in the API's place
    took no review. Other answers mean what `http_errors` says. A 409 is a conflict about the idempotency key:
    normally another attempt with the same key that is still being worked on, so it is tried again. It could also
    be an API that holds another body under the key, which cannot come from us, for the first stored review wins.
    Since the status does not tell the two apart, it is never taken for success nor refused at once: each one is
    logged as `review_api_conflict`, and where it lasts while other reviews go through, the intake makes
    it a dead letter `poison`. So it neither loops unseen nor ends in a guess.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        key: SecretStr | str | None,
        timeout_s: float,
        backoff: Backoff,
        *,
        clock: Clock | None = None,
    ) -> None:
        """`timeout_s` bounds one attempt; `key` is sent as bearer token, none where it is empty.

        Raises `StartRefused` for a key that no HTTP header can carry.
        """
        self._client = client
        self._url = url
        self._headers = {"Content-Type": "application/json", **bearer(key)}
        self._timeout_s = timeout_s
        self._backoff = backoff
        self._clock = clock or SystemClock()

    async def deliver(self, review: Review) -> None:
        """POST `review` under its id, and its revision, as `Idempotency-Key`; returns once it is accepted."""
        body = encode(review)
        headers = {**self._headers, "Idempotency-Key": delivery_key(review)}

        async def attempt() -> None:
            await self._attempt(review, body, headers)

        await self._backoff.retry(attempt)

    async def _attempt(self, review: Review, body: bytes, headers: dict[str, str]) -> None:
        try:
            answer = await post(self._client, self._url, body=body, headers=headers, timeout_s=self._timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            raise error_for_exception(exc, REVIEW_API, self._clock.now()) from exc
        if answer.accepted and answer.is_page:
            raise Unavailable(
                Dependency.REVIEW_API,
                f"HTTP {answer.status} with a web page: not the API but a login page or a gateway answers at the "
                "configured address; an operator has to correct it",
            )
        if answer.accepted:
            return
        if answer.status == 409:
            _log.warning("review_api_conflict", review_id=str(review.review_id))
        raise error_for_status(answer.status, answer.headers, REVIEW_API, self._clock.now())


def delivery_key(review: Review) -> str:
    """The `Idempotency-Key` of a review: its id, and the revision of what persons decided, for that is another body."""
    return str(review.review_id) if review.decision is None else f"{review.review_id}.r{review.decision.revision}"


class NoReviewApi:
    """The port's null object, for an installation without `EXTERNAL_API_URL`.

    Reviews still go to MongoDB, the `reviews` topic and the webhook; nothing waits for an API that is not there.
    """

    async def deliver(self, review: Review) -> None:
        """Accept `review` and do nothing."""


def bearer(key: SecretStr | str | None) -> dict[str, str]:
    """The `Authorization` header for `key`, empty where there is none."""
    secret = key.get_secret_value() if isinstance(key, SecretStr) else key or ""
    if not secret:
        return {}
    if not (secret.isascii() and secret.isprintable()):
        raise StartRefused(
            "the review API's key holds characters that no HTTP header can carry",
            "set EXTERNAL_API_KEY to the key alone, without line breaks or quotes of another alphabet",
        )
    return {"Authorization": f"Bearer {secret}"}
