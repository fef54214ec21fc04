"""What a replay made, against what it would supersede; and the word of a person on it: promote or discard."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from app.adapters.kafka.review_topic import ReviewTopic
from app.adapters.mongo.current import MongoCurrentReviews
from app.adapters.mongo.decisions import MongoDecisions
from app.adapters.mongo.made_reviews import MongoMadeReviews
from app.adapters.mongo.replays import MongoReplays
from app.adapters.mongo.reviews import connect_mongo
from app.config import Settings
from app.core.deciding.applying import apply_ruling
from app.core.deciding.decision_ports import Decisions
from app.core.deciding.folding import Ruling, fold_decisions
from app.core.ports import CurrentReviews, SubmissionKey
from app.core.replaying.items import ReplayItem
from app.core.replaying.paired import compare_reviews, obstacle, pair
from app.core.replaying.replay_ports import MadeReviews, Replays
from app.core.replaying.timeline import Head
from schemas.errors import StartRefused
from schemas.replay import PairedReviews, ReplayDiff, ReplayPhase, ReplayState
from schemas.review import Review

_BATCH: Final = 200
"""Submissions that are looked at together: two reviews each, of some 100 kB."""


class Deliveries(Protocol):
    """The way of a shadow review to the publisher."""

    async def promote(self, review: Review) -> None:
        """Send it once more, under the header that lets the publisher deliver it."""
        ...


@dataclass(frozen=True, slots=True)
class _Sides:
    """One submission's old and new review as they are read, None where there is none."""

    item: ReplayItem
    old: Review | None
    new: Review | None
    is_overtaken: bool

    def paired(self) -> PairedReviews:
        """Side by side."""
        return pair(self.item.step.head, self.old, self.new, is_overtaken=self.is_overtaken)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a replay is judged by."""

    replays: Replays
    reviews: MadeReviews
    current: CurrentReviews
    decisions: Decisions

    async def diff(self, replay_id: str) -> ReplayDiff:
        """Every submission's old and new review side by side as a student reads them, regressions first.

        The old one is the review that counts now; once the new one counts itself, the one that it stands in place of.
        """
        state = await self.replays.find(replay_id)
        pairs: list[PairedReviews] = []
        async for items in self._batches(replay_id):
            pairs += [one.paired() for one in await self._sides(items, state.generation)]
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
        """Deliver a shadow replay's reviews.

        Unless `forced_for` a reason, `StartRefused` where its scores left `band`, or another review counts since it
        began. Each review goes to the publisher once more; one that was delivered already is passed over there, so that
        a promotion that was cut off is simply done again. Where a review of a later generation counts by now, the
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
            for review in await self._to_deliver(items, state.generation):
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

    async def _sides(self, items: Sequence[ReplayItem], generation: int) -> list[_Sides]:
        """The old and the new review of each submission, both with what persons decided about it."""
        counting = await self.current.current([_key(item.step.head) for item in items])
        new = await self.reviews.many([item.review_id for item in items])
        old = {key: review for key, review in counting.items() if review.generation < generation}
        named = {
            _key(item.step.head): one
            for item in items
            if _key(item.step.head) not in old and (one := _superseded(item, new.get(item.review_id))) is not None
        }
        kept = await self.reviews.many(list(named.values())) if named else {}
        counts_now = {key: review.review_id for key, review in old.items()}
        old |= {key: kept[one] for key, one in named.items() if one in kept}
        sides = []
        for item in items:
            key = _key(item.step.head)
            ruling = await self._ruling(counting.get(key))
            was, now = _read(old.get(key), ruling), _read(new.get(item.review_id), ruling)
            sides.append(_Sides(item, was, now, counts_now.get(key, item.supersedes) != item.supersedes))
        return sides

    async def _ruling(self, counting: Review | None) -> Ruling:
        """What was decided about a submission, by the review that counts for it."""
        if counting is None or counting.decision is None:
            return Ruling()
        key = counting.student_id, counting.assignment_id, counting.new_submission_id
        return fold_decisions(await self.decisions.of(key))

    async def _to_deliver(self, items: Sequence[ReplayItem], generation: int) -> list[Review]:
        """The stored reviews that are to count from now on; each says what it stands in place of."""
        counting = await self.current.current([_key(item.step.head) for item in items])
        wanted = []
        for item in items:
            now = counting.get(_key(item.step.head))
            if now is None or now.generation < generation:
                wanted.append(item.review_id)
                if now is not None and now.review_id != item.supersedes:
                    await self.reviews.name_superseded(item.review_id, now.review_id)
        made = await self.reviews.many(wanted)
        return [made[one] for one in wanted if one in made]

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


def _key(head: Head) -> SubmissionKey:
    return head.student_id, head.assignment_id, head.submission_id


def _read(review: Review | None, ruling: Ruling) -> Review | None:
    return None if review is None else apply_ruling(review, ruling)


def _superseded(item: ReplayItem, made: Review | None) -> UUID | None:
    """What the review says, for that was settled when it was delivered."""
    note = made.replay if made is not None else None
    return item.supersedes if note is None else note.supersedes or item.supersedes


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Judgement]:
    mongo = connect_mongo(settings.mongodb_url.get_secret_value(), settings.mongodb_timeout_s)
    try:
        yield Judgement(
            MongoReplays(mongo, settings.mongodb_db),
            MongoMadeReviews(mongo, settings.mongodb_db),
            MongoCurrentReviews(mongo, settings.mongodb_db),
            MongoDecisions(mongo, settings.mongodb_db),
        )
    finally:
        mongo.close()
