"""One thing that is asked again and again, in a task of its own: whoever looks never waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from app.stream.intake.trouble import where
from schemas.errors import ReviewstreamError

T = TypeVar("T")

log = structlog.get_logger(__name__)


class StandingQuestion(Generic[T]):
    """`ask` is asked at most every `every_s` seconds, never twice at once. Times are of a monotonic clock.

    After an answer the next question waits `rests` times as long as it took: what reads much is asked seldom.
    """

    def __init__(self, name: str, ask: Callable[[], Awaitable[T]], every_s: float, *, rests: float = 0.0) -> None:
        self.name = name
        self._ask = ask
        self._every_s = every_s
        self._rests = rests
        self.value: T | None = None
        """The last answer that came."""
        self.answers = 0
        """Answers that came so far."""
        self.problem = ""
        """Why the last question had no answer; empty where it had one."""
        self._asked_at = float("-inf")
        self._rest_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def poke(self, now_s: float, *, within_s: float | None = None) -> bool:
        """Ask, if it is time to; whether it was. `within_s`: something happened, so ask sooner than usual."""
        every_s = self._every_s if within_s is None else min(within_s, self._every_s)
        if self._task is not None and not self._task.done():
            return False
        if now_s - self._asked_at < max(every_s, self._rest_s):
            return False
        self._asked_at = now_s
        self._task = asyncio.get_running_loop().create_task(self._answer())
        return True

    def forget(self) -> None:
        """What was answered is too long ago to be told as if it were now."""
        self.value, self.problem = None, ""

    async def settle(self, within_s: float) -> None:
        """Return once the question that is under way is answered, or time is over."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=within_s)

    async def close(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _answer(self) -> None:
        began = asyncio.get_running_loop().time()
        try:
            self.value = await self._ask()
            self.answers += 1
            self.problem = ""
        except ReviewstreamError as exc:
            self.problem = str(exc)
        except Exception as exc:  # noqa: BLE001 -- one picture less, and no other is lost by it
            told = f"{type(exc).__qualname__} at {where(exc)}"
            if self.problem != told:
                log.warning("look_failed", source=self.name, error=told)
            self.problem = told
        self._rest_s = self._rests * (asyncio.get_running_loop().time() - began)
