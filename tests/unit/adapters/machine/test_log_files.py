"""Test logs from disk and stdin: bounded, decoded, folders too, and what cannot be read said in a sentence."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.adapters.machine.log_files import read_log_files
from app.core.limits import LogLimits
from schemas.errors import StartRefused

LIMITS = LogLimits()
SMALL = replace(LIMITS, log_chars_max=100)
TEXT = "===== 3 passed in 0.1s ====="


def text_of(path: Path, limits: LogLimits = LIMITS) -> str:
    """The one log at `path`."""
    (log,) = read_log_files([path], limits)
    return log.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_logs_are_decoded(tmp_path: Path, encoding: str) -> None:
    """A log is read in the encoding that its system writes, PowerShell's UTF-16 among them."""
    path = tmp_path / "run.log"
    path.write_text(f"Проверка расчёта среднего балла студентов\n{TEXT}\n", encoding=encoding)
    assert text_of(path) == f"Проверка расчёта среднего балла студентов\n{TEXT}\n"


def test_a_stray_nul_is_no_binary_file(tmp_path: Path) -> None:
    """A NUL that a program printed leaves a log readable."""
    path = tmp_path / "run.log"
    path.write_bytes(b"a\x00b\n" + TEXT.encode())
    assert text_of(path).endswith(TEXT)


def test_binary_files_are_said_to_be_none(tmp_path: Path) -> None:
    """Bytes that are no text are counted, not shown."""
    path = tmp_path / "run.log"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00\x00\x81")
    assert text_of(path) == "[... 9 bytes that are no text left out ...]"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_of_a_huge_log_head_and_tail_are_read(tmp_path: Path, encoding: str) -> None:
    """Of a log of any size only both ends are in memory, and what lies between is counted."""
    path = tmp_path / "run.log"
    path.write_text("head\n" + "x" * 10_000 + "\ntail", encoding=encoding)
    text = text_of(path, SMALL)
    assert text.startswith("head\nx")
    assert text.endswith("x\ntail")
    assert "bytes left out ...]" in text
    assert len(text) < 500


def test_a_pipe_is_read_like_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input cannot be sought in, and gives the same ends as a file."""
    content = b"head\n" + b"x" * 3_000_000 + b"\ntail"

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    path = tmp_path / "run.log"
    path.write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Pipe(content)))
    (log,) = read_log_files([Path("-")], SMALL)
    assert (log.name, log.text) == ("stdin", text_of(path, SMALL))


def test_a_folder_is_its_logs(tmp_path: Path) -> None:
    """A folder stands for the files in it, by name, hidden ones and folders left out."""
    for name in ("b.log", "a.xml", ".hidden"):
        (tmp_path / name).write_text(TEXT)
    (tmp_path / "inner").mkdir()
    assert [log.name for log in read_log_files([tmp_path], LIMITS)] == ["a.xml", "b.log"]


def test_no_more_logs_are_read_than_are_used(tmp_path: Path) -> None:
    """Of a folder of thousands one more is read than the limit, so that it is seen that some are left out."""
    for number in range(20):
        (tmp_path / f"{number}.log").write_text(TEXT)
    assert len(read_log_files([tmp_path], replace(LIMITS, logs_max=5))) == 6


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """An absent file, an empty folder and a device stop the command with a sentence and what to do."""
    (tmp_path / "empty").mkdir()
    for name, said in (("none.log", "No such file"), ("empty", "holds no files"), ("/dev/zero", "is a device")):
        with pytest.raises(StartRefused, match=said) as caught:
            read_log_files([tmp_path / name], LIMITS)
        assert "- for stdin" in caught.value.cure
