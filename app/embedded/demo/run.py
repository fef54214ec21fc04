"""The demo: sample homework through the production worker on the embedded stack, and what became of it.

Everything that is started is stopped again, however the demo ends: Ctrl-C, SIGTERM, a failure, the deadline.
"""

import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.text import Text

from app.adapters.kafka.outage import quiet_kafka_client
from app.config import load_settings
from app.embedded.demo.arrivals import Arrivals, ArrivalWatch
from app.embedded.demo.child_worker import PARTITIONS, TOPICS, ChildWeb, start_web, start_worker
from app.embedded.demo.display import (
    Display,
    display_for,
    outcome_document,
    print_arrivals,
    print_cards,
    print_ways_around,
)
from app.embedded.demo.produce import produce_to_configured_kafka
from app.embedded.demo.samples import produce, sample_submissions
from app.embedded.demo.settings import (
    PROMPTS,
    DemoOptions,
    chosen_broker,
    chosen_language,
    copy_prompts,
    worker_environment,
    write_settings,
)
from app.embedded.machine.processes import ServerProcess, last_lines
from app.embedded.model.stand_in import STAND_IN, StandInModel
from app.embedded.stack import DATABASE, Choice, Stack, embedded_stack
from schemas.errors import StartRefused
from schemas.submission import Language, Submission

_SETTLE_S: Final = 1.0  # after the last arrival: a repeated one would come now
_POLL_S: Final = 0.5


class DemoFailed(Exception):
    """The demo did not do what it should; the text is for whoever started it."""


_FAILURES: Final = (DemoFailed, StartRefused, KafkaError, PyMongoError)


@dataclass(slots=True)
class _Demo:
    """One run and what it has so far, for its report: filled step by step, whatever happens in between."""

    options: DemoOptions
    console: Console
    language: Language = "ru"
    started_at: float = field(default_factory=time.monotonic)
    stack: Stack | None = None
    arrivals: Arrivals | None = None
    staying_up: bool = False
    received: signal.Signals | None = None


async def run_demo(options: DemoOptions) -> int:
    """Run the demo; returns its exit status: 0 if every sample reached every destination, 1 if not.

    A signal before the end gives 128 and its number; Ctrl-C while `keep` stays up is its regular end. With `json`
    one document goes to standard output, and everything for people to standard error.
    """
    demo = _Demo(options, Console(stderr=options.json, highlight=False, emoji=False))
    with _cancelled_by_signals(demo), quiet_kafka_client():
        try:
            if options.produce_only:
                await _produce_only(demo)
            else:
                demo.language = chosen_language(options)
                await _run_in_a_new_directory(demo, chosen_broker(options))
        except asyncio.CancelledError:
            if demo.received is None:
                raise
            demo.console.print(f"Stopped by {demo.received.name}; nothing is left running.")
            return 0 if demo.staying_up else 128 + demo.received
        except _FAILURES as exc:
            _report(demo, failure=str(exc) or type(exc).__name__)
            return 1
    return 0


async def _run_in_a_new_directory(demo: _Demo, broker: Choice) -> None:
    work_dir = _new_directory(demo.options.work_dir)
    leave_files = demo.options.work_dir is not None
    try:
        await _run_on_stack(demo, broker, work_dir)
    except Exception:
        leave_files = True
        demo.console.print(Text(f"Logs are kept in {work_dir}"), soft_wrap=True)
        raise
    finally:
        if not leave_files:
            shutil.rmtree(work_dir, ignore_errors=True)


async def _run_on_stack(demo: _Demo, broker: Choice, work_dir: Path) -> None:
    options = demo.options
    async with AsyncExitStack() as ends:
        with display_for(demo.console) as display:
            stack = await ends.enter_async_context(embedded_stack(work_dir, broker=broker, say=display.say))
            demo.stack = stack
            display.say(f"Broker: {stack.broker_name}, because {stack.broker_why}.")
            environment = worker_environment(stack, work_dir, demo.language)
            copy_prompts(work_dir / PROMPTS)
            if options.stand_in_model:
                environment |= await _start_stand_in(ends)
            try:
                async with asyncio.timeout(options.deadline_s) as deadline:
                    (work_dir / "archives").mkdir()
                    worker, web = await _start_ours(ends, stack, environment, work_dir)
                    display.say(f"The worker has created its topics; the HTTP API answers at {web.address}.")
                    await _review_samples(demo, stack, worker, work_dir / "archives", display)
            except TimeoutError as exc:
                if not deadline.expired():
                    raise
                raise DemoFailed(_late(demo, work_dir)) from exc
        _report(demo, failure=None)
        if options.keep:
            settings_file = write_settings(environment, work_dir / "demo.env")
            assert demo.arrivals is not None  # noqa: S101  # the samples have arrived
            print_ways_around(
                demo.console, stack, web, arrivals=demo.arrivals, settings_file=settings_file, work_dir=work_dir
            )

            async def start_again() -> ServerProcess:
                started = await start_worker(stack.kafka_bootstrap, environment, work_dir)
                ends.push_async_callback(started.stop)
                return started

            await _stay_up(demo, worker, start_again)


