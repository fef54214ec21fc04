"""Keyed lanes: order per student, one limit overall, turns for everyone."""

import asyncio
from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.stream.intake.lanes import LaneQueue, Lanes, Return
from tests.patience import PATIENCE_S

KEYS = st.sampled_from("abcde")


def a_lanes(work: Any, *, in_flight_max: int, buffer_max: int, bytes_max: int = 10**9) -> Lanes[str, Any]:
    """Lanes whose items weigh what their number says, or nothing."""
    return Lanes(
        work,
        in_flight_max=in_flight_max,
        buffer_max=buffer_max,
        bytes_max=bytes_max,
        size=lambda item: item if isinstance(item, int) else 0,
    )


@given(st.lists(st.one_of(st.tuples(st.just("push"), KEYS), st.just(("take", "")), st.just(("done", ""))), max_size=80))
def test_a_lane_is_first_in_first_out_and_runs_one_at_a_time(steps: list[tuple[str, str]]) -> None:
    """Whatever the interleaving, each key's items come out in order, and never two of one key run at once."""
    queue: LaneQueue[str, int] = LaneQueue()
    waiting: dict[str, list[int]] = defaultdict(list)
    running: list[str] = []
    for number, (step, key) in enumerate(steps):
        if step == "push":
            queue.push(key, number)
            waiting[key].append(number)
        elif step == "take":
            taken = queue.take()
            ready = [k for k, items in waiting.items() if items and k not in running]
            assert (taken is None) == (not ready)
            if taken is not None:
                assert taken[0] not in running
                assert taken[1] == waiting[taken[0]].pop(0)
                running.append(taken[0])
        elif running:
            queue.done(running.pop(0))
        assert queue.size == sum(map(len, waiting.values()))
        assert queue.running == len(running)


@given(st.lists(KEYS, min_size=1, max_size=60), st.integers(1, 4), st.integers(1, 8))
@settings(deadline=None, max_examples=60)
def test_everything_put_in_is_worked_on_within_the_limits(keys: list[str], in_flight_max: int, buffer_max: int) -> None:
    """All items are worked on in order per key, with neither limit ever exceeded."""

    async def story() -> None:
        done: dict[str, list[int]] = defaultdict(list)
        at_once = 0

        async def work(item: tuple[str, int]) -> None:
            nonlocal at_once
            at_once += 1
            assert at_once <= in_flight_max
            await asyncio.sleep(0)
            done[item[0]].append(item[1])
            at_once -= 1

        lanes: Lanes[str, tuple[str, int]] = a_lanes(work, in_flight_max=in_flight_max, buffer_max=buffer_max)
        for number, key in enumerate(keys):
            assert await lanes.put(key, (key, number))
            assert lanes.waiting <= buffer_max
        while lanes.waiting or lanes.running:
            await asyncio.sleep(0)
        assert {k: sorted(v) for k, v in done.items()} == dict(done)
        assert sum(map(len, done.values())) == len(keys)

    asyncio.run(story())


async def test_one_students_backlog_delays_another_by_one_turn() -> None:
    """With one slot and a hundred events of one student, another student's event runs second."""
    order: list[str] = []

    async def work(key: str) -> None:
        await asyncio.sleep(0)
        order.append(key)

    lanes: Lanes[str, str] = a_lanes(work, in_flight_max=1, buffer_max=1000)
    for _ in range(100):
        await lanes.put("busy", "busy")
    await lanes.put("quiet", "quiet")
    while lanes.waiting or lanes.running:
        await asyncio.sleep(0)
    assert order.index("quiet") == 1


async def test_a_full_buffer_holds_the_caller() -> None:
    """`put` waits while the buffer is full and goes on when there is room."""
    gate = asyncio.Event()

    async def work(_: int) -> None:
        await gate.wait()

    lanes: Lanes[str, int] = a_lanes(work, in_flight_max=1, buffer_max=1)
    await lanes.put("a", 1)
    await lanes.put("a", 2)
    third = asyncio.create_task(lanes.put("a", 3))
    await asyncio.sleep(0.01)
    assert not third.done()
    gate.set()
    assert await third


