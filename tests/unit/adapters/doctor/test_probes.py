"""The probes of `doctor`: what they say of parts that are there, away, slow and wrong."""

import asyncio
import os
import stat
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.adapters.doctor import probes
from app.adapters.doctor.probes import (
    probe_all,
    probe_archives,
    probe_data_dir,
    probe_prompts,
    probe_settings,
)
from app.adapters.doctor.probing import Probe, probing
from app.adapters.kafka.topic_plans import TopicPlan
from app.config import Settings, load_settings
from app.core.limits import DeliveryLimits
from schemas.errors import StartRefused
from tests import ROOT
from tests.fakes.answering import AnsweringServer

NOWHERE = "127.0.0.1:1"


def settings_for(**overrides: Any) -> Settings:
    """Settings whose every part is away but for those that a test names."""
    away = {
        "kafka_bootstrap_servers": NOWHERE,
        "mongodb_url": f"mongodb://{NOWHERE}/?directConnection=true",
        "mongodb_timeout_s": 0.3,
    }
    return load_settings(env_file=None, **(away | overrides))


@pytest.fixture
async def answering() -> AsyncIterator[AnsweringServer]:
    server = AnsweringServer()
    await server.start()
    yield server
    await server.stop()


async def test_readable_archives_are_ok(tmp_path: Path) -> None:
    """A folder will do, with something in it or not; that nothing is in it is said."""
    empty = await probe_archives(5, tmp_path)
    assert empty.ok
    assert "empty: submissions that are looked up in it wait" in empty.cause
    (tmp_path / "sub-1").mkdir()
    filled = await probe_archives(5, tmp_path)
    assert (filled.ok, filled.cause) == (True, f"{tmp_path} is readable")


async def test_missing_archives_are_not_ok(tmp_path: Path) -> None:
    """A folder that is not there, and a file in its place, are told by their paths, with a cure."""
    (tmp_path / "file").write_text("x")
    missing = await probe_archives(5, tmp_path / "nowhere")
    assert (missing.ok, missing.cause) == (False, f"there is no folder {tmp_path / 'nowhere'}")
    assert missing.cure is not None
    assert f"mkdir -p {tmp_path / 'nowhere'};" in missing.cure
    assert not (await probe_archives(5, tmp_path / "file")).ok
    assert "ARCHIVE_PATH" in str(missing.cure)


async def test_hanging_mount_neither_blocks_nor_keeps_the_process(tmp_path: Path) -> None:
    """A folder that never answers ends with the time limit, and its thread is not waited for."""
    fifo = tmp_path / "dead-mount"
    os.mkfifo(fifo)

    def open_for_ever() -> None:
        fifo.open("rb").close()

    before = set(threading.enumerate())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await probes._in_thread(open_for_ever)
    (hanging,) = set(threading.enumerate()) - before
    assert hanging.daemon
    os.close(os.open(fifo, os.O_RDWR))
    hanging.join(5)
    assert not hanging.is_alive()


async def test_a_misspelt_name_is_a_warning(tmp_path: Path) -> None:
    """A name in `.env` that looks like a setting is told with the one that is meant; doctor does not fail for it."""
    file = tmp_path / ".env"
    nothing = await probe_settings(5, file)
    assert (nothing.ok, nothing.cure) == (True, None)
    file.write_text("TOPIC_PARTITION=3\nANOTHER_PROGRAMS=1\n")
    probe = await probe_settings(5, file)
    assert (probe.ok, probe.cure) == (True, f"correct TOPIC_PARTITION in {file}")
    assert probe.cause == f"TOPIC_PARTITION in {file} is no setting; did you mean TOPIC_PARTITIONS?"


async def test_data_dir_is_probed_without_a_trace(tmp_path: Path) -> None:
    """A folder that can be written stays empty, and one that is missing is not made."""
    there, later = await probe_data_dir(5, tmp_path), await probe_data_dir(5, tmp_path / "a" / "b")
    assert (there.ok, later.ok) == (True, True)
    assert "can be made in" in later.cause
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - the disk of the test


