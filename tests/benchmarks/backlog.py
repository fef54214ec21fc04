"""How a worker goes through a backlog: when the first review is out, how the stages move, how well calls are used.

`python -m tests.benchmarks.backlog` starts a broker, a database, a platform and a scripted model of its own, puts the
submissions into the log, and then starts one worker. `--in-flight` and `--call-s` choose what the model is like.
"""

import argparse
import asyncio
import math
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from app.adapters.kafka.clients import stop_consumer
from app.adapters.kafka.topics import prepare_topics
from app.adapters.machine.clock import SystemClock
from app.config import load_settings
from app.embedded.platform.review_api import RecordingApi
from schemas.submission import Submission
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.parts.choice import Kafka, Parts, look_around
from tests.system.line import ANSWER, Line, a_line

FILES: Final = 5
SPREAD: Final = 0.5
"""Sigma of the calls' log-normal durations: one in a hundred takes three times the mean."""
LOOK_S: Final = 0.25
SHOWN_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Moment:
    """What has been done `at_s` seconds after the worker's start."""

    at_s: float
    compared: int
    reviewed: int
    published: int
    busy_s: float
    """Processor seconds of the worker and its processes."""


def say(line: str) -> None:
    """A line on stdout, at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def work_of(student: int, attempt: int) -> Submission:
    """A small submission of `FILES` files."""
    steps = "".join(f"    total += {step} * value\n" for step in range(3 * attempt))
    files = {
        f"part_{number}.py": f"SEED = {student}\n\n\ndef work(value):\n    total = {number}\n{steps}    return total\n"
        for number in range(FILES)
    }
    return a_submission(
        submission_id=f"s{student}-{attempt}",
        student_id=f"s{student}",
        submitted_at=NOON + timedelta(minutes=attempt),
        files=files,
    )


class SlowModel:
    """Answers after a log-normal time with the mean `call_s`; how long, depends on the call's number alone."""

    def __init__(self, call_s: float) -> None:
        self._mu = math.log(call_s) - SPREAD**2 / 2
        self.delays: list[float] = []

    def __call__(self, _request: object, number: int) -> Completion:
        """The script of `ScriptedLlm`."""
        delay_s = random.Random(number).lognormvariate(self._mu, SPREAD)
        self.delays.append(delay_s)
        return Completion(ANSWER, delay_s=delay_s)


@contextmanager
def parts() -> Iterator[tuple[Kafka, str]]:
    """A broker and a database of this run's own."""
    started = Parts(look_around())
    try:
        yield started.start_kafka(), started.start_mongo()
    finally:
        started.end()


def busy_seconds(process: int) -> float:
    """User and system time of `process` and of those that it started and that live."""
    ticks = 0
    waiting = [process]
    while waiting:
        one = waiting.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            waiting += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def watch(line: Line, process: int, count: int, partitions: int, time_limit_s: float) -> list[Moment]:
    """Look until `count` reviews are published."""
    began = time.monotonic()
    places = {name: [TopicPartition(line.topic(name), n) for n in range(partitions)] for name in _COUNTED}
    consumer = AIOKafkaConsumer(bootstrap_servers=line.kafka.bootstrap, group_id=None)
    await consumer.start()
    moments: list[Moment] = []
    try:
        while not moments or (moments[-1].published < count and moments[-1].at_s < time_limit_s):
            ends = await consumer.end_offsets([place for each in places.values() for place in each])
            compared, reviewed = (sum(ends[place] for place in places[name]) for name in _COUNTED)
            published = len(line.api.deliveries)
            now = Moment(time.monotonic() - began, compared, reviewed, published, busy_seconds(process))
            if not moments or now.at_s // SHOWN_EVERY_S > moments[-1].at_s // SHOWN_EVERY_S:
                say(f"{now.at_s:6.1f} s  compared {compared:5}  reviewed {reviewed:5}  published {published:5}")
            moments.append(now)
            await asyncio.sleep(LOOK_S)
    finally:
        await stop_consumer(consumer)
    return moments


_COUNTED: Final = ("comparisons", "reviews")


def tell(moments: list[Moment], model: SlowModel, in_flight: int) -> None:
    """The figures of a run."""
    first = next((one for one in moments if one.published), None)
    if first is None:
        say("nothing was published within the time limit")
        return
    mean_s = sum(model.delays) / len(model.delays)
    ideal = in_flight / mean_s
    reviewed = moments[-1].reviewed
    early = next(one for one in moments if one.reviewed >= reviewed * 0.1)
    late = next(one for one in moments if one.reviewed >= reviewed * 0.9)
    rate = (late.reviewed - early.reviewed) / (late.at_s - early.at_s)
    whole = moments[-1].published / (moments[-1].at_s - first.at_s + mean_s)
    busy = (moments[-1].busy_s - first.busy_s) / (moments[-1].published - first.published)
    gap = max(b.at_s - a.at_s for a, b in _steps(moments))
    begun = next(one for one in moments if one.compared)
    say(f"first review published {first.at_s - begun.at_s:.1f} s after the first comparison, {first.compared} compared")
    say(f"longest time without a publication: {gap:.1f} s")
    say(f"{moments[-1].published} published after {moments[-1].at_s:.1f} s")
    say(f"mean call {mean_s:.2f} s, so the ideal is {ideal:.2f}/s")
    say(f"efficiency between 10 % and 90 % reviewed: {rate / ideal:.2f}")
    say(f"efficiency from the first publication, and a call before, to the last one: {whole / ideal:.2f}")
    say(f"processor of the worker and its processes: {busy * 1000:.0f} ms a submission")


def _steps(moments: list[Moment]) -> Iterator[tuple[Moment, Moment]]:
    """Neighbours among the moments at which something new had been published."""
    moved = [b for a, b in pairwise(moments) if b.published > a.published]
    return pairwise(moved)


async def measure(kafka: Kafka, mongo_url: str, folder: Path, asked: argparse.Namespace) -> None:
    """One run."""
    api, llm, model = RecordingApi(), ScriptedLlm(), SlowModel(asked.call_s)
    llm.script = model
    await api.start()
    await llm.start()
    environment = {
        "LLM_BASE_URL": llm.base_url,
        "LLM_MODEL": llm.model,
        "MAX_IN_FLIGHT": str(asked.in_flight),
        "TOPIC_PARTITIONS": str(asked.partitions),
    }
    async with a_line(kafka, mongo_url, api, folder, **environment) as line:
        settings = load_settings(None, **{name.lower(): value for name, value in line.environment.items()})
        await prepare_topics(settings, SystemClock())
        async with asyncio.TaskGroup() as group:
            for number in range(asked.count):
                group.create_task(line.produce(work_of(number % asked.students, 1 + number // asked.students)))
        say(f"{asked.count} submissions of {asked.students} students are in the log")
        worker = await line.start_worker()
        assert worker.pid is not None
        say(f"worker {worker.pid}")
        tell(
            await watch(line, worker.pid, asked.count, asked.partitions, asked.time_limit_s),
            model,
            asked.in_flight,
        )
    await llm.stop()
    await api.stop()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=32)
    parser.add_argument("--call-s", type=float, default=2.0)
    parser.add_argument("--partitions", type=int, default=6)
    parser.add_argument("--time-limit-s", type=float, default=600.0)
    asked = parser.parse_args()
    with parts() as (kafka, mongo_url), tempfile.TemporaryDirectory(prefix="reviewstream-bench-") as folder:
        asyncio.run(measure(kafka, mongo_url, Path(folder), asked))
    return 0


if __name__ == "__main__":
    sys.exit(main())
