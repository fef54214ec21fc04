"""`reviewstream testlog`: what is read out of test logs."""

from pathlib import Path

import click

from app.cli.output import explain_errors, json_option, show_result


@click.command("testlog")
@click.argument("files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True, metavar="FILE...")
@json_option
@explain_errors
def show_testlog(files: tuple[Path, ...], as_json: bool | None) -> None:
    """Show what is read out of test logs, as one submission's: totals, tests, failures first, and how sure that is.

    Each FILE is a log of pytest, unittest, nose, doctest, go test, jest, mocha, TAP or JUnit XML, told by its content;
    or a folder of logs, or - for stdin. Of a log in no known format the end is shown and nothing is guessed.
    """
    from app.adapters.machine.log_files import read_log_files
    from app.cli.reading import logs_document, print_report
    from app.config import load_settings
    from app.core import testlog
    from schemas.tests import TestReport

    limits = load_settings().limits().logs
    named = read_log_files(files, limits)
    report = testlog.read_logs([(log.name, log.text) for log in named], limits) or TestReport()
    formats = [report.formats]
    if len(named) > 1:
        single = [testlog.read_logs([(log.name, log.text)], limits) for log in named]
        formats = [one.formats if one is not None else () for one in single]
    read = logs_document(named, formats)
    document = report.model_dump(mode="json") | {"logs": read}
    show_result(document, as_json, lambda console: print_report(console, report, read))
