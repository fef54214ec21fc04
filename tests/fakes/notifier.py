"""Port `Notifier` in memory."""

from uuid import UUID

from schemas.codec import decode, encode
from schemas.review import Review


class RecordedNotifier:
    """Remembers whom it told of what. Set `away` for a webhook that cannot be reached: never an error, only False."""

    def __init__(self) -> None:
        self.away = False
        self.told: list[UUID] = []
        self.calls: list[Review] = []

    async def notify(self, review: Review) -> bool:
        """Tell, unless away."""
        self.calls.append(decode(Review, encode(review)))
        if self.away:
            return False
        self.told.append(review.review_id)
        return True
