"""Codecs: a Python that cannot unpack what producers and brokers may send says so by name, and does not begin."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiokafka.codec
import pytest

from app.adapters.doctor.probes import probe_kafka
from app.adapters.kafka.dead_letters import DeadLetterTopic
from app.config import load_settings
from app.embedded.machine.loopback import free_port
from app.embedded.machine.processes import inherited_environment
from app.kafka.errors import error_for_kafka
from app.kafka.fetching import check_codecs
from schemas.errors import StartRefused
from tests.patience import PATIENCE_S

REPOSITORY = Path(__file__).resolve().parents[2]
TOLD = "records compressed with snappy, lz4, zstd cannot be read here"


@pytest.fixture
def _no_cramjam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiokafka.codec, "cramjam", None)


@pytest.mark.parametrize("name", ["gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_locked_in(name: str) -> None:
    """What requirements.lock installs unpacks each codec of Kafka's, also in several frames' worth of text."""
    check_codecs()
    text = b"def f(x):\n    return x\n" * 40_000
    packed = getattr(aiokafka.codec, f"{name}_encode")(text)
    assert getattr(aiokafka.codec, f"{name}_decode")(packed) == text


@pytest.mark.usefixtures("_no_cramjam")
def test_a_missing_codec_is_refused_by_name() -> None:
    """The refusal names the codecs, and the package to install."""
    with pytest.raises(StartRefused) as refused:
        check_codecs()
    assert refused.value.cause == TOLD
    assert "install cramjam" in refused.value.cure


@pytest.mark.usefixtures("_no_cramjam")
async def test_doctor_says_that_a_codec_is_missing() -> None:
    """Kafka's probe fails before it asks anybody: a broker that answers would be no help."""
    probe = await probe_kafka(5, load_settings(None))
    assert (probe.ok, probe.cause) == (False, TOLD)
    assert "install cramjam" in str(probe.cure)


@pytest.mark.usefixtures("_no_cramjam")
async def test_dead_letters_blame_the_codec_and_not_the_address() -> None:
    """Before they connect; and where a batch of an unknown codec turns up nevertheless, for the same cure."""
    with pytest.raises(StartRefused, match="snappy, lz4, zstd"):
        await DeadLetterTopic(load_settings(None)).__aenter__()
    ours = error_for_kafka(aiokafka.errors.UnsupportedCodecError("private"), "reading records")
    assert isinstance(ours, StartRefused)
    assert "install cramjam" in ours.cure
    assert "UnsupportedCodecError" in ours.cause


@pytest.mark.parametrize("command", [["worker"], ["deadletters", "list"], ["doctor"]], ids=lambda c: c[0])
async def test_a_command_without_a_codec_says_so_and_fails(tmp_path: Path, command: list[str]) -> None:
    """A real process whose Python finds no cramjam ends with 1, and neither waits for Kafka nor blames its address."""
    (tmp_path / "cramjam.py").write_text("raise ImportError\n")
    environment: dict[str, Any] = {
        **inherited_environment(),
        "PYTHONPATH": f"{tmp_path}:{REPOSITORY}",
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "DATA_DIR": str(tmp_path / "data"),
        "WEB_PORT": str(free_port()),
        "LOG_FORMAT": "json",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", *command,
        env=environment, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_S):
        said, _ = await process.communicate()
    assert process.returncode == 1
    assert TOLD in said.decode()
    assert "install cramjam" in said.decode()
