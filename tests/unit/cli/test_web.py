"""`reviewstream token`, and what `reviewstream web` refuses to start with."""

import json
import socket

import pytest
from click.testing import CliRunner

from app.cli.main import main
from app.core.access import AccessTable, Scope, read_tokens


def test_a_token_is_made_with_its_hash() -> None:
    """What is printed for WEB_TOKENS knows the token that is printed for its owner, and does not hold it."""
    result = CliRunner().invoke(main, ["token", "platform", "--scope", "submit", "--scope", "read", "--json"])
    assert result.exit_code == 0, result.output
    made = json.loads(result.output)
    found = AccessTable(read_tokens(made["web_tokens"])).find(made["token"])
    assert found is not None
    assert (found.name, found.scopes) == ("platform", frozenset({Scope.SUBMIT, Scope.READ}))
    assert made["token"] not in made["web_tokens"]
    again = json.loads(CliRunner().invoke(main, ["token", "platform", "--scope", "read", "--json"]).output)
    assert again["token"] != made["token"]


def test_a_student_s_token_is_made() -> None:
    """With the student's id behind the hash."""
    result = CliRunner().invoke(main, ["token", "anna", "--scope", "read", "--student", "anna.petrova", "--json"])
    (known,) = read_tokens(json.loads(result.output)["web_tokens"])
    assert known.student_id == "anna.petrova"


@pytest.mark.parametrize(
    "arguments",
    [
        ["a b", "--scope", "read"],
        ["a"],
        ["a", "--scope", "all"],
        ["a", "--scope", "operate", "--student", "anna"],
        ["a", "--scope", "review", "--student", "anna"],
        ["a", "--scope", "read", "--student", "an na"],
    ],
)
def test_a_wrong_token_is_a_usage_error(arguments: list[str]) -> None:
    """A name with blanks, no scope, an unknown one, one that no student may have, a student that is none."""
    assert CliRunner().invoke(main, ["token", *arguments]).exit_code == 2


def test_a_taken_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its cure, and without a traceback."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("WEB_API_PORT", str(taken.getsockname()[1]))
        result = CliRunner().invoke(main, ["web"])
    assert result.exit_code == 1
    assert "set WEB_API_PORT to a free port" in result.output


def test_wrong_tokens_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the variable and says what is wanted."""
    monkeypatch.setenv("WEB_TOKENS", "platform")
    result = CliRunner().invoke(main, ["web"])
    assert result.exit_code == 1
    assert "WEB_TOKENS" in result.output
    assert "name:scopes:sha256" in result.output
