"""`reviewstream …`: a module or a room per command, imported when it is called; what it needs, when it is carried out.

Results go to stdout, everything else to stderr. Where stdout is no terminal, or with `--json`, a result is one
JSON document and nothing else. Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 130 interrupted.
"""

import os
from importlib import import_module
from typing import Final, NamedTuple

import click


class Entry(NamedTuple):
    """Where a command stands, and its line in the list of commands: read without importing it."""

    module: str
    function: str
    summary: str


COMMANDS: Final = {
    "deadletters": Entry("deadletters.commands", "deadletters", "Work with what was refused: the dead-letters topic."),
    "demo": Entry("demo", "demo", "Run the whole line on this machine and show reviews of sample homework."),
    "diff": Entry("diff", "diff", "Show what changed from PREVIOUS to CURRENT, as the reviewer sees it."),
    "doctor": Entry("doctor", "doctor", "Check every part, and say what is wrong and what mends it."),
    "replay": Entry("replay.commands", "replay", "Make reviews again from the log, beside the live line."),
    "review": Entry("review", "review", "Review CURRENT against PREVIOUS, without Kafka."),
    "schemas": Entry("schemas", "schemas", "Write JSON Schemas of the records and the AsyncAPI of the topics."),
    "states": Entry("states", "states", "Tell anew how far all submissions are, from the log."),
    "testlog": Entry("testlog", "show_testlog", "Show what is read out of test logs."),
    "token": Entry("token", "token", "Make a token for the HTTP API."),
    "web": Entry("web", "web", "Serve the HTTP API until stopped."),
    "worker": Entry("worker", "worker", "Run the stream processor until stopped."),
}
"""Every command. Importing what one of them needs takes a second; help, versions and wrong usage need none of it."""


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        try:
            command: click.Command = getattr(import_module(f"app.cli.{entry.module}"), entry.function)
        except KeyboardInterrupt:
            os.write(2, b"interrupted\n")
            os._exit(130)  # half-imported libraries would end in tracebacks
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list of commands, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in sorted(COMMANDS)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="reviewstream")
def main() -> None:
    """Review the progress between a student's homework submissions, from Kafka to where people look.

    New here? `reviewstream demo` runs everything on this machine; `reviewstream review OLD NEW` reviews two folders
    without any server. Settings come from the environment and `.env`; `.env.example` explains each.
    """
