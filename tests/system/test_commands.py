"""Commands as processes of their own: what they import, what they say, and with which status they end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded.demo.display import own_command
from tests import ROOT
from tests.patience import PATIENCE_S

HEAVY = (
    "aiokafka",
    "app.core",
    "faust",
    "httpx",
    "motor",
    "openai",
    "pebble",
    "pydantic",
    "radon",
    "rich",
    "structlog",
)
"""What one command or another needs, and the list of commands does not."""


def modules_after(*arguments: str) -> set[str]:
    """The modules that a process has imported after running the command."""
    script = (
        "import sys\n"
        "from app.cli.main import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_library(option: str) -> None:
    """Neither the list of commands nor the version loads what commands stand on."""
    modules = modules_after(option)
    assert "click" in modules
    assert [name for name in modules if name.startswith(HEAVY)] == []


def test_kafka_that_is_away_is_said() -> None:
    """One sentence with its cure, exit code 1."""
    done = subprocess.run(  # a process of its own, for the command sets up the logging of all of it
        [sys.executable, "-m", "app", "deadletters", "list"],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no broker at 127.0.0.1:1\n  cure: ")
    assert "`reviewstream doctor`" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["app.cli.worker", "app.stream.faust.process", "app.wiring"])
def test_an_interrupt_during_imports_is_no_traceback(module: str, tmp_path: Path) -> None:
    """SIGINT before the command has begun prints one word and exits 130: for its own module, and for what it needs."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == '{module}':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "app", "worker"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_the_demo_names_a_command_that_runs_anywhere(tmp_path: Path) -> None:
    """What `--keep` prints starts our command from a folder that is not the repository."""
    done = subprocess.run(
        [*own_command(), "--version"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "reviewstream" in done.stdout


def test_a_comparison_at_a_desk_imports_no_server_s_client() -> None:
    """`diff` and `review --offline` load neither Faust nor a client of Kafka, MongoDB, HTTP or a model."""
    clients = ("aiohttp", "aiokafka", "faust", "httpx", "httpx2", "mode", "motor", "openai", "pymongo")
    for module in ("app.cli.diff", "app.cli.review", "app.cli.testlog", "app.adapters.analysis.pool"):
        script = f"import sys, {module}; print(*sys.modules, sep='\\n')"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
        assert [name for name in done.stdout.split() if name.partition(".")[0] in clients] == [], module