async def _start_stand_in(ends: AsyncExitStack) -> dict[str, str]:
    """Start the stand-in for a model; what a worker needs to know of it."""
    model = StandInModel()
    await model.start()
    ends.push_async_callback(model.stop)
    return {"LLM_BASE_URL": model.base_url, "LLM_MODEL": STAND_IN}


async def _start_ours(
    ends: AsyncExitStack, stack: Stack, environment: Mapping[str, str], work_dir: Path
) -> tuple[ServerProcess, ChildWeb]:
    """Start the worker and the HTTP API beside each other; both are stopped at the end."""

    async def worker() -> ServerProcess:
        started = await start_worker(stack.kafka_bootstrap, environment, work_dir)
        ends.push_async_callback(started.stop)
        return started

    async def web() -> ChildWeb:
        started = await start_web(environment, work_dir)
        ends.push_async_callback(started.process.stop)
        return started

    try:
        async with asyncio.TaskGroup() as starts:
            starting_worker, starting_web = starts.create_task(worker()), starts.create_task(web())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None  # the other was only cancelled for its sake
    return starting_worker.result(), starting_web.result()


async def _review_samples(
    demo: _Demo, stack: Stack, worker: ServerProcess, archive_root: Path, display: Display
) -> None:
    """Produce the samples and watch until each has arrived everywhere or was refused."""
    submissions = sample_submissions(archive_root, run=demo.options.run)
    arrivals = demo.arrivals = Arrivals(tuple(s.submission_id for s in submissions))
    watch = ArrivalWatch(
        arrivals,
        kafka_bootstrap=stack.kafka_bootstrap,
        reviews=TOPICS[2],
        dead_letters=TOPICS[3],
        partitions=PARTITIONS,
        mongodb_url=stack.mongodb_url,
        database=DATABASE,
        api=stack.api,
    )
    async with watch:
        await produce(stack.kafka_bootstrap, TOPICS[0], submissions)
        students = len({s.student_id for s in submissions})
        display.say(f"Produced {len(submissions)} submissions of {students} students.")
        settled_at: float | None = None
        while settled_at is None or time.monotonic() - settled_at < _SETTLE_S:
            await watch.look()
            display.show(arrivals)
            if not worker.running:
                raise DemoFailed(f"The worker has ended; its log ends with:\n{last_lines(worker.spec.log_path)}")
            if settled_at is None and arrivals.settled:
                settled_at = time.monotonic()
    if not arrivals.complete:
        refused = "\n".join(f"  {letter}" for letter in arrivals.refused)
        raise DemoFailed(f"{len(arrivals.refused)} of {len(submissions)} submissions were refused:\n{refused}")


async def _stay_up(demo: _Demo, worker: ServerProcess, start_again: Callable[[], Awaitable[ServerProcess]]) -> None:
    """Wait for a signal, which cancels this task. A worker that somebody ended in order is started again."""
    demo.staying_up = True
    while worker.running or worker.ended_well:
        if worker.ended_well:
            worker = await start_again()
            demo.console.print("The worker was ended, and has started again.")
        await asyncio.sleep(_POLL_S)
    raise DemoFailed(f"The worker has ended; its log ends with:\n{last_lines(worker.spec.log_path)}")


async def _produce_only(demo: _Demo) -> None:
    settings = load_settings()

    def tell(submission: Submission) -> None:
        demo.console.print(Text(f"produced {submission.submission_id}"))

    run, language = demo.options.run, demo.options.language
    sent = await produce_to_configured_kafka(settings, run=run, language=language, on_sent=tell)
    if demo.options.json:
        ids = [submission.submission_id for submission in sent]
        _print_json({"ok": True, "failure": None, "topic": settings.topic_submissions, "produced": ids})


def _new_directory(parent: Path | None) -> Path:
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="reviewstream-demo-", dir=parent)).resolve()


def _late(demo: _Demo, work_dir: Path) -> str:
    """What is missing at the deadline, and what the worker said last."""
    seconds = f"Not finished after {demo.options.deadline_s:g} s"
    if demo.arrivals is None:
        return f"{seconds}: the worker was still starting; its log ends with:\n{last_lines(work_dir / 'worker.log')}"
    missing = "\n".join(f"  {id_}: not at {', '.join(names)}" for id_, names in demo.arrivals.missing().items())
    tail = last_lines(work_dir / "worker.log")
    return f"{seconds}. Missing:\n{missing or '  the mark of publication'}\nThe worker's log ends with:\n{tail}"


def _report(demo: _Demo, *, failure: str | None) -> None:
    """Everything for people, or for machines one document."""
    if demo.options.json:
        duration_s = time.monotonic() - demo.started_at
        _print_json(outcome_document(demo.arrivals, demo.stack, failure=failure, duration_s=duration_s))
    elif demo.arrivals is not None and demo.stack is not None:
        print_cards(demo.console, demo.arrivals, demo.language)
        print_arrivals(demo.console, demo.arrivals, demo.stack)
    if failure is not None:
        demo.console.print(Text(failure, style="red"), soft_wrap=True)


def _print_json(document: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


@contextmanager
def _cancelled_by_signals(demo: _Demo) -> Iterator[None]:
    """Within, a signal cancels the current task, so that everything is stopped in order."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine always runs in a task

    def cancel(number: signal.Signals) -> None:
        demo.received = number
        task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, cancel, number)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
