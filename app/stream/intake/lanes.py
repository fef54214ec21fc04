"""Keyed lanes: first in, first out per student, one limit on what is in flight, bounded memory.

`LaneQueue` decides and is pure; `Lanes` runs what it decides. Fairness: lanes with something to do take turns, so
one student's backlog delays others by at most one event per turn. An item that waits on purpose is set aside: its lane
stays shut behind it, and neither counts against others until it comes back.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    """The turn of an item that was set aside and comes back."""

    turn: asyncio.Future[None]


class LaneQueue(Generic[K, T]):
    """Who is next. A lane is *ready* when it has items and none of them is running, or one that comes back."""

    def __init__(self) -> None:
        self._waiting: dict[K, deque[T]] = {}
        self._ready: deque[K] = deque()
        self._running: set[K] = set()
        self._aside: dict[K, T] = {}
        self._returning: dict[K, Return] = {}
        self.size = 0
        """Items that wait; running ones do not count, nor those behind one that is set aside."""

    def push(self, key: K, item: T) -> None:
        """Put `item` at the end of its lane."""
        lane = self._waiting.get(key)
        if lane is None:
            lane = self._waiting[key] = deque()
            if key not in self._running:
                self._ready.append(key)
        lane.append(item)
        self.size += key not in self._aside

    def take(self) -> tuple[K, T | Return] | None:
        """The head of the lane whose turn it is, or the return of one that was set aside; None if no lane is ready."""
        if not self._ready:
            return None
        key = self._ready.popleft()
        returning = self._returning.pop(key, None)
        if returning is not None:
            self._end_aside(key)
            return key, returning
        lane = self._waiting[key]
        item = lane.popleft()
        if not lane:
            del self._waiting[key]
        self._running.add(key)
        self.size -= 1
        return key, item

    def done(self, key: K) -> None:
        """The lane's running item is finished; the lane queues up for its next turn."""
        if self._returning.pop(key, None) is not None:
            self._ready.remove(key)
        if key in self._aside:
            self._end_aside(key)
        self._running.remove(key)
        if key in self._waiting:
            self._ready.append(key)

    def set_aside(self, key: K, item: T) -> None:
        """The lane's running item waits on purpose, and its lane with it."""
        assert key in self._running  # noqa: S101 -- only what runs can be set aside
        self._aside[key] = item
        self.size -= len(self._waiting.get(key, ()))

    def come_back(self, key: K, returning: Return) -> None:
        """The item that was set aside queues up for its turn."""
        self._returning[key] = returning
        self._ready.append(key)

    def aside(self) -> Iterator[T]:
        """What was set aside, and what waits behind it."""
        for key, item in self._aside.items():
            yield item
            yield from self._waiting.get(key, ())

    def _end_aside(self, key: K) -> None:
        del self._aside[key]
        self.size += len(self._waiting.get(key, ()))

    @property
    def running(self) -> int:
        """Number of items that run, without those that are set aside."""
        return len(self._running) - len(self._aside)

    def clear(self) -> list[T]:
        """Forget all that waits; returns it."""
        forgotten = [item for lane in self._waiting.values() for item in lane]
        self.size = 0
        self._waiting.clear()
        self._ready.clear()
        self._returning.clear()
        return forgotten


