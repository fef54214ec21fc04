"""The states of submissions: kept up with the log, completed by the publisher's marks, or made anew."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final, Protocol

import structlog

from app.backoff import Backoff, FailedTry
from app.core.events.record import Record
from app.core.ports import PublishedTimes, SubmissionStates
from app.core.states import StateFact, StateTopics, fold_facts, publish_fact, read_fact
from app.stream.intake.trouble import frames, where
from schemas.errors import StartRefused, Unavailable

log = structlog.get_logger(__name__)

PUBLISHED_LOOK_S: Final = 0.5
"""Between two looks at what has been published."""
LAG_LOOK_S: Final = 5.0
"""Between two looks at how far the log is ahead."""

_READING: Final = "reading the log"
_COMPLETING: Final = "completing what is published"
_BATCH: Final = 500
_OUTAGE_BACKOFF: Final = Backoff(first_s=0.5, max_s=5.0)


class Feed(Protocol):
    """The records of the five topics, as they come."""

    async def take(self) -> Sequence[tuple[Record, datetime]]:
        """The next records, and when each was written; none where there are none for a while."""
        ...

    async def commit(self) -> None:
        """What was taken is kept."""
        ...

    async def lag(self) -> int:
        """Records that were not taken yet."""
        ...


class Projection:
    """Follows the log for as long as its process lives, through every outage."""

    def __init__(
        self,
        feed: Callable[[], AbstractAsyncContextManager[Feed]],
        states: SubmissionStates,
        published: PublishedTimes,
        topics: StateTopics,
    ) -> None:
        self._feed = feed
        self._states = states
        self._published = published
        self._topics = topics
        self.lag: int | None = None
        """Records that were not taken yet, as of the last look; None where nothing is read."""
        self._problems = {_READING: "has not begun"}

    @property
    def problem(self) -> str | None:
        """Why states are not told at the moment; None where they are."""
        return next(iter(self._problems.values()), None)

    async def run(self) -> None:
        """Never returns; cancelled, it has committed what it kept. `StartRefused` for what an operator must change.

        A bug is told and tried again like an outage: the process serves more than states, and nobody would notice an
        end in the background.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._forever(_READING, self._follow))
            tasks.create_task(self._forever(_COMPLETING, self._complete))

    async def _forever(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        def tell(failed: FailedTry) -> None:
            error, pause = failed.error, {"attempt": failed.attempt, "wait_s": round(failed.wait_s, 2)}
            self.lag = None
            if isinstance(error, Unavailable):
                self._problems[name] = str(error)
                log.warning("states_wait", work=name, detail=str(error), **pause)
            else:
                # By type and place alone: its message may quote a record.
                self._problems[name] = f"{type(error).__qualname__} at {where(error)}"
                log.error("states_failed", work=name, error=self._problems[name], traceback=frames(error), **pause)

        await _OUTAGE_BACKOFF.outlast(work, passing=lambda error: not isinstance(error, StartRefused), on_wait=tell)

    async def _follow(self) -> None:
        async with self._feed() as feed:
            looked_at = -LAG_LOOK_S
            clock = asyncio.get_running_loop()
            while True:
                records = await feed.take()
                if records:
                    await advance_states(self._states, self._topics, records)
                    await feed.commit()
                self._problems.pop(_READING, None)
                if clock.time() - looked_at >= LAG_LOOK_S:
                    looked_at = clock.time()
                    self.lag = await feed.lag()

    async def _complete(self) -> None:
        while True:
            await complete_published(self._states, self._published)
            self._problems.pop(_COMPLETING, None)
            await asyncio.sleep(PUBLISHED_LOOK_S)


async def advance_states(
    states: SubmissionStates, topics: StateTopics, records: Iterable[tuple[Record, datetime]]
) -> None:
    """Keep what the records say."""
    read = [read_fact(topics, *written) for written in records]
    passed: dict[int, int] = {}
    for partition, offset in (one.passed for one in read if one.passed is not None):
        passed[partition] = max(offset, passed.get(partition, -1))
    await states.advance(fold_facts(one.fact for one in read if one.fact is not None).values())
    await states.note_passed(passed)


async def complete_published(states: SubmissionStates, published: PublishedTimes) -> None:
    """Complete the states of what the publisher has marked."""
    batch: list[StateFact] = []
    async for fact in states.unpublished():
        batch.append(fact)
        if len(batch) == _BATCH:
            await _complete_batch(batch, states, published)
            batch = []
    await _complete_batch(batch, states, published)


async def rebuild_states(
    records: AsyncIterator[tuple[Record, datetime]],
    states: SubmissionStates,
    published: PublishedTimes,
    topics: StateTopics,
) -> int:
    """Forget all states and tell them anew from the log; returns how many records were read.

    A process that follows the log meanwhile does no harm, for what it tells is in the log too. Until the end some
    states are missing or behind.
    """
    await states.clear()
    count = 0
    batch: list[tuple[Record, datetime]] = []
    async for written in records:
        batch.append(written)
        count += 1
        if len(batch) == _BATCH:
            await advance_states(states, topics, batch)
            batch = []
    await advance_states(states, topics, batch)
    await complete_published(states, published)
    return count


async def _complete_batch(batch: list[StateFact], states: SubmissionStates, published: PublishedTimes) -> None:
    if not batch:
        return
    times = await published.published_at([fact.state.task_id for fact in batch])
    await states.advance(
        [publish_fact(fact, times[fact.state.task_id]) for fact in batch if fact.state.task_id in times]
    )
