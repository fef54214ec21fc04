"""How a worker tells how it is: again and again, in nobody's way, with a goodbye."""

import asyncio

from structlog.testing import capture_logs

from app.core.watching.worker_status import WorkerStatus
from app.stream.status_teller import StatusTeller
from tests.builders.watching import a_status
from tests.fakes.watching import MemoryStatuses
from tests.patience import PATIENCE_S


def read(beat: int, untold: int) -> WorkerStatus:
    return a_status(beat=beat, untold=untold)


async def told(statuses: MemoryStatuses, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(statuses.told) < count:
            await asyncio.sleep(0.001)


async def test_it_tells_again_and_again_and_says_goodbye() -> None:
    """Each status has the next beat; the last one is told when it stops, and nothing after it."""
    statuses = MemoryStatuses()
    teller = StatusTeller(statuses, read, every_s=0.01)
    await teller.start()
    await told(statuses, 3)
    await teller.close()
    count = len(statuses.told)
    await teller.close()
    await asyncio.sleep(0.05)
    assert [status.beat for status in statuses.told] == list(range(1, count + 1))


async def test_what_cannot_be_told_is_counted() -> None:
    """An outage of the database writes no line of its own; the next status says how many were lost."""
    statuses = MemoryStatuses()
    statuses.away = True
    teller = StatusTeller(statuses, read, every_s=0.01)
    with capture_logs() as lines:
        await teller.start()
        await asyncio.sleep(0.1)
        statuses.away = False
        await told(statuses, 1)
    await teller.close()
    assert statuses.told[0].untold == statuses.told[0].beat - 1 > 0
    assert lines == []


async def test_a_bug_ends_no_worker() -> None:
    """It is said once, by type and place, and telling goes on."""
    statuses, broken = MemoryStatuses(), True

    def odd(beat: int, untold: int) -> WorkerStatus:
        if broken:
            raise KeyError("a student's text")
        return read(beat, untold)

    teller = StatusTeller(statuses, odd, every_s=0.01)
    with capture_logs() as lines:
        await teller.start()
        await asyncio.sleep(0.1)
        broken = False
        await told(statuses, 1)
    await teller.close()
    (line,) = lines
    assert line["event"] == "status_failed"
    assert line["error"].startswith("KeyError at test_status_teller.py:")
    assert "student" not in str(line)


async def test_a_stop_does_not_wait_for_a_database_that_hangs() -> None:
    """The goodbye is given up after its time."""

    class Hanging(MemoryStatuses):
        async def tell(self, status: WorkerStatus) -> None:
            await asyncio.Event().wait()

    teller = StatusTeller(Hanging(), read, every_s=0.01, goodbye_s=0.05)
    await teller.start()
    await asyncio.sleep(0.02)
    async with asyncio.timeout(PATIENCE_S):
        await teller.close()
