"""One run: parts and workers up, submissions flowing, disturbances as planned, then quiet, then the collection."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from app.embedded.database.secantus import SecantusDb
from app.embedded.machine.loopback import LOOPBACK
from app.embedded.platform.review_api import RecordingApi
from app.embedded.stack import Broker
from schemas.codec import encode
from schemas.submission import Submission
from tests.chaos.collect import Progress, collect, create_topics, lags, wait_for_topics
from tests.chaos.count import Verdict, judge
from tests.chaos.fleet import PRODUCTION, STOCK, Fleet, Member
from tests.chaos.model import ChaosModel
from tests.chaos.plan import (
    DRAIN_GRACE_S,
    LLM_TIMEOUT_S,
    PARTITIONS,
    SESSION_TIMEOUT_S,
    Disturbance,
    Kind,
    Planned,
    Scenario,
    plan_disturbances,
    plan_submissions,
)

TOPICS = ("submissions", "comparisons", "reviews", "dead-letters", "decisions")

_QUIET_S = 150.0  # without any progress: it hangs. Longer than a breaker's pause and a rebalance together
_QUIET_DONE_S = {False: 40.0, True: 20.0}  # all is delivered, or all committed: what is missing then will not come
_SAY_EVERY_S = 10.0
_ADDED_MAX = 2  # workers beyond the first ones, however often one is added

Say = Callable[[str], None]
Act = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Result:
    """A run's outcome. `disturbed` counts what was really done, by kind."""

    scenario: Scenario
    verdict: Verdict
    disturbed: Mapping[Kind, int]
    rebalances: int
    orphans: list[str]
    duration_s: float
    stop_s_max: float
    rss_max_bytes: int


@dataclass(slots=True)
class Run:
    """The parts of a run, and what is being done to them."""

    scenario: Scenario
    broker: Broker
    database: SecantusDb
    api: RecordingApi
    model: ChaosModel
    fleet: Fleet
    prefix: str
    say: Say
    sent: list[Planned] = field(default_factory=list)
    disturbed: dict[Kind, int] = field(default_factory=dict)
    model_downs: list[tuple[float, float]] = field(default_factory=list)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def topic(self, name: str) -> str:
        """This run's topic of that name."""
        return f"{self.prefix}-{name}"

    async def go(self) -> None:
        """Produce and disturb until both plans are through, then wait until nothing moves any more."""
        async with AsyncExitStack() as ends:
            watch = asyncio.create_task(self.fleet.watch())
            ends.callback(watch.cancel)
            talk = asyncio.create_task(self._talk())
            ends.callback(talk.cancel)
            self.began = time.monotonic()
            async with asyncio.TaskGroup() as plans:
                plans.create_task(self._produce())
                for disturbance in plan_disturbances(self.scenario):
                    plans.create_task(self._disturb(disturbance))
            self.say("all is sent and whole again; waiting for the rest")
            await self._settle()
            if watch.done():
                watch.result()  # a watch that failed would hide workers that ended

    async def _produce(self) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self.broker.bootstrap,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=180_000,  # the platform outlasts every outage of the broker
        )
        await producer.start()
        try:
            for planned in plan_submissions(self.scenario):
                await self._sleep_until(planned.at_s)
                submission = Submission.model_validate(
                    {
                        "submission_id": planned.submission_id,
                        "student_id": planned.student,
                        "assignment_id": "hw-1",
                        "submitted_at": datetime.now(UTC),
                        "files": planned.files,
                    }
                )
                self.sent.append(planned)
                await producer.send_and_wait(
                    self.topic("submissions"), encode(submission), key=planned.student.encode()
                )
        finally:
            await producer.stop()

    async def _disturb(self, planned: Disturbance) -> None:
        await self._sleep_until(planned.at_s)
        match planned.kind:
            case "kill" | "term" | "remove" | "pause":
                await self._hit(planned)
            case "add":
                idle = [m for m in self.fleet.members if not m.up and not m.busy]
                if idle:
                    await self.fleet.start(idle[0], fresh=planned.fresh)
                elif len(self.fleet.members) < self.scenario.workers + _ADDED_MAX:
                    await self.fleet.add()
            case "broker_stop" | "broker_kill":
                await self._cut("broker", planned, self.broker.kill, self.broker.stop, self.broker.start)
            case "mongo_stop" | "mongo_kill":
                await self._cut("mongo", planned, self.database.kill, self.database.stop, self.database.start)
            case "api_down":
                await self._cut("api", planned, None, self.api.down, self.api.up)
            case "llm_down":
                began = time.time()
                await self._cut("llm", planned, None, self.model.down, self.model.up)
                self.model_downs.append((began, time.time()))
        self.disturbed[planned.kind] = self.disturbed.get(planned.kind, 0) + 1

    async def _hit(self, planned: Disturbance) -> None:
        member = await self.fleet.take(planned.pick, lambda member: self.model.running_on(member.name) > 0)
        name, session, calls = member.name, member.pid, self.model.running_on(member.name)
        self.say(f"{planned.kind} {name} with {calls} calls in flight, for {planned.for_s:.1f} s")
        try:
            match planned.kind:
                case "kill":
                    await self.fleet.kill(member, calls)
                    await self._restart(member, planned)
                case "term":
                    await self.fleet.terminate(member, "term", calls)
                    await self._restart(member, planned)
                case "remove":
                    await self.fleet.terminate(member, "remove", calls)
                case _:
                    await self.fleet.pause(member, planned.for_s, calls)
        finally:
            member.busy = False
        if planned.kind == "kill" and session is not None:
            await self.fleet.bury(name, session)

    async def _restart(self, member: Member, planned: Disturbance) -> None:
        await asyncio.sleep(planned.for_s)
        await self.fleet.start(member, fresh=planned.fresh)

    async def _cut(
        self, part: str, planned: Disturbance, kill: Callable[[], None] | None, stop: Act, start: Act
    ) -> None:
        async with self.locks.setdefault(part, asyncio.Lock()):
            self.say(f"{planned.kind} for {planned.for_s:.1f} s")
            if kill is not None and planned.kind.endswith("_kill"):
                kill()
            else:
                await stop()
            await asyncio.sleep(planned.for_s)
            await start()

    async def _settle(self) -> None:
        """Until all has arrived and all offsets are committed, or nothing has moved for long."""
        progress = await self._progress()
        moved = time.monotonic()
        while (quiet_s := time.monotonic() - moved) < _QUIET_S:
            now = await self._progress()
            if now != progress:
                progress, moved = now, time.monotonic()
            delivered = now.delivered >= len(self.sent)
            if delivered and now.lag == 0 and quiet_s > 3:
                return
            if (delivered or now.lag == 0) and quiet_s > _QUIET_DONE_S[self.scenario.stock]:
                return
            await asyncio.sleep(1)

    async def _progress(self) -> Progress:
        lag = await lags(self.broker.bootstrap, self.prefix, [self.topic(name) for name in self.consumed])
        return Progress(len(self.api.reviews), len(self.model.calls), sum(lag.values()))

    @property
    def consumed(self) -> tuple[str, ...]:
        """Topics that the group consumes."""
        return ("submissions",) if self.scenario.stock else ("submissions", "comparisons", "reviews")

    async def _talk(self) -> None:
        while True:
            await asyncio.sleep(_SAY_EVERY_S)
            up = sum(member.pid is not None for member in self.fleet.members)
            self.say(
                f"{len(self.sent)} sent, {len(self.model.calls)} calls, {len(self.api.reviews)} delivered, {up} workers"
            )

    async def _sleep_until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, self.began + at_s - time.monotonic()))


