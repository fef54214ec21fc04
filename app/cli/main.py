"""`reviewstream …`: one function per command.

Results go to stdout, everything else to stderr. Where stdout is no terminal, or with `--json`, a result is one
JSON document and nothing else. Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted.
"""

try:
    import asyncio
    import sys
    from collections.abc import Coroutine
    from pathlib import Path
    from typing import Any, TypeVar

    import click
    from pydantic import TypeAdapter, ValidationError
    from rich.console import Console

    from app.adapters.doctor.probes import probe_all
    from app.adapters.doctor.probing import Probe
    from app.adapters.kafka.topic_plans import topic_plans
    from app.adapters.logging import logs
    from app.adapters.machine.log_files import read_log_files
    from app.cli.deadletters import deadletters
    from app.cli.output import explain_errors, json_option, print_line, show_result, waiting
    from app.cli.reading import described, print_coverage, print_report
    from app.config import LLM_CHOOSERS, Settings, load_settings
    from app.core import testlog
    from app.desk.two_sides import Desk, compare_on_desk, review_on_desk
    from app.embedded.demo.run import run_demo
    from app.embedded.demo.settings import DemoOptions
    from app.presentation.cards import review_card
    from app.stream.faust.process import run
    from app.wiring import build
    from schemas.base import Identifier
    from schemas.tests import TestReport
except KeyboardInterrupt:  # importing takes a second or two, in which people change their minds
    import os
    import sys

    main_module = sys.modules["__main__"]
    if sys.modules.get("__mp_main__", main_module) is main_module:  # an analysis process imports this and is silent
        os.write(2, b"interrupted\n")
    os._exit(130)

T = TypeVar("T")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reviewstream")
def main() -> None:
    """Review the progress between a student's homework submissions, from Kafka to where people look.

    New here? `reviewstream demo` runs everything on this machine; `reviewstream review OLD NEW` reviews two folders
    without any server. Settings come from the environment and `.env`; `.env.example` explains each.
    """


main.add_command(deadletters)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Log JSON lines, also on a terminal.")
@explain_errors
def worker(as_json: bool) -> None:
    """Run the stream processor: compare, review and publish submissions until stopped.

    Creates the topics that are missing. Stops cleanly on Ctrl-C and SIGTERM: calls in flight get DRAIN_GRACE_S, the
    rest is done again after the next start. Scale by starting more, each with a DATA_DIR and a WEB_PORT of its own.
    """
    settings = load_settings()
    _log(settings, layout="json" if as_json else settings.log_format)
    sys.exit(run(build(settings)))


@main.command()
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
@click.option("--produce-only", is_flag=True, help="Only produce the samples to the configured Kafka, and exit.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on stdout instead of cards; progress goes to stderr."
)
@explain_errors
def demo(broker: Any, language: Any, keep: bool, produce_only: bool, as_json: bool) -> None:
    """Run the whole line on this machine and show reviews of sample homework.

    Starts Kafka, a MongoDB-compatible server, a review API with a webhook receiver and the worker, all on loopback and
    in a temporary folder; sends sample submissions; shows each review as a card and what arrived where; stops all.
    """
    options = DemoOptions(broker=broker, language=language, keep=keep, produce_only=produce_only, json=as_json)
    sys.exit(_run(run_demo(options)))