async def test_a_drain_lets_work_finish_within_the_grace_and_cancels_the_rest() -> None:
    """What is fast finishes, what is slow is cancelled, what waits is never started, and the lanes stay closed."""
    finished: list[str] = []

    async def work(item: str) -> None:
        await asyncio.sleep(0.02 if item == "fast" else 30)
        finished.append(item)

    lanes: Lanes[str, str] = a_lanes(work, in_flight_max=2, buffer_max=10)
    await lanes.put("a", "fast")
    await lanes.put("b", "slow")
    await lanes.put("a", "waits")
    assert await lanes.drain(0.3) == 1
    assert finished == ["fast"]
    assert not await lanes.put("c", "late")
    assert (lanes.waiting, lanes.running) == (0, 0)
    lanes.open()
    assert await lanes.put("c", "fast")
    await asyncio.sleep(0.05)
    assert finished == ["fast", "fast"]


async def test_a_drain_frees_a_caller_that_waits_for_room() -> None:
    """The intake's task is not left hanging in `put` when the lanes close."""

    async def work(_: int) -> None:
        await asyncio.sleep(30)

    lanes: Lanes[str, int] = a_lanes(work, in_flight_max=1, buffer_max=1)
    await lanes.put("a", 1)
    await lanes.put("a", 2)
    third = asyncio.create_task(lanes.put("a", 3))
    await asyncio.sleep(0)
    await lanes.drain(0)
    assert await third is False


async def test_large_items_wait_for_each_other() -> None:
    """What is held never exceeds the bound in bytes, but for one item that is larger than it alone."""
    held = 0

    async def work(item: int) -> None:
        nonlocal held
        held += item
        assert held <= 100 or held == item
        await asyncio.sleep(0.001)
        held -= item

    lanes = a_lanes(work, in_flight_max=8, buffer_max=8, bytes_max=100)
    for number, item in enumerate([60, 60, 40, 500, 10, 90, 1, 1]):
        assert await asyncio.wait_for(lanes.put(str(number), item), 1)
    while lanes.running or lanes.waiting:
        await asyncio.sleep(0.001)
    assert held == 0


STEPS = st.one_of(
    st.tuples(st.just("push"), KEYS), st.tuples(st.sampled_from(["take", "done", "aside", "back"]), st.integers(0, 4))
)


@given(st.lists(STEPS, max_size=120))
def test_what_is_set_aside_shuts_its_lane_and_nothing_else(steps: list[tuple[str, Any]]) -> None:
    """Whatever is set aside, comes back or is given up: order per key, one at a time, and the counts without it."""
    queue: LaneQueue[str, int] = LaneQueue()
    loop = asyncio.new_event_loop()
    waiting: dict[str, list[int]] = defaultdict(list)
    running: dict[str, int] = {}
    aside: dict[str, int] = {}
    returning: dict[str, Return] = {}
    for number, (step, choice) in enumerate(steps):
        if step == "push":
            queue.push(choice, number)
            waiting[choice].append(number)
        elif step == "take":
            taken = queue.take()
            ready = [key for key, items in waiting.items() if items and key not in running and key not in aside]
            assert (taken is None) == (not ready and not returning)
            if taken is not None and isinstance(taken[1], Return):
                assert taken[1] is returning.pop(taken[0])
                running[taken[0]] = aside.pop(taken[0])
            elif taken is not None:
                assert taken[0] in ready
                assert taken[1] == waiting[taken[0]].pop(0)
                running[taken[0]] = taken[1]
        elif step == "done" and running:
            key = sorted(running)[choice % len(running)]
            queue.done(key)
            del running[key]
        elif step == "aside" and running:
            key = sorted(running)[choice % len(running)]
            queue.set_aside(key, running[key])
            aside[key] = running.pop(key)
        elif step == "back" and (quiet := sorted(aside.keys() - returning.keys())):
            key = quiet[choice % len(quiet)]
            returning[key] = Return(loop.create_future())
            queue.come_back(key, returning[key])
        elif step == "done" and aside:
            key = sorted(aside)[choice % len(aside)]
            queue.done(key)
            del aside[key]
            returning.pop(key, None)
        assert queue.running == len(running)
        assert queue.size == sum(len(items) for key, items in waiting.items() if key not in aside)
        assert sorted(queue.aside()) == sorted([*aside.values(), *(item for key in aside for item in waiting[key])])
    loop.close()


