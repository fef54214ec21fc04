"""`reviewstream deadletters`: what it takes, and what it lets through to a terminal."""

import json
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner, Result

from app.cli.deadletters.options import DeadLetterName, TimeOption
from app.cli.main import main
from app.cli.output import show_result, visible


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["deadletters", *arguments])


@pytest.mark.parametrize("command", [(), ("list",), ("show",), ("requeue",), ("purge",)])
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    """`--help` exits 0 and says something."""
    result = call(*command, "--help")
    assert result.exit_code == 0
    assert "letter" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("purge",), "say which letters"),
        (("purge", "--yes"), "say which letters"),
        (("requeue",), "say which letters, by name, by --reason or another filter, or --all"),
        (("requeue", "--yes", "--again", "--limit", "1"), "say which letters"),
        (("requeue", "--all", "0@1"), "--all means every letter"),
        (("requeue", "--all", "--reason", "poison"), "--all means every letter"),
        (("list", "--reason", "archive_mising"), "archive_mising"),
        (("list", "--stage", "janitor"), "janitor"),
        (("list", "--since", "yesterday"), "give a time as"),
        (("list", "--since", "999999w"), "give a time as"),
        (("list", "--limit", "0"), "0"),
        (("show", "17"), "PARTITION@OFFSET"),
        (("requeue", "-1@2"), "-1"),
    ],
)
def test_wrong_usage_is_named(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, before anything is connected to."""
    result = call(*arguments)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
        ("2026-03-02T12:30", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("2026-03-02T12:30:00Z", datetime(2026, 3, 2, 12, 30, tzinfo=UTC)),
        ("2026-03-02T12:30:00+03:00", datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc(text: str, expected: datetime) -> None:
    """Unless they name a zone."""
    assert TimeOption().convert(text, None, None) == expected


@pytest.mark.parametrize(("text", "ago"), [("90m", timedelta(minutes=90)), ("7d", timedelta(days=7))])
def test_a_time_may_be_so_long_ago(text: str, ago: timedelta) -> None:
    """A number and a unit."""
    moment = TimeOption().convert(text, None, None)
    assert abs(datetime.now(UTC) - ago - moment) < timedelta(seconds=10)


def test_a_letter_is_named_by_its_place() -> None:
    """As `list` prints it."""
    assert DeadLetterName().convert("3@17", None, None) == (3, 17)
    with pytest.raises(click.UsageError):
        DeadLetterName().convert("3@", None, None)


def test_nothing_acts_on_the_terminal() -> None:
    """Escape sequences, line breaks, marks that reorder text and lone surrogates are shown, not sent."""
    hostile = "\x1b[2J\x07\r\n\x9b31m\u202e\u2066\ud800 ok ж 漢"
    shown = visible(hostile)
    assert shown == r"\x1b[2J\x07\r\n\x9b31m\u202e\u2066\ud800 ok ж 漢"
    assert visible("\t") == r"\t"


def test_nothing_in_a_json_document_acts_on_the_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """JSON leaves some of it as it is; it is escaped, and still the same document."""
    document = {"text": "\x1b\x7f\x9b31m\u202e ж"}
    show_result(document, as_json=True, show=lambda _: None)
    out = capfdbinary.readouterr().out
    assert json.loads(out) == document
    assert out.split(b'"')[3].decode() == "\\u001b\\u007f\\u009b31m\\u202e ж"
