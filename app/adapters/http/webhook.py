"""The notification webhook: signed, attempted a few times, never in the way of publication."""

import hmac
from hashlib import sha256
from typing import Final

import httpx
import orjson
import structlog
from pydantic import SecretStr

from app.adapters.http.errors import REFUSALS, HttpEndpoint, error_for_exception, error_for_status
from app.adapters.http.post import post
from app.adapters.http.review_api import delivery_key
from app.adapters.machine.clock import SystemClock
from app.backoff import Backoff
from app.core.limits import SkippingLimits
from app.core.ports import Clock
from app.core.signing import ReviewLinks
from app.core.skipping_circuit import SkippingCircuit
from schemas.errors import Dependency, Reason, Rejected, StartRefused, Unavailable
from schemas.review import Review

EVENT: Final = "review.published"
SIGNATURE_HEADER: Final = "X-Reviewstream-Signature"
EVENT_HEADER: Final = "X-Reviewstream-Event"

# The refusal's reason is only logged: a webhook never refuses an event. Nothing at the address will not be there
# a second later either, and no event waits for it.
_WEBHOOK: Final = HttpEndpoint(Dependency.WEBHOOK, Reason.API_REFUSED, refusals=REFUSALS | {404, 410})

_log = structlog.get_logger(__name__)


class _Skipped(Exception):
    """The webhook fails for everyone just now and was not called."""


class _GivenUp(Exception):
    """An attempt took all the time that there was; its only argument says how it ended."""


class SignedWebhook:
    """Port `Notifier`: tells one configured address about each published review.

    The body names the review and its scores and leaves the student's code out; its `link` opens the review's page.
    The receiver proves its origin by the header `X-Reviewstream-Signature: t=<unix seconds>,v1=<hex>`: an HMAC-SHA256
    under the shared secret over `<t>.<body>`, so that an old message cannot be sent again under a new time.
    `Idempotency-Key` is the review's id, and its revision once a person has decided something: whoever gets one twice
    may drop the second.

    A webhook that fails again and again is skipped: then one review at a time tries it, and the others go untold at
    once instead of each waiting for it in its student's lane.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        secret: SecretStr | str,
        timeout_s: float,
        backoff: Backoff,
        *,
        links: ReviewLinks | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`timeout_s` bounds one attempt; without `links` the body has none.

        Raises `StartRefused` for an empty secret: anybody could sign with it.
        """
        text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        if not text:
            raise StartRefused("the webhook has an address but no secret", "set WEBHOOK_SECRET, or unset WEBHOOK_URL")
        self._client = client
        self._url = url
        self._secret = text.encode("utf-8")
        self._timeout_s = timeout_s
        self._backoff = backoff
        self._links = links
        self._clock = clock or SystemClock()
        self._circuit = SkippingCircuit(SkippingLimits())

    async def notify(self, review: Review) -> bool:
        """Tell the webhook about `review`; False, and one line in the log, where it could not be told.

        No attempt follows one that took the whole time: whoever hangs is not asked again while a publication waits.
        """
        link = self._links.link_to(review.review_id, self._clock.now()) if self._links is not None else None
        body = message(review, link)
        started_s = self._clock.monotonic()

        async def attempt() -> None:
            if not self._circuit.admits(self._clock.monotonic()):
                raise _Skipped
            try:
                await self._attempt(review, body)
            except Unavailable as exc:
                now_s = self._clock.monotonic()
                self._circuit.failed(now_s, exc.retry_after_s)
                if now_s - started_s >= self._timeout_s:
                    raise _GivenUp(exc.detail) from exc
                raise
            except Rejected:
                self._told(self._circuit.answered())  # it lives, whatever it says of this one
                raise
            except BaseException:
                self._circuit.abandoned()
                raise
            self._told(self._circuit.answered())

        try:
            await self._backoff.retry(attempt)
        except _Skipped:
            _log.warning("webhook_skipped", review_id=str(review.review_id), failed_in_a_row=self._circuit.failures)
        except (Rejected, Unavailable, _GivenUp) as exc:
            detail = exc.args[0] if isinstance(exc, _GivenUp) else exc.detail
            _log.warning("webhook_failed", review_id=str(review.review_id), detail=detail)
        else:
            return True
        return False

    @staticmethod
    def _told(skipped: int | None) -> None:
        if skipped is not None:
            _log.info("webhook_back", skipped=skipped)

    async def _attempt(self, review: Review, body: bytes) -> None:
        # Signed anew each time: a receiver refuses signatures that are old, and waits lie between the attempts.
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": delivery_key(review),
            EVENT_HEADER: EVENT,
            SIGNATURE_HEADER: signature(self._secret, int(self._clock.now().timestamp()), body),
        }
        try:
            answer = await post(self._client, self._url, body=body, headers=headers, timeout_s=self._timeout_s)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as exc:
            raise error_for_exception(exc, _WEBHOOK, self._clock.now()) from exc
        if not answer.accepted:
            raise error_for_status(answer.status, answer.headers, _WEBHOOK, self._clock.now())


class NoWebhook:
    """The port's null object, for an installation without `WEBHOOK_URL`: nobody asked to be told, so all were."""

    async def notify(self, review: Review) -> bool:  # noqa: ARG002 - the port's signature
        """Do nothing and succeed."""
        return True


def message(review: Review, link: str | None = None) -> bytes:
    """The webhook's JSON body for `review`, with sorted keys: equal reviews and links give equal bytes."""
    supersedes = review.replay.supersedes if review.replay is not None else None
    fields = {
        "event": EVENT,
        "review_id": str(review.review_id),
        "student_id": review.student_id,
        "assignment_id": review.assignment_id,
        "submission_id": review.new_submission_id,
        "generation": review.generation,
        "supersedes": str(supersedes) if supersedes is not None else None,
        "overall_score": review.review_result.overall_score,
        "score_change": review.score_change,
        "link": link,
        "revision": review.decision.revision if review.decision is not None else 0,
        "timestamp": review.model_dump(mode="json", include={"timestamp"})["timestamp"],
    }
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def signature(secret: bytes, unix_s: int, body: bytes) -> str:
    """The signature header's value for `body`, signed at `unix_s`."""
    digest = hmac.new(secret, f"{unix_s}.".encode() + body, sha256).hexdigest()
    return f"t={unix_s},v1={digest}"
