"""One look at everything, however many watch: the stores are asked once, and all are told the same.

Workers are always listened to, so that one which falls silent is missed. All else is only asked while somebody
watches.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from app.core.costs import DayTotals
from app.core.ports import Clock
from app.core.replaying.replay_ports import Replays
from app.core.watching.flow import Flow, FlowMeter
from app.core.watching.observed import Bounds, LettersSeen, Observed, PartSeen, PublishedReview
from app.core.watching.overview import Overview
from app.core.watching.silence import HeardWorker, SilenceWatch
from app.core.watching.troubles import TroubleMemory, find_troubles
from app.core.watching.watching_ports import DaySums, PublishedReviews, WorkerStatuses
from app.core.watching.worker_status import WorkerStatus
from app.operating.standing_question import StandingQuestion
from schemas.replay import ReplayState

T = TypeVar("T")

TICK_S: Final = 1.0
"""Between two looks while somebody watches."""
IDLE_TICK_S: Final = 2.0
"""Between two looks at the workers while nobody does."""
AWAKE_S: Final = 15.0
"""After the last question: so long it is looked at everything."""
FIRST_LOOK_S: Final = 2.0
"""For the first look after a while: what has not answered by then is shown as not known yet."""
LETTERS_OF: Final = timedelta(days=1)
"""Dead letters are counted of so long: what lies there for months has been seen."""
REVIEWS_SHOWN: Final = 10
REPLAYS_SHOWN: Final = 20
_SOON_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Where everything comes from. `stage_of`: which stage takes the events of a topic."""

    statuses: WorkerStatuses
    sums: DaySums
    replays: Replays
    published: PublishedReviews
    look_at_parts: Callable[[], Awaitable[Sequence[PartSeen]]]
    count_letters: Callable[[], Awaitable[Mapping[str, int]]]
    stage_of: Mapping[str, str]
    bounds: Bounds
    clock: Clock


