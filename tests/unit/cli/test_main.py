"""The list of commands: complete, and there before anything heavy is imported."""

import click
import pytest
from click.testing import CliRunner

from app.cli.main import COMMANDS, main


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_found_and_explains_itself(name: str) -> None:
    """Each name in the list leads to a command of that name with a help text."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert command.help


def test_an_unknown_command_is_wrong_usage() -> None:
    """A name that is not in the list is told with a pointer to the help, and exit code 2."""
    result = CliRunner().invoke(main, ["reveiw"])
    assert result.exit_code == 2
    assert "No such command 'reveiw'" in result.stderr
