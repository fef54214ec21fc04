"""`python -m tests.benchmarks.throughput.steady`: does anything grow? `make endurance` calls it, CI for two minutes.

Nothing of a time is asked: only whether memory, open descriptors and waiting submissions stay what they were.
"""

import logging
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import orjson

from tests.benchmarks.throughput.bench import Bench
from tests.benchmarks.throughput.display import Display
from tests.benchmarks.throughput.peers import OURS
from tests.benchmarks.throughput.running import run_to_its_end
from tests.benchmarks.throughput.scenarios.endurance import endurance
from tests.benchmarks.throughput.servers import running_servers
from tests.benchmarks.throughput.sizes import FULL, Sizes
from tests.benchmarks.throughput.watching import OutsideWatch


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.5), default=2.0, show_default=True, help="How long.")
@click.option("--json", "as_json", is_flag=True, help="All figures, for machines.")
def main(*, minutes: float, as_json: bool) -> None:
    """Let one worker review a steady stream; fail where something grows that should not."""
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    work_dir = Path(tempfile.mkdtemp(prefix="reviewstream-endurance-"))
    figures = run_to_its_end(_run(replace(FULL, endurance_minutes=minutes), work_dir), work_dir)
    click.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode() if as_json else _in_words(figures))
    if figures["growth"] or not figures["complete"]:
        click.echo(f"logs: {work_dir}", err=True)
        sys.exit(1)
    shutil.rmtree(work_dir)


async def _run(sizes: Sizes, work_dir: Path) -> dict[str, Any]:
    display = Display()
    async with (
        running_servers(work_dir, display.say, with_redis=False) as servers,
        OutsideWatch(servers.outside_url) as outside,
    ):
        bench = Bench(servers, outside, work_dir, Path(sys.executable), display)
        return await endurance(bench, sizes, (OURS,))


def _in_words(figures: dict[str, Any]) -> str:
    lines = [f"{figures['submissions']} submissions in {figures['minutes']:g} minutes; by quarter:"]
    lines += [
        f"  {name:<20} {', '.join(f'{quarter[field]:.0f}' for quarter in figures['quarters'])}"
        for name, field in (("memory, MiB", "memory_mib"), ("open descriptors", "descriptors"), ("waiting", "waiting"))
    ]
    if not figures["complete"]:
        lines.append("not all of them were reviewed")
    lines += [f"grew: {one}" for one in figures["growth"]] or ["nothing grew by more than the tables explain"]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
