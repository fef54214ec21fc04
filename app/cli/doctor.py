"""`reviewstream doctor`: whether every part is there and as it should be."""

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from app.cli.output import explain_errors, json_option, print_line, show_result, waiting

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@json_option
@explain_errors
def doctor(as_json: bool | None) -> None:
    """Check every part: names in .env, Kafka, topics, MongoDB, the API, the LLM, costs, folders, rubrics, prompts.

    Exit 1 if one fails. A model that its endpoint does not list is asked for an answer of one token.
    """
    from app.adapters.doctor.probes import probe_all
    from app.adapters.doctor.probing import Probe
    from app.adapters.kafka.topic_plans import topic_plans
    from app.cli.carrying_out import logged_settings

    settings = logged_settings()
    with waiting("asking every part"):
        probes: list[Probe] = asyncio.run(probe_all(settings, topic_plans(settings)))
    failed = [probe for probe in probes if not probe.ok]

    def show(console: "Console") -> None:
        for probe in probes:
            mark = "[red]FAIL[/]" if not probe.ok else "[yellow]warn[/]" if probe.cure else "[green]ok  [/]"
            console.print(f"{mark} {probe.name:14}", end=" ")
            print_line(console, probe.cause + (f"  → {probe.cure}" if probe.cure else ""))

    show_result({"ok": not failed, "probes": probes}, as_json, show)
    sys.exit(1 if failed else 0)
