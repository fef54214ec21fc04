"""What a command imports before it answers: counted in a process of its own, for a count is the same on any machine."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT

SERVERS: Final = frozenset(
    {"faust", "mode", "aiokafka", "motor", "pymongo", "openai", "httpx", "httpx2", "aiohttp", "fastapi", "uvicorn"}
)
"""What talks to servers, or is one."""
DRAWING: Final = frozenset({"rich", "pygments", "structlog"})
"""What draws on a terminal, or writes a log."""


CALLED: Final = """
import json, sys
before = set(sys.modules)
from app.cli.main import main
try:
    main(sys.argv[1:], prog_name="reviewstream")
finally:
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


def imported(*arguments: str) -> list[str]:
    """All modules that `reviewstream` imports when it is called with these arguments."""
    done = subprocess.run(
        [sys.executable, "-c", CALLED, *arguments], check=True, capture_output=True, text=True, cwd=ROOT
    )
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


@pytest.mark.parametrize("command", ["diff", "review"])
def test_a_desk_s_commands_explain_themselves_without_their_libraries(command: str) -> None:
    """The help of a command at a desk needs neither models of records nor what compares."""
    assert not packages(imported(command, "--help")) & (SERVERS | DRAWING | {"pydantic", "jinja2", "schemas.changes"})


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
