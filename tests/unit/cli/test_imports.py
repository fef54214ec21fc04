"""What a command imports before it answers: counted in a process of its own, for a count is the same on any machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from app.cli.main import COMMANDS
from tests import ROOT

SERVERS: Final = frozenset(
    {"faust", "mode", "aiokafka", "motor", "pymongo", "openai", "httpx", "httpx2", "aiohttp", "fastapi", "uvicorn"}
)
"""What talks to servers, or is one."""
DRAWING: Final = frozenset({"rich", "pygments", "structlog"})
"""What draws on a terminal, or writes a log."""
MODELS: Final = frozenset({"pydantic", "jinja2"})
"""What reads records and settings, or writes pages."""


CALLED: Final = """
import json, sys
before = set(sys.modules)
from app.cli.main import main
try:
    main(sys.argv[1:], prog_name="reviewstream")
finally:
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""

EXPLAINED: Final = """
import contextlib, io, json, sys
import click
from app.cli.main import main

known = set(sys.modules)

def status(*arguments):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            main(arguments, prog_name="reviewstream")
        except SystemExit as end:
            return end.code

def explained(command, *path):
    assert (status(*path, "--help"), status(*path, "--no-such-option")) == (0, 2), path
    yield " ".join(path), sorted(set(sys.modules) - known)
    known.update(sys.modules)
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from explained(command.get_command(context, name), *path, name)

print(json.dumps(dict(explained(main))))
"""
"""What each command imports that none before it did; a process for all is cheaper than one for each."""


def imported(*arguments: str, status: int = 0) -> list[str]:
    """All modules that `reviewstream` imports when it is called with these arguments, and ends with that status."""
    done = subprocess.run(
        [sys.executable, "-c", CALLED, *arguments], check=False, capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == status, done.stderr
    names: list[str] = json.loads(done.stderr.splitlines()[-1])
    return names


def packages(modules: list[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_import_no_more_than_the_command_line(argument: str) -> None:
    """Neither a library of ours but click, nor any room of ours but the list of commands."""
    modules = imported(argument)
    assert {module for module in modules if module.startswith("app")} == {"app", "app.cli", "app.cli.main"}
    assert not packages(modules) & (SERVERS | DRAWING | {"pydantic", "asyncio", "multiprocessing", "jinja2"})
    assert "click" in packages(modules)


def test_every_command_explains_itself_without_its_libraries() -> None:
    """Help and an option that is mistyped, of all commands and those below them, need click alone; so it is there."""
    done = subprocess.run([sys.executable, "-c", EXPLAINED], check=True, capture_output=True, text=True, cwd=ROOT)
    explained: dict[str, list[str]] = json.loads(done.stdout)
    assert {command.partition(" ")[0] for command in explained} == {"", *COMMANDS}
    assert {"deadletters requeue", "replay list", "states rebuild"} <= set(explained)
    needless = SERVERS | DRAWING | MODELS
    assert {name: found for name, modules in explained.items() if (found := packages(modules) & needless)} == {}


@pytest.mark.parametrize(
    "command",
    [
        ("replay", "run", "--submission", "a b"),
        ("replay", "promote", "replay-1", "--force"),
        ("deadletters", "purge"),
        ("token", "a b", "--scope", "read"),
    ],
)
def test_what_a_command_finds_wrong_is_told_without_a_server_s_client(command: tuple[str, ...]) -> None:
    """Options that each are well and do not go together are wrong usage too."""
    assert not packages(imported(*command, status=2)) & (SERVERS | DRAWING)


def test_a_token_is_made_without_the_api_that_takes_it() -> None:
    """`token` loads neither a server nor models."""
    modules = imported("token", "anna", "--scope", "read")
    assert not packages(modules) & (SERVERS | DRAWING | MODELS)
    assert "app.core.access" in modules
    assert not [module for module in modules if module.startswith(("app.web", "app.adapters", "app.config"))]


@pytest.mark.parametrize("command", [("schemas", "--out"), ("testlog",)])
def test_what_asks_no_server_imports_none(command: tuple[str, ...], tmp_path: Path) -> None:
    """Contracts are written, and test logs read, without a client of Kafka or of anything else."""
    (tmp_path / "log.txt").write_text("1 passed in 0.1s")
    modules = imported(*command, str(tmp_path))
    assert not packages(modules) & (SERVERS | DRAWING)
    assert "app.config" in modules


@pytest.mark.parametrize("command", [("diff",), ("review", "--offline")])
def test_a_desk_without_a_model_imports_what_it_uses(command: tuple[str, ...], tmp_path: Path) -> None:
    """What compares is in its processes alone; what talks to servers or draws on a terminal is nowhere."""
    for side, text in (("before", "x = 1\n"), ("after", "x = 2\n")):
        (tmp_path / side).mkdir()
        (tmp_path / side / "main.py").write_text(text)
    modules = imported(*command, str(tmp_path / "before"), str(tmp_path / "after"))
    assert not packages(modules) & (SERVERS | DRAWING)
    assert "app.desk.two_sides" in modules
    assert not {"app.core.comparing.analysis", "app.adapters.analysis.tasks", "app.core.evidence.weigh"} & set(modules)


@pytest.mark.parametrize("process", ["app.worker", "app.wiring.whole_worker", "app.web.serving", "app.replay.stories"])
def test_a_process_without_a_model_loads_no_sdk(process: str) -> None:
    """Worker, HTTP API and replay import the model's SDK where one is configured, and not before."""
    script = f"import sys, {process}; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    assert packages(done.stdout.split()) & SERVERS >= {"pymongo"}, "they do load what they talk to servers with"
    assert "openai" not in packages(done.stdout.split())
