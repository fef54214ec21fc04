"""What a replay needs of the world outside: its books, its log, its way to the reviewers, and the reviews that come."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.core.events.record import Record
from app.core.replaying.items import ItemPhase, ReplayItem
from app.core.replaying.timeline import Head
from schemas.dead_letter import Header
from schemas.origin import Origin
from schemas.replay import ReplayPhase, ReplayState
from schemas.review import Review


class Replays(Protocol):
    """The books of all replays: their states, their submissions, the counter of generations."""

    async def draw_generation(self) -> int:
        """A generation that nobody else has, above every earlier one."""
        ...

    async def begin(self, state: ReplayState, items: Sequence[ReplayItem]) -> None:
        """Keep a new replay. A replay that is there has all of its submissions."""
        ...

    async def find(self, replay_id: str) -> ReplayState:
        """The replay. `StartRefused` where there is none."""
        ...

    async def all(self, limit: int) -> list[ReplayState]:
        """The newest `limit` replays, the newest first."""
        ...

    async def turn(
        self, replay_id: str, phase: ReplayPhase, *, only_from: Sequence[ReplayPhase], **fields: object
    ) -> bool:
        """Change the phase, and `fields` with it, in one step; False where it stands in none of `only_from`."""
        ...

    async def note(self, replay_id: str, heard_at: datetime | None = None) -> ReplayState:
        """Count how far the submissions have come; returns the state as it is now. `heard_at`: a process works."""
        ...

    def items(self, replay_id: str, *phases: ItemPhase) -> AsyncIterator[ReplayItem]:
        """The replay's submissions in these phases, or all, in the order of the log.

        However long the caller takes: what is marked meanwhile may come as it was or as it is.
        """
        ...

    async def mark(self, items: Sequence[ReplayItem], phase: ItemPhase, why: str | None = None) -> None:
        """Note how far these submissions of one replay have come."""
        ...


class MadeReviews(Protocol):
    """The reviews that replays made, and what they stand in place of."""

    async def published(self, review_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
        """Whether these reviews were published, or wait for a person's approval; one that is not stored is left out."""
        ...

    async def many(self, review_ids: Sequence[UUID]) -> Mapping[UUID, Review]:
        """These reviews as they were made; one that is not stored is left out.

        `Rejected(store_refused)` where somebody changed one in the database.
        """
        ...

    async def name_superseded(self, review_id: UUID, superseded: UUID) -> None:
        """Let a shadow review say that it stands in place of `superseded`, unless it was promoted already."""
        ...

    async def discard(self, review_ids: Sequence[UUID]) -> None:
        """Delete reviews that nobody was told of; those that were published stay."""
        ...


class SubmissionHeads(Protocol):
    """The topic of submissions, from one end to the other."""

    async def bounds(self) -> Mapping[int, tuple[int, int]]:
        """First offset, and one past the last one, of each partition as of now."""
        ...

    async def refused(self) -> set[tuple[Origin, int]]:
        """Submissions that the comparator refused: where each first stood, and how often it had been requeued."""
        ...

    def heads(self) -> AsyncIterator[Head]:
        """The heads of all submissions up to the ends as of now, each partition's in order."""
        ...


class SubmissionRecords(Protocol):
    """Single records of the topic of submissions."""

    async def record(self, position: Origin) -> Record | None:
        """The record at `position`, None where the topic has it no more."""
        ...


RefusedReviews = Mapping[UUID, str]
"""Why a review will not come, by its id."""


class ReplayedComparisons(Protocol):
    """The way to the reviewers, and what they and the publisher refused."""

    async def send(self, key: bytes, value: bytes, headers: Sequence[Header] = ()) -> None:
        """Produce one comparison; returns once all in-sync replicas have acknowledged it."""
        ...

    async def refused(self, generation: int) -> RefusedReviews:
        """What later stages refused of `generation`."""
        ...
