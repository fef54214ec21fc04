"""`python -m tests.fuzz DOOR --seconds 200`: atheris against one door; exit code 1 on any finding.

Inputs that were found to matter are kept in `.cache/fuzz/DOOR`, findings in `.cache/fuzz/findings`. A finding is an
exception, an input that takes longer than `HANG_S` even without the fuzzer's instruments, or memory beyond `RSS_MB`.
"""

import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

HANG_S: Final = 2.0
RSS_MB: Final = 700  # the interpreter with all of our code and atheris takes 150
INPUT_BYTES_MAX: Final = 1024 * 1024
_SUSPECT_S: Final = 5  # under instruments; what takes so long is timed again without
_ROOT: Final = Path(".cache/fuzz")
_FINDINGS: Final = _ROOT / "findings"


@click.command()
@click.argument("door", type=click.Choice(["archives", "notebooks", "logs"]))
@click.option("--seconds", default=200, show_default=True, help="How long to look.")
@click.option("--seed", default=0, show_default=True, help="Of the fuzzer's dice; 0 draws one.")
@click.option("--one", type=click.Path(path_type=Path, exists=True), help="Only read this input and time it.")
def main(door: str, seconds: int, seed: int, one: Path | None) -> None:
    """Look for bytes that break a door."""
    if one is not None:
        click.echo(f"{_time(door, one.read_bytes()):.2f} s")
        return
    (_ROOT / door).mkdir(parents=True, exist_ok=True)
    _FINDINGS.mkdir(exist_ok=True)
    before = set(_FINDINGS.iterdir())
    code = subprocess.run(
        [sys.executable, "-c", f"from tests.fuzz.__main__ import look; look({door!r}, {seconds}, {seed})"], check=False
    ).returncode
    new = sorted(set(_FINDINGS.iterdir()) - before)
    slow = [path for path in new if path.name.startswith(f"{door}-slow-unit")]
    hangs = [path for path in slow if _time(door, path.read_bytes()) > HANG_S]
    found = [*(path for path in new if path not in slow), *hangs]
    for path in found:
        click.echo(f"{door}: finding {path}", err=True)
    click.echo(f"{door}: {len(found)} findings, {len(slow)} inputs timed again, fuzzer's exit code {code}")
    sys.exit(1 if found or code else 0)


def look(door: str, seconds: int, seed: int) -> None:
    """Run libFuzzer in this process, which it ends."""
    atheris: Any = import_module("atheris")  # installed by `make fuzz` alone
    with atheris.instrument_imports(include=["app", "schemas"]):
        doors = import_module("tests.fuzz.doors")
    chosen = doors.DOORS[door]
    dictionary = _ROOT / f"{door}.dict"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in chosen.words))
    for number, seed_input in enumerate(import_module("tests.fuzz.seeds").seeds(door)):
        (_ROOT / door / f"seed-{number}").write_bytes(seed_input)
    arguments = [
        sys.argv[0],
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        "-len_control=200",
        f"-rss_limit_mb={RSS_MB}",
        f"-timeout={20 * HANG_S:.0f}",
        f"-report_slow_units={_SUSPECT_S}",
        f"-artifact_prefix={_FINDINGS}/{door}-",
        f"-dict={dictionary}",
        f"-seed={seed}",
        "-print_final_stats=1",
        str(_ROOT / door),
    ]
    atheris.Setup(arguments, chosen.read)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _time(door: str, data: bytes) -> float:
    doors = import_module("tests.fuzz.doors")
    started = time.process_time()
    doors.DOORS[door].read(data)
    return time.process_time() - started


if __name__ == "__main__":
    main()
