"""What a replay made, against what it would supersede; and the word of a person on it: promote or discard."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from app.adapters.kafka.review_topic import ReviewTopic
from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.made_reviews import MongoMadeReviews
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.reviews import connect_mongo
from app.config import Settings
from app.core.ports import CurrentReviews
from app.core.replaying.items import ReplayItem
from app.core.replaying.paired import compare_reviews, obstacle, pair
from app.core.replaying.replay_ports import MadeReviews, Replays
from schemas.errors import StartRefused
from schemas.replay import PairedReviews, ReplayDiff, ReplayPhase, ReplayState
from schemas.review import Review

BAND = 3.0
"""Points by which the mean score may move, unless another band is given."""

_BATCH: Final = 200
"""Submissions that are looked at together: two reviews each, of some 100 kB."""


class Deliveries(Protocol):
    """The way of a shadow review to the publisher."""

    async def promote(self, review: Review) -> None:
        """Send it once more, under the header that lets the publisher deliver it."""
        ...


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a replay is judged by."""

    replays: Replays
    reviews: MadeReviews
    current: CurrentReviews

    async def diff(self, replay_id: str) -> ReplayDiff:
        """Every submission's old and new review side by side, regressions first."""
        await self.replays.find(replay_id)
        pairs: list[PairedReviews] = []
        async for items in self._batches(replay_id):
            superseded = [item.supersedes for item in items if item.supersedes is not None]
            old = await self.reviews.many(superseded)
            new = await self.reviews.many([item.review_id for item in items])
            pairs += [
                pair(item.step.head, old.get(item.supersedes) if item.supersedes else None, new.get(item.review_id))
                for item in items
            ]
        return compare_reviews(replay_id, pairs)

    async def promote(
        self,
        replay_id: str,
        deliveries: Deliveries,
        *,
        band: float,
        forced_for: str | None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> ReplayState:
        """Deliver a shadow replay's reviews. `StartRefused` where its scores left `band`, unless `forced_for` a reason.

        Each review goes to the publisher once more; one that was delivered already is passed over there, so that a
        promotion that was cut off is simply done again. Where a review of a later generation counts by now, the
        replay's own stays in the shadow.
        """
        state = await self._shadow(replay_id, ReplayPhase.FINISHED)
        why_not = obstacle(await self.diff(replay_id), band)
        if why_not is not None and forced_for is None:
            raise StartRefused(
                f"{replay_id} is not promoted: {why_not}",
                f"look at `reviewstream replay diff {replay_id}`; then widen --band, or --force with a --reason",
            )
        sent = 0
        async for items in self._batches(replay_id):
            made = await self.reviews.many([item.review_id for item in items])
            counting = await self.current.current([_key(review) for review in made.values()])
            for review in made.values():
                now = counting.get(_key(review))
                if now is None or now.generation < review.generation:
                    await deliveries.promote(review)
                    sent += 1
                    tell(sent)
        await self.replays.turn(
            replay_id, ReplayPhase.PROMOTED, only_from=[ReplayPhase.FINISHED], promotion_reason=forced_for
        )
        return await self.replays.find(state.replay_id)

    async def discard(self, replay_id: str) -> ReplayState:
        """Delete a shadow replay's reviews, which nobody was told of."""
        await self._shadow(replay_id, ReplayPhase.FINISHED, ReplayPhase.CANCELLED)
        async for items in self._batches(replay_id):
            await self.reviews.discard([item.review_id for item in items])
        ended = [ReplayPhase.FINISHED, ReplayPhase.CANCELLED]
        await self.replays.turn(replay_id, ReplayPhase.DISCARDED, only_from=ended)
        return await self.replays.find(replay_id)

    async def _shadow(self, replay_id: str, *phases: ReplayPhase) -> ReplayState:
        state = await self.replays.find(replay_id)
        if not state.is_shadow:
            cause = f"the reviews of {replay_id} were delivered as they came"
            raise StartRefused(cause, "only a shadow replay is judged")
        if state.phase not in phases:
            cure = f"`reviewstream replay resume {replay_id}` goes on with one that is paused or was killed"
            raise StartRefused(f"{replay_id} is {state.phase}, not finished", cure)
        return state

    async def _batches(self, replay_id: str) -> AsyncIterator[Sequence[ReplayItem]]:
        batch: list[ReplayItem] = []
        async for item in self.replays.items(replay_id):
            batch.append(item)
            if len(batch) == _BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


async def diff_replay(settings: Settings, replay_id: str) -> ReplayDiff:
    """As `Judgement.diff`, over an installation."""
    async with _connected(settings) as judgement:
        return await judgement.diff(replay_id)


async def promote_replay(
    settings: Settings, replay_id: str, *, band: float, forced_for: str | None, tell: Callable[[int], None]
) -> ReplayState:
    """As `Judgement.promote`, over an installation."""
    async with _connected(settings) as judgement, ReviewTopic(settings) as topic:
        return await judgement.promote(replay_id, topic, band=band, forced_for=forced_for, tell=tell)


async def discard_replay(settings: Settings, replay_id: str) -> ReplayState:
    """As `Judgement.discard`, over an installation."""
    async with _connected(settings) as judgement:
        return await judgement.discard(replay_id)


def _key(review: Review) -> tuple[str, str, str]:
    return review.student_id, review.assignment_id, review.new_submission_id


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Judgement]:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        yield Judgement(
            MongoReplays(mongo, settings.mongodb_db),
            MongoMadeReviews(mongo, settings.mongodb_db),
            MongoCurrentReviews(mongo, settings.mongodb_db),
        )
    finally:
        mongo.close()
