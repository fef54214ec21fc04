"""The HTTP API on real parts: handing in through it alone, true states under kills, and the same from the log."""

import asyncio
import io
import json
import os
import re
import signal
import sys
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.core.access import hash_token
from app.core.history.identity import review_id
from app.embedded.machine.loopback import LOOPBACK, accepts_connections
from app.embedded.machine.processes import ServerProcess, ServerSpec, inherited_environment
from schemas.submission import Submission
from tests import ROOT
from tests.builders.records import NOON, a_submission
from tests.parts.ports import own_port
from tests.patience import PATIENCE_S
from tests.system.line import Line

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

TOKEN = "of-the-test"
HOOKS = "tests.system.schemathesis_hooks"
ENVIRONMENT = {"WEB_TOKENS": f"test:submit+read+review+operate:{hash_token(TOKEN)}", "PYTHONPATH": str(ROOT)}


@asynccontextmanager
async def a_web_process(
    line: Line, name: str = "web", **environment: str
) -> AsyncIterator[tuple[ServerProcess, httpx.AsyncClient]]:
    """`reviewstream web` of the line, and somebody who may do everything there."""
    port = int(environment.pop("WEB_API_PORT", 0)) or own_port()
    address = f"http://{LOOPBACK}:{port}"

    async def answers() -> bool:
        if not await accepts_connections(port):  # a client of httpx's reads the authorities of the world first
            return False
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{address}/health")).status_code == 200
        except httpx.HTTPError:
            return False

    directory = line.work_dir / name
    spec = ServerSpec(
        name=name,
        command=(sys.executable, "-m", "app", "web"),
        work_dir=directory,
        log_path=directory / "web.log",
        cure="see its log",
        environment={
            **inherited_environment(),
            **line.environment,
            **ENVIRONMENT,
            **environment,
            "WEB_API_PORT": str(port),
        },
        stop_grace_s=20,
    )
    process = ServerProcess(spec, answers)
    line.workers.append(process)
    await process.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE_S) as client:
        yield process, client


async def rebuild(line: Line) -> dict[str, Any]:
    """`reviewstream states rebuild`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "states",
        "rebuild",
        "--json",
        env={**inherited_environment(), **line.environment, **ENVIRONMENT},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_S):
        said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    document: dict[str, Any] = json.loads(said)
    return document


async def kept_states(line: Line, *fields: str) -> dict[str, Mapping[str, Any]]:
    """All state documents by id, or these fields of them."""
    documents = await line.mongo[line.prefix]["submission_states"].find({}, list(fields) or None).to_list()
    return {document["_id"]: document for document in documents}


def packed(text: str) -> bytes:
    """A zip file of one module."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("work.py", text)
    return file.getvalue()


async def test_handing_in_through_the_api_alone(line: Line) -> None:
    """Archive, order, wait, review; then the history, and a refusal with its cure; and a clean end."""
    await line.start_worker()
    async with a_web_process(line) as (process, client):
        for number, text in enumerate(("def work():\n    return 1\n", "def work(value):\n    return value\n"), 1):
            url = f"/api/v1/submissions/anna-{number}"
            assert (await client.put(f"{url}/archive", content=packed(text))).status_code == 201
            ordered = await client.post(f"{url}/review", json={"student_id": "anna", "assignment_id": "hw1"})
            assert ordered.status_code == 202, ordered.text
            answer = (await client.get(ordered.headers["location"], params={"wait": 60})).json()
            assert answer["status"] == "completed", answer
            assert answer["review"]["new_submission_id"] == f"anna-{number}"
        history = (await client.get("/api/v1/students/anna/assignments/hw1/reviews", params={"limit": 1})).json()
        assert [review["previous_submission_id"] for review in history["reviews"]] == ["anna-1"]
        rest = {"limit": 1, "cursor": history["next_cursor"]}
        older = (await client.get("/api/v1/students/anna/assignments/hw1/reviews", params=rest)).json()
        assert [review["submission_id"] for review in older["reviews"]] == ["anna-1"]
        assert older["next_cursor"] is None

        await client.put("/api/v1/submissions/bad/archive", content=b"PK\x03\x04 and nothing else")
        ordered = await client.post("/api/v1/submissions/bad/review", params={"student_id": "b", "assignment_id": "a"})
        answer = (await client.get(ordered.headers["location"], params={"wait": 60})).json()
        assert (answer["status"], answer["refusal"]["reason"]) == ("refused", "archive_corrupt")
        letters = (await client.get("/api/v1/dead-letters", params={"reason": "archive_corrupt"})).json()["letters"]
        assert [letter["submission"] for letter in letters] == ["bad"]
        shown = await client.get(f"/api/v1/dead-letters/{letters[0]['letter']}")
        assert shown.json()["reason"] == "archive_corrupt"
        foretold = await client.post("/api/v1/requeues", json={"letters": [letters[0]["letter"]]})
        assert foretold.json()["outcomes"] == {"would requeue": 1}

        ready = await client.get("/ready")
        assert ready.status_code == 200, ready.text
        await process.stop()
        said = process.spec.log_path.read_text("utf-8")
        assert "web_stopped" in said
        assert "Traceback" not in said


