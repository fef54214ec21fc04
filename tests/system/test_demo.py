"""The demo as a stranger runs it: one command, no Docker, everything on loopback."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.embedded.demo.arrivals import DESTINATIONS
from app.embedded.demo.samples import ATTEMPTS
from tests import ROOT

DEADLINE_S = 400

pytestmark = [pytest.mark.kafka, pytest.mark.mongo, pytest.mark.timeout(500)]


def environment(tmp_path: Path, **overrides: str) -> dict[str, str]:
    """What a plain shell has: no language model, no settings of ours; files of the run under `tmp_path`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "JAVA_HOME") if name in os.environ}
    return {**kept, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT), **overrides}


@asynccontextmanager
async def demo_process(
    tmp_path: Path, env: Mapping[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demo as a child process in a directory without `.env`; it does not outlive a test that fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "demo", *arguments,
        cwd=tmp_path,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(DEADLINE_S):
            yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


async def run_demo(tmp_path: Path, env: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """Run the demo to its end; its document."""
    async with demo_process(tmp_path, env, "--json", *arguments) as process:
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-4000:]
    document: dict[str, Any] = orjson.loads(out)
    return document


def assert_everything_arrived_once(document: dict[str, Any]) -> None:
    assert document["ok"]
    assert document["dead_letters"] == []
    assert document["conflicts"] == 0
    arrived = {s["submission_id"]: s["arrived"] for s in document["submissions"]}
    assert arrived == {a.submission_id(): dict.fromkeys(DESTINATIONS, 1) for a in ATTEMPTS}


def processes_of(work_dir: Path) -> list[str]:
    """Command lines of processes that name `work_dir`, or were started in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            place = str((process / "cwd").readlink())
        except OSError:  # ended meanwhile, or not ours
            continue
        if str(work_dir) in command or place.startswith(str(work_dir)):
            found.append(command)
    return found


def leftovers(work_dir: Path) -> list[Path]:
    """Directories that a demo left among the temporary files."""
    return list(work_dir.glob("reviewstream-demo-*"))


@pytest.mark.apache_kafka
async def test_every_sample_arrives_once_everywhere_on_apache_kafka(tmp_path: Path) -> None:
    """On Apache Kafka each sample has one document, one delivery, one record and one notification, rightly compared."""
    document = await run_demo(tmp_path, environment(tmp_path, DEMO_BROKER="apache-kafka"))
    assert document["broker"]["name"] == "Apache Kafka"
    assert_everything_arrived_once(document)
    assert_reviews_are_true(document)
    assert processes_of(tmp_path) == []
    assert leftovers(tmp_path) == []


async def test_every_sample_arrives_once_everywhere_without_java(tmp_path: Path) -> None:
    """With DEMO_BROKER=tansu the demo does the same on a machine without Java; with `--language en`, in English."""
    bare = environment(tmp_path, DEMO_BROKER="tansu", PATH=str(Path(sys.executable).parent))
    bare.pop("JAVA_HOME", None)
    assert shutil.which("java", path=bare["PATH"]) is None
    document = await run_demo(tmp_path, bare, "--language", "en")
    assert document["broker"]["name"] == "Tansu"
    summaries = [s["review"]["review_result"]["progress_summary"] for s in document["submissions"]]
    own_words = [re.sub("`[^`]*`", "", summary) for summary in summaries]  # quoted are the students' own names
    assert [words for words in own_words if re.search("[а-я]", words)] == []
    assert_everything_arrived_once(document)
    assert_reviews_are_true(document)
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_leaves_no_process_behind(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM in the middle end the demo with 128 and the signal, and everything that it started."""
    async with demo_process(tmp_path, environment(tmp_path, DEMO_BROKER="tansu")) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while not (line := await process.stdout.readline()).startswith(b"Produced"):
            assert line, (await process.stderr.read()).decode()[-4000:]
        assert len(processes_of(tmp_path)) >= 3
        process.send_signal(number)
        await process.communicate()
    assert process.returncode == 128 + number
    assert processes_of(tmp_path) == []


def assert_reviews_are_true(document: dict[str, Any]) -> None:
    """What the samples were written to show is in their reviews."""
    reviews = {s["submission_id"]: s["review"] for s in document["submissions"]}
    assert {r["model"] for r in reviews.values()} == {"offline-rules"}
    for attempt in ATTEMPTS:
        previous = attempt.submission_id(back=1) if attempt.number > 1 else None
        assert reviews[attempt.submission_id()]["previous_submission_id"] == previous

    fixed = reviews["anna.petrova.hw1-feature-store.2"]
    assert fixed["score_change"] > 0
    assert "extract_method" in {change["kind"] for change in fixed["changes"]}
    assert fixed["tests"]["newly_passing"] == [
        "tests/test_features.py::test_purchases_without_views",
        "tests/test_storage.py::test_value_written_at_the_very_moment_is_visible",
    ]
    worse = reviews["boris.ivanov.hw1-feature-store.2"]
    assert worse["score_change"] < 0
    assert "tests_removed" in worse["integrity"]["flags"]
    steering = {id_ for id_, r in reviews.items() if "instruction_in_source" in r["integrity"]["flags"]}
    assert steering == {"viktor.sokolov.hw1-feature-store.2"}


def walk_through() -> str:
    """The commands that docs/replay.md has to be typed beside a demo that stays up."""
    page = (
        (ROOT / "docs" / "replay.md").read_text("utf-8").partition("## A walk-through")[2].partition("Without `--")[0]
    )
    typed = [line.strip() for line in page.splitlines() if line.startswith("    ") and line.strip()]
    commands = [line for line in typed if line.startswith(("set ", "sed ", "kill ", "reviewstream "))]
    assert len(commands) == 7
    return "\n".join(commands)


async def test_walk_through_of_a_changed_prompt_is_as_written(tmp_path: Path) -> None:
    """As docs/replay.md has it: change the prompt, plan, run in the shadow, look, promote; the plan holds."""
    folder = tmp_path / "desk"
    folder.mkdir()
    own = folder / "bin"
    own.mkdir()
    (own / "reviewstream").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app "$@"\n')
    (own / "reviewstream").chmod(0o755)
    async with demo_process(tmp_path, environment(tmp_path), "--keep", "--stand-in-model") as demo:
        assert demo.stdout is not None
        while b"The stack stays up" not in (line := await demo.stdout.readline()):
            assert line, "the demo ended"
        (work_dir,) = leftovers(tmp_path)
        settings = f'set -a; . "{work_dir}"/demo.env; set +a'
        tape = await typed(f"{settings}\nreviewstream replay plan --all --json", folder, tmp_path)
        (before,) = read_documents(tape)
        assert (before["from_tape"], before["calls"]) == (13, 0)
        script = walk_through().replace("/tmp/reviewstream-demo-XXXX", str(work_dir))
        plan, run, diff, promoted = read_documents(await typed(script, folder, tmp_path))
        assert (plan["from_tape"], plan["calls"]) == (0, 8)
        assert (run["reviewed"], run["failed"]) == (8, 0)
        assert diff["missing"] == 0
        assert promoted["phase"] == "promoted"
        page = (folder / "diff.html").read_text("utf-8")
        assert all(student in page for student in ("anna.petrova", "boris.ivanov", "viktor.sokolov"))
        demo.send_signal(signal.SIGINT)
        await demo.communicate()
    assert demo.returncode == 0
    assert processes_of(tmp_path) == []


async def typed(script: str, folder: Path, tmp_path: Path) -> bytes:
    """What a shell prints where the script is typed; each of its commands ends well."""
    env = environment(tmp_path)
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    shell = await asyncio.create_subprocess_exec(
        "bash", "-e", "-c", script,
        cwd=folder, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await shell.communicate()
    assert shell.returncode == 0, err.decode()[-4000:]
    return out


def read_documents(text: bytes) -> list[dict[str, Any]]:
    """The JSON documents in `text`, one behind the other."""
    decoder, rest, documents = json.JSONDecoder(), text.decode().strip(), []
    while rest:
        document, end = decoder.raw_decode(rest)
        documents.append(document)
        rest = rest[end:].strip()
    return documents
