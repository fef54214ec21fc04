"""The development stack as users get it: whole, or not at all, and gone afterwards."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from app.embedded.broker import apache_kafka, tansu
from app.embedded.database.secantus import SecantusDb
from app.embedded.machine.loopback import accepts_connections
from app.embedded.stack import embedded_stack
from schemas.errors import StartRefused
from tests import ROOT
from tests.parts.records import make_topic, produce
from tests.patience import PATIENCE_S

_JAR = f"kafka_2.13-{apache_kafka.KAFKA_VERSION}.jar"


@pytest.mark.mongo
async def test_database_keeps_journaled_documents_over_a_crash(tmp_path: Path) -> None:
    """SecantusDB, killed and started again, is at its old address with the document that its journal acknowledged."""
    database = SecantusDb(tmp_path)
    try:
        await database.start()
        await _insert(database.url, "kept")
        database.kill()
        await database.start()
        assert await _count(database.url, "kept") == 1
    finally:
        await database.stop()


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("auto", marks=pytest.mark.kafka),
        pytest.param("tansu", marks=[pytest.mark.kafka, pytest.mark.skipif(not tansu.find(), reason="no Tansu here")]),
    ],
)
async def test_stack_starts_whole_and_leaves_nothing(tmp_path: Path, broker: Any) -> None:
    """Within the context every part answers; after it, none of them listens any more."""
    said: list[str] = []
    async with embedded_stack(tmp_path, broker=broker, say=said.append) as stack:
        topic = await make_topic(stack.kafka_bootstrap)
        await produce(stack.kafka_bootstrap, topic, b"x")
        await _insert(stack.mongodb_url, "x")
        addresses = [stack.kafka_bootstrap, stack.mongodb_url.split("/")[2], stack.api.base_url.split("/")[2]]
        ports = [int(address.rpartition(":")[2]) for address in addresses]
        assert [await accepts_connections(port) for port in ports] == [True, True, True]
        assert stack.broker_why
    assert [await accepts_connections(port) for port in ports] == [False, False, False]
    assert not stack.broker.running


@pytest.mark.kafka
async def test_cancelled_stack_leaves_nothing(tmp_path: Path) -> None:
    """A stack whose task is cancelled while it starts, as by Ctrl-C, leaves no process behind."""

    async def use() -> None:
        async with embedded_stack(tmp_path, say=lambda _: None):
            await asyncio.sleep(60)

    task = asyncio.create_task(use())
    await asyncio.sleep(0.7)
    assert _processes_in(tmp_path), "nothing was starting yet"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert _processes_in(tmp_path) == []


@pytest.mark.kafka
async def test_stack_stops_its_parts_when_its_user_fails(tmp_path: Path) -> None:
    """An error within the context comes out as it is, and no process is left."""
    with pytest.raises(ZeroDivisionError):
        async with embedded_stack(tmp_path, say=lambda _: None):
            raise ZeroDivisionError
    assert _processes_in(tmp_path) == []


async def test_no_java_is_told_with_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Apache Kafka is asked for and there is no Java, the refusal says so and what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(StartRefused, match=r"no Java was found(.|\n)*cure: install Java 17"):
        async with embedded_stack(tmp_path / "work", broker="apache-kafka", say=lambda _: None):
            pass
    assert _processes_in(tmp_path) == []


@pytest.mark.kafka
@pytest.mark.skipif(not tansu.find(), reason="no Tansu here")
async def test_without_java_the_stack_falls_back_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Java, `auto` runs on Tansu, names the reason, and gives workers the times that Tansu needs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    async with embedded_stack(tmp_path / "work", say=lambda _: None) as stack:
        assert stack.broker_name == "Tansu"
        assert "no Java was found" in stack.broker_why
        assert stack.worker_environment()["KAFKA_SESSION_TIMEOUT_S"] == "6"


@pytest.mark.kafka
@pytest.mark.skipif(not tansu.find(), reason="no Tansu here")
def test_run_on_tansu_says_what_it_skipped() -> None:
    """On Tansu, a test that needs Apache Kafka is skipped with the reason, counted, and the run called degraded."""
    node = f"{ROOT}/tests/integration/test_shared_parts.py::test_misspelt_topic_is_not_made"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", node],
        env={name: value for name, value in os.environ.items() if name != "REQUIRE_APACHE_KAFKA"}
        | {"TEST_BROKER": "tansu"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.OK, run.stdout + run.stderr
    assert "needs Apache Kafka, and this is Tansu: TEST_BROKER asks for it" in run.stdout
    assert "DEGRADED" in run.stdout
    assert "skipped: 1" in run.stdout


@pytest.mark.kafka
@pytest.mark.parametrize("processes", ["0", "2"])
@pytest.mark.skipif(not tansu.find(), reason="no Tansu here")
def test_run_that_loses_apache_kafka_fails_where_it_is_required(tmp_path: Path, processes: str) -> None:
    """Java is there and the jars are not to be had: the run fails, says why and what it was on, in parallel too."""
    java = "echo '    java.specification.version = 17' >&2"
    for name, script in (("java", java), ("mvn", "echo the registry is on fire; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    node = f"{ROOT}/tests/integration/test_shared_parts.py::test_record_comes_back_byte_for_byte"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", processes, node],
        env={
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "DOCKER_HOST": f"unix://{tmp_path}/none",
            "REVIEWSTREAM_CACHE": str(tmp_path / "cache"),
            "REQUIRE_APACHE_KAFKA": "1",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "this run would have to do without Apache Kafka" in run.stdout
    assert "fetching Apache Kafka's jars, failed" in run.stdout
    assert "kafka: ran on Tansu" in run.stdout
    assert "DEGRADED" in run.stdout


async def test_failed_fetch_poisons_nothing(tmp_path: Path) -> None:
    """Where Maven fails, its last words are told, and the cache holds nothing that looks like the jars."""
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho the registry is on fire; exit 1\n")
    maven.chmod(0o755)
    cache = tmp_path / "cache"
    found = apache_kafka.FoundKafka(Path("/nowhere/java"), 17, cache / "kafka", maven)
    with pytest.raises(StartRefused, match="the registry is on fire"):
        await apache_kafka.fetch_jars(found, lambda _: None)
    assert [path.name for path in cache.iterdir()] == ["maven.log"]


@pytest.mark.parametrize("meanwhile", ["", "mkdir -p {libs} && touch {libs}/theirs.jar"], ids=["alone", "raced"])
async def test_fetch_leaves_the_whole_or_the_first(tmp_path: Path, meanwhile: str) -> None:
    """The jars appear under their name at once; where another fetch was first, its jars stay and ours are dropped."""
    libs = tmp_path / "cache" / "kafka"
    maven = tmp_path / "mvn"
    fetch = "for option; do case $option in -DoutputDirectory=*) out=${option#*=};; esac; done; touch $out/" + _JAR
    maven.write_text(f"#!/bin/sh\n{fetch}\n{meanwhile.format(libs=libs)}\n")
    maven.chmod(0o755)
    await apache_kafka.fetch_jars(apache_kafka.FoundKafka(Path("/nowhere/java"), 17, libs, maven), lambda _: None)
    assert [path.name for path in libs.iterdir()] == (["theirs.jar"] if meanwhile else [_JAR])
    assert sorted(path.name for path in libs.parent.iterdir()) == ["kafka", "maven.log"]


async def _insert(url: str, document_id: str) -> None:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, w="majority", journal=True)
    try:
        await client["test"]["documents"].insert_one({"_id": document_id})
    finally:
        client.close()


async def _count(url: str, document_id: str) -> int:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    try:
        return await client["test"]["documents"].count_documents({"_id": document_id})
    finally:
        client.close()


def _processes_in(work_dir: Path) -> list[str]:
    """Command lines of the processes whose working directory lies in `work_dir`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(work_dir):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # ended meanwhile, or another user's
    return found
