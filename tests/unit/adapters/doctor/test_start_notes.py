"""What a worker says at its start, and that it says it before it waits for Kafka."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.adapters.doctor.start_notes import note_archive_root, note_misspelt_settings
from app.config import load_settings
from app.embedded.machine.loopback import free_port
from app.wiring.whole_worker import build_app
from tests.patience import PATIENCE_S


async def test_misspelt_names_are_warned_of(tmp_path: Path) -> None:
    """Each name is one line, with the setting that is meant, and never with its value."""
    (tmp_path / ".env").write_text("TOPIC_PARTITION=hush\nOTHERS=1\n")
    with capture_logs() as lines:
        await note_misspelt_settings(tmp_path / ".env")
    (line,) = lines
    assert (line["log_level"], line["name"], line["did_you_mean"]) == ("warning", "TOPIC_PARTITION", "TOPIC_PARTITIONS")
    assert "hush" not in str(line)


async def test_an_archive_root_is_told_unless_it_is_filled(tmp_path: Path) -> None:
    """One that is not there is a warning with its cure, an empty one is said, one that holds something is not."""
    (tmp_path / "filled" / "sub-1").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    with capture_logs() as lines:
        for name in ("absent", "empty", "filled"):
            await note_archive_root(tmp_path / name)
    absent, empty = lines
    assert (absent["event"], absent["log_level"]) == ("archive_root_not_readable", "warning")
    assert absent["detail"] == f"there is no folder {tmp_path / 'absent'}"
    assert "mkdir" in absent["cure"]
    assert (empty["event"], empty["log_level"]) == ("archive_root_empty", "info")


async def test_both_are_said_while_kafka_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits for its broker has already told of a misspelt name and of a missing archive root."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("TOPIC_PARTITION=3\n")
    away = load_settings(
        kafka_bootstrap_servers="127.0.0.1:1", archive_path="nowhere", data_dir="data", web_port=free_port()
    )
    app = build_app(away)
    with capture_logs() as lines:
        preparing = asyncio.get_running_loop().create_task(app.prepare())
        async with asyncio.timeout(PATIENCE_S):
            while not any(line["event"] == "dependency_unavailable" for line in lines):
                await asyncio.sleep(0.05)
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
    for close in app.after_stop:
        await close()
    told = [line["event"] for line in lines]
    assert told.index("setting_unknown") < told.index("dependency_unavailable")
    assert told.index("archive_root_not_readable") < told.index("dependency_unavailable")