async def run_scenario(
    scenario: Scenario, broker: Broker, database: SecantusDb, work_dir: Path, say: Callable[[str], None]
) -> Result:
    """Run `scenario` on a broker and a database that are started, and may be stopped and started at will."""
    prefix = f"chaos{uuid4().hex[:8]}"
    api, model = RecordingApi(), ChaosModel(scenario.seed)
    began = time.monotonic()
    async with AsyncExitStack() as ends:
        for server in (api, model):
            await server.start()
            ends.push_async_callback(server.stop)
        environment = _environment(prefix, broker, database, api, model)
        fleet = Fleet(STOCK if scenario.stock else PRODUCTION, environment, work_dir)
        ends.callback(fleet.end)
        run = Run(scenario, broker, database, api, model, fleet, prefix, _stamped(say))
        if scenario.stock:
            await create_topics(broker.bootstrap, [run.topic(name) for name in TOPICS])
        for _ in range(scenario.workers):
            await fleet.add()
        await wait_for_topics(broker.bootstrap, [run.topic(name) for name in TOPICS])
        await run.go()
        await fleet.stop()
        seen = await collect(run)
    verdict = judge(scenario, run.sent, seen)
    return Result(
        scenario=scenario,
        verdict=verdict,
        disturbed=run.disturbed,
        rebalances=len(seen.drains),
        orphans=fleet.orphans,
        duration_s=time.monotonic() - began,
        stop_s_max=max(fleet.stops_s, default=0.0),
        rss_max_bytes=fleet.rss_max_bytes,
    )


def _environment(
    prefix: str, broker: Broker, database: SecantusDb, api: RecordingApi, model: ChaosModel
) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
        "KAFKA_GROUP_ID": prefix,
        "KAFKA_SESSION_TIMEOUT_S": f"{SESSION_TIMEOUT_S:g}",
        "KAFKA_HEARTBEAT_INTERVAL_S": "0.5",
        "TOPIC_PARTITIONS": str(PARTITIONS),
        "MONGODB_URL": database.url,
        "MONGODB_DB": prefix,
        "MONGODB_TIMEOUT_S": "3",
        "LLM_BASE_URL": model.base_url,
        "LLM_MODEL": "chaos",
        "LLM_TIMEOUT_S": f"{LLM_TIMEOUT_S:g}",
        "EXTERNAL_API_URL": api.url,
        "EXTERNAL_API_KEY": api.api_key,
        "EXTERNAL_API_TIMEOUT_S": "5",
        "DRAIN_GRACE_S": f"{DRAIN_GRACE_S:g}",
        "ANALYSIS_WORKERS": "1",
        "REVIEW_LANGUAGE": "en",
        "LOG_FORMAT": "json",
        "WEB_HOST": LOOPBACK,
        **{f"TOPIC_{name.upper().replace('-', '_')}": f"{prefix}-{name}" for name in TOPICS},
    }


def _stamped(say: Say) -> Say:
    began = time.monotonic()
    return lambda text: say(f"{time.monotonic() - began:6.1f} s  {text}")