async def test_an_item_that_is_set_aside_gives_its_slot_to_others() -> None:
    """With one slot, others run while one waits on purpose; what is behind it in its lane runs after it alone."""
    order: list[str] = []
    gate = asyncio.Event()

    async def work(item: str) -> None:
        if item == "a1":
            async with lanes.set_aside("a", item):
                await gate.wait()
        order.append(item)

    lanes: Lanes[str, str] = a_lanes(work, in_flight_max=1, buffer_max=2)
    for item in ("a1", "a2", "a3", "b1", "c1", "b2"):
        assert await asyncio.wait_for(lanes.put(item[0], item), 1)
    while lanes.waiting or lanes.running:
        await asyncio.sleep(0)
    assert sorted(order) == ["b1", "b2", "c1"]
    gate.set()
    while len(order) < 6:
        await asyncio.sleep(0)
    assert order[3:] == ["a1", "a2", "a3"]


async def test_a_drain_ends_what_is_set_aside_at_once() -> None:
    """It waits for hours, so no grace would do; what runs gets its grace all the same."""
    finished: list[str] = []

    async def work(item: str) -> None:
        if item == "held":
            async with lanes.set_aside("a", item):
                await asyncio.sleep(3600)
        await asyncio.sleep(0.02)
        finished.append(item)

    lanes: Lanes[str, str] = a_lanes(work, in_flight_max=2, buffer_max=10)
    await lanes.put("a", "held")
    await lanes.put("a", "behind it")
    await lanes.put("b", "runs")
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(lanes.drain(3600), 5) == 0
    assert (finished, lanes.running, list(lanes.aside())) == (["runs"], 0, [])
    lanes.open()
    assert await lanes.put("a", "again")
    await asyncio.sleep(0.05)
    assert finished == ["runs", "again"]


@given(st.integers(1, 60), st.integers(1, 5), st.lists(st.integers(0, 6), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_a_stage_that_keeps_pace_is_never_more_than_three_rounds_ahead(
    count: int, in_flight_max: int, turns: list[int]
) -> None:
    """Whatever the next stage's items take, it is at most a round ahead of what that has running and waiting.

    And everything gets through: nobody waits for whoever waits for him.
    """

    async def story() -> None:
        made = done = 0

        async def make(number: int) -> None:
            nonlocal made
            await asyncio.sleep(0)
            await following.put(str(number), number)
            made += 1
            assert made - done <= 3 * in_flight_max

        async def work(number: int) -> None:
            nonlocal done
            for _ in range(turns[number % len(turns)]):
                await asyncio.sleep(0)
            done += 1

        def go_on() -> None:
            earlier.start_ready()

        bounds: dict[str, Any] = {"buffer_max": 1000, "bytes_max": 10**9, "size": lambda _: 0}
        following: Lanes[str, int] = Lanes(work, in_flight_max=in_flight_max, on_done=go_on, **bounds)
        earlier: Lanes[str, int] = Lanes(
            make, in_flight_max=in_flight_max, may_start=lambda: not following.has_a_round_waiting, **bounds
        )
        for number in range(count):
            await earlier.put(str(number), number)
        async with asyncio.timeout(PATIENCE_S):
            while done < count:
                await asyncio.sleep(0)

    asyncio.run(story())
