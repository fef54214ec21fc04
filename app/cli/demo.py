"""`reviewstream demo`: the whole line on this machine, on sample homework."""

import asyncio
import sys
from typing import Any

import click

from app.cli.output import explain_errors


@click.command()
@click.option(
    "--broker",
    type=click.Choice(["auto", "apache-kafka", "tansu"]),
    default="auto",
    envvar="DEMO_BROKER",
    show_envvar=True,
    show_default=True,
    help="The embedded Kafka. auto: Apache Kafka where Java and Maven are there, else Tansu.",
)
@click.option("--language", type=click.Choice(["ru", "en"]), help="Language of the reviews. Default: REVIEW_LANGUAGE.")
@click.option("--keep", is_flag=True, help="Stay up afterwards and say how to look around, until Ctrl-C.")
@click.option(
    "--stand-in-model",
    is_flag=True,
    help="Have a stand-in for a language model write the reviews, with drawn verdicts.",
)
@click.option("--produce-only", is_flag=True, help="Only produce the samples to the configured Kafka, and exit.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on stdout instead of cards; progress goes to stderr."
)
@explain_errors
def demo(broker: Any, language: Any, keep: bool, stand_in_model: bool, produce_only: bool, as_json: bool) -> None:
    """Run the whole line on this machine and show reviews of sample homework.

    Starts Kafka, a MongoDB-compatible server, a review API with a webhook receiver and the worker, all on loopback and
    in a temporary folder; sends sample submissions; shows each review as a card and what arrived where; stops all.
    """
    from app.embedded.demo.run import run_demo
    from app.embedded.demo.settings import DemoOptions

    options = DemoOptions(
        broker=broker,
        language=language,
        keep=keep,
        stand_in_model=stand_in_model,
        produce_only=produce_only,
        json=as_json,
    )
    sys.exit(asyncio.run(run_demo(options)))
