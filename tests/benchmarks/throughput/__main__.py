"""`python -m tests.benchmarks.throughput`: measure the line beside its peers; `make bench` calls it.

Figures of each scenario are kept in `.work/bench/SIZE/`, so that `--only` renews a part of the page alone.
"""

import logging
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import click

from tests import ROOT
from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.display import Display
from tests.benchmarks.throughput.kept import Kept
from tests.benchmarks.throughput.machine import describe_machine
from tests.benchmarks.throughput.pages import terminal_text, write_pages
from tests.benchmarks.throughput.peers import PEERS
from tests.benchmarks.throughput.running import run_to_its_end
from tests.benchmarks.throughput.scenarios import SCENARIOS
from tests.benchmarks.throughput.servers import running_servers
from tests.benchmarks.throughput.sizes import SIZES, Sizes
from tests.benchmarks.throughput.tables import LONG, LONG_MINUTES
from tests.benchmarks.throughput.watching import OutsideWatch


@click.command()
@click.option("--size", type=click.Choice([*SIZES]), default="full", show_default=True, help="How much is measured.")
@click.option("--only", multiple=True, type=click.Choice([*SCENARIOS]), help="These scenarios; may be repeated.")
@click.option("--without", multiple=True, type=click.Choice([*PEERS]), help="Peers to leave out; may be repeated.")
@click.option("--minutes", type=float, help="How long the endurance run lasts.")
@click.option("--peers-python", type=click.Path(path_type=Path, exists=True), required=True, help="Of .venv-bench.")
@click.option("--write/--no-write", default=None, help="Write the docs. Default: for the full size alone.")
@click.option("--keep", is_flag=True, help="Keep the logs also when all went well.")
def main(
    *,
    size: str,
    only: tuple[str, ...],
    without: tuple[str, ...],
    minutes: float | None,
    peers_python: Path,
    write: bool | None,
    keep: bool,
) -> None:
    """Measure the line side by side with its peers."""
    sizes = SIZES[size]
    if minutes is not None:
        sizes = replace(sizes, endurance_minutes=minutes)
    peers = tuple(key for key in PEERS if key not in without)
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    kept = Kept(ROOT / ".work" / "bench" / size)
    work_dir = Path(tempfile.mkdtemp(prefix="reviewstream-bench-"))
    python = peers_python.absolute()  # never resolved: the environment is told by the link's own place
    run_to_its_end(_run(sizes, only or tuple(SCENARIOS), peers, kept, work_dir=work_dir, peers_python=python), work_dir)
    click.echo(terminal_text(kept))
    if write if write is not None else size == "full":
        for path in write_pages(kept):
            click.echo(f"written: {path.relative_to(ROOT)}", err=True)
    if keep:
        click.echo(f"logs: {work_dir}", err=True)
    else:
        shutil.rmtree(work_dir)


async def _run(
    sizes: Sizes, names: tuple[str, ...], peers: tuple[str, ...], kept: Kept, *, work_dir: Path, peers_python: Path
) -> None:
    display = Display()
    machine = describe_machine(peers_python)
    async with (
        running_servers(work_dir, display.say, with_redis="celery" in peers and "peers" in names) as servers,
        OutsideWatch(servers.outside_url) as outside,
    ):
        bench = Bench(servers, outside, work_dir, peers_python, display)
        try:
            for name in (name for name in SCENARIOS if name in names):
                display.say(f"== {name}")
                figures = await SCENARIOS[name](bench, sizes, peers)
                if figures:
                    is_long = name == "endurance" and sizes.endurance_minutes >= LONG_MINUTES
                    kept.keep(LONG if is_long else name, figures, machine)
        finally:
            display.say("stopping everything")


if __name__ == "__main__":
    main()
