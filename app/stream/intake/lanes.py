"""Keyed lanes: first in, first out per student, one limit on what is in flight, bounded memory.

`LaneQueue` decides and is pure; `Lanes` runs what it decides. Fairness: lanes with something to do take turns, so
one student's backlog delays others by at most one event per turn.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from contextvars import copy_context
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class LaneQueue(Generic[K, T]):
    """Who is next. A lane is *ready* when it has items and none of them is running."""

    def __init__(self) -> None:
        self._waiting: dict[K, deque[T]] = {}
        self._ready: deque[K] = deque()
        self._running: set[K] = set()
        self.size = 0
        """Items that wait; running ones do not count."""

    def push(self, key: K, item: T) -> None:
        """Put `item` at the end of its lane."""
        lane = self._waiting.get(key)
        if lane is None:
            lane = self._waiting[key] = deque()
            if key not in self._running:
                self._ready.append(key)
        lane.append(item)
        self.size += 1

    def take(self) -> tuple[K, T] | None:
        """The head of the lane whose turn it is, now running; None if every lane is empty or running."""
        if not self._ready:
            return None
        key = self._ready.popleft()
        lane = self._waiting[key]
        item = lane.popleft()
        if not lane:
            del self._waiting[key]
        self._running.add(key)
        self.size -= 1
        return key, item

    def done(self, key: K) -> None:
        """The lane's running item is finished; the lane queues up for its next turn."""
        self._running.remove(key)
        if key in self._waiting:
            self._ready.append(key)

    @property
    def running(self) -> int:
        """Number of items that run."""
        return len(self._running)

    def clear(self) -> list[T]:
        """Forget all that waits; returns it."""
        forgotten = [item for lane in self._waiting.values() for item in lane]
        self.size = 0
        self._waiting.clear()
        self._ready.clear()
        return forgotten


class Lanes(Generic[K, T]):
    """Runs `work` for every item put in, one at a time per key, `in_flight_max` at a time overall.

    `work` must not raise: whatever goes wrong with an event is the intake's business. `buffer_max` bounds the items
    that wait, `bytes_max` the size of all that is held; beyond either `put` waits, and through it the consumer.
    """

    def __init__(
        self,
        work: Callable[[T], Awaitable[None]],
        *,
        in_flight_max: int,
        buffer_max: int,
        bytes_max: int,
        size: Callable[[T], int],
    ) -> None:
        self._work = work
        self._in_flight_max = in_flight_max
        self._buffer_max = buffer_max
        self._bytes_max = bytes_max
        self._size = size
        self._held_bytes = 0
        self._queue: LaneQueue[K, T] = LaneQueue()
        self._tasks: set[asyncio.Task[None]] = set()
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
        self._start_ready()
        return True

    def open(self) -> None:
        """Accept items (again)."""
        self._closed = False

    async def drain(self, grace_s: float) -> int:
        """Close; let what runs finish within `grace_s`, cancel the rest, forget what waits. Returns the cancelled.

        Nothing that waits is started any more, so no student's later event can overtake one that is cancelled.
        """
        self._closed = True
        self._held_bytes -= sum(map(self._size, self._queue.clear()))
        self._changed.set()
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

    def _start_ready(self) -> None:
        while self._queue.running < self._in_flight_max and (ready := self._queue.take()) is not None:
            # Not in the context of whatever was just finished: a line of the log would name its student.
            task = asyncio.get_running_loop().create_task(self._run(*ready), context=self._context.copy())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, key: K, item: T) -> None:
        try:
            await self._work(item)
        finally:
            self._held_bytes -= self._size(item)
            self._queue.done(key)
            if not self._closed:
                self._start_ready()
            self._changed.set()