@main.command()
@click.argument("previous", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("current", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--test-logs", type=click.Path(path_type=Path), help="Test log of CURRENT, or a folder of them.")
@click.option(
    "--assignment",
    default="desk",
    show_default=True,
    callback=lambda _context, _parameter, value: _identifier(value),
    help="Assignment id to write into the review.",
)
@click.option("--language", type=click.Choice(["ru", "en"]), help="Language of the review. Default: REVIEW_LANGUAGE.")
@click.option("--offline", is_flag=True, help="Review by rules from the evidence alone, even if a model is configured.")
@json_option
@explain_errors
def review(
    previous: Path,
    current: Path,
    test_logs: Path | None,
    assignment: str,
    language: str | None,
    offline: bool,
    as_json: bool | None,
) -> None:
    """Review CURRENT against PREVIOUS, without Kafka: the same core, for a teacher's desk.

    Each is a folder, an archive (.zip, .tar.gz, …), or one file of code: .py, .ipynb, .sql, .sh, Dockerfile, .yaml,
    .toml, .json, …; - as PREVIOUS means a first submission. Nothing of it is ever run.
    """
    settings = _desk_settings(language=language, offline=offline)
    desk = Desk(_side(previous), _current(current), assignment, test_logs)
    with waiting("comparing and reviewing"):
        result = _run(review_on_desk(desk, settings))
    show_result(result, as_json, lambda console: console.print(review_card(result, settings.review_language)))


@main.command()
@click.argument("previous", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("current", type=click.Path(path_type=Path, allow_dash=True))
@json_option
@explain_errors
def diff(previous: Path, current: Path, as_json: bool | None) -> None:
    """Show what changed from PREVIOUS to CURRENT, as the reviewer sees it: changes, complexity, evidence, omissions.

    Each is a folder, an archive (.zip, .tar.gz, …) or one file; - as PREVIOUS means a first submission. What was read
    of each side, what was left out and why, stands at the end, and in JSON under `coverage` and `previous_coverage`.
    """
    settings = _desk_settings()
    desk = Desk(_side(previous), _current(current))
    with waiting("comparing"):
        result, previous_coverage = _run(compare_on_desk(desk, settings))

    def show(console: Console) -> None:
        for line in result.diff_info.diff.splitlines():
            print_line(console, line)
        for change in result.changes:
            place = change.after or change.before
            where = f"{place.path}:{place.line or 1}" if place else ""
            values = " → ".join(str(change.detail[side]) for side in ("before", "after") if side in change.detail)
            named = place.symbol or "" if place else ""
            print_line(console, f"{change.kind}  {where}  {named}  {values}".rstrip())
        print_line(
            console,
            f"{result.diff_info.total_files_changed} files changed, +{result.diff_info.lines_added} "
            f"-{result.diff_info.lines_removed}",
        )
        if previous_coverage is not None:
            print_coverage(console, previous_coverage, "PREVIOUS")
        print_coverage(console, result.coverage, "CURRENT")

    was = previous_coverage.model_dump(mode="json") if previous_coverage is not None else None
    show_result(result.model_dump(mode="json") | {"previous_coverage": was}, as_json, show)


@main.command("testlog")
@click.argument("files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True, metavar="FILE...")
@json_option
@explain_errors
def show_testlog(files: tuple[Path, ...], as_json: bool | None) -> None:
    """Show what is read out of test logs, as one submission's: totals, tests, failures first, and how sure that is.

    Each FILE is a log of pytest, unittest, nose, doctest, go test, jest, mocha, TAP or JUnit XML, told by its content;
    or a folder of logs, or - for stdin. Of a log in no known format the end is shown and nothing is guessed.
    """
    limits = load_settings().limits().logs
    named = read_log_files(files, limits)
    report = testlog.read_logs([(log.name, log.text) for log in named], limits) or TestReport()
    formats = [report.formats]
    if len(named) > 1:
        single = [testlog.read_logs([(log.name, log.text)], limits) for log in named]
        formats = [one.formats if one is not None else () for one in single]
    read = described(named, formats)
    document = report.model_dump(mode="json") | {"logs": read}
    show_result(document, as_json, lambda console: print_report(console, report, read))


@main.command()
@json_option
@explain_errors
def doctor(as_json: bool | None) -> None:
    """Check every part: names in .env, Kafka, topics, MongoDB and its indexes, the API, the LLM, folders.

    Exit 1 if one fails. A model that its endpoint does not list is asked for an answer of one token.
    """
    settings = load_settings()
    _log(settings)
    with waiting("asking every part"):
        probes: list[Probe] = _run(probe_all(settings, topic_plans(settings)))
    failed = [probe for probe in probes if not probe.ok]

    def show(console: Console) -> None:
        for probe in probes:
            mark = "[red]FAIL[/]" if not probe.ok else "[yellow]warn[/]" if probe.cure else "[green]ok  [/]"
            console.print(f"{mark} {probe.name:14}", end=" ")
            print_line(console, probe.cause + (f"  → {probe.cure}" if probe.cure else ""))

    show_result({"ok": not failed, "probes": probes}, as_json, show)
    sys.exit(1 if failed else 0)


def _run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)


def _identifier(value: str) -> str:
    try:
        return TypeAdapter(Identifier).validate_python(value)
    except ValidationError:
        wanted = "Latin letters, digits and . _ : @ -, 128 at most, a letter or a digit first"
        raise click.BadParameter(f"{value!r} is no id: it wants {wanted}") from None


def _side(path: Path) -> Path | None:
    return None if str(path) == "-" else path


def _current(path: Path) -> Path:
    if str(path) == "-":
        raise click.UsageError("- means that there is none, and is only for PREVIOUS; CURRENT is a path")
    return path


def _desk_settings(*, language: str | None = None, offline: bool = False) -> Settings:
    chosen: dict[str, Any] = {"review_language": language} if language else {}
    if offline:
        chosen |= dict.fromkeys(LLM_CHOOSERS, "")
    settings = load_settings(**chosen)
    _log(settings)
    return settings


def _log(settings: Settings, layout: Any = None) -> None:
    logs.configure(settings.log_level, layout or settings.log_format, secrets=settings.secrets())