class Lanes(Generic[K, T]):
    """Runs `work` for every item put in, one at a time per key, `in_flight_max` at a time overall.

    `work` must not raise: whatever goes wrong with an event is the intake's business. `buffer_max` bounds the items
    that wait, `bytes_max` the size of all that is held, set aside or not; beyond either `put` waits, and through it
    the consumer. Nothing is started while `may_start` says no; whoever made it say so calls `start_ready` later.
    `on_done` is told whenever an item ends, or is set aside.
    """

    def __init__(
        self,
        work: Callable[[T], Awaitable[None]],
        *,
        in_flight_max: int,
        buffer_max: int,
        bytes_max: int,
        size: Callable[[T], int],
        may_start: Callable[[], bool] = lambda: True,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        self._work = work
        self._in_flight_max = in_flight_max
        self._buffer_max = buffer_max
        self._bytes_max = bytes_max
        self._size = size
        self._may_start = may_start
        self._on_done = on_done
        self._held_bytes = 0
        self._queue: LaneQueue[K, T] = LaneQueue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tasks_aside: set[asyncio.Task[object]] = set()
        self._changed = asyncio.Event()
        self._closed = False
        self._context = copy_context()

    @property
    def waiting(self) -> int:
        """Items in the buffer."""
        return self._queue.size

    @property
    def running(self) -> int:
        """Items that are worked on."""
        return self._queue.running

    @property
    def has_a_round_waiting(self) -> bool:
        """Whether all slots are taken, and as many items wait for theirs."""
        return self.running >= self._in_flight_max and self.waiting >= self._in_flight_max

    def aside(self) -> Iterator[T]:
        """What was set aside, and what waits behind it."""
        return self._queue.aside()

    @property
    def closed(self) -> bool:
        """Whether a drain has begun and the lanes were not opened since."""
        return self._closed

    async def put(self, key: K, item: T) -> bool:
        """Hand over one item; waits while the buffer is full. False if the lanes are, or were meanwhile, closed."""
        while not self._closed and self._is_full(item):
            self._changed.clear()
            await self._changed.wait()
        if self._closed:
            return False
        self._held_bytes += self._size(item)
        self._queue.push(key, item)
        self.start_ready()
        return True

    def start_ready(self) -> None:
        """Start what is ready and may be started."""
        while not self._closed and self._queue.running < self._in_flight_max and self._may_start():
            ready = self._queue.take()
            if ready is None:
                return
            key, item = ready
            if isinstance(item, Return):
                if not item.turn.done():
                    item.turn.set_result(None)
                continue
            # Not in the context of whatever was just finished: a line of the log would name its student.
            task = asyncio.get_running_loop().create_task(self._run(key, item), context=self._context.copy())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def open(self) -> None:
        """Accept items (again)."""
        self._closed = False

    @asynccontextmanager
    async def set_aside(self, key: K, item: T) -> AsyncIterator[None]:
        """Give back the slot of `item`, which runs and calls this, for as long as the block takes.

        Whatever waits behind it in its lane goes on waiting. The block is cancelled when the lanes are drained, and
        after it the item takes its turn as others do.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 -- an item runs in a task
        self._tasks_aside.add(task)
        try:
            self._queue.set_aside(key, item)
            self.start_ready()
            self._changed.set()
            self._on_done()
            yield
            returning = Return(asyncio.get_running_loop().create_future())
            self._queue.come_back(key, returning)
            self.start_ready()
            await returning.turn
        finally:
            self._tasks_aside.discard(task)

    async def drain(self, grace_s: float) -> int:
        """Close; let what runs finish within `grace_s`, cancel the rest, forget what waits. Returns the cancelled.

        Nothing that waits is started any more, so no student's later event can overtake one that is cancelled. What is
        set aside waits for longer than any grace: it is cancelled at once, and does not count.
        """
        self._closed = True
        self._held_bytes -= sum(map(self._size, self._queue.clear()))
        self._changed.set()
        for task in self._tasks_aside:
            task.cancel()
        running = set(self._tasks)
        if not running:
            return 0
        _, late = await asyncio.wait(running, timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return len(late)

    def _is_full(self, item: T) -> bool:
        """Whether `item` has to wait. One that is larger than all bounds still gets in alone."""
        too_many = self._queue.size >= self._buffer_max
        return too_many or (self._held_bytes > 0 and self._held_bytes + self._size(item) > self._bytes_max)

    async def _run(self, key: K, item: T) -> None:
        try:
            await self._work(item)
        finally:
            self._held_bytes -= self._size(item)
            self._queue.done(key)
            self.start_ready()
            self._changed.set()
            self._on_done()
