"""Port `ReviewApi` in memory."""

from app.adapters.http.review_api import delivery_key
from schemas.codec import decode, encode
from schemas.errors import Dependency, Rejected, Unavailable
from schemas.review import Review


class RecordedReviewApi:
    """Keeps the first body of each key, as the platform does, and blows up where a key comes with another one.

    `fail_next` queues errors for the next calls; set `away` for an outage that lasts.
    """

    def __init__(self) -> None:
        self.away = False
        self.calls: list[Review] = []
        self._bodies: dict[str, bytes] = {}
        self._failures: list[Rejected | Unavailable] = []

    @property
    def accepted(self) -> dict[str, Review]:
        """The accepted reviews by their keys, in the order of arrival, each once."""
        return {key: decode(Review, body) for key, body in self._bodies.items()}

    def fail_next(self, *errors: Rejected | Unavailable) -> None:
        """Raise `errors`, one for each of the next calls."""
        self._failures.extend(errors)

    async def deliver(self, review: Review) -> None:
        """Accept `review`."""
        self.calls.append(review)
        if self.away:
            raise Unavailable(Dependency.REVIEW_API, "away")
        if self._failures:
            raise self._failures.pop(0)
        body = encode(review)
        assert self._bodies.setdefault(delivery_key(review), body) == body, "one key never has two bodies"
