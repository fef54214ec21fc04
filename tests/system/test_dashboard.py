"""The dashboard on real parts: it changes as submissions flow, and each staged trouble is named on top in time."""

import asyncio
import json
import re
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Final
from zlib import crc32

import httpx
import pytest
from playwright.async_api import async_playwright, expect

from app.core.watching.silence import GONE_AFTER_S
from app.embedded.database.secantus import SecantusDb
from app.embedded.machine.processes import ServerProcess
from app.embedded.platform.review_api import RecordingApi
from schemas.replay import Selection
from schemas.submission import Submission
from tests.builders.records import NOON, a_submission
from tests.conftest import do_without
from tests.fakes.llm_server import Completion, HttpError, ScriptedLlm
from tests.parts.choice import Kafka
from tests.parts.chromium import OPTIONS, chromium_path
from tests.parts.ports import own_port
from tests.patience import PATIENCE_S
from tests.system.line import ANSWER, Line, a_line
from tests.system.test_replay import replay
from tests.system.test_web import TOKEN, a_web_process

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

IN_TIME: Final = timedelta(seconds=5)
"""From the moment when the system notices a trouble to the moment when the page names it."""
_TROUBLE: Final = re.compile(
    r'data-trouble="(?P<kind>\w+)">\s*<h3>(?P<name>.*?)</h3>.*?<dd>(?P<cause>.*?)</dd>.*?<dd>(?P<rest>.*?)</li>',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A trouble as the page told it, and when it did so first."""

    name: str
    cause: str
    cure: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """The page, as an operator loads it again and again."""

    client: httpx.AsyncClient

    async def troubles(self) -> dict[str, Named]:
        """All that is told on top of the page: above the flow, in order, by kind."""
        response = await self.client.get("/", params={"lang": "en"})
        assert response.status_code == 200, response.text
        top = response.text.partition('id="flow"')[0]
        now = datetime.now(UTC)
        return {
            one["kind"]: Named(unescape(one["name"]), unescape(one["cause"]), unescape(one["rest"]), now)
            for one in _TROUBLE.finditer(top)
        }

    async def named(self, kind: str) -> Named:
        """The trouble, once it is told."""
        told: dict[str, Named] = {}
        try:
            async with asyncio.timeout(PATIENCE_S):
                while kind not in (told := await self.troubles()):
                    await asyncio.sleep(0.2)
        except TimeoutError:
            pytest.fail(f"{kind} is not told, but {told}")
        return told[kind]

    async def over(self, kind: str) -> None:
        """The page tells it no more."""
        async with asyncio.timeout(PATIENCE_S):
            while kind in await self.troubles():
                await asyncio.sleep(0.2)


@asynccontextmanager
async def a_board(line: Line) -> AsyncIterator[Board]:
    """The dashboard of the line's own web process, watched by somebody."""
    async with a_web_process(line) as (_, client):
        await client.get("/")
        yield Board(client)


async def noticed(
    process: ServerProcess, event: str, count: int = 1, *, after: datetime = NOON, **fields: str
) -> datetime:
    """When its log told for the `count`th time `after` then what is meant."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            text = await asyncio.to_thread(process.spec.log_path.read_text)
            lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
            found = [
                line
                for line in lines
                if line["event"] == event
                and datetime.fromisoformat(line["timestamp"]) > after
                and all(line.get(name) == value for name, value in fields.items())
            ]
            if len(found) >= count:
                return datetime.fromisoformat(found[count - 1]["timestamp"])
            await asyncio.sleep(0.1)


def of_student(student: str, number: int = 1) -> Submission:
    """A small work of a student's, unlike any other's: one that was reviewed before is not asked about again."""
    files = {"work.py": f"def work(value):\n    return value + {crc32(student.encode()) + number}\n"}
    return a_submission(
        submission_id=f"{student}-{number}",
        student_id=student,
        submitted_at=NOON + timedelta(hours=number),
        files=files,
    )


def in_archive(line: Line, student: str) -> Submission:
    """A work whose archive lies in the archive root."""
    root = Path(line.environment["ARCHIVE_PATH"])
    with zipfile.ZipFile(root / f"{student}-1.zip", "w") as archive:
        archive.writestr("work.py", "def work(value):\n    return value\n")
    return a_submission(submission_id=f"{student}-1", student_id=student, files=None)


@pytest.mark.alone
async def test_a_model_that_is_slow_or_away_refusals_and_an_empty_root(line: Line, scripted_llm: ScriptedLlm) -> None:
    """Each is named in time with its cure, and told no more once it is over."""
    line.environment |= {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": "scripted",
        "LLM_TIMEOUT_S": "2",
        "LLM_MAX_RETRIES": "0",
        "REFUSED_MIN": "200",
    }
    worker = await line.start_worker()
    async with a_board(line) as board:
        scripted_llm.script = lambda _request, _number: Completion(ANSWER, delay_s=1.4)
        await line.produce(*(of_student(f"slow{n}") for n in range(4)))
        slow = await board.named("model_slow")
        assert slow.at - await noticed(worker, "event_done", 3, stage="reviewer") < IN_TIME
        assert "LLM_TIMEOUT_S" in slow.cure

        scripted_llm.script = lambda _request, _number: HttpError(503)
        await line.produce(*(of_student(f"away{n}") for n in range(4)))
        away = await board.named("model_away")
        assert away.at - await noticed(worker, "dependency_unavailable", dependency="llm") < IN_TIME
        assert "LLM_BASE_URL" in away.cure
        scripted_llm.script = lambda _request, _number: Completion(ANSWER)

        for number in range(8):
            await line.produce_bytes(b"no json", key=f"odd{number}".encode())
        surging = await board.named("refusals_surging")
        assert surging.at - await noticed(worker, "event_refused", 5) < IN_TIME
        assert "not_json" in surging.cause
        await board.over("model_away")

        emptied = datetime.now(UTC)
        root = Path(line.environment["ARCHIVE_PATH"])
        shutil.rmtree(root / "submission-of-before")
        empty = await board.named("archives_empty")
        assert empty.at - emptied < IN_TIME
        assert "ARCHIVE_PATH" in empty.cure
        (root / "any-file").touch()
        await board.over("archives_empty")


@pytest.mark.alone
async def test_a_budget_that_is_spent_and_a_replay_that_fails(line: Line, scripted_llm: ScriptedLlm) -> None:
    """The first answer costs more than the day may; later, its archive is gone, and it is to be reviewed again."""
    line.environment |= {
        "LLM_BASE_URL": scripted_llm.base_url,
        "LLM_MODEL": "scripted",
        "LLM_PRICES": "scripted=1000/1000",
        "LLM_BUDGET_DAY": "0.01",
    }
    scripted_llm.script = lambda _request, _number: Completion(ANSWER)
    worker = await line.start_worker()
    async with a_board(line) as board:
        await line.produce(in_archive(line, "anna"))
        await line.wait_until_published(1)
        spent = await board.named("budget_spent")
        assert spent.at - await noticed(worker, "event_done", stage="reviewer") < IN_TIME
        assert "LLM_BUDGET_DAY" in spent.cure

        (Path(line.environment["ARCHIVE_PATH"]) / "anna-1.zip").unlink()
        state = await replay(line, selection=Selection(submissions=("anna-1",)))
        assert state.failed == 1
        failing = await board.named("replay_failing")
        assert failing.at - state.heard_at < IN_TIME
        assert f"reviewstream replay status {state.replay_id}" in failing.cure


@pytest.mark.alone
async def test_a_partition_that_stalls_and_a_worker_that_is_gone(line: Line) -> None:
    """Consumption silently stops; then the process is killed, as by a machine without memory."""
    worker = await line.start_worker("-m", "tests.system.frozen_worker", STALL_AFTER_S="3")
    async with a_board(line) as board:
        await line.produce(of_student("anna", 1))
        await line.wait_until_published(1)
        freeze = worker.spec.work_dir / "data" / "freeze"
        freeze.touch()
        async with asyncio.timeout(PATIENCE_S):
            while not freeze.with_name("frozen").exists():
                await asyncio.sleep(0.1)
        await line.produce(of_student("anna", 2))
        stalled = await board.named("partition_stalled")
        assert stalled.at - await noticed(worker, "partition_stalled") < IN_TIME
        assert line.topic("submissions") in stalled.name
        assert "restart that worker" in stalled.cure

        killed = datetime.now(UTC)
        worker.kill()
        gone = await board.named("worker_gone")
        assert gone.at - killed - timedelta(seconds=GONE_AFTER_S) < IN_TIME
        assert "Start it again" in gone.cure
        assert [*await board.troubles()][:2] == ["no_worker", "worker_gone"]


@pytest.mark.alone
async def test_a_broker_and_a_database_that_are_away(kafka: Kafka, recording_api: RecordingApi, tmp_path: Path) -> None:
    """The page is there without either, and names both with their cures until they are back."""
    database = SecantusDb(tmp_path / "database", port=own_port())
    await database.start()
    try:
        async with a_line(kafka, database.url, recording_api, tmp_path / "line") as line, a_board(line) as board:
            await line.start_worker()
            await board.over("no_worker")
            killed = datetime.now(UTC)
            kafka.broker.kill()
            try:
                broker = await board.named("broker_away")
                assert broker.at - killed < IN_TIME
                assert "KAFKA_BOOTSTRAP_SERVERS" in broker.cure
                killed = datetime.now(UTC)
                database.kill()
                away = await board.named("mongodb_away")
                web, work = line.workers[0], "completing what is published"
                assert away.at - await noticed(web, "states_wait", after=killed, work=work) < IN_TIME
                assert "MONGODB_URL" in away.cure
                assert [*await board.troubles()][:2] == ["broker_away", "mongodb_away"]
            finally:
                await kafka.broker.start()
            await database.start()
            await board.over("mongodb_away")
            await board.over("broker_away")
    finally:
        await database.stop()


@pytest.mark.browser
async def test_the_dashboard_changes_as_submissions_flow(line: Line) -> None:
    """A browser that loads the page once sees a review come, a dead letter, and a worker that ends."""
    worker = await line.start_worker()
    async with a_web_process(line) as (web, client), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(do_without), args=list(OPTIONS))
        page = await browser.new_page(base_url=str(client.base_url))
        page.set_default_timeout(PATIENCE_S * 1_000)
        await page.goto("/?lang=en")
        await page.fill("#token", TOKEN)
        await page.click("main button")
        await expect(page.locator("#troubles")).to_contain_text("Nothing is wrong", timeout=PATIENCE_S * 1_000)
        await page.evaluate("window.loadedOnce = true")

        await line.produce(of_student("anna"))
        await expect(page.locator("#reviews")).to_contain_text("anna-1", timeout=PATIENCE_S * 1_000)
        await expect(page.locator("[data-stage=publisher] td").first).not_to_have_text(
            "0.0", timeout=PATIENCE_S * 1_000
        )
        await line.produce_bytes(b"no json", key=b"odd")
        await expect(page.locator("#letters")).to_contain_text("not_json", timeout=PATIENCE_S * 1_000)
        await worker.stop()
        await expect(page.locator("#troubles")).to_contain_text("No worker is running", timeout=PATIENCE_S * 1_000)
        assert await page.evaluate("window.loadedOnce"), "the page was loaded again"

        await page.click("#letters button")
        await page.wait_for_selector("text=would go back")
        await page.click("text=Requeue them")
        await page.wait_for_selector("text=went back")
        await page.goto("/?lang=en")
        await page.wait_for_selector("#dashboard")
        stopped = datetime.now(UTC)
        await web.stop()
        assert datetime.now(UTC) - stopped < timedelta(seconds=4), "a browser that watches held the stop up"
        said = await asyncio.to_thread(web.spec.log_path.read_text)
        assert "web_stopped" in said
        assert "Traceback" not in said
        await browser.close()
