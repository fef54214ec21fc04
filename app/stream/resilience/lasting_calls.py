"""Calls of the model that outlive a rebalance.

A rebalance takes all partitions from all workers, cancels what does not finish within the grace, and a second later
gives most partitions back to where they were. A model's call takes half a minute and is paid for, so it is not
cancelled with the event that asked for it: it goes on, and the same question, asked again, gets its answer. So does
an answer that was given and not yet saved when its event was cut off: a broker that comes back from an outage begins
with a rebalance, while answers wait to be written.
"""

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from app.core.ports import Draft, Question, Reviewer
from schemas.codec import encode

KEEP_S: Final = 60.0
"""How long a call without a caller, or its answer, is kept: rebalances and recoveries take seconds."""
KEPT_MAX: Final = 256
"""Calls without a caller: a few rebalances' worth; the oldest ones go first."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A call without a caller. `expiry` cancels it."""

    task: asyncio.Task[Draft]
    partition: int
    expiry: asyncio.TimerHandle


class LastingReviewer:
    """`Reviewer` whose calls survive the cancellation of their caller, as long as the partition may come back."""

    def __init__(self, inner: Reviewer) -> None:
        self._inner = inner
        self._kept: dict[bytes, _Kept] = {}

    @property
    def kept(self) -> int:
        """Calls, and answers, that wait for somebody to ask again."""
        return len(self._kept)

    async def draft(self, question: Question) -> Draft:
        """As the inner one; joins the call that an earlier caller with the very same question was cut off from."""
        # Made where it is compared or kept: nearly all calls find none kept, and end with their callers.
        task = self._resume(_digest(question)) if self._kept else None
        if task is None:
            task = asyncio.get_running_loop().create_task(self._inner.draft(question))
        partition = question.comparison.origin.partition
        try:
            draft = await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                self._keep(_digest(question), task, partition)
            raise
        self._keep_if_cut_off(question, task, partition)
        return draft

    def retain(self, partitions: Collection[int]) -> None:
        """Cancel calls for submissions of other partitions: whoever has those asks for itself."""
        for digest, kept in list(self._kept.items()):
            if kept.partition not in partitions:
                self._expire(digest)

    def _resume(self, digest: bytes) -> asyncio.Task[Draft] | None:
        kept = self._kept.pop(digest, None)
        if kept is None:
            return None
        kept.expiry.cancel()
        return kept.task

    def _keep_if_cut_off(self, question: Question, task: asyncio.Task[Draft], partition: int) -> None:
        """Keep an answer that was handed out, should its caller be cancelled before it is through with it."""

        def look(caller: asyncio.Task[object]) -> None:
            if caller.cancelled():
                self._keep(_digest(question), task, partition)

        caller = asyncio.current_task()
        if caller is not None:
            caller.add_done_callback(look)

    def _keep(self, digest: bytes, task: asyncio.Task[Draft], partition: int) -> None:
        if digest in self._kept:
            self._expire(digest)  # asked twice at once: one answer is enough, and its timer must not outlive it
        loop = asyncio.get_running_loop()
        self._kept[digest] = _Kept(task, partition, loop.call_later(KEEP_S, self._expire, digest))
        task.add_done_callback(_look_at)
        while len(self._kept) > KEPT_MAX:
            self._expire(next(iter(self._kept)))

    def _expire(self, digest: bytes) -> None:
        kept = self._kept.pop(digest)
        kept.expiry.cancel()
        kept.task.cancel()


def _look_at(task: asyncio.Task[Draft]) -> None:
    """Nobody may ask for the answer again; an error that nobody looks at would be logged as a bug."""
    if not task.cancelled():
        task.exception()


def _digest(question: Question) -> bytes:
    """What the reviewer is asked, in 16 bytes: the comparison, the review that the student had before, the rubric."""
    previous = question.previous
    digest = hashlib.blake2b(encode(question.comparison), digest_size=16)
    digest.update(previous.review_id.bytes if previous is not None else b"")
    digest.update(question.rubric.version.encode())
    return digest.digest()
