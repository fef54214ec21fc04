"""One look for everybody: who watches is told the same, and the stores are asked once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from app.core.costs import Budgets, Charge, DayTotals, TokenCounts
from app.core.watching.observed import Bounds, PartSeen
from app.core.watching.worker_status import WorkerStatus
from app.operating.lookout import AWAKE_S, Lookout, Watched
from app.operating.standing_question import StandingQuestion
from schemas.errors import Dependency, Unavailable
from tests.builders.records import NOON
from tests.builders.replays import a_state
from tests.builders.watching import STAGE_OF, a_stage, a_status
from tests.fakes.clock import FakeClock
from tests.fakes.replays import MemoryReplays
from tests.fakes.spending import MemorySpending
from tests.fakes.watching import MemoryPublished, MemoryStatuses
from tests.patience import PATIENCE_S


@dataclass
class Bench:
    """An installation whose every store is in memory, and a clock that is moved."""

    clock: FakeClock = field(default_factory=FakeClock)
    statuses: MemoryStatuses = field(default_factory=MemoryStatuses)
    spending: MemorySpending = field(default_factory=MemorySpending)
    replays: MemoryReplays = field(default_factory=MemoryReplays)
    published: MemoryPublished = field(default_factory=MemoryPublished)
    counted: int = 0
    looked: int = 0
    answer: Callable[[], Awaitable[Sequence[PartSeen]]] | None = None
    """How the parts are looked at; well and at once where it is not said."""
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        self.lookout = Lookout(
            Watched(
                statuses=self.statuses,
                sums=self.spending,
                replays=self.replays,
                published=self.published,
                look_at_parts=self._look,
                count_letters=self._count,
                stage_of=STAGE_OF,
                bounds=Bounds(Budgets(Decimal("0.5"))),
                clock=self.clock,
            )
        )

    async def _look(self) -> Sequence[PartSeen]:
        self.looked += 1
        return await self.answer() if self.answer is not None else [PartSeen("kafka", ok=True)]

    async def _count(self) -> Mapping[str, int]:
        self.counted += 1
        return {"bug": 2}


async def test_the_first_look_tells_everything() -> None:
    """Whoever comes first waits for one answer of each source, and not for a second one."""
    bench = Bench()
    await bench.statuses.tell(a_status(stages=(a_stage(in_flight=3),)))
    await bench.spending.count(Charge("c", NOON.date(), "anna", "m", TokenCounts(9, 1), Decimal("0.6")))
    await bench.replays.begin(a_state(heard_at=NOON), [])
    overview = await bench.lookout.look()
    seen = overview.seen
    assert seen.workers is not None
    assert [worker.status.who.worker_id for worker in seen.workers] == ["w1"]
    assert seen.flow.stages[1].in_flight == 3
    assert seen.spent == DayTotals(Decimal("0.6"), 1, 0, TokenCounts(9, 1))
    assert seen.letters is not None
    assert (seen.letters.by_reason, seen.letters.at) == ({"bug": 2}, NOON)
    assert [len(seen.replays or ()), seen.published, seen.parts] == [1, (), (PartSeen("kafka", ok=True),)]
    assert [trouble.kind for trouble in overview.troubles] == ["budget_spent"]
    assert overview.unread == ()


async def test_many_watchers_cost_one_look() -> None:
    """All of them are told the same overview, and the stores are asked once."""
    bench = Bench()
    looks = await asyncio.gather(*(bench.lookout.look() for _ in range(50)))
    assert (bench.looked, bench.counted) == (1, 1)
    number = looks[0].number
    after = await asyncio.gather(*(bench.lookout.following(number, 5) for _ in range(50)))
    await bench.lookout.close()
    assert len({id(one) for one in after}) == 1
    assert bench.looked == 1


async def test_what_does_not_answer_is_said_and_the_rest_is_shown() -> None:
    """An outage takes its own part away and no other."""
    bench = Bench()
    bench.statuses.away = bench.published.away = True
    overview = await bench.lookout.look()
    assert (overview.unread, overview.seen.workers, overview.seen.published) == (("workers", "reviews"), None, None)
    assert overview.seen.parts is not None


async def test_an_outage_of_the_database_makes_nobody_silent() -> None:
    """A worker that cannot be heard is not gone; one that stays silent afterwards is."""
    bench = Bench()
    await bench.statuses.tell(a_status())
    await bench.lookout.hear_workers()
    bench.statuses.away = True
    for _ in range(10):
        bench.clock.move(3)
        assert await bench.lookout.hear_workers() is None
    bench.statuses.away = False
    bench.clock.move(3)
    heard = await bench.lookout.hear_workers()
    assert heard is not None
    assert not heard[0].is_gone
    for _ in range(3):
        bench.clock.move(3)
        heard = await bench.lookout.hear_workers()
    assert heard is not None
    assert heard[0].is_gone


async def test_nobody_watches_so_nothing_but_the_workers_is_asked() -> None:
    """While the page is closed the stores have peace."""
    bench = Bench()
    bench.lookout.begin()
    await asyncio.sleep(0.05)
    assert (bench.looked, bench.counted) == (0, 0)
    await bench.lookout.look()
    bench.clock.move(AWAKE_S)
    looked = bench.looked
    await asyncio.sleep(1.2)
    await bench.lookout.close()
    assert bench.looked == looked == 1


async def test_what_was_seen_long_ago_is_not_told_as_if_it_were_now() -> None:
    """Whoever comes after a while waits for what is asked anew; what does not answer in time is not known."""
    bench = Bench()
    await bench.lookout.look()
    hanging = asyncio.Event()

    async def hang() -> Sequence[PartSeen]:
        await hanging.wait()
        return [PartSeen("kafka", ok=False)]

    bench.answer = hang
    bench.clock.move(3_600)
    overview = await bench.lookout.look()
    assert overview.seen.parts is None
    assert overview.seen.letters is not None
    hanging.set()
    await bench.lookout.close()


async def test_what_began_while_nobody_looked_is_not_told_as_if_it_were_new() -> None:
    """Nor as old as one that had ended in between."""
    bench = Bench()
    await bench.statuses.tell(a_status())

    async def fail() -> Sequence[PartSeen]:
        return [PartSeen("states", ok=False, cause="KeyError")]

    bench.answer = fail
    first = (await bench.lookout.look()).troubles
    bench.clock.move(3_600)
    await bench.statuses.tell(a_status(beat=2))
    again = (await bench.lookout.look()).troubles
    await bench.lookout.close()
    assert [[(one.kind, one.since, one.may_be_older) for one in told] for told in (first, again)] == [
        [("states_untold", NOON, True)],
        [("states_untold", NOON + timedelta(hours=1), True)],
    ]


async def test_a_stop_lets_go_whoever_waits() -> None:
    """Nothing more comes, now or later."""
    bench = Bench()
    overview = await bench.lookout.look()
    waiting = asyncio.create_task(bench.lookout.following(overview.number + 1_000, 60))
    await asyncio.sleep(0.01)
    bench.lookout.stop()
    async with asyncio.timeout(PATIENCE_S):
        assert await waiting is None
        assert await bench.lookout.following(overview.number + 1_000, 60) is None
    await bench.lookout.close()
    assert bench.lookout.is_closed


async def test_nothing_new_within_the_time() -> None:
    """Whoever waits hears that nothing came."""
    bench = Bench()
    overview = await bench.lookout.look()
    assert await bench.lookout.following(overview.number - 1, 0.05) is overview
    assert await bench.lookout.following(overview.number + 1_000, 0.05) is None
    await bench.lookout.close()


async def test_refusals_are_counted_sooner_than_usual() -> None:
    """A worker that tells of new ones has the dead letters counted again within seconds."""
    bench = Bench()
    await bench.statuses.tell(a_status())
    await bench.lookout.look()
    bench.lookout.begin()
    bench.clock.move(4)
    refused: WorkerStatus = a_status(beat=2, stages=(a_stage(refused=1),))
    await bench.statuses.tell(refused)
    async with asyncio.timeout(PATIENCE_S):
        while bench.counted < 2:
            await asyncio.sleep(0.01)
    await bench.lookout.close()
    assert bench.counted == 2


async def test_a_source_that_takes_long_is_asked_seldom() -> None:
    """It rests ten times as long as it took, and is never asked twice at once."""
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.05)
        return asked

    source = StandingQuestion("slow", ask, 0.1, rests=10)
    assert source.poke(0)
    assert not source.poke(5)
    await source.settle(5)
    assert (source.value, source.answers) == (1, 1)
    assert not source.poke(0.4)
    assert source.poke(5)
    await source.close()
    assert source.answers == 1


async def test_a_bug_in_one_source_is_no_other_sources() -> None:
    """It counts as one that does not answer; the last answer stays."""
    answers: list[Exception | int] = [1, KeyError("x"), Unavailable(Dependency.KAFKA, "away"), 4]

    async def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    source = StandingQuestion("odd", ask, 1)
    found = []
    for now_s in (0, 1, 2, 3):
        source.poke(now_s)
        await source.settle(5)
        found.append((source.value, source.problem.partition(" at ")[0]))
    assert found == [(1, ""), (1, "KeyError"), (1, "kafka: away"), (4, "")]
