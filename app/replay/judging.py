"""What a replay made, against what it would supersede; and the word of a person on it: promote or discard."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.adapters.kafka.review_topic import ReviewTopic
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.reviews import MongoReviews, connect_mongo
from app.config import Settings
from app.core.replaying.items import ItemPhase
from app.core.replaying.paired import compare_reviews, obstacle, pair
from schemas.errors import StartRefused
from schemas.replay import ReplayDiff, ReplayPhase, ReplayState

BAND = 3.0
"""Points by which the mean score may move, unless another band is given."""


@dataclass(frozen=True, slots=True)
class _Parts:
    replays: MongoReplays
    reviews: MongoReviews


async def diff_replay(settings: Settings, replay_id: str) -> ReplayDiff:
    """Every submission's old and new review side by side, regressions first."""
    async with _connected(settings) as parts:
        return await _diff(parts, replay_id)


async def promote_replay(
    settings: Settings, replay_id: str, *, band: float, forced_for: str | None, tell: Callable[[int], None]
) -> ReplayState:
    """Deliver a shadow replay's reviews. `StartRefused` where its scores left `band`, unless `forced_for` a reason.

    Each review goes to the publisher once more; one that was delivered already is passed over there, so that a
    promotion that was cut off is simply done again.
    """
    async with _connected(settings) as parts:
        state = await _finished_shadow(parts, replay_id)
        why_not = obstacle(await _diff(parts, replay_id), band)
        if why_not is not None and forced_for is None:
            raise StartRefused(
                f"{replay_id} is not promoted: {why_not}",
                f"look at `reviewstream replay diff {replay_id}`; then widen --band, or --force with a --reason",
            )
        sent = 0
        async with ReviewTopic(settings) as topic:
            async for item in parts.replays.items(replay_id, ItemPhase.REVIEWED):
                review = await parts.reviews.find(item.review_id)
                if review is not None:
                    await topic.promote(review)
                    sent += 1
                    tell(sent)
        await parts.replays.turn(
            replay_id, ReplayPhase.PROMOTED, only_from=[ReplayPhase.FINISHED], promotion_reason=forced_for
        )
        return await parts.replays.find(state.replay_id)


async def discard_replay(settings: Settings, replay_id: str) -> ReplayState:
    """Delete a shadow replay's reviews, which nobody was told of."""
    async with _connected(settings) as parts:
        await _finished_shadow(parts, replay_id)
        async for item in parts.replays.items(replay_id):
            await parts.reviews.discard(item.review_id)
        await parts.replays.turn(replay_id, ReplayPhase.DISCARDED, only_from=[ReplayPhase.FINISHED])
        return await parts.replays.find(replay_id)


async def _diff(parts: _Parts, replay_id: str) -> ReplayDiff:
    await parts.replays.find(replay_id)
    pairs = []
    async for item in parts.replays.items(replay_id):
        old = await parts.reviews.find(item.supersedes) if item.supersedes is not None else None
        new = await parts.reviews.find(item.review_id)
        pairs.append(pair(item.step.head, old, new))
    return compare_reviews(replay_id, pairs)


async def _finished_shadow(parts: _Parts, replay_id: str) -> ReplayState:
    state = await parts.replays.find(replay_id)
    if not state.is_shadow:
        raise StartRefused(f"the reviews of {replay_id} were delivered as they came", "only a shadow replay is judged")
    if state.phase is not ReplayPhase.FINISHED:
        cure = f"`reviewstream replay resume {replay_id}` goes on with one that is paused or was killed"
        raise StartRefused(f"{replay_id} is {state.phase}, not finished", cure)
    return state


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[_Parts]:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        yield _Parts(MongoReplays(mongo, settings.mongodb_db), MongoReviews(mongo, settings.mongodb_db))
    finally:
        mongo.close()
