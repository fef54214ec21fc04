"""What a submission costs the processor: `python -m tests.benchmarks.submission_cost [--against CHECKOUT]`.

One worker as in production, on a broker and a database of its own; the language model is scripted, in a process of
its own, and answers after a while. Students hand in once, unmeasured, then a second time: that is measured, in
processor time of the worker's own process and of all that it started. Beside it stands, in the same run, what
`ast.parse` of the second attempt takes here: a ratio that travels between machines. `--against` another checkout
measures that one too, in turns.
"""

import argparse
import ast
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from app.embedded.platform.review_api import RecordingApi
from app.embedded.stack import start_broker, start_database
from schemas.submission import Submission
from tests import ROOT
from tests.benchmarks.diff_speed_trees import edit, package_files
from tests.builders.records import NOON, a_submission
from tests.fakes.llm_server import Completion, ScriptedLlm
from tests.parts.choice import Kafka
from tests.system.line import Line, a_line

_SMALL_CHARS: Final = 3_000  # of a file: homework's are that small or smaller
_THINKING_S: Final = 0.5
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_ANSWER: Final = {
    "rubric": [
        {"item_id": item, "path": "", "line": 1, "quote": "", "reason": "It says what it does.", "verdict": "met"}
        for item in ("readable", "errors_handled", "structured")
    ],
    "threads": [],
    "progress_summary": "The work goes on, and what was asked for is there.",
    "code_review_comments": [],
    "recommendations": ["Add a test.", "Name the limits."],
}


@dataclass(frozen=True, slots=True)
class Size:
    """A kind of submission, and how many students hand it in twice."""

    name: str
    files: int
    changed: int
    students: int


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor for one submission: the worker's own process, and everything with it."""

    worker: float
    everything: float


SIZES: Final = (Size("small", 5, 2, 80), Size("large", 25, 6, 50))


def attempts(size: Size, seed: int, course: str = "") -> Iterator[tuple[Submission, Submission]]:
    """Two attempts of each student, no two students' alike: an answer that was kept would be taken again."""
    pool = {path: text for path, text in package_files().items() if len(text) <= _SMALL_CHARS}
    paths = sorted(pool)
    for number in range(size.students):
        chance = random.Random(f"{seed} {number}")
        chosen = chance.sample(paths, size.files)
        before = {path: f"{pool[path]}\nSTUDENT = {number}\n" for path in chosen}
        changed = chance.sample(chosen, size.changed)
        after = before | {path: edit(chance, before[path]) for path in changed}
        log = "".join(f"tests/test_{case}.py::test_{case} PASSED\n" for case in range(10))
        pair = [
            a_submission(
                submission_id=f"{size.name}-{number}-{turn}",
                student_id=f"{size.name}{course}-{number}",
                submitted_at=NOON + timedelta(hours=turn),
                files=files,
                test_logs=f"{log}===== 10 passed in 0.{turn + 1}s =====\n",
            )
            for turn, files in enumerate((before, after))
        ]
        yield pair[0], pair[1]


def processor_s(pid: int) -> tuple[float, float]:
    """Seconds that process has used, and it with all that it started, the ended ones too."""
    children: dict[int, list[int]] = {}
    used: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        used[int(entry.name)] = own, ended
    whole, todo = 0, [pid]
    while todo:
        one = todo.pop()
        whole += sum(used.get(one, (0, 0)))
        todo += children.get(one, [])
    return used[pid][0] / _TICKS, whole / _TICKS


async def measure(line: Line, url: str, checkout: Path, size: Size, seed: int) -> Cost:
    """Start a worker of `checkout`, let everybody hand in twice, stop it."""
    pairs = list(attempts(size, seed, line.prefix))
    worker = await line.start_worker(PYTHONPATH=str(checkout), LLM_BASE_URL=url, LLM_MODEL="scripted")
    await line.produce(*(first for first, _ in pairs))
    await line.wait_until_published(size.students, timeout_s=300)
    assert worker.pid is not None
    before = processor_s(worker.pid)
    began = time.monotonic()
    await line.produce(*(second for _, second in pairs))
    await line.wait_until_published(2 * size.students, timeout_s=300)
    took = time.monotonic() - began
    after = processor_s(worker.pid)
    await worker.stop()
    own, whole = (1_000 * (now - then) / size.students for now, then in zip(after, before, strict=True))
    costs = f"worker {own:6.1f} ms, everything {whole:6.1f} ms"
    say(f"{checkout.name:16} {size.name}: {costs}, {size.students / took:.1f}/s")
    return Cost(own, whole)


def told(size: Size, costs: Sequence[Cost], parse: float) -> str:
    """Medians in milliseconds, and as multiples of what `ast.parse` takes here."""
    own = statistics.median(cost.worker for cost in costs)
    whole = statistics.median(cost.everything for cost in costs)
    return (
        f"MEDIAN {size.name} ({size.files} files, {size.changed} changed): worker {own:.1f} ms "
        f"({own / parse:.1f} times ast.parse), everything {whole:.1f} ms ({whole / parse:.1f})"
    )


def parse_ms(size: Size) -> float:
    """What `ast.parse` of a second attempt takes here."""
    texts = [list((second.files or {}).values()) for _, second in attempts(size, 0)]
    began = time.process_time()
    for files in texts:
        for text in files:
            ast.parse(text)
    return 1_000 * (time.process_time() - began) / len(texts)


async def serve_model() -> None:
    """Answer until killed; the address is the first line on stdout."""
    text = json.dumps(_ANSWER)

    model = ScriptedLlm(lambda _document, _number: Completion(text, delay_s=_THINKING_S))
    await model.start()
    say(model.base_url)
    while True:
        await asyncio.sleep(1)
        model.requests.clear()


@contextmanager
def model_process() -> Iterator[str]:
    """The scripted model's address, while it answers."""
    command = [sys.executable, "-m", "tests.benchmarks.submission_cost", "--serve-model"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def run(checkouts: Sequence[Path], turns: int, sizes: Sequence[Size]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="reviewstream-bench-") as folder, model_process() as url:
        work = Path(folder)
        broker, why = await start_broker(work / "kafka", choice="auto", say=say)
        database = await start_database(work / "mongodb")
        api = RecordingApi()
        await api.start()
        kafka = Kafka(broker.bootstrap, broker.name, why, broker)
        try:
            for size in sizes:
                costs: dict[Path, list[Cost]] = {checkout: [] for checkout in checkouts}
                for turn in range(turns):
                    for checkout in checkouts:
                        place = work / f"{size.name}-{turn}-{len(costs[checkout])}-{checkouts.index(checkout)}"
                        async with a_line(kafka, database.url, api, place) as line:
                            costs[checkout].append(await measure(line, url, checkout, size, turn))
                parse = parse_ms(size)
                for checkout, measured in costs.items():
                    say(f"{checkout.name:16} {told(size, measured, parse)}")
        finally:
            await api.stop()
            await database.stop()
            await broker.stop()


def say(line: str) -> None:
    """A line on stdout, now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure, or be the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, action="append", default=[], help="another checkout, measured too")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--sizes", default="small,large")
    parser.add_argument("--serve-model", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_model:
        asyncio.run(serve_model())
        return
    sizes = [size for size in SIZES if size.name in options.sizes.split(",")]
    asyncio.run(run([*(path.resolve() for path in options.against), ROOT], options.turns, sizes))


if __name__ == "__main__":
    main()
