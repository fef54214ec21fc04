"""`python -m tests.chaos`: a run on an Apache Kafka and a database of its own. Exit code 1 on any violation."""

import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import orjson

from app.embedded.stack import start_broker, start_database
from tests.chaos.plan import Scenario
from tests.chaos.run import Result, run_scenario
from tests.chaos.table import as_document, as_text


@click.command()
@click.option("--submissions", default=5000, show_default=True, help="Submissions in all.")
@click.option("--kills", default=30, show_default=True, help="kill -9 of workers; everything else scales with it.")
@click.option("--seed", default=1, show_default=True, help="Draws students, faults and disturbances.")
@click.option("--workers", default=3, show_default=True, help="Workers at the start.")
@click.option("--minutes", type=float, help="How long submissions keep coming. Default: by their number.")
@click.option("--stock", is_flag=True, help="Stock Faust semantics, to see the suite fail.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout.")
@click.option("--keep", is_flag=True, help="Keep the logs also when all is well.")
def main(*, as_json: bool, keep: bool, **size: Any) -> None:
    """Break everything, at random by seed, while submissions flow; then count."""
    scenario = Scenario(**size)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # ours wait out the broker's outages too, at length
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a killed worker's request ends in its middle
    work_dir = Path(tempfile.mkdtemp(prefix="reviewstream-chaos-"))
    result = asyncio.run(_run(scenario, work_dir))
    click.echo(orjson.dumps(as_document(result), option=orjson.OPT_INDENT_2).decode() if as_json else as_text(result))
    if result.verdict.holds and not keep:
        shutil.rmtree(work_dir)
    else:
        click.echo(f"logs: {work_dir}", err=True)
    sys.exit(0 if result.verdict.holds else 1)


async def _run(scenario: Scenario, work_dir: Path) -> Result:
    def say(text: str) -> None:
        click.echo(text, err=True)

    broker, _ = await start_broker(work_dir / "kafka", choice="apache-kafka", say=say)
    try:
        database = await start_database(work_dir / "mongodb")
        try:
            return await run_scenario(scenario, broker, database, work_dir, say)
        finally:
            await database.stop()
    finally:
        await broker.stop()


main()