class Lookout:
    """Looks from `begin`, or from the first watcher, until `close`; whoever only asks now and then needs neither."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._clock = watched.clock
        self._silence = SilenceWatch()
        self._meter = FlowMeter()
        self._memory = TroubleMemory()
        self._flow = Flow()
        self._heard: tuple[HeardWorker, ...] | None = None
        self._heard_answers = 0
        self._refused = 0
        self._asked_at = self._turned_at = float("-inf")
        self._looking_since = self._clock.now()
        self._statuses: StandingQuestion[Sequence[WorkerStatus]] = StandingQuestion(
            "workers", watched.statuses.heard, TICK_S / 2
        )
        self._parts: StandingQuestion[Sequence[PartSeen]] = StandingQuestion("parts", watched.look_at_parts, 1.0)
        self._spent: StandingQuestion[DayTotals] = StandingQuestion("today", self._add_up, 2.0, rests=10)
        self._replays: StandingQuestion[list[ReplayState]] = StandingQuestion(
            "replays", lambda: watched.replays.all(REPLAYS_SHOWN), 2.0
        )
        self._published: StandingQuestion[Sequence[PublishedReview]] = StandingQuestion(
            "reviews", lambda: watched.published.newest(REVIEWS_SHOWN), 1.0
        )
        self._letters: StandingQuestion[LettersSeen] = StandingQuestion("letters", self._count_letters, 15.0, rests=10)
        self._others: tuple[StandingQuestion[Any], ...] = (
            self._parts,
            self._spent,
            self._replays,
            self._published,
            self._letters,
        )
        self._overview = Overview(0, Observed(self._clock.now(), bounds=watched.bounds))
        self._turned = asyncio.Event()
        self._is_closed = False
        self._running: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look again and again from now on."""
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._look_on())

    async def look(self) -> Overview:
        """What there is now; after a while without anybody it may take two seconds."""
        was_awake, self._asked_at = self._is_awake, self._clock.monotonic()
        if not was_awake:
            for question in self._others:
                question.forget()
            self._poke(awake=True)
            await asyncio.gather(*(question.settle(FIRST_LOOK_S) for question in (self._statuses, *self._others)))
            self._take_heard()
            self._turn()
        return self._overview

    async def following(self, number: int, within_s: float) -> Overview | None:
        """The next one after `number`, or None where there is none within that time, or none comes any more."""
        self._asked_at = self._clock.monotonic()
        self.begin()
        until = asyncio.get_running_loop().time() + within_s
        while self._overview.number <= number and not self._is_closed:
            left_s = until - asyncio.get_running_loop().time()
            if left_s <= 0:
                return None
            turned = self._turned
            try:
                async with asyncio.timeout(left_s):
                    await turned.wait()
            except TimeoutError:
                return None
        return None if self._is_closed else self._overview

    async def hear_workers(self) -> tuple[HeardWorker, ...] | None:
        """The workers alone; None while they cannot be heard."""
        self._statuses.poke(self._clock.monotonic())
        await self._statuses.settle(FIRST_LOOK_S)
        self._take_heard()
        return None if self._statuses.problem else self._heard

    @property
    def is_closed(self) -> bool:
        """Whether nothing more comes."""
        return self._is_closed

    def stop(self) -> None:
        """Let go whoever waits: the process ends."""
        self._is_closed = True
        self._turned.set()

    async def close(self) -> None:
        """Give up what is under way."""
        self.stop()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await asyncio.gather(*(question.close() for question in (self._statuses, *self._others)))

    async def _look_on(self) -> None:
        while True:
            awake = self._is_awake
            self._poke(awake=awake)
            await self._statuses.settle(TICK_S / 2)
            self._take_heard()
            if awake:
                self._turn()
            await asyncio.sleep(TICK_S / 2 if awake else IDLE_TICK_S)

    @property
    def _is_awake(self) -> bool:
        return self._clock.monotonic() - self._asked_at < AWAKE_S

    def _poke(self, *, awake: bool) -> None:
        now_s = self._clock.monotonic()
        self._statuses.poke(now_s)
        if awake:
            for question in self._others:
                question.poke(now_s)

    def _take_heard(self) -> None:
        """Take in what the workers told, once."""
        now_s = self._clock.monotonic()
        if self._statuses.answers == self._heard_answers:
            if self._statuses.problem:
                self._silence.excuse(now_s)
            return
        self._heard_answers = self._statuses.answers
        self._heard = self._silence.observe(now_s, self._statuses.value or ())
        self._flow = self._meter.observe(now_s, self._heard, self._watched.stage_of)
        refused = sum(stage.tally.refused for worker in self._heard for stage in worker.status.stages)
        if refused != self._refused and self._is_awake and self._letters.poke(now_s, within_s=_SOON_S):
            self._refused = refused

    def _turn(self) -> None:
        """Make the next overview of what is known, and wake whoever waits for it."""
        now_s = self._clock.monotonic()
        if now_s - self._turned_at > AWAKE_S:
            self._looking_since = self._clock.now()
        self._turned_at = now_s
        sources = (self._statuses, *self._others)
        seen = Observed(
            now=self._clock.now(),
            workers=self._heard,
            unheard=self._statuses.problem,
            flow=self._flow,
            parts=_whole(self._parts.value),
            spent=self._spent.value,
            replays=_whole(self._replays.value),
            letters=self._letters.value,
            published=_whole(self._published.value),
            bounds=self._watched.bounds,
        )
        troubles = self._memory.date(seen.now, find_troubles(seen), self._looking_since)
        unread = tuple(source.name for source in sources if source.problem)
        self._overview = Overview(self._overview.number + 1, seen, troubles, unread)
        self._turned.set()
        self._turned = asyncio.Event()

    async def _add_up(self) -> DayTotals:
        return await self._watched.sums.add_up(self._clock.now().date())

    async def _count_letters(self) -> LettersSeen:
        return LettersSeen(await self._watched.count_letters(), self._clock.now())


def _whole(values: Sequence[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)