async def test_prompt_files_are_probed(tmp_path: Path) -> None:
    """Doctor names the version of each prompt file, and in one that is not valid file, line and field."""
    shipped = await probe_prompts(5, None)
    assert (shipped.ok, shipped.detail["assignments"]) == (True, {})
    assert shipped.cause.startswith("review.ru/")
    text = (ROOT / "app/prompts/review.en.yaml").read_text("utf-8")
    (tmp_path / "hw-1.en.yaml").write_text(text)
    own = await probe_prompts(5, tmp_path)
    assert list(own.detail["assignments"]) == ["hw-1.en"]
    (tmp_path / "hw-2.en.yaml").write_text(text.replace("  log: log", "  lag: log"))
    wrong = await probe_prompts(5, tmp_path)
    assert not wrong.ok
    assert "hw-2.en.yaml: prompt file, line " in wrong.cause
    assert "headings.lag" in wrong.cause
    assert wrong.cure is not None


async def test_data_dir_that_is_a_file_is_not_ok(tmp_path: Path) -> None:
    """A file in the directory's place is not ok, whoever runs the probe."""
    (tmp_path / "file").write_text("x")
    assert not (await probe_data_dir(5, tmp_path / "file")).ok


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Root may write everywhere: for the test's time this process is somebody else."""
    user = os.geteuid()
    os.seteuid(65_534 if user == 0 else user)
    yield
    os.seteuid(user)


async def test_data_dir_without_the_right_to_write_is_not_ok(tmp_path: Path, as_nobody: None) -> None:
    """A folder that this user cannot write is told in the system's words."""
    if os.getuid() != 0:
        tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)  # noqa: ASYNC240 - the disk of the test
    probe = await probe_data_dir(5, tmp_path)
    assert (probe.ok, probe.cause) == (False, "Permission denied")


@pytest.mark.parametrize(
    ("error", "cause"),
    [(RuntimeError("private"), "the probe itself failed: RuntimeError"), (StartRefused("why", "how"), "why")],
    ids=lambda e: type(e).__name__,
)
async def test_no_exception_leaves_a_probe(error: Exception, cause: str) -> None:
    """A probe that fails itself is one more answer, without the error's message."""

    @probing("part", "cure")
    async def failing() -> Probe:
        raise error

    probe = await failing(1)
    assert (probe.ok, probe.cause) == (False, cause)
    assert probe.cure is not None


async def test_all_parts_are_asked_at_once_and_told_in_order(answering: AnsweringServer, tmp_path: Path) -> None:
    """With everything away or slow, all answers are there after one limit, and they can be written as JSON."""
    answering.delay_s = 10.0
    settings = settings_for(
        external_api_url=answering.url,
        llm_base_url=answering.url,
        llm_model="m",
        archive_path=tmp_path / "nowhere",
        data_dir=tmp_path,
    )
    plan = TopicPlan("t", 1, None, compacted=False, max_message_bytes=1)
    started = time.monotonic()
    found = await probe_all(settings, [plan], DeliveryLimits(probe_s=1.0))
    assert time.monotonic() - started < 4
    parts = ["settings", "kafka", "topics", "mongodb", "review API", "llm", "costs", "archives", "data dir"]
    assert [p.name for p in found] == [*parts, "rubrics", "prompts"]
    assert [p.ok for p in found] == [True, *[False] * 5, True, False, True, True, True]
    assert all(p.cure for p in found if not p.ok)
    assert len(orjson.loads(orjson.dumps(found))) == 11


async def test_kafka_that_is_away_is_told_by_its_address(caplog: pytest.LogCaptureFixture) -> None:
    """Where no broker answers, both its probes name the address, and the client's own lines are not shown."""
    found = {probe.name: probe for probe in await probe_all(settings_for(), ())}
    for name in ("kafka", "topics"):
        assert (found[name].ok, found[name].cause) == (False, f"no broker at {NOWHERE}")
    assert [record for record in caplog.records if record.name.startswith("aiokafka")] == []