async def test_states_are_true_to_the_log_whoever_dies(line: Line) -> None:
    """Worker and web are killed while submissions pass: none goes backwards, each ends, and the log tells the same."""
    submissions = [an_attempt(f"s{n % 50}", n // 50) for n in range(300)]
    ids = {str(review_id(s.student_id, s.assignment_id, s.submission_id, 0)) for s in submissions}
    worker = await line.start_worker()
    seen: dict[str, str] = {}

    async def watch() -> None:
        while True:
            for task_id, document in (await kept_states(line, "standing")).items():
                assert document["standing"] >= seen.get(task_id, ""), "a state went backwards"
                seen[task_id] = document["standing"]
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    async with a_web_process(line) as (web, _), a_web_process(line, "second") as (_, client):
        for number, submission in enumerate(submissions):
            await line.produce(submission)
            if number == 100:
                web.kill()
            if number == 200:
                worker.kill()
                await line.start_worker()
        await line.wait_until_published(len(submissions))
        async with asyncio.timeout(PATIENCE_S):
            while sum(one["phase"] == "completed" for one in (await kept_states(line, "phase")).values()) < len(ids):
                assert not watching.done()
                await asyncio.sleep(0.2)
        watching.cancel()
        kept = await kept_states(line)
        assert kept.keys() == ids
        assert (await client.get(f"/api/v1/reviews/{next(iter(ids))}")).json()["status"] == "completed"
    counted = await rebuild(line)
    assert counted["records"] >= 3 * len(submissions)
    assert await kept_states(line) == kept


async def test_web_waits_for_what_is_away(line: Line) -> None:
    """Without topics, and without a database, it starts, says what is missing, and goes on once that is there."""
    async with a_web_process(line) as (process, client):
        ready = await client.get("/ready")
        assert ready.status_code == 503
        assert "no worker has started yet" in ready.json()["detail"]
        await client.put("/api/v1/submissions/early/archive", content=packed("def work():\n    return 1\n"))
        order = {"student_id": "anna", "assignment_id": "hw1"}
        early = await client.post("/api/v1/submissions/early/review", json=order)
        assert early.status_code == 503
        assert early.json()["type"] == "urn:reviewstream:problem:kafka_unavailable"
        await line.start_worker()
        again = await client.post("/api/v1/submissions/early/review", json=order)
        assert again.status_code == 202
        answer = (await client.get(again.headers["location"], params={"wait": 60})).json()
        assert answer["status"] == "completed"
        async with asyncio.timeout(PATIENCE_S):
            while (await client.get("/ready")).status_code != 200:
                await asyncio.sleep(0.5)
        assert process.pid is not None
        os.killpg(process.pid, signal.SIGINT)
        async with asyncio.timeout(PATIENCE_S):
            while process.running:
                await asyncio.sleep(0.1)
        assert "web_stopped" in process.spec.log_path.read_text("utf-8")


def an_attempt(student: str, number: int) -> Submission:
    """A student's attempt: each one changes the code of the one before."""
    body = "".join(f"    total += {step} * value\n" for step in range(number))
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        files={"work.py": f"def work(value):\n    total = 0\n{body}    return total\n"},
    )


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
async def test_curl_as_it_is_documented(line: Line, tmp_path: Path, page: str) -> None:
    """Typed as they stand, the lines of README and page hand a folder in and read its review."""
    (block,) = re.findall(r"^```bash\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "my-homework").mkdir()
    (tmp_path / "my-homework" / "work.py").write_text("def work():\n    return 1\n", "utf-8")
    await line.start_worker()
    async with a_web_process(line) as (_web, client):
        shell = await asyncio.create_subprocess_exec(
            "bash", "-e", "-o", "pipefail", "-c", block,
            cwd=tmp_path,
            env={**inherited_environment(), "WEB": str(client.base_url).rstrip("/"), "TOKEN": TOKEN},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(shell.communicate(), PATIENCE_S)
    assert (shell.returncode, err) == (0, b""), err.decode()
    assert b"urn:reviewstream:problem" not in out
    assert b'"status":"completed"' in out
    assert b'"overall_score"' in out


async def test_schemathesis_finds_nothing_at_a_running_server(line: Line) -> None:
    """No 5xx, no answer that the document lacks, every error a problem: on real parts, over a real connection.

    Two checks are left out, which take what fits the schema for acceptable: a cursor that no page gave fits it.
    """
    worker = await line.start_worker()
    async with a_web_process(line, WEB_RATE_PER_S="100000") as (web, client):
        submission = a_submission(submission_id="anna-1", student_id="anna")
        await line.produce(submission)
        await line.wait_for("reviews", 1)
        asker = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{client.base_url}/openapi.json",
            "--header", f"Authorization: Bearer {TOKEN}",
            "--exclude-checks", "positive_data_acceptance,negative_data_rejection",
            "--max-examples", "15", "--generation-deterministic", "--no-color",
            cwd=line.work_dir,
            env={**inherited_environment(), "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": HOOKS},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said = (await asyncio.wait_for(asker.communicate(), PATIENCE_S))[0].decode()
        assert asker.returncode == 0, said[-6000:]
        (generated, passed) = re.findall(r"(\d+) generated, (\d+) passed", said)[0]
        assert int(passed) >= 400, said[-3000:]
        assert generated == passed
        assert web.running
        assert (await client.get("/health")).status_code == 200
    assert worker.running
