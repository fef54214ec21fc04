"""`reviewstream schemas`: what neighbours may rely on, as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.output import explain_errors, json_option, print_line, show_result

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("contracts"),
    show_default=True,
    help="Folder of the files.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 where a file there is not what would be written.")
@json_option
@explain_errors
def schemas(folder: Path, check: bool, as_json: bool | None) -> None:
    """Write a JSON Schema of each kind of record, and the topics as an AsyncAPI 3 document.

    The topics' names, partitions and limits are those of the settings. A schema in FOLDER is the published one: it is
    not overwritten by one that breaks whoever relies on it.
    """
    from app.cli.contract_files import check_contracts, write_contracts
    from app.config import load_settings

    settings = load_settings()
    result = check_contracts(folder, settings) if check else write_contracts(folder, settings)
    show_result(result, as_json, lambda console: _show(console, result))
    if check and result["different"]:
        raise SystemExit(1)


def _show(console: "Console", result: dict[str, Any]) -> None:
    for name in result["files"]:
        print_line(console, f"{'changed' if name in result['different'] else 'as it was':9} {result['folder']}/{name}")
    for line in result["broken"]:
        print_line(console, f"breaks: {line}")
