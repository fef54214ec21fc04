"""Every command that README and docs show is run as it stands, on a line of its own."""

import asyncio
import re
import shutil
import signal
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

from app.embedded.machine.processes import inherited_environment
from tests import ROOT
from tests.builders.records import a_submission
from tests.parts.choice import apache_kafka_is_required
from tests.parts.ports import own_port
from tests.patience import PATIENCE_S
from tests.system.line import Line, written_until

pytestmark = [pytest.mark.kafka, pytest.mark.mongo]

PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_REVIEWSTREAM: Final = ".venv/bin/reviewstream"


def documented_commands() -> list[str]:
    """Each command of the shell blocks, comments taken off, continued lines joined, once."""
    commands: list[str] = []
    for page in PAGES:
        for block in _BLOCK.findall(page.read_text("utf-8")):
            joined = re.sub(r"(\\|\|)\n\s*", lambda found: "| " if found[1] == "|" else " ", block)
            commands += [re.sub(r"\s+#.*$", "", line).strip() for line in joined.splitlines() if line.strip()]
    return list(dict.fromkeys(commands))


COMMANDS: Final = documented_commands()


def desk(folder: Path) -> None:
    """What the commands find where they are typed: two attempts, one packed, logs, and our command."""
    for side, body in (("old", "def get(key):\n    return key\n"), ("new", "def get(key):\n    return key or None\n")):
        (folder / side).mkdir()
        (folder / side / "store.py").write_text(body)
    with zipfile.ZipFile(folder / "new.zip", "w") as packed:
        packed.write(folder / "new" / "store.py", "store.py")
    (folder / "pytest.log").write_text("tests/test_store.py .F  [100%]\n1 failed, 1 passed in 0.12s\n")
    (folder / "logs").mkdir()
    (folder / "logs" / "unit.log").write_text("3 passed in 0.10s\n")
    shutil.copy(ROOT / ".env.example", folder / ".env.example")
    command = folder / _REVIEWSTREAM
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m app "$@"\n')
    command.chmod(0o755)


async def type_in(command: str, line: Line, folder: Path) -> tuple[int, str, str]:
    """Run one command in a shell there; a worker is ended by SIGTERM once it works."""
    environment = {
        **inherited_environment(),
        **line.environment,
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder / "data"),
        "WEB_PORT": str(own_port()),
    }
    shell = await asyncio.create_subprocess_exec(
        "bash", "-o", "pipefail", "-c", command if "|" in command else f"exec {command}",
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    started = b""
    try:
        if command.endswith(" worker"):
            started = await written_until(shell.stderr, b"partitions_assigned")
            shell.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(shell.communicate(), PATIENCE_S)
    finally:
        if shell.returncode is None:
            shell.kill()
    assert shell.returncode is not None
    return shell.returncode, out.decode(), (started + err).decode()


def test_there_are_commands_to_run() -> None:
    """The pages show commands at a desk, for dead letters, for operators, and of make."""
    for start in ("make demo", f"{_REVIEWSTREAM} review", f"{_REVIEWSTREAM} deadletters", f"{_REVIEWSTREAM} worker"):
        assert any(command.startswith(start) for command in COMMANDS), start


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_make_targets_exist_and_are_run(command: str) -> None:
    """A target that a page names is in the Makefile, and CI runs it, or the checks that it consists of."""
    target = command.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    ran = set(re.findall(r"make ([a-z-]+)", (ROOT / ".ci" / "run").read_text()))
    assert target in ran | {"test-unit", "test-model"}  # parts of `make test`


async def test_every_other_command_runs_as_it_stands(line: Line, tmp_path: Path) -> None:
    """In the order of the pages, with a dead letter to work on: each ends with exit code 0 and without a traceback."""
    folder = tmp_path / "desk"
    folder.mkdir()
    desk(folder)
    worker = await line.start_worker()
    await line.produce(a_submission(submission_id="anna-9", student_id="anna", files=None))
    (letter,) = await line.wait_for("dead-letters", 1)
    await worker.stop()
    # Someone who works on something else may lack kcat. Where promises are proved it is needed.
    lacking = "kcat" if shutil.which("kcat") is None and not apache_kafka_is_required() else "make "
    typed_in = [command for command in COMMANDS if not command.startswith("make ")]
    for command in (command for command in typed_in if lacking not in command):
        typed = command.replace("0@17", f"{letter.partition}@{letter.offset}").replace(
            "-t submissions", f"-t {line.topic('submissions')}"
        )
        code, _, err = await type_in(typed, line, folder)
        expected = {0, 1} if typed.endswith(" doctor") else {0}  # of this line the language model is not configured
        assert code in expected, f"{command}\n{err}"
        assert "Traceback" not in err, command
    if lacking == "kcat":
        pytest.skip("what needs kcat was not run: it is not installed")
